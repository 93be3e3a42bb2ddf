/*
 * table_index.h: hash → entry number. A bucket is one cache line of fifteen
 * slots; a slot is four bytes, the entry's number and as many bits of its hash
 * as fit above. A random cache line costs more than all else here (30 to 50
 * ns), and this keeps a search to one: buckets are half full when the table is
 * full, and one in two hundred flows over. Then an entry stands in the next
 * bucket; the full one counts those that went past it, so that a search
 * ends at the first bucket that nobody passed (after F14, Bronson and Shi
 * 2019), and nothing moves when an entry leaves. Probing is bounded to
 * INDEX_PROBE_MAX buckets.
 *
 * What a search gives is likely, not certain: the caller compares keys. For
 * the one writing thread only.
 */
#ifndef RAWTOP_FLOW_TABLE_INDEX_H
#define RAWTOP_FLOW_TABLE_INDEX_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INDEX_LANES	   16
#define INDEX_BUCKET_SLOTS 15
/* By chance no search sees more than three. */
#define INDEX_PROBE_MAX 32

#define INDEX_NOTHING UINT32_MAX

struct index_bucket {
	/* The tag, then the entry's number + 1; 0: empty. */
	uint32_t slot[INDEX_BUCKET_SLOTS];
	uint32_t passed; /* entries that stand in a later bucket */
};
_Static_assert(sizeof(struct index_bucket) == 64, "a cache line");

struct table_index {
	struct index_bucket *buckets;
	uint32_t bucket_count;
	uint32_t tag_shift; /* bits that hold a number + 1 */
	uint32_t count;
};

/* Room for `capacity` entries, less than 2^31. False with *e set when there is
 * no memory. */
bool table_index_open(struct table_index *x, uint32_t capacity, struct err *e);
void table_index_close(struct table_index *x);
size_t table_index_bytes(const struct table_index *x);

/* The bucket where a hash's search begins: by its upper bits. */
static inline uint32_t table_index_home(const struct table_index *x,
					uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * x->bucket_count >> 32);
}

static inline void table_index_prefetch(const struct table_index *x,
					uint32_t hash)
{
	__builtin_prefetch(&x->buckets[table_index_home(x, hash)], 1);
}

/* Four lanes at once, on any machine that has such. */
typedef uint32_t index_lanes __attribute__((vector_size(16)));

/* Bits of the slots that, shifted down, are `wanted`. */
static inline uint32_t table_index_match(const struct index_bucket *b,
					 uint32_t shift, uint32_t wanted)
{
	index_lanes bit = {1, 2, 4, 8}, sum = {0, 0, 0, 0}, lanes;
	uint64_t half[2];

#pragma GCC unroll 4
	for (unsigned i = 0; i < INDEX_LANES; i += 4) {
		memcpy(&lanes, (const char *)b + i * sizeof(uint32_t),
		       sizeof(lanes));
		sum |= (index_lanes)(lanes >> shift == wanted) & bit;
		bit <<= 4;
	}
	memcpy(half, &sum, sizeof(half));
	half[0] |= half[1];
	/* The last lane is no slot. */
	return (uint32_t)(half[0] | half[0] >> 32) &
	       ((1u << INDEX_BUCKET_SLOTS) - 1);
}

/* A search over the entries that may have a hash. */
struct index_search {
	uint32_t tag;
	uint32_t bucket;
	uint32_t probes; /* buckets before the one at hand */
	uint32_t match;	 /* bits: slots of the bucket not given yet */
};

static inline struct index_search
table_index_search(const struct table_index *x, uint32_t hash)
{
	uint32_t home = table_index_home(x, hash);
	uint32_t tag = hash << x->tag_shift >> x->tag_shift;

	return (struct index_search){
		.tag = tag,
		.bucket = home,
		.probes = 0,
		.match =
			table_index_match(&x->buckets[home], x->tag_shift, tag),
	};
}

/* The next entry, or INDEX_NOTHING. */
uint32_t table_index_next_far(const struct table_index *x,
			      struct index_search *s);

/* The next entry of the bucket at hand, or INDEX_NOTHING. */
static inline uint32_t table_index_next_near(const struct table_index *x,
					     struct index_search *s)
{
	const struct index_bucket *b = &x->buckets[s->bucket];
	uint32_t number, mask = (UINT32_C(1) << x->tag_shift) - 1;

	while (s->match != 0) {
		number = b->slot[__builtin_ctz(s->match)] & mask;
		s->match &= s->match - 1;
		/* An empty slot looks like a tag of 0. */
		if (number != 0)
			return number - 1;
	}
	return INDEX_NOTHING;
}

static inline uint32_t table_index_next(const struct table_index *x,
					struct index_search *s)
{
	uint32_t entry = table_index_next_near(x, s);

	if (entry == INDEX_NOTHING && x->buckets[s->bucket].passed != 0)
		return table_index_next_far(x, s);
	return entry;
}

/* Adds an entry; false, and nothing changed, past the bound. */
bool table_index_add(struct table_index *x, uint32_t hash, uint32_t entry);

/* Removes an entry that is there. */
void table_index_remove(struct table_index *x, uint32_t hash, uint32_t entry);

#endif
