#include "base/clock.h"
#include "engine/inside.h"
#include "flow/verdict.h"

#include <assert.h>
#include <string.h>

/* An idle worker's nap doubles from the first to the last. Packets that come
 * live wait a little longer: a wake-up costs what a hundred packets do, and
 * their source has blocks for some hundredths of a second. */
#define WORKER_NAP_FIRST_NS   (200 * UINT64_C(1000))
#define WORKER_NAP_LIVE_NS    (8 * CLOCK_NS_PER_MS)
#define WORKER_NAP_LAST_NS    (10 * CLOCK_NS_PER_MS)
#define WORKER_TICK_NS	      (50 * CLOCK_NS_PER_MS)
#define WORKER_INLINE_WAIT_MS 20
/* Longer than the kernel keeps a packet of the wire in an open block. */
#define WORKER_HOST_HOLD_NS (100 * CLOCK_NS_PER_MS)

struct worker_quote {
	struct flow_facts facts;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

/* One batch between decoding and the flow table. */
struct worker_batch {
	struct flow_facts facts[FLOW_BATCH_MAX];
	unsigned count;
	struct worker_quote quotes[FLOW_BATCH_MAX];
	unsigned quote_count;
};

static void worker_flush_batch(struct engine_worker *w, struct worker_batch *b)
{
	if (b->count > 0)
		flow_table_put(w->table, b->facts, b->count);
	for (unsigned i = 0; i < b->quote_count; i++)
		(void)flow_table_put_quoted(w->table, &b->quotes[i].facts,
					    b->quotes[i].icmp_type,
					    b->quotes[i].icmp_code);
	b->count = 0;
	b->quote_count = 0;
}

/*
 * Notes the flow that an ICMP error quotes. An error that both vantages see
 * is credited once, by the wire's sight.
 */
static void worker_note_quote(struct engine_worker *w, struct worker_batch *b,
			      const struct packet *p, const struct view *v)
{
	struct worker_quote *q = &b->quotes[b->quote_count];
	const uint8_t *icmp = v->data + v->layer[v->transport].offset;
	struct view quoted;

	if ((p->flags & PACKET_FLAG_HOST_VANTAGE) &&
	    w->engine->config.vantage == ENGINE_BOTH)
		return;
	if ((p->flags & PACKET_FLAG_COPY) || p->quoted_worker != w->number)
		return;
	if (!view_decode_quoted(&quoted, v) ||
	    !flow_facts_read_quoted(&q->facts, &quoted))
		return;
	q->icmp_type = icmp[0];
	q->icmp_code = icmp[1];
	b->quote_count++;
}

static bool worker_is_icmp(const struct view *v)
{
	uint8_t proto;

	if (v->transport == VIEW_NONE)
		return false;
	proto = v->layer[v->transport].proto;
	return proto == PROTO_ICMP || proto == PROTO_ICMPV6;
}

/* Why a packet made no flow: a link without IP, or damage. */
static void worker_count_flowless(struct engine_worker *w, const struct view *v)
{
	if (v->stop == VIEW_PAYLOAD)
		w->own.not_ip++;
	else
		w->own.malformed++;
}

/* From the order on the sources have different expressions. */
static void worker_follow_filter(struct engine_worker *w)
{
	struct engine *g = w->engine;
	uint32_t now = atom_load_acquire_u32(&g->filter_generation); /* E3 */
	uint32_t first = w->filter_generation + 1;

	if (now == w->filter_generation)
		return;
	if (now - first >= ENGINE_CHANGES)
		first = now - (ENGINE_CHANGES - 1);
	blind_open(&w->blind, atom_load_relaxed_u64(
				      &g->change_ns[first % ENGINE_CHANGES]));
	w->filter_generation = now;
}

/* Have all sources the expression that the worker knows of? */
static bool worker_sees_alike(const struct engine_worker *w)
{
	const struct engine *g = w->engine;

	for (unsigned i = 0; i < g->source_count; i++) {
		const struct engine_source *es = &g->sources[i];

		if (atom_load_relaxed_u32(&es->running) &&
		    atom_load_acquire_u32(&es->filter_done) != /* E4 */
			    w->filter_generation)
			return false;
	}
	return true;
}

/*
 * The vantages open, stop, and get another expression one after the other:
 * what the wire shows while they do not look at the same is not for a verdict.
 */
static void worker_mark_one_eyed(struct engine_worker *w,
				 struct flow_facts *facts, unsigned count)
{
	const struct engine *g = w->engine;
	uint64_t stop_ns = atom_load_relaxed_u64(&g->stop_ns);

	worker_follow_filter(w);
	blind_mark(&w->blind, facts, count);
	for (unsigned i = 0; i < count; i++)
		if (facts[i].time_ns < g->ready_ns ||
		    (stop_ns != 0 && facts[i].time_ns >= stop_ns))
			facts[i].packet_flags |= PACKET_CLASS_UNKNOWN;
}

/* The facts just read stay in the batch. */
static void worker_take_facts(struct engine_worker *w, struct worker_batch *b,
			      unsigned count)
{
	/* With the host vantage alone, what it sees is what counts, and it sees
	 * a packet once, whatever the interface. */
	if (w->engine->config.vantage == ENGINE_HOST)
		for (unsigned i = b->count; i < b->count + count; i++)
			b->facts[i].packet_flags ^=
				PACKET_FLAG_HOST_VANTAGE | PACKET_FLAG_OFFLINE;
	if (w->engine->live && w->engine->config.vantage == ENGINE_BOTH)
		worker_mark_one_eyed(w, &b->facts[b->count], count);
	w->own.decoded += count;
	b->count += count;
}

/* A packet that needs a view. */
static void worker_decode_packet(struct engine_worker *w,
				 struct worker_batch *b, const struct packet *p)
{
	struct view v;

	view_decode(&v, p->data, p->caplen, p->len, p->link);
	if (worker_is_icmp(&v))
		worker_note_quote(w, b, p, &v);
	if (p->worker != w->number)
		return;
	if (v.stop != VIEW_PAYLOAD)
		atom_count_u64(&w->stops[v.stop_proto][v.stop], 1);
	if (flow_facts_read(&b->facts[b->count], p, &v)) {
		worker_take_facts(w, b, 1);
	} else {
		w->own.decoded++;
		worker_count_flowless(w, &v);
	}
}

/* Runs of common packets, and between them one that is not, or that concerns
 * this worker for what it quotes, or not at all. */
static void worker_decode_packets(struct engine_worker *w,
				  struct worker_batch *batch,
				  const struct packet *p, uint32_t count)
{
	while (count > 0) {
		unsigned n = flow_facts_read_run(&batch->facts[batch->count],
						 FLOW_BATCH_MAX - batch->count,
						 p, count, (uint8_t)w->number);

		worker_take_facts(w, batch, n);
		p += n;
		count -= n;
		if (count > 0 && batch->count < FLOW_BATCH_MAX) {
			if (p->worker == w->number ||
			    p->quoted_worker == w->number)
				worker_decode_packet(w, batch, p);
			p++;
			count--;
		}
		if (batch->count == FLOW_BATCH_MAX ||
		    batch->quote_count == FLOW_BATCH_MAX)
			worker_flush_batch(w, batch);
	}
}

void worker_decode_block(struct engine_worker *w, const struct block *b)
{
	struct worker_batch batch;

	/* Its rows are written before they are read. */
	batch.count = 0;
	batch.quote_count = 0;
	worker_decode_packets(w, &batch, b->packets, b->count);
	worker_flush_batch(w, &batch);
	/* A file's clock is its packets', as far as the table believes them. */
	if (!w->engine->live) {
		w->packet_ns = b->packets[b->count - 1].time_ns;
		w->own.now_ns = flow_table_now_ns(w->table);
	}
}

/* The bytes and packets of the last whole second, by the worker's clock. */
static void worker_turn_rate(struct engine_worker *w)
{
	const struct flow_table_counts *f = &w->own.flows;
	uint64_t second = w->own.now_ns / CLOCK_NS_PER_S;

	if (second == w->second)
		return;
	/* Seconds without a packet between the two leave nothing to show, nor
	 * does a clock that was set back. */
	w->own.rate_bytes =
		second == w->second + 1 ? f->bytes - w->second_bytes : 0;
	w->own.rate_packets = second == w->second + 1
				      ? f->wire_packets - w->second_packets
				      : 0;
	w->second = second;
	w->second_bytes = f->bytes;
	w->second_packets = f->wire_packets;
}

void worker_publish(struct engine_worker *w)
{
	uint32_t sequence = atom_load_relaxed_u32(&w->sequence);
	uint64_t words[WORKER_PUBLIC_WORDS];

	flow_table_read_counts(w->table, &w->own.flows);
	worker_turn_rate(w);
	memcpy(words, &w->own, sizeof(words));
	atom_store_relaxed_u32(&w->sequence, sequence + 1);
	/* W1: each release store pairs with the acquire load of the same word
	 * in worker_read_public, and orders the odd sequence before it. */
	for (size_t i = 0; i < WORKER_PUBLIC_WORDS; i++)
		atom_store_release_u64(&w->shown[i], words[i]);
	/* W2, pairs with the first load in worker_read_public. */
	atom_store_release_u32(&w->sequence, sequence + 2);
}

void worker_read_public(const struct engine_worker *w,
			struct worker_public *out)
{
	uint64_t words[WORKER_PUBLIC_WORDS] = {0};
	uint32_t before;
	uint32_t after;

	do {
		before = atom_load_acquire_u32(&w->sequence);
		for (size_t i = 0; i < WORKER_PUBLIC_WORDS; i++)
			words[i] = atom_load_acquire_u64(&w->shown[i]);
		after = atom_load_relaxed_u32(&w->sequence);
	} while ((before & 1) || before != after);
	memcpy(out, words, sizeof(*out));
}

/* Chores between blocks, every WORKER_TICK_NS. */
static void worker_chores(struct engine_worker *w)
{
	struct engine *g = w->engine;
	uint64_t now_ns = g->live ? clock_real_ns() : w->packet_ns;
	uint32_t generation = atom_load_acquire_u32(&g->local_generation);

	if (generation != w->local_generation) {
		w->local_generation = generation;
		pthread_mutex_lock(&g->lock);
		flow_table_set_local(w->table, g->local, g->local_count);
		pthread_mutex_unlock(&g->lock);
	}
	generation = atom_load_acquire_u32(&g->loss_generation);
	if (generation != w->loss_generation) {
		w->loss_generation = generation;
		flow_table_note_loss(w->table, now_ns);
	}
	worker_follow_filter(w);
	/* Every packet that has been marked is older than this end. */
	if (blind_is_open(&w->blind) && worker_sees_alike(w))
		blind_close(&w->blind, clock_real_ns() + VERDICT_SKEW_NS);
	flow_table_tick(w->table, now_ns);
	w->own.now_ns = g->live ? now_ns : flow_table_now_ns(w->table);
	records_flush(w);
}

/*
 * May a block of the host vantage be decoded now? The host shows a packet at
 * once, the wire when the kernel hands over its block: so that a flow is told
 * in the order of its packets, the host waits for the wire, unless it has
 * filled half its blocks.
 */
static bool worker_host_is_due(const struct engine_worker *w,
			       const struct engine_source *es,
			       const struct block *b, uint64_t now_ns)
{
	uint64_t last_ns = b->packets[b->count - 1].time_ns;

	if (w->engine->config.vantage != ENGINE_BOTH)
		return true;
	/* Or it is from before the clock was set back. */
	return last_ns + WORKER_HOST_HOLD_NS <= now_ns ||
	       last_ns > now_ns + WORKER_HOST_HOLD_NS ||
	       ring_fill(&es->full[w->number]) > es->source->block_count / 2;
}

static void worker_finish_block(struct engine_worker *w,
				struct engine_source *es, struct block *b)
{
	bool put;

	worker_decode_block(w, b);
	put = ring_put(&es->back[w->number], b);
	assert(put);
	(void)put;
}

/* Decodes what waits in the wire's rings; the number of blocks. */
static unsigned worker_drain_wire(struct engine_worker *w)
{
	struct engine *g = w->engine;
	unsigned blocks = 0;

	for (unsigned i = 0; i < g->source_count; i++) {
		struct engine_source *es = &g->sources[i];
		struct block *b;

		if (es->host)
			continue;
		b = ring_take(&es->full[w->number]);
		if (b) {
			worker_finish_block(w, es, b);
			blocks++;
		}
	}
	return blocks;
}

/* The same for the host's; with `all`, what is not due yet too. */
static unsigned worker_drain_host(struct engine_worker *w, bool all)
{
	struct engine *g = w->engine;
	uint64_t now_ns = g->live ? clock_real_ns() : 0;
	unsigned blocks = 0;

	for (unsigned i = 0; i < g->source_count; i++) {
		struct engine_source *es = &g->sources[i];
		struct block **held = &w->held[i];

		if (!es->host)
			continue;
		if (!*held)
			*held = ring_take(&es->full[w->number]);
		if (!*held ||
		    (!all && !worker_host_is_due(w, es, *held, now_ns)))
			continue;
		worker_finish_block(w, es, *held);
		*held = NULL;
		blocks++;
	}
	return blocks;
}

/* At the end the wire goes first, then what the host had kept back. */
static unsigned worker_drain_rings(struct engine_worker *w, bool last)
{
	unsigned blocks = worker_drain_wire(w);

	if (last && blocks > 0)
		return blocks;
	return blocks + worker_drain_host(w, last);
}

static void worker_run_rings(struct engine_worker *w)
{
	struct engine *g = w->engine;
	uint64_t first_ns = g->live ? WORKER_NAP_LIVE_NS : WORKER_NAP_FIRST_NS;
	uint64_t nap_ns = first_ns;

	for (;;) {
		bool last = atom_load_acquire_u32(&g->drain) != 0;
		uint64_t start_ns = clock_monotonic_ns();
		unsigned blocks = worker_drain_rings(w, last);
		uint64_t now_ns = clock_monotonic_ns();

		if (now_ns - w->last_tick_ns >= WORKER_TICK_NS) {
			w->last_tick_ns = now_ns;
			worker_chores(w);
		}
		if (blocks > 0) {
			w->own.busy_ns += now_ns - start_ns;
			nap_ns = first_ns;
			worker_publish(w);
			continue;
		}
		worker_publish(w);
		if (last)
			break;
		clock_nap_ns(nap_ns);
		if (nap_ns < WORKER_NAP_LAST_NS)
			nap_ns *= 2;
	}
}

/* The only source is patient: the worker reads it without ring or thread. */
static void worker_run_inline(struct engine_worker *w)
{
	struct engine_source *es = &w->engine->sources[0];
	struct source *s = es->source;
	enum source_take took = SOURCE_NOTHING;
	struct err e;

	while (capture_apply_orders(es)) {
		struct block *b = NULL;
		uint64_t start_ns;

		took = s->ops->next(s, &b, WORKER_INLINE_WAIT_MS, &e);
		start_ns = clock_monotonic_ns();
		if (took == SOURCE_BLOCK) {
			worker_decode_block(w, b);
			s->ops->release(s, b);
			w->own.busy_ns += clock_monotonic_ns() - start_ns;
		} else if (took != SOURCE_NOTHING) {
			break;
		}
		if (start_ns - w->last_tick_ns >= WORKER_TICK_NS) {
			w->last_tick_ns = start_ns;
			worker_chores(w);
		}
		worker_publish(w);
	}
	capture_note_end(es, took, &e);
	/* The flows stay for the screen until the engine is stopped. */
	while (atom_load_acquire_u32(&w->engine->drain) == 0)
		clock_nap_ns(WORKER_NAP_LAST_NS);
}

void *worker_main(void *engine_worker)
{
	struct engine_worker *w = engine_worker;

	if (w->engine->inline_source)
		worker_run_inline(w);
	else
		worker_run_rings(w);
	flow_table_end_all(w->table, FLOW_END_FORCED);
	records_flush(w);
	worker_publish(w);
	return NULL;
}
