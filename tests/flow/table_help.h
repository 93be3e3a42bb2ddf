/*
 * table_help.h: facts by hand, tables with small settings, and a drawer that
 * keeps the records, for the tests of the flow table.
 */
#ifndef TESTS_FLOW_TABLE_HELP_H
#define TESTS_FLOW_TABLE_HELP_H

#include "base/clock.h"
#include "flow/table.h"
#include "flow/tcp.h"

#include <stdlib.h>
#include <string.h>

#define HELP_S	 CLOCK_NS_PER_S
#define HELP_T0	 (UINT64_C(1700000000) * CLOCK_NS_PER_S)
#define HELP_TCP 6
#define HELP_UDP 17

#define HELP_OFFLINE (PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN)

struct help_drawer {
	struct flow *flows;
	size_t count;
	size_t capacity;
};

static inline void help_keep(void *context, const struct flow *flow)
{
	struct help_drawer *d = context;

	if (d->count == d->capacity) {
		d->capacity = d->capacity ? d->capacity * 2 : 64;
		d->flows = realloc(d->flows, d->capacity * sizeof(*flow));
		if (!d->flows)
			abort();
	}
	d->flows[d->count++] = *flow;
}

/* Idle 60 s, linger 10 s, no cuts, records into the drawer (NULL: none). */
static inline struct flow_table_config help_config(uint32_t max_flows,
						   struct help_drawer *drawer)
{
	return (struct flow_table_config){
		.max_flows = max_flows,
		.idle_timeout_ns = 60 * HELP_S,
		.closed_linger_ns = 10 * HELP_S,
		.secret = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
		.ended = drawer ? help_keep : NULL,
		.context = drawer,
	};
}

static inline struct flow_table *
help_open(const struct flow_table_config *config)
{
	struct err e;
	struct flow_table *t = flow_table_open(config, &e);

	if (!t)
		abort();
	return t;
}

/* An address by a number: 10.x.y.z, or fd00::x:y:z. */
static inline void help_address(uint8_t addr[16], uint8_t version, uint32_t n)
{
	uint8_t *last = version == 4 ? addr : addr + 12;

	memset(addr, 0, 16);
	addr[0] = version == 4 ? 10 : 0xfd;
	last[1] = (uint8_t)(n >> 16);
	last[2] = (uint8_t)(n >> 8);
	last[3] = (uint8_t)n;
}

/* A packet from one end to another, as flow_facts_read would tell it. */
static inline struct flow_facts help_facts(uint8_t version, uint8_t proto,
					   uint32_t from, uint16_t from_port,
					   uint32_t to, uint16_t to_port,
					   uint64_t time_ns)
{
	struct flow_facts f;
	uint8_t a[16], b[16];
	int order;
	bool swap;

	memset(&f, 0, sizeof(f));
	help_address(a, version, from);
	help_address(b, version, to);
	order = memcmp(a, b, sizeof(a));
	swap = order > 0 || (order == 0 && from_port > to_port);
	memcpy(f.key.addr[swap], a, sizeof(a));
	memcpy(f.key.addr[!swap], b, sizeof(b));
	f.key.port[swap] = from_port;
	f.key.port[!swap] = to_port;
	f.key.version = version;
	f.key.proto = proto;
	f.direction = swap ? FLOW_BA : FLOW_AB;
	f.time_ns = time_ns;
	f.bytes = 100;
	f.frame_bytes = 114;
	f.iface = 1;
	f.ttl = 64;
	f.packet_flags = HELP_OFFLINE;
	f.ports_known = true;
	f.transport_known = true;
	return f;
}

/* UDP between hosts 1 and 2, ports 1000 and 53; `back` is the answer. */
static inline struct flow_facts help_udp(uint64_t time_ns, bool back)
{
	return back ? help_facts(4, HELP_UDP, 2, 53, 1, 1000, time_ns)
		    : help_facts(4, HELP_UDP, 1, 1000, 2, 53, time_ns);
}

/* TCP between hosts 1 and 2, ports 1000 and 80. */
static inline struct flow_facts
help_tcp(uint64_t time_ns, bool back, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct flow_facts f =
		back ? help_facts(4, HELP_TCP, 2, 80, 1, 1000, time_ns)
		     : help_facts(4, HELP_TCP, 1, 1000, 2, 80, time_ns);

	f.tcp_flags = flags;
	f.seq = seq;
	f.ack = ack;
	return f;
}

static inline void help_put(struct flow_table *t, struct flow_facts f)
{
	flow_table_put(t, &f, 1);
}

/* The only flow there is; aborts when there is none or another one. */
static inline struct flow help_only_flow(const struct flow_table *t)
{
	struct flow flow, found;
	unsigned count = 0;

	for (uint32_t i = 0; i < flow_table_extent(t); i++)
		if (flow_table_read(t, i, &flow)) {
			found = flow;
			count++;
		}
	if (count != 1)
		abort();
	return found;
}

static inline struct flow_table_counts help_counts(const struct flow_table *t)
{
	struct flow_table_counts c;

	flow_table_read_counts(t, &c);
	return c;
}

/* A deterministic stream of numbers (splitmix64). */
static inline uint64_t help_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#endif
