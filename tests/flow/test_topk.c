#include "flow/topk.h"

#include "base/clock.h"
#include "flow/column_parts.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define S      CLOCK_NS_PER_S
#define FLOWS  3000
#define TABLES 2
#define START  (1700000000 * S)

static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 20) % n;
}

static struct flow_table *tables[TABLES];
static struct topk *topk;
static uint64_t now_ns = START;

static void tables_open(void)
{
	struct flow_table_config config = {
		.max_flows = FLOWS,
		.idle_timeout_ns = 1000 * S,
		.closed_linger_ns = 1000 * S,
		.verdicts = true,
	};
	struct flow_local_addr local[12];
	struct err e;

	/* This host is every responder of facts_make. */
	memset(local, 0, sizeof(local));
	for (unsigned i = 0; i < 7; i++)
		local[i] = (struct flow_local_addr){4, {192, 0, 0, (uint8_t)i}};
	for (unsigned i = 0; i < 5; i++)
		local[7 + i] = (struct flow_local_addr){
			6, {0xfd, 1, 0, 0, 0, 0, 0, (uint8_t)i}};
	for (unsigned i = 0; i < TABLES; i++) {
		tables[i] = flow_table_open(&config, &e);
		cr_assert_not_null(tables[i], "%s", e.text);
		flow_table_set_local(tables[i], local, 12);
	}
	topk = topk_open(TABLES * FLOWS, &e);
	cr_assert_not_null(topk, "%s", e.text);
}

static void tables_close(void)
{
	for (unsigned i = 0; i < TABLES; i++)
		flow_table_close(tables[i]);
	topk_close(topk);
}

TestSuite(topk, .init = tables_open, .fini = tables_close);

/* What is refused has no answer. */
static bool is_refused(unsigned n)
{
	return n % 29 == 5;
}

/* A packet of flow `n`; one in eight TCP ones is a reset. */
static struct flow_facts facts_make(unsigned n)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP,
					 253, IPPROTO_ICMP};
	/* Drawn one after the other, whatever the order of the fields. */
	bool inbound = random_below(2) || is_refused(n);
	bool large = random_below(20) == 0;
	uint64_t bytes = large ? random_below(60000) : random_below(3) * 100;
	uint64_t ttl = 60 + random_below(5), tos = random_below(2) * 16;
	uint64_t seq = random_below(1000), iface = 1 + random_below(3);
	bool reset = random_below(8) == 0;
	struct flow_facts f = {
		.time_ns = now_ns,
		.bytes = 40 + (uint32_t)bytes,
		.ttl = (uint8_t)ttl,
		.tos = (uint8_t)tos,
		.seq = (uint32_t)seq,
		.iface = (uint32_t)iface,
		.vlan = (uint16_t)(n % 3),
		.tcp_flags = reset ? 0x04 : 0x10,
		.direction = inbound ? FLOW_AB : FLOW_BA,
		.packet_flags =
			inbound ? PACKET_CLASS_HOST : PACKET_CLASS_OUTGOING,
		.ports_known = true,
		.transport_known = true,
	};
	struct flow_key *key = &f.key;

	f.frame_bytes = f.bytes + 14;
	key->proto = protos[n % 5];
	key->version = n % 3 ? 4 : 6;
	if (key->proto == IPPROTO_ICMP && key->version == 6)
		key->proto = IPPROTO_ICMPV6;
	if (key->version == 6) {
		/* All of one network: addresses differ at the far end. */
		key->addr[0][0] = key->addr[1][0] = 0xfd;
		memcpy(key->addr[0] + 12, &n, sizeof(n));
		key->addr[1][7] = (uint8_t)(n % 5);
		key->addr[1][1] = 1;
	} else {
		key->addr[0][0] = 10;
		key->addr[0][1] = (uint8_t)(n >> 8);
		key->addr[0][2] = (uint8_t)n;
		key->addr[1][0] = 192;
		key->addr[1][3] = (uint8_t)(n % 7);
	}
	if (flow_has_ports(key->proto)) {
		key->port[0] = (uint16_t)(n % 11);
		key->port[1] = 443;
	} else if (flow_has_icmp(key->proto)) {
		key->port[0] = (uint16_t)n;
		key->port[1] = (uint16_t)((n % 13) << 8);
	}
	return f;
}

/* On the wire; mostly at the host too, or at the host alone, or never there;
 * and now and then an ICMP error that quotes it. */
static void packet_put(struct flow_table *t, struct flow_facts f, unsigned n)
{
	struct flow_facts host = f, quoted = f;

	host.packet_flags |= PACKET_FLAG_HOST_VANTAGE;
	if (n % 17 != 3)
		flow_table_put(t, &f, 1);
	if (f.direction == FLOW_AB && !is_refused(n) &&
	    (n % 17 == 3 || random_below(4)))
		flow_table_put(t, &host, 1);
	if (random_below(50) == 0)
		flow_table_put_quoted(t, &quoted, 3, 3);
}

/* Traffic of `flows` flows for some seconds, so that rates differ. */
static void traffic_make(unsigned flows, unsigned packets)
{
	for (unsigned i = 0; i < packets; i++) {
		unsigned n = i < flows ? i : (unsigned)random_below(flows);
		struct flow_facts f = facts_make(n);

		/* A third of the flows falls silent. */
		if (i >= packets / 2 && n % 3 == 1)
			continue;
		packet_put(tables[n % TABLES], f, n);
		if (i % 500 == 499) {
			now_ns += S / 4;
			for (unsigned j = 0; j < TABLES; j++)
				flow_table_tick(tables[j], now_ns);
		}
	}
	now_ns += S / 20;
	for (unsigned j = 0; j < TABLES; j++)
		flow_table_tick(tables[j], now_ns);
}

struct seen {
	struct flow flow;
	uint64_t keys[COLUMN_LEVELS_MAX];
	unsigned place; /* by table, then entry: breaks ties */
};

static struct seen all[TABLES * FLOWS];
static unsigned all_count;

static int compare_seen(const void *left, const void *right)
{
	const struct seen *a = left, *b = right;

	for (unsigned i = 0; i < COLUMN_LEVELS_MAX; i++) {
		if (a->keys[i] != b->keys[i])
			return a->keys[i] < b->keys[i] ? -1 : 1;
	}
	return a->place < b->place ? -1 : 1;
}

/* What topk promises, the slow way. */
static void sort_all(const struct topk_query *q)
{
	bool down = column_table[q->sort].descending != q->invert;

	all_count = 0;
	for (unsigned t = 0; t < TABLES; t++) {
		for (uint32_t i = 0; i < flow_table_extent(tables[t]); i++) {
			struct seen *s = &all[all_count];

			if (!flow_table_read(tables[t], i, &s->flow))
				continue;
			if (!q->closed && (s->flow.state == FLOW_CLOSED ||
					   s->flow.state == FLOW_RESET))
				continue;
			if (!flow_filter_match(q->filter, &s->flow))
				continue;
			memset(s->keys, 0, sizeof(s->keys));
			for (unsigned l = 0; l < column_levels(q->sort); l++) {
				s->keys[l] = column_rank_level(
					q->sort, &s->flow, q->now_ns, l);
				if (down)
					s->keys[l] = ~s->keys[l];
			}
			s->place = t * FLOWS + i;
			all_count++;
		}
	}
	qsort(all, all_count, sizeof(all[0]), compare_seen);
}

static struct flow rows[TOPK_ROWS_MAX];

static void check_window(struct topk_query *q, uint32_t first, uint32_t count)
{
	uint64_t matching = 0;
	uint32_t want = first >= all_count	    ? 0
			: count > all_count - first ? all_count - first
						    : count;
	uint32_t got;

	q->first = first;
	q->rows = count;
	got = topk_find(topk, tables, TABLES, q, rows, &matching);
	cr_assert_eq(matching, all_count, "%s: %u of %u",
		     column_table[q->sort].name, (unsigned)matching, all_count);
	cr_assert_eq(got, want, "%s from %u: %u of %u",
		     column_table[q->sort].name, first, got, want);
	for (uint32_t i = 0; i < got; i++)
		cr_assert_eq(
			memcmp(&rows[i], &all[first + i].flow, sizeof(rows[i])),
			0, "%s %s: row %u from %u", column_table[q->sort].name,
			q->invert ? "inverted" : "", i, first);
}

static void check_orders(const struct flow_filter *filter)
{
	for (enum column c = 0; c < COLUMN_COUNT; c++) {
		for (unsigned turn = 0; turn < 4; turn++) {
			struct topk_query q = {
				.sort = c,
				.invert = turn & 1,
				.closed = turn & 2,
				.filter = filter,
				.now_ns = now_ns,
			};

			sort_all(&q);
			check_window(&q, 0, 50);
			check_window(&q, all_count > 50 ? all_count - 50 : 0,
				     50);
			check_window(&q, all_count, 50);
			check_window(&q, 0, TOPK_ROWS_MAX);
			for (unsigned i = 0; i < 10; i++)
				check_window(
					&q,
					(uint32_t)random_below(all_count + 1),
					(uint32_t)random_below(60));
		}
	}
}

/* The traffic is of every kind that an order could get wrong. */
static void check_every_verdict(void)
{
	bool seen[FLOW_VERDICT_REDIRECTED + 1] = {false};
	bool host_only = false;

	for (unsigned i = 0; i < all_count; i++) {
		const struct flow *f = &all[i].flow;

		seen[column_verdict(f)] = true;
		host_only |=
			f->side[0].packets == 0 && f->side[0].host_packets > 0;
	}
	cr_expect(seen[FLOW_VERDICT_REFUSED]);
	cr_expect(seen[FLOW_VERDICT_ACCEPTED]);
	cr_expect(host_only);
}

Test(topk, every_window_of_every_order_is_that_of_a_full_sort)
{
	traffic_make(2 * FLOWS - 600, 60000);
	check_orders(NULL);
	cr_expect_gt(all_count, FLOWS);
	check_every_verdict();
	flow_table_note_loss(tables[0], now_ns);
	check_orders(NULL);
}

static unsigned check_filter(const char *text)
{
	char message[128];
	size_t at;
	struct flow_filter *f =
		flow_filter_parse(text, NULL, message, sizeof(message), &at);
	struct topk_query q = {.filter = f, .closed = true, .now_ns = now_ns};

	cr_assert_not_null(f, "%s: %s", text, message);
	check_orders(f);
	sort_all(&q);
	flow_filter_free(f);
	return all_count;
}

/* Each term alone: it reads what it needs, whatever the order reads. */
Test(topk, the_same_with_a_filter)
{
	static const char *const texts[] = {
		"host:10.1.",  "dst:192.0.0.3", "port:443",    "proto:icmp",
		"state:res",   "state:active",	"ip:6",	       "iface:2",
		"vlan:1",      "ttl:<61",	"tos:16",      "refused:",
		"refused:>1",  "rate:>1k",	"rate:0",      "bytes:>1k",
		"packets:>10", "443",		"established", "!proto:tcp 10.",
		"fd01:",
	};

	traffic_make(600, 6000);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		cr_expect_gt(check_filter(texts[i]), 0, "%s", texts[i]);
}

/* What the last redraw found out must not show in the next one. */
Test(topk, redraws_of_one_view_follow_the_traffic)
{
	static const enum column columns[] = {COLUMN_RATE, COLUMN_TOTAL,
					      COLUMN_IDLE, COLUMN_SRC};

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned view = 0; view < 4; view++) {
			struct topk_query q = {
				.sort = columns[i],
				.closed = true,
				.invert = view & 1,
			};

			for (unsigned redraw = 0; redraw < 12; redraw++) {
				traffic_make(200 + 100 * redraw, 400);
				if (redraw == 8)
					now_ns += 5 * S;
				traffic_make(50, 50);
				q.now_ns = now_ns;
				sort_all(&q);
				check_window(&q, view & 2 ? 100 : 0, 40);
			}
		}
	}
}

Test(topk, an_empty_table_has_no_rows)
{
	struct topk_query q = {.sort = COLUMN_RATE, .closed = true};

	all_count = 0;
	check_window(&q, 0, 50);
}

Test(topk, flows_that_have_ended_are_not_shown)
{
	struct topk_query q = {.sort = COLUMN_RATE, .closed = true};

	traffic_make(FLOWS, 10000);
	for (unsigned pass = 0; pass < 10000; pass++) {
		now_ns += S / 5;
		for (unsigned i = 0; i < TABLES; i++)
			flow_table_tick(tables[i], now_ns);
	}
	q.now_ns = now_ns;
	sort_all(&q);
	cr_assert_eq(all_count, 0);
	check_window(&q, 0, 50);
	traffic_make(100, 1000);
	q.now_ns = now_ns;
	sort_all(&q);
	cr_assert_eq(all_count, 100);
	check_window(&q, 0, 200);
}

Test(topk, rows_stay_where_they_are_while_nothing_changes)
{
	static struct flow before[TOPK_ROWS_MAX];
	struct topk_query q = {
		.sort = COLUMN_RATE, .closed = true, .rows = 200};
	uint64_t matching;
	uint32_t count;

	traffic_make(FLOWS, 4000);
	now_ns += 20 * S; /* every rate is zero: all is ties */
	for (unsigned i = 0; i < TABLES; i++)
		flow_table_tick(tables[i], now_ns);
	q.now_ns = now_ns;
	count = topk_find(topk, tables, TABLES, &q, before, &matching);
	q.now_ns += S;
	cr_assert_eq(topk_find(topk, tables, TABLES, &q, rows, &matching),
		     count);
	for (uint32_t i = 0; i < count; i++)
		cr_expect_eq(before[i].id, rows[i].id);
}
