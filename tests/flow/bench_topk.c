/*
 * What the rows of the screen cost: a table full of flows, then windows of
 * its orders, each queried several times; CPU milliseconds, median and worst.
 * Prints a table; fails only when a window has the wrong number of rows. Not
 * a test: ./dev bench runs it.
 * Usage: bench_topk [flows]
 */
#include "base/clock.h"
#include "flow/topk.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLOWS	1000000
#define ROWS	50
#define ROUNDS	9
#define START	(1700000000 * CLOCK_NS_PER_S)
#define PACKETS (2 * FLOWS)

static uint64_t random_next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/* Flow n of the mix: mostly TCP and UDP over IPv4, one in eight over IPv6. */
static struct flow_facts facts_make(uint32_t n, uint64_t time_ns,
				    uint64_t *seed)
{
	struct flow_facts f = {
		.time_ns = time_ns,
		.bytes = 40 + (uint32_t)(random_next(seed) % 1400),
		.ttl = 64,
		.tcp_flags = 0x10,
		.direction = (uint8_t)(random_next(seed) & 1),
		.packet_flags = PACKET_FLAG_OFFLINE,
		.ports_known = true,
		.transport_known = true,
	};
	struct flow_key *key = &f.key;

	f.frame_bytes = f.bytes + 14;
	key->proto = n % 3 ? IPPROTO_TCP : IPPROTO_UDP;
	key->version = n % 8 ? 4 : 6;
	key->addr[0][0] = key->version == 4 ? 10 : 0xfd;
	memcpy(key->addr[0] + (key->version == 4 ? 1 : 12), &n, 3);
	key->addr[1][0] = key->version == 4 ? 192 : 0xfe;
	key->addr[1][3] = (uint8_t)(n % 251);
	key->port[0] = (uint16_t)(n * 7);
	key->port[1] = 443;
	return f;
}

/* Every flow gets a packet; then three seconds of traffic in which few flows
 * have much of it. */
static void table_fill(struct flow_table *t, uint32_t flows)
{
	struct flow_facts batch[FLOW_BATCH_MAX];
	uint64_t seed = 1, time_ns = START;
	uint32_t packets = flows + PACKETS;
	unsigned count = 0;

	for (uint32_t i = 0; i < packets; i++) {
		uint64_t r = random_next(&seed) % flows;
		uint32_t n =
			i < flows ? i : (uint32_t)(r * r / flows * r / flows);

		time_ns += 3 * CLOCK_NS_PER_S / packets;
		batch[count++] = facts_make(n, time_ns, &seed);
		if (count == FLOW_BATCH_MAX) {
			flow_table_put(t, batch, count);
			flow_table_tick(t, time_ns);
			count = 0;
		}
	}
	flow_table_put(t, batch, count);
	flow_table_tick(t, START + 3 * CLOCK_NS_PER_S + CLOCK_NS_PER_MS);
}

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct bench {
	struct flow_table *table;
	struct topk *topk;
	struct column_services *services;
	uint32_t flows;
	bool failed;
};

/* One row of the table: where in the order, by what, with which filter. */
static void bench_query(struct bench *b, const char *title, enum column sort,
			const char *filter_text, double place)
{
	static struct flow rows[ROWS];
	char message[128];
	size_t at;
	struct flow_filter *filter = flow_filter_parse(
		filter_text, b->services, message, sizeof(message), &at);
	struct topk_query q = {
		.sort = sort,
		.filter = *filter_text ? filter : NULL,
		.rows = ROWS,
		.now_ns = START + 4 * CLOCK_NS_PER_S,
	};
	uint64_t matching = b->flows;
	double ms[ROUNDS];
	uint32_t got = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t last = matching > ROWS ? matching - ROWS : 0;

		q.first = (uint32_t)((double)last * place);
		ms[i] = cpu_ms();
		got = topk_find(b->topk, &b->table, 1, &q, rows, &matching);
		ms[i] = cpu_ms() - ms[i];
	}
	qsort(ms, ROUNDS, sizeof(ms[0]), compare_double);
	printf("%-34s %10llu %5u %8.2f %8.2f\n", title,
	       (unsigned long long)matching, got, ms[ROUNDS / 2],
	       ms[ROUNDS - 1]);
	if (got != (matching < ROWS ? matching : ROWS)) {
		printf("wrong number of rows\n");
		b->failed = true;
	}
	flow_filter_free(filter);
}

static void bench_all(struct bench *b)
{
	printf("%-34s %10s %5s %8s %8s\n", "query", "matching", "rows", "ms",
	       "worst");
	bench_query(b, "rate, first page", COLUMN_RATE, "", 0);
	bench_query(b, "rate, middle", COLUMN_RATE, "", 0.5);
	bench_query(b, "rate, last page", COLUMN_RATE, "", 1);
	bench_query(b, "total, first page", COLUMN_TOTAL, "", 0);
	bench_query(b, "total, last page", COLUMN_TOTAL, "", 1);
	bench_query(b, "age, first page", COLUMN_AGE, "", 0);
	bench_query(b, "state (all ties), middle", COLUMN_STATE, "", 0.5);
	bench_query(b, "source, first page", COLUMN_SRC, "", 0);
	bench_query(b, "source, last page", COLUMN_SRC, "", 1);
	bench_query(b, "rate, filter proto:udp port:443", COLUMN_RATE,
		    "proto:udp port:443", 0);
	bench_query(b, "rate, filter host:10.1.", COLUMN_RATE, "host:10.1.", 0);
	bench_query(b, "total, filter host:fd00::/8", COLUMN_TOTAL,
		    "host:fd00::/8", 1);
	bench_query(b, "rate, filter word https", COLUMN_RATE, "https", 0);
	bench_query(b, "rate, filter word 10.1", COLUMN_RATE, "10.1", 0);
}

int main(int argc, char **argv)
{
	struct bench b = {.flows = FLOWS};
	struct flow_table_config config = {
		.idle_timeout_ns = 1000 * CLOCK_NS_PER_S,
		.closed_linger_ns = 1000 * CLOCK_NS_PER_S,
	};
	struct flow_table_counts counts;
	struct err e;

	if (argc > 1)
		b.flows = (uint32_t)strtoul(argv[1], NULL, 10);
	config.max_flows = b.flows;
	b.table = flow_table_open(&config, &e);
	b.topk = b.table ? topk_open(b.flows, &e) : NULL;
	b.services = column_services_load(NULL);
	if (!b.topk || !b.services) {
		fprintf(stderr, "bench_topk: %s\n",
			b.services ? e.text : "no memory");
		return EXIT_USAGE;
	}
	table_fill(b.table, b.flows);
	flow_table_read_counts(b.table, &counts);
	printf("%llu flows live, %d rows wanted, CPU of one core\n",
	       (unsigned long long)counts.live, ROWS);
	bench_all(&b);
	column_services_free(b.services);
	topk_close(b.topk);
	flow_table_close(b.table);
	return b.failed ? EXIT_OUTPUT : EXIT_OK;
}
