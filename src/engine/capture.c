#include "base/clock.h"
#include "base/text.h"
#include "engine/inside.h"

#include <assert.h>
#include <string.h>

/* A source waits at most this long when all its blocks are at home … */
#define CAPTURE_WAIT_MS 100
/* … and this long when workers may give some back meanwhile. */
#define CAPTURE_WAIT_BUSY_MS 2
/* A patient source whose blocks are all out waits for one so long. */
#define CAPTURE_NAP_NS (200 * UINT64_C(1000))
/* At the end a live source is asked for what the kernel still holds: one wait
 * outlasts its block timeout, and in all it is bounded. */
#define CAPTURE_DRAIN_WAIT_MS 80
#define CAPTURE_DRAIN_NS      (400 * CLOCK_NS_PER_MS)
/* What was on the wire before the expression changed is shown by the host under
 * the old one: it keeps that for so long. */
#define CAPTURE_HOST_HOLD_NS (100 * CLOCK_NS_PER_MS)

/* Takes back what the workers are done with and releases whole blocks. */
void capture_take_back(struct engine_source *es)
{
	for (unsigned w = 0; w < es->engine->worker_count; w++) {
		struct block *b;

		while ((b = ring_take(&es->back[w])) != NULL) {
			assert(b->readers_left > 0);
			if (--b->readers_left > 0)
				continue;
			assert(es->outstanding > 0);
			es->outstanding--;
			es->source->ops->release(es->source, b);
		}
	}
}

/* A source that keeps its old filter leaves filter_done as it is: it does not
 * look at what the others look at. */
static void capture_apply_filter(struct engine_source *es)
{
	struct engine *g = es->engine;
	struct port_filter *filter;
	struct err e;

	pthread_mutex_lock(&g->lock);
	filter = port_filter_hold(g->filter);
	pthread_mutex_unlock(&g->lock);
	if (es->source->ops->set_filter(es->source, filter, &e))
		/* E4, pairs with worker_sees_alike. */
		atom_store_release_u32(&es->filter_done, es->filter_seen);
	else
		engine_note_event(g, "%s keeps its old filter: %s",
				  es->source->label, e.text);
	port_filter_release(filter);
}

static bool capture_filter_is_due(struct engine_source *es)
{
	uint64_t now_ns;

	if (!es->host)
		return true;
	now_ns = clock_monotonic_ns();
	if (es->filter_due_ns == 0)
		es->filter_due_ns = now_ns + CAPTURE_HOST_HOLD_NS;
	if (now_ns < es->filter_due_ns)
		return false;
	es->filter_due_ns = 0;
	return true;
}

/* Does what the main thread and the keeper ordered; false: stop. */
bool capture_apply_orders(struct engine_source *es)
{
	struct engine *g = es->engine;
	uint32_t generation = atom_load_acquire_u32(&g->filter_generation);
	bool shed = es->host && atom_load_relaxed_u32(&g->shed) != 0;

	if (generation != es->filter_seen && capture_filter_is_due(es)) {
		es->filter_seen = generation;
		capture_apply_filter(es);
	}
	if (shed != es->shedding && es->source->ops->shed) {
		es->shedding = shed;
		es->source->ops->shed(es->source, shed);
	}
	return atom_load_acquire_u32(&g->stop_capture) == 0;
}

/* Puts a filled block into the ring of every worker that has packets in it.
 * A ring holds all blocks of its source, so that a put cannot fail. */
static void capture_hand_on(struct engine_source *es, struct block *b)
{
	struct engine *g = es->engine;
	uint32_t per_worker[BLOCK_WORKERS_MAX] = {0};
	bool put;

	b->source = es->number;
	b->readers_left = 0;
	if (g->worker_count == 1)
		per_worker[0] = b->count;
	else
		steer_block(g, b, per_worker);
	/* All readers are counted before the first can give it back. */
	for (unsigned w = 0; w < g->worker_count; w++)
		b->readers_left += per_worker[w] > 0;
	assert(b->readers_left > 0);
	es->outstanding++;
	for (unsigned w = 0; w < g->worker_count; w++) {
		if (per_worker[w] == 0)
			continue;
		put = ring_put(&es->full[w], b);
		assert(put);
		(void)put;
	}
}

void capture_note_end(struct engine_source *es, enum source_take how,
		      const struct err *e)
{
	struct engine *g = es->engine;
	struct text t;

	if (how == SOURCE_FAILED) {
		pthread_mutex_lock(&g->lock);
		text_init(&t, es->problem, sizeof(es->problem));
		text_put_safe(&t, e->text, strlen(e->text), false);
		pthread_mutex_unlock(&g->lock);
		engine_note_event(g, "%s: %s", es->source->label, e->text);
		engine_note_failure(g, e);
	}
	/* E1, pairs with engine_finished: the problem is there before. */
	atom_store_release_u32(&es->running, 0);
}

/* What was on its way when the stop came is still taken. */
static enum source_take capture_drain(struct engine_source *es, struct err *e)
{
	uint64_t end_ns = clock_monotonic_ns() + CAPTURE_DRAIN_NS;
	enum source_take took = SOURCE_BLOCK;

	while (took == SOURCE_BLOCK && clock_monotonic_ns() < end_ns) {
		struct block *b = NULL;

		capture_take_back(es);
		took = es->source->ops->next(es->source, &b,
					     CAPTURE_DRAIN_WAIT_MS, e);
		if (took == SOURCE_BLOCK)
			capture_hand_on(es, b);
	}
	return took;
}

void *capture_main(void *engine_source)
{
	struct engine_source *es = engine_source;
	struct source *s = es->source;
	enum source_take took = SOURCE_NOTHING;
	struct err e;

	while (capture_apply_orders(es)) {
		struct block *b = NULL;

		capture_take_back(es);
		if (s->ops->patient && es->outstanding == s->block_count) {
			clock_nap_ns(CAPTURE_NAP_NS);
			continue;
		}
		took = s->ops->next(s, &b,
				    es->outstanding ? CAPTURE_WAIT_BUSY_MS
						    : CAPTURE_WAIT_MS,
				    &e);
		if (took == SOURCE_BLOCK)
			capture_hand_on(es, b);
		else if (took != SOURCE_NOTHING)
			break;
	}
	if ((took == SOURCE_BLOCK || took == SOURCE_NOTHING) &&
	    !s->ops->patient)
		took = capture_drain(es, &e);
	capture_note_end(es, took, &e);
	return NULL;
}
