#include "tests/ui/fake_world.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kind {
	uint8_t proto;
	const char *from, *to; /* addresses */
	uint16_t sport, dport;
	uint8_t state;
	uint8_t verdict;  /* of what comes to the initiator's peer */
	uint32_t rate[2]; /* bytes/s */
	uint32_t seconds; /* since it began */
} kinds[] = {
	{IPPROTO_TCP,
	 "10.0.0.1",
	 "93.184.216.34",
	 54321,
	 443,
	 FLOW_ESTABLISHED,
	 FLOW_VERDICT_NONE,
	 {1500, 1250000},
	 75},
	{IPPROTO_UDP,
	 "192.168.100.200",
	 "10.0.0.1",
	 40000,
	 7777,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_REFUSED,
	 {800, 0},
	 8},
	{IPPROTO_UDP,
	 "10.0.0.2",
	 "10.0.0.1",
	 40001,
	 8888,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_ACCEPTED,
	 {820, 820},
	 9},
	{IPPROTO_ICMP,
	 "10.0.0.1",
	 "10.0.0.2",
	 0,
	 0,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_NONE,
	 {84, 84},
	 3700},
	{IPPROTO_TCP,
	 "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1",
	 "2001:db8::53",
	 50000,
	 22,
	 FLOW_ESTABLISHED,
	 FLOW_VERDICT_WAITING,
	 {64, 128},
	 90000},
	{IPPROTO_UDP,
	 "fd00::1",
	 "fd00::2",
	 5353,
	 53,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_UNSURE,
	 {90, 300},
	 1},
	{IPPROTO_TCP,
	 "10.0.0.1",
	 "10.9.8.7",
	 45454,
	 80,
	 FLOW_SYN,
	 FLOW_VERDICT_NONE,
	 {60, 0},
	 2},
	{IPPROTO_TCP,
	 "10.0.0.3",
	 "10.0.0.1",
	 33333,
	 8080,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_REDIRECTED,
	 {5000, 7000},
	 33},
	{IPPROTO_GRE,
	 "172.16.0.1",
	 "172.16.0.2",
	 0,
	 0,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_NONE,
	 {100000, 90000},
	 86400},
	{253,
	 "10.0.0.1",
	 "10.0.0.2",
	 0,
	 0,
	 FLOW_ACTIVE,
	 FLOW_VERDICT_NONE,
	 {10, 10},
	 5},
	{IPPROTO_TCP,
	 "10.0.0.4",
	 "10.0.0.1",
	 60000,
	 25,
	 FLOW_MIDSTREAM,
	 FLOW_VERDICT_ACCEPTED,
	 {0, 0},
	 600},
	{IPPROTO_TCP,
	 "10.0.0.5",
	 "10.0.0.1",
	 60001,
	 5432,
	 FLOW_RESET,
	 FLOW_VERDICT_ACCEPTED,
	 {0, 0},
	 61},
	{IPPROTO_TCP,
	 "10.0.0.6",
	 "10.0.0.1",
	 60002,
	 443,
	 FLOW_CLOSED,
	 FLOW_VERDICT_ACCEPTED,
	 {0, 0},
	 40},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static uint8_t put_address(uint8_t addr[16], const char *text)
{
	if (inet_pton(AF_INET, text, addr) == 1)
		return 4;
	return inet_pton(AF_INET6, text, addr) == 1 ? 6 : 0;
}

static void make_side(struct flow_side *side, const struct kind *k, int index,
		      uint64_t now_ns)
{
	uint64_t bytes = (uint64_t)k->rate[index] * k->seconds;
	bool idle = k->rate[0] + k->rate[1] == 0;

	side->port = index == 0 ? k->sport : k->dport;
	side->packets = bytes / 500 + (k->rate[index] > 0 ? 1 : 0);
	side->bytes = bytes;
	side->frame_bytes = bytes + 14 * side->packets;
	side->rate_bits = UINT64_C(8) * k->rate[index];
	side->first_ns = now_ns - k->seconds * CLOCK_NS_PER_S;
	side->last_ns = now_ns - (idle ? 35 : 0) * CLOCK_NS_PER_S;
	side->ttl = index == 0 ? 64 : 57;
	side->iface = 900002; /* no machine has so many */
	side->ip_id = 4242;
	side->seq = 1000000u + k->sport;
	side->ack = 2000000u + k->dport;
	side->window = 64240;
	if (k->proto == IPPROTO_TCP)
		side->tcp_flags = k->state == FLOW_SYN ? 0x02 : 0x1a;
	if (side->packets == 0)
		side->first_ns = side->last_ns = 0;
}

static void make_verdict(struct flow *f, const struct kind *k)
{
	struct flow_side *side = &f->side[0];

	side->verdict = k->verdict;
	if (k->verdict == FLOW_VERDICT_REFUSED)
		side->refused = side->packets;
	else if (k->verdict != FLOW_VERDICT_NONE)
		side->host_packets = side->packets;
}

static struct flow make_flow(uint64_t id, unsigned kind, uint64_t now_ns)
{
	const struct kind *k = &kinds[kind % KINDS];
	unsigned round = kind / KINDS;
	struct flow f = {.id = id, .proto = k->proto, .state = k->state};

	f.version = put_address(f.side[0].addr, k->from);
	put_address(f.side[1].addr, k->to);
	make_side(&f.side[0], k, 0, now_ns);
	make_side(&f.side[1], k, 1, now_ns);
	/* Later rounds of the kinds differ in address, port and rate. */
	f.side[0].addr[f.version == 4 ? 2 : 14] ^= (uint8_t)round;
	f.side[0].addr[f.version == 4 ? 1 : 13] ^= (uint8_t)(round >> 8);
	f.side[0].rate_bits /= round + 1;
	f.side[1].rate_bits /= round + 1;
	if (k->proto == IPPROTO_ICMP) {
		f.icmp_type = 8;
		f.icmp_id = (uint16_t)(7 + round);
	}
	make_verdict(&f, k);
	f.first_ns = f.side[0].first_ns != 0
			     ? f.side[0].first_ns
			     : now_ns - k->seconds * CLOCK_NS_PER_S;
	f.last_ns = f.side[0].last_ns != 0 ? f.side[0].last_ns
					   : now_ns - 35 * CLOCK_NS_PER_S;
	return f;
}

bool fake_open(struct fake_world *f, uint32_t count, uint32_t max)
{
	*f = (struct fake_world){.max = max, .now_ns = FAKE_START_NS};
	f->flow = calloc(max, sizeof(*f->flow));
	f->order = calloc(max, sizeof(struct flow *));
	if (f->flow == NULL || f->order == NULL)
		return false;
	for (uint32_t i = 0; i < count; i++)
		fake_add(f, i);
	return true;
}

void fake_close(struct fake_world *f)
{
	free(f->flow);
	free(f->order);
}

uint64_t fake_add(struct fake_world *f, unsigned kind)
{
	if (f->count == f->max)
		return 0;
	f->flow[f->count++] = make_flow(++f->next_id, kind, f->now_ns);
	return f->next_id;
}

struct flow *fake_find(struct fake_world *f, uint64_t id)
{
	for (uint32_t i = 0; i < f->count; i++) {
		if (f->flow[i].id == id)
			return &f->flow[i];
	}
	return NULL;
}

void fake_remove(struct fake_world *f, uint64_t id)
{
	struct flow *flow = fake_find(f, id);

	if (flow != NULL)
		*flow = f->flow[--f->count];
}

void fake_advance(struct fake_world *f, uint64_t ns)
{
	f->now_ns += ns;
	for (uint32_t i = 0; i < f->count; i++) {
		struct flow *flow = &f->flow[i];

		for (int k = 0; k < 2; k++) {
			struct flow_side *side = &flow->side[k];
			uint64_t bytes =
				side->rate_bits / 8 * (ns / 1000000) / 1000;

			if (bytes == 0)
				continue;
			side->bytes += bytes;
			side->packets += bytes / 500 + 1;
			side->last_ns = flow->last_ns = f->now_ns;
		}
	}
}

struct order {
	enum column sort;
	bool descending;
	uint64_t now_ns;
};

static int compare(const void *a, const void *b, void *context)
{
	const struct order *o = context;
	int by = column_compare(o->sort, *(struct flow *const *)a,
				*(struct flow *const *)b, o->now_ns);

	return o->descending ? -by : by;
}

static uint32_t rows(void *context, struct topk_query *query, struct flow *out,
		     uint64_t *matching)
{
	struct fake_world *f = context;
	struct order order = {
		.sort = query->sort,
		.descending =
			column_table[query->sort].descending != query->invert,
		.now_ns = f->now_ns,
	};
	uint32_t n = 0, taken = 0;

	f->row_asks++;
	if (query->rows > f->most_rows)
		f->most_rows = query->rows;
	query->now_ns = f->now_ns;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct flow *flow = &f->flow[i];
		bool over =
			flow->state == FLOW_CLOSED || flow->state == FLOW_RESET;

		if ((query->closed || !over) &&
		    flow_filter_match(query->filter, flow))
			f->order[n++] = flow;
	}
	qsort_r(f->order, n, sizeof(*f->order), compare, &order);
	*matching = n;
	for (uint32_t i = query->first; i < n && taken < query->rows; i++)
		out[taken++] = *f->order[i];
	return taken;
}

static bool read_flow(void *context, uint64_t id, struct flow *flow)
{
	const struct flow *found = fake_find(context, id);

	if (found != NULL)
		*flow = *found;
	return found != NULL;
}

static enum engine_filter_state
put_filter(struct fake_world *f, const char *expression, struct err *e)
{
	const char *bad = strstr(expression, "bad");

	if (bad != NULL) {
		err_set(e, EXIT_USAGE,
			"the filter expression is not understood: "
			"syntax error\n  %s\n  %*s^",
			expression, (int)(bad - expression), "");
		return ENGINE_FILTER_REFUSED;
	}
	snprintf(f->filter, sizeof(f->filter), "%s", expression);
	return ENGINE_FILTER_SET;
}

/* "bad" is what libpcap would not understand, "slow" what it takes its time
 * for: until the test lets it. */
static enum engine_filter_state
begin_filter(void *context, const char *expression, struct err *e)
{
	struct fake_world *f = context;

	if (strstr(expression, "slow") == NULL)
		return put_filter(f, expression, e);
	snprintf(f->slow_filter, sizeof(f->slow_filter), "%s", expression);
	return ENGINE_FILTER_BUSY;
}

static enum engine_filter_state ask_filter(void *context, struct err *e)
{
	struct fake_world *f = context;

	return f->slow_done ? put_filter(f, f->slow_filter, e)
			    : ENGINE_FILTER_BUSY;
}

static void cancel_filter(void *context)
{
	struct fake_world *f = context;

	f->slow_filter[0] = '\0';
}

static void take_sources(const struct fake_world *f, struct snapshot *s)
{
	struct snapshot_source *wire = &s->sources[0];
	struct snapshot_source *host = &s->sources[1];

	*wire = (struct snapshot_source){
		.label = "wire eth0",
		.note = "ring 64 x 256 KiB, fanout 1 of 1",
		.up = true,
		.running = true,
		.filter_place = f->filter[0] != '\0',
		.ring_fill = 3,
		.ring_size = 64,
		.delivered = s->account.decoded,
		.seen = s->account.decoded,
		.bytes = 500 * s->account.decoded,
		.blocks = s->account.decoded / 64 + 1,
	};
	*host = (struct snapshot_source){
		.label = "host tcp",
		.note = "AF_INET and AF_INET6",
		.up = true,
		.running = true,
		.ring_size = 16,
	};
	if (f->source_label != NULL)
		snprintf(host->label, sizeof(host->label), "%s",
			 f->source_label);
	s->source_count = 2;
	if (!f->lossy)
		return;
	wire->dropped_kernel = 1234567;
	wire->dropped_ring = 89;
	wire->seen += wire->dropped_kernel + wire->dropped_ring;
	host->up = host->running = false;
	snprintf(host->problem, sizeof(host->problem),
		 "raw sockets need CAP_NET_RAW: Operation not permitted (run "
		 "`sudo setcap cap_net_raw+ep /usr/bin/rawtop` once, or start "
		 "it with sudo, or try `rawtop lab`, which needs neither)");
	s->account.no_room = 7;
	s->account.decoded += 7;
	s->host_shed = true;
	s->local_excess = 12;
	s->helper_alive = false;
}

static void take_account(const struct fake_world *f, struct snapshot *s)
{
	s->flow_capacity = 1048576;
	s->table_memory_bytes = UINT64_C(180) << 20;
	if (f->next_id == 0)
		return;
	s->account.in_flows = (f->now_ns - FAKE_START_NS) / 1000000 + 5000;
	s->account.not_ip = 40;
	s->account.malformed = 2;
	s->account.decoded = s->account.in_flows + 42;
	s->account.stops[PROTO_TCP][VIEW_TRUNCATED] = 2;
	s->flows.live = f->count;
	s->flows.evicted = f->evicted;
	s->flows.added = f->next_id;
	for (uint32_t i = 0; i < f->count; i++)
		s->rate_bits += f->flow[i].side[0].rate_bits +
				f->flow[i].side[1].rate_bits;
	s->rate_packets = 3421;
}

static void take(void *context, struct snapshot *s)
{
	struct fake_world *f = context;

	f->takes++;
	if (!f->still)
		fake_advance(f, 250 * CLOCK_NS_PER_MS);
	*s = (struct snapshot){
		.now_ns = f->now_ns,
		.live = !f->finished,
		.finished = f->finished,
		.helper_alive = true,
		.decoder_load = 0.042,
		.event_count = 1,
	};
	take_account(f, s);
	take_sources(f, s);
	s->events[0].time_ns = FAKE_START_NS - 5 * CLOCK_NS_PER_S;
	snprintf(s->events[0].text, sizeof(s->events[0].text),
		 "wire eth0: opened");
	snprintf(s->filter, sizeof(s->filter), "%s", f->filter);
}

struct ui_world fake_world(struct fake_world *f)
{
	return (struct ui_world){
		.context = f,
		.take = take,
		.rows = rows,
		.flow = read_flow,
		.begin_filter = begin_filter,
		.ask_filter = ask_filter,
		.cancel_filter = cancel_filter,
	};
}
