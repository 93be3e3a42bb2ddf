/*
 * The programs that explore.sh runs over the real ring.c and over copies of it
 * with one ordering weakened. Exit status 0: all hold; 1: a violation, printed;
 * 2: the explorer itself failed.
 */
#include "pipe/ring.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CAPACITY_MAX 4
#define ITEMS_MAX    8

/* What a pointer in the ring points to. */
struct item {
	uint32_t value;
};

/* The bounds of the program that runs now. */
static struct {
	uint32_t capacity;
	uint32_t start;
	uint32_t puts;	/* tries of the producer */
	uint32_t takes; /* tries of the consumer */
	uint32_t blocks;
} bound;

static struct ring forward, back;
static void *forward_slots[CAPACITY_MAX], *back_slots[CAPACITY_MAX];
static struct item items[ITEMS_MAX];

/* Each is written by one thread and read when all have ended. */
static uint32_t sent, taken;
static struct item *in_hand;

static uint32_t value_of(uint32_t i)
{
	return 1000 + i;
}

/* -- One ring: order, nothing lost, nothing twice, contents seen --------- */

static void one_setup(void)
{
	ring_init(&forward, forward_slots, bound.capacity, bound.start);
	sent = taken = 0;
}

static void one_produce(void)
{
	for (uint32_t i = 0; i < bound.puts; i++) {
		struct item *item = &items[sent];

		item->value = value_of(sent);
		if (ring_put(&forward, item))
			sent++;
		else if (sent < bound.capacity)
			explore_fail("refused with room for %u, %u put",
				     bound.capacity, sent);
	}
}

static void one_check(const struct item *item)
{
	if (item != &items[taken])
		explore_fail("took the wrong pointer as number %u", taken);
	if (item->value != value_of(taken))
		explore_fail("number %u holds %u", taken, item->value);
	taken++;
}

static void one_consume(void)
{
	for (uint32_t i = 0; i < bound.takes; i++) {
		struct item *item = ring_take(&forward);

		if (item)
			one_check(item);
	}
}

static void one_finish(void)
{
	struct item *item;

	if (ring_fill(&forward) != sent - taken)
		explore_fail("the fill is %u, should be %u",
			     ring_fill(&forward), sent - taken);
	while ((item = ring_take(&forward)))
		one_check(item);
	if (taken != sent)
		explore_fail("put %u, took %u", sent, taken);
}

/* -- A third thread that looks at the fill ------------------------------- */

static void look(void)
{
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t fill = ring_fill(&forward);

		if (fill > bound.puts || fill > bound.capacity)
			explore_fail("an onlooker sees a fill of %u", fill);
	}
}

/* -- A pair of rings: one owner of a block at a time ---------------------- */

static void pair_setup(void)
{
	ring_init(&forward, forward_slots, bound.capacity, bound.start);
	ring_init(&back, back_slots, bound.capacity, bound.start);
	sent = taken = 0;
	in_hand = NULL;
	for (uint32_t i = 0; i < bound.blocks; i++)
		if (!ring_put(&back, &items[i]))
			explore_fail("the pool does not fit");
}

/* Fills an empty block and sends it on; what is refused stays in hand. */
static void pair_produce(void)
{
	for (uint32_t i = 0; i < bound.puts; i++) {
		if (!in_hand)
			in_hand = ring_take(&back);
		if (!in_hand)
			continue;
		in_hand->value = value_of(sent);
		if (ring_put(&forward, in_hand)) {
			sent++;
			in_hand = NULL;
		}
	}
}

static void pair_consume(void)
{
	for (uint32_t i = 0; i < bound.takes; i++) {
		struct item *item = ring_take(&forward);

		if (!item)
			continue;
		if (item->value != value_of(taken))
			explore_fail("block %u holds %u", taken, item->value);
		taken++;
		/* All blocks fit, so a refusal would be a lost block. */
		if (!ring_put(&back, item))
			explore_fail("an empty block is refused");
	}
}

static void pair_finish(void)
{
	uint32_t times[ITEMS_MAX] = {0};
	struct item *item;

	if (in_hand)
		times[in_hand - items]++;
	while ((item = ring_take(&back)))
		times[item - items]++;
	while ((item = ring_take(&forward))) {
		if (item->value != value_of(taken++))
			explore_fail("a block in transit was overwritten");
		times[item - items]++;
	}
	for (uint32_t i = 0; i < bound.blocks; i++)
		if (times[i] != 1)
			explore_fail("block %u is there %u times", i, times[i]);
	if (taken != sent)
		explore_fail("sent %u, took %u", sent, taken);
}

/* ------------------------------------------------------------------------ */

static bool try_program(const struct explore_program *program, const char *what)
{
	static const uint32_t starts[] = {0, UINT32_MAX - 1};
	char name[160];

	for (unsigned int i = 0; i < 2; i++) {
		struct explore_program named = *program;

		bound.start = starts[i];
		snprintf(name, sizeof(name),
			 "%s: %s, capacity %u, counters from %u, %u puts, "
			 "%u takes",
			 program->name, what, bound.capacity, bound.start,
			 bound.puts, bound.takes);
		named.name = name;
		if (!explore_run(&named)) {
			explore_report();
			return false;
		}
		explore_report();
	}
	return true;
}

int main(void)
{
	static const struct explore_program one = {"one ring",
						   one_setup,
						   2,
						   {one_produce, one_consume},
						   one_finish};
	static const struct explore_program watched = {
		"one ring",
		one_setup,
		3,
		{one_produce, one_consume, look},
		one_finish};
	static const struct explore_program pair = {
		"pair of rings",
		pair_setup,
		2,
		{pair_produce, pair_consume},
		pair_finish};
	bool ok = true;

	bound.puts = 5;
	bound.takes = 6;
	for (bound.capacity = 1; ok && bound.capacity <= 4; bound.capacity *= 2)
		ok = try_program(&one, "in order");
	bound.puts = 2;
	bound.takes = 3;
	for (bound.capacity = 1; ok && bound.capacity <= 4; bound.capacity *= 2)
		ok = ok && try_program(&watched, "with an onlooker");
	bound.puts = 4;
	bound.takes = 4;
	for (bound.capacity = 1; ok && bound.capacity <= 2;
	     bound.capacity *= 2) {
		bound.blocks = bound.capacity;
		ok = ok && try_program(&pair, "blocks go round");
	}
	return ok ? 0 : 1;
}
