#include "flow/table_index.h"

#include "base/memory.h"

#include <assert.h>

/* Half the slots in use: 8.5 bytes an entry. */
static uint32_t index_bucket_count(uint32_t capacity)
{
	return (uint32_t)((uint64_t)capacity * 2 / INDEX_BUCKET_SLOTS + 1);
}

size_t table_index_bytes(const struct table_index *x)
{
	return x->bucket_count * sizeof(struct index_bucket);
}

bool table_index_open(struct table_index *x, uint32_t capacity, struct err *e)
{
	assert(capacity > 0 && capacity < UINT32_C(1) << 31);
	x->bucket_count = index_bucket_count(capacity);
	x->tag_shift = 32 - (uint32_t)__builtin_clz(capacity);
	x->count = 0;
	x->buckets = memory_map(table_index_bytes(x), "the flow index", e);
	return x->buckets != NULL;
}

void table_index_close(struct table_index *x)
{
	memory_unmap(x->buckets, table_index_bytes(x));
	x->buckets = NULL;
}

static uint32_t index_after(const struct table_index *x, uint32_t bucket)
{
	return bucket + 1 < x->bucket_count ? bucket + 1 : 0;
}

uint32_t table_index_next_far(const struct table_index *x,
			      struct index_search *s)
{
	uint32_t entry = INDEX_NOTHING;

	while (entry == INDEX_NOTHING && s->probes + 1 < INDEX_PROBE_MAX &&
	       x->buckets[s->bucket].passed != 0) {
		s->bucket = index_after(x, s->bucket);
		s->probes++;
		s->match = table_index_match(&x->buckets[s->bucket],
					     x->tag_shift, s->tag);
		entry = table_index_next_near(x, s);
	}
	return entry;
}

/* Counts one more, or one less, entry past `probes` buckets from home on. */
static void index_pass(struct table_index *x, uint32_t home, uint32_t probes,
		       uint32_t add)
{
	for (uint32_t i = 0; i < probes; i++) {
		x->buckets[home].passed += add;
		home = index_after(x, home);
	}
}

/*
 * Exchanges a slot's value for another one, in the first bucket from home on
 * that holds it. The number of buckets before that one, or INDEX_NOTHING.
 */
static uint32_t index_exchange(struct table_index *x, uint32_t home,
			       uint32_t from, uint32_t to)
{
	for (uint32_t probe = 0; probe < INDEX_PROBE_MAX; probe++) {
		struct index_bucket *b = &x->buckets[home];
		uint32_t match = table_index_match(b, 0, from);

		if (match != 0) {
			b->slot[__builtin_ctz(match)] = to;
			return probe;
		}
		home = index_after(x, home);
	}
	return INDEX_NOTHING;
}

bool table_index_add(struct table_index *x, uint32_t hash, uint32_t entry)
{
	uint32_t home = table_index_home(x, hash);
	uint32_t slot = hash << x->tag_shift | (entry + 1);
	uint32_t probes = index_exchange(x, home, 0, slot);

	if (probes == INDEX_NOTHING)
		return false;
	index_pass(x, home, probes, 1);
	x->count++;
	return true;
}

void table_index_remove(struct table_index *x, uint32_t hash, uint32_t entry)
{
	uint32_t home = table_index_home(x, hash);
	uint32_t slot = hash << x->tag_shift | (entry + 1);
	uint32_t probes = index_exchange(x, home, slot, 0);

	assert(probes != INDEX_NOTHING);
	index_pass(x, home, probes, UINT32_MAX);
	x->count--;
}
