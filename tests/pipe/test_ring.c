#include "pipe/ring.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Counters that start here wrap within the test. */
static const uint32_t starts[] = {0, 1, UINT32_MAX - 2, UINT32_MAX,
				  (uint32_t)INT32_MAX - 1};
#define STARTS (sizeof(starts) / sizeof(starts[0]))

#define CAPACITY_MAX 16

struct fixture {
	struct ring ring;
	void *slots[CAPACITY_MAX];
};

/* Item number i, never NULL. */
static void *item(uintptr_t i)
{
	return (void *)(i + 1);
}

static void fixture_init(struct fixture *f, uint32_t capacity, uint32_t start)
{
	memset(f, 0, sizeof(*f));
	ring_init(&f->ring, f->slots, capacity, start);
}

Test(ring, an_empty_ring_gives_nothing_and_changes_nothing)
{
	for (size_t s = 0; s < STARTS; s++) {
		struct fixture f;
		struct ring before;

		fixture_init(&f, 4, starts[s]);
		memcpy(&before, &f.ring, sizeof(before));
		cr_assert_null(ring_take(&f.ring));
		cr_assert_eq(ring_fill(&f.ring), 0);
		cr_assert_eq(memcmp(&before, &f.ring, sizeof(before)), 0);
	}
}

Test(ring, a_full_ring_refuses_and_changes_nothing)
{
	for (size_t s = 0; s < STARTS; s++) {
		for (uint32_t cap = 1; cap <= CAPACITY_MAX; cap *= 2) {
			struct fixture f, before;

			fixture_init(&f, cap, starts[s]);
			for (uint32_t i = 0; i < cap; i++)
				cr_assert(ring_put(&f.ring, item(i)));
			cr_assert_eq(ring_fill(&f.ring), cap);
			memcpy(&before, &f, sizeof(f));
			cr_assert(!ring_put(&f.ring, item(99)));
			cr_assert_eq(memcmp(&before, &f, sizeof(f)), 0);
			for (uint32_t i = 0; i < cap; i++)
				cr_assert_eq(ring_take(&f.ring), item(i));
			cr_assert_null(ring_take(&f.ring));
		}
	}
}

Test(ring, room_that_a_take_makes_is_seen_by_the_next_put)
{
	struct fixture f;

	fixture_init(&f, 2, UINT32_MAX);
	cr_assert(ring_put(&f.ring, item(0)));
	cr_assert(ring_put(&f.ring, item(1)));
	cr_assert(!ring_put(&f.ring, item(2)));
	cr_assert_eq(ring_take(&f.ring), item(0));
	cr_assert(ring_put(&f.ring, item(2)));
	cr_assert(!ring_put(&f.ring, item(3)));
	cr_assert_eq(ring_take(&f.ring), item(1));
	cr_assert_eq(ring_take(&f.ring), item(2));
	cr_assert_null(ring_take(&f.ring));
}

/*
 * Random puts and takes against a model that only counts: what comes out is
 * 0, 1, 2 …, and the fill is the difference, across the wrap of the counters.
 */
Test(ring, any_sequence_keeps_order_and_loses_nothing)
{
	uint32_t x = 2463534242;

	for (size_t s = 0; s < STARTS; s++) {
		for (uint32_t cap = 1; cap <= CAPACITY_MAX; cap *= 2) {
			struct fixture f;
			uintptr_t in = 0, out = 0;

			fixture_init(&f, cap, starts[s]);
			for (unsigned int step = 0; step < 4000; step++) {
				x ^= x << 13;
				x ^= x >> 17;
				x ^= x << 5;
				if (x & 0x100) {
					bool ok = ring_put(&f.ring, item(in));

					cr_assert_eq(ok, in - out < cap);
					in += ok;
				} else {
					void *p = ring_take(&f.ring);

					cr_assert_eq(p, in > out ? item(out)
								 : NULL);
					out += p != NULL;
				}
				cr_assert_eq(ring_fill(&f.ring), in - out);
			}
			cr_assert_gt(in, 100);
		}
	}
}

Test(ring, each_side_has_a_cache_line_of_its_own)
{
	size_t head = offsetof(struct ring, head);
	size_t tail = offsetof(struct ring, tail);

	cr_assert_eq(head % 64, 0);
	cr_assert_eq(tail % 64, 0);
	cr_assert_neq(head, tail);
	cr_assert_lt(offsetof(struct ring, mask), head);
	cr_assert_eq(offsetof(struct ring, tail_seen) / 64, head / 64);
	cr_assert_eq(offsetof(struct ring, head_seen) / 64, tail / 64);
	cr_assert_eq(sizeof(struct ring) % 64, 0);
}
