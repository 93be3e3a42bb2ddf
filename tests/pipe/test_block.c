#include "pipe/block.h"

#include <criterion/criterion.h>
#include <string.h>

Test(block_pool, every_block_has_room_of_its_own)
{
	struct block_pool pool;
	struct err e;

	cr_assert(block_pool_open(&pool, 5, 7, 100, &e), "%s", e.text);
	cr_assert_eq(pool.count, 5);
	for (uint32_t i = 0; i < pool.count; i++) {
		struct block *b = &pool.blocks[i];

		cr_assert_eq(b->count, 0);
		cr_assert_eq(b->capacity, 7);
		cr_assert_eq(b->data_size, 100);
		cr_assert_eq((uintptr_t)b->data % 64, 0);
		memset(b->packets, (int)i + 1, 7 * sizeof(struct packet));
		memset(b->data, (int)i + 1, 100);
	}
	for (uint32_t i = 0; i < pool.count; i++) {
		struct block *b = &pool.blocks[i];

		cr_assert_eq(b->capacity, 7);
		cr_assert_eq(b->data[0], i + 1);
		cr_assert_eq(b->data[99], i + 1);
		cr_assert_eq(b->packets[0].flags, i + 1);
		cr_assert_eq(b->packets[6].quoted_worker, i + 1);
	}
	block_pool_close(&pool);
	cr_assert_null(pool.blocks);
}

Test(block_pool, blocks_that_borrow_have_no_bytes)
{
	struct block_pool pool;
	struct err e;

	cr_assert(block_pool_open(&pool, 2, 64, 0, &e), "%s", e.text);
	cr_assert_null(pool.blocks[0].data);
	cr_assert_null(pool.blocks[1].data);
	cr_assert_eq(pool.blocks[1].data_size, 0);
	block_pool_close(&pool);
}

Test(block_pool, too_much_is_an_error_and_leaves_nothing_behind)
{
	static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 16};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct block_pool pool;
		struct err e = {.text = ""};

		cr_assert(!block_pool_open(&pool, 8, 8, sizes[i], &e));
		cr_assert_str_not_empty(e.text);
		cr_assert_null(pool.blocks);
		cr_assert_null(pool.packets);
		cr_assert_null(pool.data);
		block_pool_close(&pool);
	}
}

Test(block_pool, a_closed_pool_may_be_closed_again)
{
	struct block_pool pool = {0};

	block_pool_close(&pool);
	block_pool_close(&pool);
	cr_assert_eq(pool.count, 0);
}
