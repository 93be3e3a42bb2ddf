#include "engine/engine.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/thread.h"
#include "engine/inside.h"
#include "port/filter.h"
#include "port/live_iface.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void engine_note_event(struct engine *g, const char *format, ...)
{
	char raw[SNAPSHOT_EVENT_SIZE];
	struct snapshot_event *ev;
	struct text t;
	va_list ap;

	va_start(ap, format);
	vsnprintf(raw, sizeof(raw), format, ap);
	va_end(ap);
	pthread_mutex_lock(&g->lock);
	if (g->event_count == SNAPSHOT_EVENTS_MAX)
		memmove(&g->events[0], &g->events[1],
			sizeof(g->events[0]) * --g->event_count);
	ev = &g->events[g->event_count++];
	g->event_total++;
	ev->time_ns = clock_real_ns();
	text_init(&t, ev->text, sizeof(ev->text));
	text_put_safe(&t, raw, strlen(raw), false);
	pthread_mutex_unlock(&g->lock);
}

void engine_note_failure(struct engine *g, const struct err *e)
{
	pthread_mutex_lock(&g->lock);
	if (!atom_load_relaxed_u32(&g->failed))
		g->failure = *e;
	pthread_mutex_unlock(&g->lock);
	/* E2, pairs with engine_failed. */
	atom_store_release_u32(&g->failed, 1);
}

bool engine_failed(const struct engine *g, struct err *e)
{
	if (!atom_load_acquire_u32(&g->failed)) /* E2 */
		return false;
	*e = g->failure;
	return true;
}

/* Takes a just opened source in, or tells that it could not be opened. */
static void engine_add_source(struct engine *g, struct source *s, bool host,
			      const char *what, const struct err *e)
{
	struct engine_source *es;

	if (!s) {
		engine_note_event(g, "%s: %s", what, e->text);
		return;
	}
	es = &g->sources[g->source_count];
	es->engine = g;
	es->source = s;
	es->number = g->source_count++;
	es->host = host;
	atom_store_relaxed_u32(&es->running, 1);
	atom_store_relaxed_u32(&es->was_up, atom_load_relaxed_u32(&s->up));
}

static void engine_open_wire(struct engine *g, struct err *e)
{
	const struct engine_config *c = &g->config;
	unsigned ifaces = c->iface_count ? c->iface_count : 1;

	for (unsigned i = 0; i < ifaces; i++) {
		struct source_wire_config wire = {
			.iface = c->iface_count ? c->ifaces[i] : NULL,
			.snaplen = c->snaplen,
			.filter = c->filter,
			.fanout_size = c->workers,
		};

		for (unsigned w = 0; w < c->workers; w++) {
			struct source *s;

			wire.fanout_index = w;
			s = source_wire_open(g->priv, &wire, e);
			engine_add_source(g, s, false,
					  wire.iface ? wire.iface : "wire", e);
			if (!wire.fanout_with)
				wire.fanout_with = s;
		}
	}
}

/* The thread that a protocol's sockets belong to: tcp, udp, both ICMPs
 * together, and one for every rarer protocol. */
static unsigned engine_host_thread(uint8_t proto)
{
	switch (proto) {
	case 6:
		return 0;
	case 17:
		return 1;
	case 1:
	case 58:
		return 2;
	default:
		return 3;
	}
}
#define ENGINE_HOST_THREADS 4

/* Only what the host vantage reads can be called refused. */
static void engine_add_host(struct engine *g,
			    const struct source_host_config *host,
			    struct err *e)
{
	struct source *s = source_host_open(g->priv, host, e);

	engine_add_source(g, s, true, "host", e);
	if (!s)
		return;
	memcpy(g->host_protos + g->host_proto_count, host->protos,
	       host->proto_count);
	g->host_proto_count += host->proto_count;
}

static void engine_open_host(struct engine *g, struct err *e)
{
	const struct engine_config *c = &g->config;

	for (unsigned t = 0; t < ENGINE_HOST_THREADS; t++) {
		uint8_t protos[ENGINE_PROTOS_MAX];
		struct source_host_config host = {
			.protos = protos,
			.ifaces = c->iface_count ? c->ifaces : NULL,
			.iface_count = c->iface_count,
			.snaplen = c->snaplen,
			.filter = c->filter,
			.proto_name = flow_proto_name,
		};

		for (unsigned i = 0; i < c->proto_count; i++)
			if (engine_host_thread(c->protos[i]) == t)
				protos[host.proto_count++] = c->protos[i];
		if (host.proto_count > 0)
			engine_add_host(g, &host, e);
	}
}

/* Better to refuse than to watch a part of what was asked for. */
static bool engine_check_source_count(const struct engine_config *c,
				      struct err *e)
{
	unsigned ifaces = c->iface_count ? c->iface_count : 1;
	unsigned wanted = ifaces * c->workers + ENGINE_HOST_THREADS;

	if (wanted <= ENGINE_SOURCES_MAX)
		return true;
	return err_set(e, EXIT_USAGE,
		       "%u interfaces with %u workers each are too many: %u "
		       "sources, and %d are the most (fewer --workers, or "
		       "all interfaces at once without -i)",
		       ifaces, c->workers, wanted, ENGINE_SOURCES_MAX);
}

static bool engine_open_sources(struct engine *g, struct err *e)
{
	const struct engine_config *c = &g->config;

	if (g->live && !engine_check_source_count(c, e))
		return false;
	if (c->file) {
		engine_add_source(
			g, source_file_take(c->file_fd, c->file, c->filter, e),
			false, c->file, e);
	} else if (c->made) {
		engine_add_source(g, source_made_open(c->made, c->filter, e),
				  false, "made", e);
	} else {
		/* The wire first: what the host then accepts was seen. */
		if (c->vantage & ENGINE_WIRE)
			engine_open_wire(g, e);
		if (c->vantage & ENGINE_HOST)
			engine_open_host(g, e);
	}
	return g->source_count > 0;
}

/* The next power of two, at least 2. */
static uint32_t engine_ring_size(uint32_t blocks)
{
	uint32_t n = 2;

	while (n < blocks)
		n *= 2;
	return n;
}

static bool engine_open_rings(struct engine *g, struct err *e)
{
	for (unsigned i = 0; i < g->source_count; i++) {
		struct engine_source *es = &g->sources[i];
		uint32_t size = engine_ring_size(es->source->block_count);

		es->ring_size = size;
		es->slots = calloc((size_t)size * 2 * g->worker_count,
				   sizeof(void *));
		if (!es->slots)
			return err_system(e, EXIT_USAGE,
					  "cannot take memory for the rings");
		for (unsigned w = 0; w < g->worker_count; w++) {
			void **slots = es->slots + (size_t)size * 2 * w;

			ring_init(&es->full[w], slots, size, 0);
			ring_init(&es->back[w], slots + size, size, 0);
		}
	}
	return true;
}

static bool engine_open_worker(struct engine *g, unsigned number, struct err *e)
{
	struct engine_worker *w = &g->workers[number];
	const struct engine_config *c = &g->config;
	struct flow_table_config table = {
		.max_flows =
			(c->max_flows + g->worker_count - 1) / g->worker_count,
		.idle_timeout_ns = c->idle_timeout_ns,
		.active_timeout_ns = c->active_timeout_ns,
		.closed_linger_ns = c->closed_linger_ns,
		.number = (uint8_t)number,
		.verdicts = g->live && c->vantage == ENGINE_BOTH,
		.live = g->live,
		.ended = c->record ? records_put : NULL,
		.context = w,
	};

	memcpy(table.secret, g->secret, sizeof(table.secret));
	w->engine = g;
	w->number = number;
	w->table = flow_table_open(&table, e);
	if (!w->table)
		return false;
	g->tables[number] = w->table;
	if (table.verdicts)
		flow_table_set_host_protos(w->table, g->host_protos,
					   g->host_proto_count);
	if (c->record && !records_open(w, e))
		return false;
	worker_publish(w);
	return true;
}

static bool engine_spawn(pthread_t *thread, bool *started,
			 void *(*main)(void *), void *arg, struct err *e)
{
	errno = thread_start(thread, false, main, arg);
	if (errno != 0)
		return err_system(e, EXIT_USAGE, "cannot start a thread");
	*started = true;
	return true;
}

static bool engine_spawn_all(struct engine *g, struct err *e)
{
	if (g->config.record &&
	    !engine_spawn(&g->record_thread, &g->record_started, records_main,
			  g, e))
		return false;
	for (unsigned i = 0; i < g->worker_count; i++)
		if (!engine_spawn(&g->workers[i].thread, &g->workers[i].started,
				  worker_main, &g->workers[i], e))
			return false;
	if (g->live && !engine_spawn(&g->keeper_thread, &g->keeper_started,
				     keeper_main, g, e))
		return false;
	for (unsigned i = 0; i < g->source_count && !g->inline_source; i++)
		if (!engine_spawn(&g->sources[i].thread, &g->sources[i].started,
				  capture_main, &g->sources[i], e))
			return false;
	return true;
}

static bool engine_open(struct engine *g, struct err *e)
{
	const struct engine_config *c = &g->config;

	if (getrandom(g->secret, sizeof(g->secret), 0) !=
	    (ssize_t)sizeof(g->secret))
		return err_system(e, EXIT_USAGE, "cannot read random bytes");
	g->desk = filter_desk_open(port_filter_open,
				   FILTER_DESK_TIMEOUT_S * CLOCK_NS_PER_S, e);
	if (!g->desk || !engine_open_sources(g, e))
		return false;
	for (unsigned i = 0; i < c->iface_count; i++)
		atom_store_relaxed_u32(&g->iface_known[i],
				       live_iface_by_name(c->ifaces[i]).index);
	g->ready_ns = clock_real_ns();
	g->inline_source = g->worker_count == 1 && g->source_count == 1 &&
			   g->sources[0].source->ops->patient;
	g->topk = topk_open(c->max_flows + g->worker_count, e);
	if (!g->topk || !engine_open_rings(g, e))
		return false;
	for (unsigned i = 0; i < g->worker_count; i++)
		if (!engine_open_worker(g, i, e))
			return false;
	if (g->live)
		keeper_refresh_local(g);
	return engine_spawn_all(g, e);
}

struct engine *engine_start(const struct engine_config *config,
			    struct priv *priv, struct err *e)
{
	struct engine *g = aligned_alloc(64, (sizeof(*g) + 63) / 64 * 64);

	assert(config->workers >= 1 && config->workers <= BLOCK_WORKERS_MAX);
	if (!g) {
		err_system(e, EXIT_USAGE, "cannot take memory for the engine");
		return NULL;
	}
	memset(g, 0, sizeof(*g));
	g->config = *config;
	g->priv = priv;
	g->live = !config->file && !config->made;
	g->worker_count = config->workers;
	g->start_ns = clock_monotonic_ns();
	g->filter = port_filter_hold(config->filter);
	pthread_mutex_init(&g->lock, NULL);
	if (!engine_open(g, e)) {
		engine_free(g);
		return NULL;
	}
	return g;
}

bool engine_iface_there(const struct engine *g, unsigned number)
{
	assert(number < g->config.iface_count);
	return live_iface_follow(atom_load_relaxed_u32(&g->iface_known[number]),
				 g->config.ifaces[number])
		       .index != 0;
}

bool engine_finished(const struct engine *g)
{
	for (unsigned i = 0; i < g->source_count; i++)
		if (atom_load_acquire_u32(&g->sources[i].running)) /* E1 */
			return false;
	return true;
}

static void engine_join(pthread_t thread, bool *started)
{
	if (!*started)
		return;
	pthread_join(thread, NULL);
	*started = false;
}

/* From the sources towards the records, so that nothing is left between. */
void engine_stop(struct engine *g)
{
	if (g->stopped)
		return;
	g->stopped = true;
	atom_store_relaxed_u64(&g->stop_ns, clock_real_ns());
	atom_store_release_u32(&g->stop_capture, 1);
	for (unsigned i = 0; i < g->source_count; i++)
		engine_join(g->sources[i].thread, &g->sources[i].started);
	engine_join(g->keeper_thread, &g->keeper_started);
	atom_store_release_u32(&g->drain, 1);
	for (unsigned i = 0; i < g->worker_count; i++)
		engine_join(g->workers[i].thread, &g->workers[i].started);
	atom_store_release_u32(&g->stop_records, 1);
	engine_join(g->record_thread, &g->record_started);
	for (unsigned i = 0; i < g->source_count; i++)
		if (g->sources[i].slots)
			capture_take_back(&g->sources[i]);
}

void engine_free(struct engine *g)
{
	if (!g)
		return;
	engine_stop(g);
	for (unsigned i = 0; i < g->source_count; i++) {
		g->sources[i].source->ops->close(g->sources[i].source);
		free(g->sources[i].slots);
	}
	for (unsigned i = 0; i < g->worker_count; i++) {
		if (g->workers[i].table)
			flow_table_close(g->workers[i].table);
		records_close(&g->workers[i]);
	}
	topk_close(g->topk);
	filter_desk_close(g->desk);
	port_filter_release(g->filter);
	pthread_mutex_destroy(&g->lock);
	free(g);
}
