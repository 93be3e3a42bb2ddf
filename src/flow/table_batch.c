/*
 * table_batch.c: a batch of packets is credited: all are hashed, the entries
 * of flows seen of late asked for, and the others' index slots; then those are
 * searched and their entries asked for; then each packet is credited in order,
 * by which time its memory is there.
 */
#include "flow/table_inner.h"
#include "flow/table_quick.h"

#include <assert.h>

#define BATCH_ADDED_WORDS 16

struct batch {
	uint32_t entry[FLOW_BATCH_MAX]; /* a guess: the index may change */
	uint8_t search[FLOW_BATCH_MAX]; /* those whose guess needs a search */
	unsigned search_count;
};

/* What only asks for memory has no effect that gcc knows of: unless it is
 * inlined early, the call is dropped. */
#define BATCH_ASK static inline __attribute__((always_inline)) void

/* Asks for the memory of entries that packets of new flows will take. */
BATCH_ASK batch_foresee_new(const struct flow_table *t, uint32_t count)
{
	uint32_t extent = atom_load_relaxed_u32(&t->extent);
	uint32_t fresh = t->config.max_flows - extent;

	if (t->free_head != TABLE_NONE) {
		__builtin_prefetch(&t->hot[t->free_head], 1);
		__builtin_prefetch(&t->cold[t->free_head], 1);
	}
	if (fresh == 0) {
		if (count > t->free_count)
			table_foresee_eviction(t, count - t->free_count);
		return;
	}
	for (uint32_t i = 0; i < count && i < fresh; i++) {
		__builtin_prefetch(&t->hot[extent + i], 1);
		__builtin_prefetch((const char *)&t->hot[extent + i] + 64, 1);
		__builtin_prefetch(&t->cold[extent + i], 1);
	}
}

BATCH_ASK batch_prefetch(const struct flow_table *t, uint32_t entry, bool cold)
{
	const char *hot = (const char *)&t->hot[entry];

	__builtin_prefetch(hot, 1);
	__builtin_prefetch(hot + 64, 1);
	__builtin_prefetch(&t->pulse[entry], 1);
	if (cold)
		__builtin_prefetch(&t->cold[entry], 1);
}

/* The active timeout asks when a flow began. */
static bool batch_wants_cold(const struct flow_table *t)
{
	return t->config.active_timeout_ns != 0 && t->config.ended;
}

/* Asks for the entries of the flows seen of late, and for the others' slots
 * in the index. */
static void batch_foresee(struct flow_table *t, struct batch *b,
			  struct flow_facts *batch, unsigned count)
{
	const bool cold = batch_wants_cold(t);

	b->search_count = 0;
	for (unsigned i = 0; i < count; i++) {
		uint32_t hash = table_hash(t, &batch[i].key);
		const struct table_recent *r = &t->recent[hash % TABLE_RECENT];

		batch[i].hash = hash;
		b->entry[i] = r->entry;
		if (r->hash == hash) {
			batch_prefetch(t, r->entry, cold);
			continue;
		}
		b->search[b->search_count++] = (uint8_t)i;
		table_index_prefetch(&t->index, hash);
	}
}

/* Searches for those, and asks for the entries found. */
static void batch_search(struct flow_table *t, struct batch *b,
			 const struct flow_facts *batch)
{
	const bool cold = batch_wants_cold(t);
	uint32_t added = 0;

	for (unsigned n = 0; n < b->search_count; n++) {
		unsigned i = b->search[n];
		uint32_t hash = batch[i].hash;
		struct index_search s = table_index_search(&t->index, hash);
		uint32_t entry = table_index_next(&t->index, &s);

		b->entry[i] = entry;
		if (entry == INDEX_NOTHING) {
			added++;
			continue;
		}
		t->recent[hash % TABLE_RECENT] =
			(struct table_recent){hash, entry};
		batch_prefetch(t, entry, cold);
	}
	if (added > 0)
		batch_foresee_new(t, added);
}

void flow_table_put(struct flow_table *t, struct flow_facts *batch,
		    unsigned count)
{
	struct quick_tick q = {.packets = 0, .bytes = 0, .open = false};
	/* By hash: what may have been added since the search. */
	uint64_t added[BATCH_ADDED_WORDS] = {0}, *word, bit;
	struct batch b;

	assert(count <= FLOW_BATCH_MAX);
	batch_foresee(t, &b, batch, count);
	batch_search(t, &b, batch);
	for (unsigned i = 0; i < count; i++) {
		if (b.entry[i] != TABLE_NONE) {
			if (!q.open)
				quick_enter(&q, t);
			if (quick_put(t, &q, &batch[i], b.entry[i]))
				continue;
		}
		quick_leave(&q, t);
		word = &added[batch[i].hash / 64 % BATCH_ADDED_WORDS];
		bit = UINT64_C(1) << batch[i].hash % 64;
		table_put(t, &batch[i], b.entry[i],
			  b.entry[i] == TABLE_NONE && (*word & bit) == 0);
		*word |= bit;
	}
	quick_leave(&q, t);
	table_sweep(t, count * 4);
	table_host_match(t);
	table_show_counts(t);
}
