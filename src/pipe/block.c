#include "pipe/block.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

/* A block's own buffer starts on a cache line of its own. */
#define BLOCK_DATA_ALIGN 64

static bool pool_fail(struct block_pool *pool, struct err *e)
{
	err_remedy(e, "use fewer or smaller blocks, or free memory");
	block_pool_close(pool);
	return false;
}

/* The sizes of all areas, or false where size_t cannot say them. */
static bool pool_size(struct block_pool *pool, uint32_t count,
		      uint32_t capacity, size_t *data_step)
{
	if (*data_step > SIZE_MAX - (BLOCK_DATA_ALIGN - 1))
		return false;
	*data_step = (*data_step + BLOCK_DATA_ALIGN - 1) &
		     ~(size_t)(BLOCK_DATA_ALIGN - 1);
	return !__builtin_mul_overflow((size_t)count, sizeof(struct block),
				       &pool->block_count_bytes) &&
	       !__builtin_mul_overflow((size_t)count * capacity,
				       sizeof(struct packet),
				       &pool->packets_bytes) &&
	       !__builtin_mul_overflow((size_t)count, *data_step,
				       &pool->data_bytes);
}

bool block_pool_open(struct block_pool *pool, uint32_t count, uint32_t capacity,
		     size_t data_size, struct err *e)
{
	size_t data_step = data_size;

	assert(count > 0 && capacity > 0);
	*pool = (struct block_pool){.count = count};
	if (!pool_size(pool, count, capacity, &data_step)) {
		*pool = (struct block_pool){0};
		return err_set(e, EXIT_USAGE,
			       "cannot take %u blocks of %zu bytes: too many",
			       count, data_size);
	}
	pool->blocks = memory_map(pool->block_count_bytes, "blocks", e);
	if (!pool->blocks)
		return pool_fail(pool, e);
	pool->packets =
		memory_map(pool->packets_bytes, "packet descriptors", e);
	if (!pool->packets)
		return pool_fail(pool, e);
	if (pool->data_bytes > 0) {
		pool->data = memory_map(pool->data_bytes, "packet bytes", e);
		if (!pool->data)
			return pool_fail(pool, e);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct block *b = &pool->blocks[i];

		b->packets =
			(struct packet *)pool->packets + (size_t)i * capacity;
		b->capacity = capacity;
		b->data = pool->data ? pool->data + i * data_step : NULL;
		b->data_size = data_size;
	}
	return true;
}

void block_pool_close(struct block_pool *pool)
{
	memory_unmap(pool->data, pool->data_bytes);
	memory_unmap(pool->packets, pool->packets_bytes);
	memory_unmap(pool->blocks, pool->block_count_bytes);
	*pool = (struct block_pool){0};
}
