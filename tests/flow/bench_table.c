/*
 * bench_table.c: what the flow table costs by itself, over facts made on the
 * spot: nanoseconds a packet, and bytes a flow. Not a test: prints a table.
 *
 * hot: 1000 flows in turn. wide: 1 Mi flows, popularity by Zipf's law with
 * exponent 1. flood: every packet its own flow. Making the facts is not timed.
 * With records, every flow that ends is handed out. An argument names one run.
 */
#include "base/clock.h"
#include "flow/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define BENCH_FLOWS   (UINT32_C(1) << 20)
#define BENCH_PACKETS 10000000u

enum bench_mix { BENCH_HOT, BENCH_WIDE, BENCH_FLOOD };

static uint64_t bench_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * CLOCK_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static uint64_t bench_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The number of the flow that the next packet is of. */
static uint32_t bench_flow(enum bench_mix mix, uint32_t i, uint64_t *state)
{
	double u;

	switch (mix) {
	case BENCH_HOT:
		return i % 1000;
	case BENCH_WIDE:
		u = (double)(bench_random(state) >> 11) * 0x1p-53;
		return (uint32_t)exp(u * log(BENCH_FLOWS)) - 1;
	case BENCH_FLOOD:
		break;
	}
	return i;
}

static void bench_facts(struct flow_facts *f, uint32_t flow, uint32_t i)
{
	memset(f, 0, sizeof(*f));
	f->key.version = 4;
	f->key.proto = flow % 2 ? 6 : 17;
	memcpy(f->key.addr[0], "\x0a", 1);
	memcpy(&f->key.addr[0][1], &flow, 3);
	memcpy(f->key.addr[1], "\xc0\xa8\x00\x01", 4);
	f->key.port[0] = (uint16_t)(1024 + (flow >> 24));
	f->key.port[1] = 443;
	f->direction = i / 1000 % 2;
	f->time_ns = CLOCK_NS_PER_S * 1000 + (uint64_t)i * 1000;
	f->bytes = 50;
	f->frame_bytes = 64;
	f->iface = 1;
	f->seq = i;
	f->ack = i;
	f->window = 1000;
	f->ttl = 64;
	f->tcp_flags = 0x10;
	f->packet_flags = PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN;
	f->ports_known = true;
	f->transport_known = true;
}

static void bench_ended(void *context, const struct flow *flow)
{
	uint64_t *sum = context;

	*sum += flow->side[0].packets + flow->side[1].packets;
}

static long bench_resident_kib(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * 4;
}

/* Makes all packets and, with a table, puts them; nanoseconds of CPU time. */
static uint64_t bench_put_all(struct flow_table *t, enum bench_mix mix)
{
	struct flow_facts batch[FLOW_BATCH_MAX];
	uint64_t state = 1, start_ns = bench_cpu_ns();

	for (uint32_t i = 0; i < BENCH_PACKETS; i += FLOW_BATCH_MAX) {
		for (uint32_t k = 0; k < FLOW_BATCH_MAX; k++)
			bench_facts(&batch[k], bench_flow(mix, i + k, &state),
				    i + k);
		/* The compiler is not to see that nobody reads them. */
		__asm__ volatile("" : : "r"(batch) : "memory");
		if (t)
			flow_table_put(t, batch, FLOW_BATCH_MAX);
	}
	return bench_cpu_ns() - start_ns;
}

static bool bench_run(enum bench_mix mix, const char *name, bool records)
{
	uint64_t in_records = 0, spent_ns;
	struct flow_table_counts c;
	struct flow_table *t;
	struct err e;
	long before_kib = bench_resident_kib(), taken_kib;
	struct flow_table_config config = {
		.max_flows = BENCH_FLOWS,
		.idle_timeout_ns = 60 * CLOCK_NS_PER_S,
		.active_timeout_ns = 1800 * CLOCK_NS_PER_S,
		.closed_linger_ns = 10 * CLOCK_NS_PER_S,
		.secret = "not very secret",
		.ended = records ? bench_ended : NULL,
		.context = &in_records,
	};
	bool right;

	t = flow_table_open(&config, &e);
	if (!t) {
		fprintf(stderr, "%s\n", e.text);
		return false;
	}
	spent_ns = bench_put_all(NULL, mix);
	spent_ns = bench_put_all(t, mix) - spent_ns;
	taken_kib = bench_resident_kib() - before_kib;
	flow_table_read_counts(t, &c);
	printf("%-14s %9llu flows %9llu evicted %7.1f ns/packet"
	       " %7.1f bytes/flow taken %7.1f resident\n",
	       name, (unsigned long long)c.live, (unsigned long long)c.evicted,
	       (double)spent_ns / BENCH_PACKETS,
	       (double)flow_table_memory_bytes(t) / BENCH_FLOWS,
	       (double)taken_kib * 1024 / (double)c.live);
	flow_table_end_all(t, FLOW_END_FORCED);
	right = c.wire_packets == BENCH_PACKETS &&
		(!records || in_records == c.wire_packets);
	if (!right)
		fprintf(stderr, "%s: %llu packets in records, %llu counted\n",
			name, (unsigned long long)in_records,
			(unsigned long long)c.wire_packets);
	flow_table_close(t);
	return right;
}

int main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		enum bench_mix mix;
		bool records;
	} runs[] = {
		{"hot", BENCH_HOT, false},
		{"wide", BENCH_WIDE, false},
		{"flood", BENCH_FLOOD, false},
		{"hot-records", BENCH_HOT, true},
		{"wide-records", BENCH_WIDE, true},
		{"flood-records", BENCH_FLOOD, true},
	};
	bool right = true;

	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		if (argc < 2 || strcmp(argv[1], runs[i].name) == 0)
			right &= bench_run(runs[i].mix, runs[i].name,
					   runs[i].records);
	return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
