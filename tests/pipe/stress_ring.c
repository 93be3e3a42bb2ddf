/*
 * Stress of the real ring: blocks go round between two threads, millions of
 * times, through rings of several capacities whose counters wrap on the way,
 * while a third thread looks at the fill. Every block must arrive once, in
 * order, with the contents it was sent with.
 *
 * A plain program, so that it also runs under ThreadSanitizer.
 * Usage: stress_ring [blocks per ring capacity]
 */
#include "pipe/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MAX 64
#define WORDS	     8

struct item {
	uint64_t words[WORDS]; /* all hold the sequence number */
};

struct stress {
	struct ring forward, back;
	void *forward_slots[CAPACITY_MAX], *back_slots[CAPACITY_MAX];
	struct item items[CAPACITY_MAX];
	uint32_t capacity;
	uint64_t count;
	atom_u32 ended; /* by the receiver, for the onlooker */
	/* What each thread found wrong; read when it was joined. */
	const char *receiver_fault, *onlooker_fault;
};

static void *take_patiently(struct ring *r)
{
	void *p;

	while (!(p = ring_take(r)))
		sched_yield();
	return p;
}

/* A block is lost: the other thread would wait for it for ever. */
static _Noreturn void stress_abort(const char *fault)
{
	printf("FAIL %s\n", fault);
	exit(1);
}

static void *sender_main(void *argument)
{
	struct stress *s = argument;

	for (uint64_t i = 0; i < s->count; i++) {
		struct item *item = take_patiently(&s->back);

		for (unsigned int w = 0; w < WORDS; w++)
			item->words[w] = i;
		/* As many slots as blocks: it cannot be full. */
		if (!ring_put(&s->forward, item))
			stress_abort("a forward ring with room refused");
	}
	return NULL;
}

static void *receiver_main(void *argument)
{
	struct stress *s = argument;

	for (uint64_t i = 0; i < s->count; i++) {
		struct item *item = take_patiently(&s->forward);

		for (unsigned int w = 0; w < WORDS; w++)
			if (item->words[w] != i)
				s->receiver_fault = "a block came out of order "
						    "or with other contents";
		if (!ring_put(&s->back, item))
			stress_abort("a back ring with room refused");
	}
	atom_store_release_u32(&s->ended, 1);
	return NULL;
}

static void *onlooker_main(void *argument)
{
	struct stress *s = argument;

	while (!atom_load_acquire_u32(&s->ended)) {
		if (ring_fill(&s->forward) > s->capacity ||
		    ring_fill(&s->back) > s->capacity)
			s->onlooker_fault = "a fill above the capacity";
		sched_yield();
	}
	return NULL;
}

/* What is left when all have ended: every block, once, in the back ring. */
static const char *stress_settle(struct stress *s)
{
	bool there[CAPACITY_MAX] = {false};
	struct item *item;
	uint32_t n = 0;

	if (ring_fill(&s->forward) != 0 || ring_take(&s->forward))
		return "a block is left in the forward ring";
	if (ring_fill(&s->back) != s->capacity)
		return "the back ring does not hold all blocks";
	while ((item = ring_take(&s->back))) {
		size_t i = (size_t)(item - s->items);

		if (there[i])
			return "a block is there twice";
		there[i] = true;
		n++;
	}
	return n == s->capacity ? NULL : "a block is lost";
}

static const char *stress_run(struct stress *s, uint32_t capacity,
			      uint64_t count)
{
	pthread_t sender, receiver, onlooker;
	/* The counters wrap in the middle of the run. */
	uint32_t start = UINT32_MAX - (uint32_t)(count / 2);

	memset(s, 0, sizeof(*s));
	s->capacity = capacity;
	s->count = count;
	ring_init(&s->forward, s->forward_slots, capacity, start);
	ring_init(&s->back, s->back_slots, capacity, start);
	for (uint32_t i = 0; i < capacity; i++)
		ring_put(&s->back, &s->items[i]);
	if (pthread_create(&sender, NULL, sender_main, s) != 0 ||
	    pthread_create(&receiver, NULL, receiver_main, s) != 0 ||
	    pthread_create(&onlooker, NULL, onlooker_main, s) != 0)
		return "no thread could be started";
	pthread_join(sender, NULL);
	pthread_join(receiver, NULL);
	pthread_join(onlooker, NULL);
	if (s->receiver_fault)
		return s->receiver_fault;
	if (s->onlooker_fault)
		return s->onlooker_fault;
	return stress_settle(s);
}

int main(int argc, char **argv)
{
	static const uint32_t capacities[] = {1, 2, 16, 64};
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000;
	static struct stress s;

	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]);
	     i++) {
		/* A ring of one or two changes threads at each block. */
		uint64_t n = capacities[i] < 16 ? count / 20 : count;
		const char *fault = stress_run(&s, capacities[i], n);

		if (fault) {
			printf("FAIL capacity %u: %s\n", capacities[i], fault);
			return 1;
		}
		printf("ok   capacity %u: %llu blocks went round\n",
		       capacities[i], (unsigned long long)n);
	}
	return 0;
}
