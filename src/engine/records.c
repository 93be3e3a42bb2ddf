/*
 * Flow records on their way out: each worker fills batches and passes them
 * through a ring to the record thread, which calls the sink. A live worker
 * never waits: without an empty batch the record is lost, and counted. A
 * worker that reads a file, or that ends, waits.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "engine/inside.h"

#include <assert.h>
#include <string.h>

#define RECORDS_NAP_NS	(500 * UINT64_C(1000))
#define RECORDS_IDLE_NS (5 * CLOCK_NS_PER_MS)

static size_t records_size(void)
{
	return sizeof(struct record_batch) * ENGINE_RECORD_BATCHES;
}

bool records_open(struct engine_worker *w, struct err *e)
{
	w->batches = memory_map(records_size(), "flow records", e);
	if (!w->batches)
		return false;
	ring_init(&w->records_full, w->records_full_slots,
		  ENGINE_RECORD_BATCHES, 0);
	ring_init(&w->records_empty, w->records_empty_slots,
		  ENGINE_RECORD_BATCHES, 0);
	for (unsigned i = 0; i < ENGINE_RECORD_BATCHES; i++)
		(void)ring_put(&w->records_empty, &w->batches[i]);
	return true;
}

void records_close(struct engine_worker *w)
{
	memory_unmap(w->batches, records_size());
	w->batches = NULL;
}

/* May this worker wait for the record thread? */
static bool records_may_wait(const struct engine *g)
{
	return !g->live || atom_load_acquire_u32(&g->drain) != 0;
}

static struct record_batch *records_take_empty(struct engine_worker *w)
{
	struct record_batch *b = ring_take(&w->records_empty);

	while (!b && records_may_wait(w->engine)) {
		clock_nap_ns(RECORDS_NAP_NS);
		b = ring_take(&w->records_empty);
	}
	if (b)
		b->count = 0;
	return b;
}

void records_put(void *engine_worker, const struct flow *flow)
{
	struct engine_worker *w = engine_worker;

	w->own.records_made++;
	if (!w->batch)
		w->batch = records_take_empty(w);
	if (!w->batch) {
		w->own.records_lost++;
		return;
	}
	w->batch->flows[w->batch->count++] = *flow;
	if (w->batch->count == ENGINE_RECORD_BATCH)
		records_flush(w);
}

void records_flush(struct engine_worker *w)
{
	bool put;

	if (!w->batch || w->batch->count == 0)
		return;
	put = ring_put(&w->records_full, w->batch);
	assert(put); /* the ring holds every batch there is */
	(void)put;
	w->batch = NULL;
}

/* Gives one batch of each worker to the sink; the number of batches. */
static unsigned records_drain(struct engine *g, bool *sink_works)
{
	unsigned batches = 0;
	struct err e;

	for (unsigned i = 0; i < g->worker_count; i++) {
		struct engine_worker *w = &g->workers[i];
		struct record_batch *b = ring_take(&w->records_full);

		if (!b)
			continue;
		for (unsigned n = 0; n < b->count && *sink_works; n++) {
			*sink_works = g->config.record(g->config.record_context,
						       &b->flows[n], &e);
			if (!*sink_works)
				engine_note_failure(g, &e);
		}
		(void)ring_put(&w->records_empty, b);
		batches++;
	}
	return batches;
}

void *records_main(void *engine)
{
	struct engine *g = engine;
	bool sink_works = true;

	for (;;) {
		bool last = atom_load_acquire_u32(&g->stop_records) != 0;

		if (records_drain(g, &sink_works) > 0)
			continue;
		if (last)
			break;
		clock_nap_ns(RECORDS_IDLE_NS);
	}
	return NULL;
}
