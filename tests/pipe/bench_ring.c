/*
 * What the ring costs: blocks of 64 packets go round between two threads
 * through a pair of rings, first as pointers only, then with the descriptors
 * written on one side and read on the other. Prints a table; fails only when
 * a block is lost or wrong. Not a test: ./dev bench runs it.
 * Usage: bench_ring [blocks]
 */
#include "base/clock.h"
#include "pipe/block.h"
#include "pipe/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RING_BLOCKS   64
#define BLOCK_PACKETS 64
#define ROUNDS	      5

struct bench {
	struct ring forward, back;
	void *forward_slots[RING_BLOCKS], *back_slots[RING_BLOCKS];
	struct block_pool pool;
	uint64_t count;
	bool touch;   /* write and read the descriptors */
	uint64_t sum; /* what the receiver read */
};

/* On a machine with a core each this spins; otherwise it makes way. */
static void *take_patiently(struct ring *r)
{
	unsigned int tries = 0;
	void *p;

	while (!(p = ring_take(r)))
		if (++tries % 1024 == 0)
			sched_yield();
	return p;
}

static void *sender_main(void *argument)
{
	struct bench *b = argument;

	for (uint64_t i = 0; i < b->count; i++) {
		struct block *block = take_patiently(&b->back);

		block->sequence = i;
		block->count = BLOCK_PACKETS;
		for (uint32_t k = 0; b->touch && k < BLOCK_PACKETS; k++)
			block->packets[k] = (struct packet){
				.time_ns = i, .caplen = k, .len = k};
		if (!ring_put(&b->forward, block))
			abort();
	}
	return NULL;
}

static void *receiver_main(void *argument)
{
	struct bench *b = argument;

	for (uint64_t i = 0; i < b->count; i++) {
		struct block *block = take_patiently(&b->forward);

		if (block->sequence != i)
			abort();
		for (uint32_t k = 0; b->touch && k < block->count; k++)
			b->sum += block->packets[k].len;
		if (!ring_put(&b->back, block))
			abort();
	}
	return NULL;
}

static uint64_t cpu_time_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * CLOCK_NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Each thread on a core of its own, where there are two. */
static void pin(pthread_t thread, unsigned int nth)
{
	cpu_set_t allowed, one;
	unsigned int seen = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0 ||
	    CPU_COUNT(&allowed) < 2)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || seen++ != nth)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(thread, sizeof(one), &one);
	}
}

/* One round; the wall time in *wall_ns, the time of both cores in *cpu_ns. */
static bool bench_round(struct bench *b, uint64_t *wall_ns, uint64_t *cpu_ns)
{
	uint64_t per_block = BLOCK_PACKETS * (BLOCK_PACKETS - 1) / 2;
	pthread_t sender, receiver;

	ring_init(&b->forward, b->forward_slots, RING_BLOCKS, 0);
	ring_init(&b->back, b->back_slots, RING_BLOCKS, 0);
	for (uint32_t i = 0; i < RING_BLOCKS; i++)
		ring_put(&b->back, &b->pool.blocks[i]);
	b->sum = 0;
	*wall_ns = clock_monotonic_ns();
	*cpu_ns = cpu_time_ns();
	if (pthread_create(&receiver, NULL, receiver_main, b) != 0 ||
	    pthread_create(&sender, NULL, sender_main, b) != 0)
		return false;
	pin(receiver, 0);
	pin(sender, 1);
	pthread_join(sender, NULL);
	pthread_join(receiver, NULL);
	*wall_ns = clock_monotonic_ns() - *wall_ns;
	*cpu_ns = cpu_time_ns() - *cpu_ns;
	return !b->touch || b->sum == b->count * per_block;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool bench_print(struct bench *b, const char *what)
{
	uint64_t wall_ns[ROUNDS], cpu_ns[ROUNDS];
	double n = (double)b->count;

	for (unsigned int i = 0; i < ROUNDS; i++)
		if (!bench_round(b, &wall_ns[i], &cpu_ns[i]))
			return false;
	qsort(wall_ns, ROUNDS, sizeof(wall_ns[0]), compare_u64);
	qsort(cpu_ns, ROUNDS, sizeof(cpu_ns[0]), compare_u64);
	printf("%-24s %12.0f %10.1f %10.2f %10.2f\n", what,
	       n * 1e9 / (double)wall_ns[ROUNDS / 2],
	       (double)wall_ns[ROUNDS / 2] / n,
	       (double)wall_ns[ROUNDS / 2] / n / BLOCK_PACKETS,
	       (double)cpu_ns[ROUNDS / 2] / n / BLOCK_PACKETS);
	return true;
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct err e;
	bool ok;

	b.count = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000000;
	if (b.count == 0 ||
	    !block_pool_open(&b.pool, RING_BLOCKS, BLOCK_PACKETS, 0, &e)) {
		fprintf(stderr, "bench_ring: %s\n",
			b.count == 0 ? "a number of blocks is needed" : e.text);
		return 1;
	}
	printf("ring pair, %d blocks of %d packets, median of %d\n",
	       RING_BLOCKS, BLOCK_PACKETS, ROUNDS);
	printf("%-24s %12s %10s %10s %10s\n", "", "blocks/s", "ns/block",
	       "ns/packet", "cpu ns/pkt");
	ok = bench_print(&b, "pointers only");
	b.touch = true;
	ok = ok && bench_print(&b, "descriptors written, read");
	block_pool_close(&b.pool);
	if (!ok)
		fprintf(stderr, "bench_ring: a block was lost or wrong\n");
	return ok ? 0 : 1;
}
