/*
 * table_index.h: hash → entry number. Slots of 8 bytes in the order of their
 * hashes (Robin Hood hashing, Celis 1986: linear probing whose runs stay
 * sorted), so that a search that fails ends as early as one that succeeds,
 * and the longest probe stays short. Slots hold the whole hash: nothing here
 * ever touches an entry. Probing is bounded: a run that would grow past
 * INDEX_PROBE_MAX slots refuses the insertion.
 *
 * For the one writing thread only.
 */
#ifndef RAWTOP_FLOW_TABLE_INDEX_H
#define RAWTOP_FLOW_TABLE_INDEX_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/*
 * At a load of 4/5 a run of more than k slots has a probability of about
 * exp(-k/43): this bound is met by chance once in 10^20 insertions.
 */
#define INDEX_PROBE_MAX 2048

#define INDEX_NOTHING UINT32_MAX

struct index_slot {
	uint32_t hash;
	uint32_t entry; /* the entry's number + 1; 0: an empty slot */
};

struct table_index {
	struct index_slot *slots; /* homes + INDEX_PROBE_MAX + 1 */
	uint32_t homes;		  /* slots that a hash may point to */
	uint32_t count;
};

/* Room for `capacity` entries. False with *e set when there is no memory. */
bool table_index_open(struct table_index *x, uint32_t capacity, struct err *e);
void table_index_close(struct table_index *x);
size_t table_index_bytes(uint32_t capacity);

/* Where a hash's search begins; grows with the hash. */
static inline uint32_t table_index_home(const struct table_index *x,
					uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * x->homes >> 32);
}

static inline void table_index_prefetch(const struct table_index *x,
					uint32_t hash)
{
	__builtin_prefetch(&x->slots[table_index_home(x, hash)], 1);
}

/*
 * The slot of the first entry with this hash, or INDEX_NOTHING. Others with
 * the same hash follow in the next slots.
 */
static inline uint32_t table_index_find(const struct table_index *x,
					uint32_t hash)
{
	uint32_t i = table_index_home(x, hash);

	while (x->slots[i].entry != 0 && x->slots[i].hash < hash)
		i++;
	return x->slots[i].entry != 0 && x->slots[i].hash == hash
		       ? i
		       : INDEX_NOTHING;
}

/* Adds an entry; false, and nothing changed, past the bound. */
bool table_index_add(struct table_index *x, uint32_t hash, uint32_t entry);

/* Removes an entry that is there. */
void table_index_remove(struct table_index *x, uint32_t hash, uint32_t entry);

#endif
