/*
 * The keeper: slow chores of a live engine, ten times a second, so that no
 * worker makes a system call for them.
 */
#include "base/clock.h"
#include "engine/inside.h"
#include "port/live_iface.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define KEEPER_NAP_NS	    (100 * CLOCK_NS_PER_MS)
#define KEEPER_LOCAL_ROUNDS 20 /* addresses are read every two seconds */
#define KEEPER_NAME_ROUNDS  5  /* and names every half second */
/* The host vantage is shed when the wire's backlog is above a half and comes
 * back when it was below an eighth for a second. */
#define KEEPER_SHED_ABOVE	2
#define KEEPER_SHED_BELOW	8
#define KEEPER_SHED_CALM_ROUNDS 10

struct keeper {
	uint64_t drops;
	unsigned calm_rounds;
	bool helper_alive;
	bool down[ENGINE_SOURCES_MAX];
	char names[ENGINE_IFACES_MAX][IF_NAMESIZE];
};

/* The IP address of an interface, if this is one. */
static bool keeper_take_address(struct flow_local_addr *out,
				const struct sockaddr *from)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	if (from == NULL)
		return false;
	memset(out, 0, sizeof(*out));
	if (from->sa_family == AF_INET) {
		memcpy(&ipv4, from, sizeof(ipv4));
		out->version = 4;
		memcpy(out->addr, &ipv4.sin_addr, 4);
	} else if (from->sa_family == AF_INET6) {
		memcpy(&ipv6, from, sizeof(ipv6));
		out->version = 6;
		memcpy(out->addr, &ipv6.sin6_addr, 16);
	}
	return out->version != 0;
}

/* The first `max` addresses of this host, and how many there are in all. False
 * when the system does not say. */
static bool keeper_read_addresses(struct flow_local_addr *out, unsigned max,
				  unsigned *total)
{
	struct ifaddrs *list;
	unsigned n = 0;

	if (getifaddrs(&list) != 0)
		return false;
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		struct flow_local_addr a;

		if (!keeper_take_address(&a, i->ifa_addr))
			continue;
		if (n < max)
			out[n] = a;
		n++;
	}
	freeifaddrs(list);
	*total = n;
	return true;
}

static void keeper_tell_excess(struct engine *g, unsigned excess)
{
	unsigned before = atom_load_relaxed_u32(&g->local_excess);

	atom_store_relaxed_u32(&g->local_excess, excess);
	if (excess > 0 && before == 0)
		engine_note_event(g,
				  "this host has more than %u addresses: no "
				  "refused verdict for %u of them",
				  FLOW_LOCAL_MAX, excess);
}

void keeper_refresh_local(struct engine *g)
{
	struct flow_local_addr *fresh = g->local_fresh;
	unsigned total, n;
	bool changed;

	if (!keeper_read_addresses(fresh, FLOW_LOCAL_MAX, &total))
		return; /* those of the last time stand */
	n = total < FLOW_LOCAL_MAX ? total : FLOW_LOCAL_MAX;
	keeper_tell_excess(g, total - n);
	pthread_mutex_lock(&g->lock);
	changed = n != g->local_count ||
		  memcmp(fresh, g->local, n * sizeof(fresh[0])) != 0;
	if (changed) {
		memcpy(g->local, fresh, n * sizeof(fresh[0]));
		g->local_count = n;
	}
	pthread_mutex_unlock(&g->lock);
	if (changed)
		atom_store_release_u32(
			&g->local_generation,
			atom_load_relaxed_u32(&g->local_generation) + 1);
}

/* New losses anywhere make open verdicts unsure. */
static void keeper_watch_drops(struct engine *g, struct keeper *k)
{
	uint64_t drops = 0;

	for (unsigned i = 0; i < g->source_count; i++) {
		const struct source_counts *c = &g->sources[i].source->counts;

		drops += atom_load_relaxed_u64(&c->dropped_kernel) +
			 atom_load_relaxed_u64(&c->dropped_ring) +
			 atom_load_relaxed_u64(&c->shed);
	}
	if (drops == k->drops)
		return;
	k->drops = drops;
	atom_store_release_u32(&g->loss_generation,
			       atom_load_relaxed_u32(&g->loss_generation) + 1);
}

/* The share of a source's blocks that wait for a worker is above 1/part. */
static bool keeper_backlog_above(const struct engine_source *es, unsigned part)
{
	uint32_t fill = 0;

	for (unsigned w = 0; w < es->engine->worker_count; w++) {
		uint32_t n = ring_fill(&es->full[w]);

		if (n > fill)
			fill = n;
	}
	return fill * part > es->source->block_count;
}

static void keeper_govern_shedding(struct engine *g, struct keeper *k)
{
	bool high = false;
	bool low = true;

	if (g->config.vantage != ENGINE_BOTH)
		return;
	for (unsigned i = 0; i < g->source_count; i++) {
		const struct engine_source *es = &g->sources[i];

		if (es->host)
			continue;
		high = high || keeper_backlog_above(es, KEEPER_SHED_ABOVE);
		low = low && !keeper_backlog_above(es, KEEPER_SHED_BELOW);
	}
	k->calm_rounds = low ? k->calm_rounds + 1 : 0;
	if (high && !atom_load_relaxed_u32(&g->shed)) {
		atom_store_release_u32(&g->shed, 1);
		engine_note_event(g, "overload: the host vantage is shed; "
				     "refused packets cannot be told");
	} else if (k->calm_rounds >= KEEPER_SHED_CALM_ROUNDS &&
		   atom_load_relaxed_u32(&g->shed)) {
		atom_store_release_u32(&g->shed, 0);
		engine_note_event(g, "the host vantage is back");
	}
}

static void keeper_watch_helper(struct engine *g, struct keeper *k)
{
	bool alive = !g->priv || priv_alive(g->priv);

	if (k->helper_alive && !alive)
		engine_note_event(g, "the privileged helper has ended: open "
				     "sockets go on, new ones cannot be "
				     "opened; start rawtop again");
	k->helper_alive = alive;
}

/* Interfaces that go down, vanish or come back. */
static void keeper_watch_interfaces(struct engine *g, struct keeper *k)
{
	for (unsigned i = 0; i < g->source_count; i++) {
		struct engine_source *es = &g->sources[i];
		bool down = atom_load_relaxed_u32(&es->source->up) == 0;
		bool was_up = atom_load_relaxed_u32(&es->was_up) != 0;

		if (down == k->down[i])
			continue;
		k->down[i] = down;
		if (!down)
			atom_store_relaxed_u32(&es->was_up, 1);
		if (was_up)
			engine_note_event(
				g, "%s: the interface is %s", es->source->label,
				down ? "down or gone; waiting for it" : "back");
		else
			engine_note_event(g, "%s: the interface is %s",
					  es->source->label,
					  down ? "down; waiting for it to come "
						 "up"
					       : "up");
	}
}

/* Interfaces that are renamed: the sources follow them. */
static void keeper_watch_names(struct engine *g, struct keeper *k)
{
	for (unsigned i = 0; i < g->config.iface_count; i++) {
		uint32_t known = atom_load_relaxed_u32(&g->iface_known[i]);
		struct live_iface now =
			live_iface_follow(known, g->config.ifaces[i]);

		if (now.index == 0)
			continue;
		atom_store_relaxed_u32(&g->iface_known[i], now.index);
		if (strcmp(k->names[i], now.name) == 0)
			continue;
		if (known == now.index)
			engine_note_event(g,
					  "the interface %s is now called %s",
					  k->names[i], now.name);
		memcpy(k->names[i], now.name, sizeof(k->names[i]));
	}
}

void *keeper_main(void *engine)
{
	struct engine *g = engine;
	struct keeper k = {.helper_alive = true};

	for (unsigned i = 0; i < g->config.iface_count; i++)
		snprintf(k.names[i], sizeof(k.names[i]), "%s",
			 g->config.ifaces[i]);

	for (unsigned round = 0; !atom_load_acquire_u32(&g->stop_capture);
	     round++) {
		if (round % KEEPER_LOCAL_ROUNDS == 0)
			keeper_refresh_local(g);
		if (round % KEEPER_NAME_ROUNDS == 0)
			keeper_watch_names(g, &k);
		keeper_watch_drops(g, &k);
		keeper_govern_shedding(g, &k);
		keeper_watch_helper(g, &k);
		keeper_watch_interfaces(g, &k);
		clock_nap_ns(KEEPER_NAP_NS);
	}
	return NULL;
}
