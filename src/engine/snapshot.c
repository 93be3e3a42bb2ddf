#include "engine/snapshot.h"

#include "base/clock.h"
#include "engine/inside.h"

#include <stdio.h>
#include <string.h>

static void snapshot_read_source(const struct engine_source *es,
				 struct snapshot_source *out)
{
	const struct source *s = es->source;

	snprintf(out->label, sizeof(out->label), "%s", s->label);
	snprintf(out->note, sizeof(out->note), "%s", s->note);
	out->up = atom_load_relaxed_u32(&s->up) != 0;
	out->was_up = atom_load_relaxed_u32(&es->was_up) != 0;
	out->running = atom_load_acquire_u32(&es->running) != 0;
	out->filter_place = (uint8_t)atom_load_relaxed_u32(&s->filter_place);
	out->ring_size = s->block_count;
	for (unsigned w = 0; w < es->engine->worker_count; w++)
		out->ring_fill += ring_fill(&es->full[w]);
#define SOURCE_COUNT(name, label, help)                                        \
	out->name = atom_load_relaxed_u64(&s->counts.name);
#include "port/source_counts.def"
#undef SOURCE_COUNT
}

static void snapshot_add_worker(struct snapshot *s,
				const struct engine_worker *w, uint64_t run_ns)
{
	struct worker_public p;
	double load;

	worker_read_public(w, &p);
	s->account.decoded += p.decoded;
	s->account.not_ip += p.not_ip;
	s->account.malformed += p.malformed;
	s->account.in_flows += p.flows.wire_packets + p.flows.host_packets;
	s->account.copies += p.flows.copies;
	s->account.no_room += p.flows.no_room;
#define TABLE_COUNT(name, label, help) s->flows.name += p.flows.name;
#include "flow/table_counts.def"
#undef TABLE_COUNT
	s->records_made += p.records_made;
	s->records_lost += p.records_lost;
	/* A second that ended long ago is no rate of now. */
	if (!s->live || s->now_ns < p.now_ns + 2 * CLOCK_NS_PER_S) {
		s->rate_bits += p.rate_bytes * 8;
		s->rate_packets += p.rate_packets;
	}
	if (!s->live && p.now_ns > s->now_ns)
		s->now_ns = p.now_ns;
	load = (double)p.busy_ns / (double)(run_ns + 1);
	if (load > s->decoder_load)
		s->decoder_load = load;
	for (unsigned proto = 0; proto < PROTO_COUNT; proto++)
		for (unsigned stop = 0; stop < VIEW_STOP_COUNT; stop++)
			s->account.stops[proto][stop] +=
				atom_load_relaxed_u64(&w->stops[proto][stop]);
}

void snapshot_take(struct engine *g, struct snapshot *s)
{
	struct text t;

	memset(s, 0, sizeof(*s));
	s->live = g->live;
	s->now_ns = g->live ? clock_real_ns() : 0;
	s->finished = engine_finished(g);
	s->helper_alive = !g->priv || priv_alive(g->priv);
	s->host_shed = atom_load_relaxed_u32(&g->shed) != 0;
	s->local_excess = atom_load_relaxed_u32(&g->local_excess);
	s->flow_capacity = g->config.max_flows;
	for (unsigned i = 0; i < g->worker_count; i++) {
		snapshot_add_worker(s, &g->workers[i],
				    clock_monotonic_ns() - g->start_ns);
		s->table_memory_bytes +=
			flow_table_memory_bytes(g->workers[i].table);
	}
	/* The workers before the sources: what is decoded was delivered. */
	s->source_count = g->source_count;
	for (unsigned i = 0; i < g->source_count; i++)
		snapshot_read_source(&g->sources[i], &s->sources[i]);
	pthread_mutex_lock(&g->lock);
	for (unsigned i = 0; i < g->source_count; i++)
		memcpy(s->sources[i].problem, g->sources[i].problem,
		       sizeof(s->sources[i].problem));
	memcpy(s->events, g->events, sizeof(s->events[0]) * g->event_count);
	s->event_count = g->event_count;
	text_init(&t, s->filter, sizeof(s->filter));
	if (g->filter)
		text_put_safe(&t, g->filter->expression,
			      strlen(g->filter->expression), false);
	pthread_mutex_unlock(&g->lock);
}

uint32_t snapshot_rows(struct engine *g, struct topk_query *query,
		       struct flow *out, uint64_t *matching)
{
	query->now_ns = snapshot_now_ns(g);
	return topk_find(g->topk, g->tables, g->worker_count, query, out,
			 matching);
}

uint64_t snapshot_now_ns(const struct engine *g)
{
	uint64_t now_ns = 0;

	if (g->live)
		return clock_real_ns();
	for (unsigned i = 0; i < g->worker_count; i++) {
		struct worker_public p;

		worker_read_public(&g->workers[i], &p);
		if (p.now_ns > now_ns)
			now_ns = p.now_ns;
	}
	return now_ns;
}

bool snapshot_flow(struct engine *g, uint64_t id, struct flow *flow)
{
	for (unsigned i = 0; i < g->worker_count; i++)
		if (flow_table_read_id(g->tables[i], id, flow))
			return true;
	return false;
}

unsigned snapshot_events(struct engine *g, uint64_t *since,
			 struct snapshot_event out[SNAPSHOT_EVENTS_MAX])
{
	uint64_t fresh;
	unsigned n;

	pthread_mutex_lock(&g->lock);
	fresh = g->event_total - *since;
	n = fresh < g->event_count ? (unsigned)fresh : g->event_count;
	memcpy(out, &g->events[g->event_count - n], n * sizeof(out[0]));
	*since = g->event_total;
	pthread_mutex_unlock(&g->lock);
	return n;
}
