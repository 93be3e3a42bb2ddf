#include "flow/topk_select.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 5000

static struct topk_item items[ITEMS_MAX], spare[ITEMS_MAX], out[ITEMS_MAX];
static uint64_t deep[ITEMS_MAX][3]; /* an item's keys, by its index */

static uint64_t seed = 1;

static uint64_t random_below(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 20) % n;
}

static uint64_t key_at(void *context, const struct topk_item *item,
		       unsigned level)
{
	(void)context;
	return deep[item->index][level];
}

static int compare(const void *left, const void *right)
{
	const struct topk_item *a = left, *b = right;

	for (unsigned i = 0; i < 3; i++) {
		uint64_t x = deep[a->index][i], y = deep[b->index][i];

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (a->index > b->index) - (a->index < b->index);
}

/* Keys of the kinds that flows have, some with a crowd of equals. */
static uint64_t key_random(unsigned kind)
{
	switch (kind % 6) {
	case 0:
		return random_below(UINT64_C(1) << 40);
	case 1:
		return random_below(10) ? 0 : random_below(1000000);
	case 2:
		return UINT64_C(1) << random_below(64);
	case 3:
		return UINT64_MAX - random_below(3);
	case 4:
		return random_below(2) ? UINT64_MAX : 0;
	default:
		return 5;
	}
}

static void fill(uint32_t count, unsigned kind)
{
	for (uint32_t i = 0; i < count; i++) {
		for (unsigned level = 0; level < 3; level++)
			deep[i][level] = level ? random_below(3) << 62
					       : key_random(kind);
		items[i] = (struct topk_item){.key = deep[i][0], .index = i};
	}
}

static struct topk_item sorted[ITEMS_MAX];

static void check_window(uint32_t count, uint32_t first, uint32_t rows)
{
	static struct topk_item scratch[ITEMS_MAX];
	const struct topk_levels levels = {3, key_at, NULL};
	uint32_t want = first >= count	       ? 0
			: rows > count - first ? count - first
					       : rows;
	uint32_t got;

	memcpy(scratch, items, count * sizeof(*items));
	got = topk_select(scratch, spare, count, first, rows, &levels, out);
	cr_assert_eq(got, want);
	qsort(out, got, sizeof(*out), compare);
	for (uint32_t i = 0; i < got; i++)
		cr_assert_eq(out[i].index, sorted[first + i].index,
			     "%u of %u from %u", i, count, first);
}

Test(topk_select, any_window_is_the_one_of_a_full_sort)
{
	for (unsigned round = 0; round < 300; round++) {
		uint32_t count = 1 + (uint32_t)random_below(
					     round % 10 ? 300 : ITEMS_MAX);

		fill(count, round);
		memcpy(sorted, items, count * sizeof(*items));
		qsort(sorted, count, sizeof(*items), compare);
		check_window(count, 0, 50);
		check_window(count, 0, count);
		check_window(count, count - 1, 1);
		check_window(count, count - 1, 10);
		check_window(count, count, 10);
		check_window(count, 0, 0);
		check_window(count, count > 50 ? count - 50 : 0, 50);
		for (unsigned i = 0; i < 20; i++)
			check_window(count, (uint32_t)random_below(count),
				     (uint32_t)random_below(100));
	}
}

Test(topk_select, windows_side_by_side_give_every_item_once)
{
	const struct topk_levels levels = {3, key_at, NULL};
	static struct topk_item scratch[ITEMS_MAX];
	static unsigned seen[ITEMS_MAX];

	fill(ITEMS_MAX, 1);
	for (uint32_t first = 0; first < ITEMS_MAX; first += 33) {
		uint32_t n;

		memcpy(scratch, items, sizeof(items));
		n = topk_select(scratch, spare, ITEMS_MAX, first, 33, &levels,
				out);
		for (uint32_t i = 0; i < n; i++)
			seen[out[i].index]++;
	}
	for (uint32_t i = 0; i < ITEMS_MAX; i++)
		cr_assert_eq(seen[i], 1);
}

Test(topk_select, bins_rise_with_the_distance_and_only_zero_is_in_the_first)
{
	unsigned last = 0;

	cr_expect_eq(topk_bin(0), 0);
	for (uint64_t x = 1; x < UINT64_MAX / 2; x += 1 + x / 100) {
		unsigned bin = topk_bin(x);

		cr_assert_gt(bin, 0);
		cr_assert_geq(bin, last);
		cr_assert_lt(bin, TOPK_BINS);
		last = bin;
	}
	cr_expect_lt(topk_bin(UINT64_MAX), TOPK_BINS);
	cr_expect_gt(topk_bin(UINT64_MAX), last);
}

Test(topk_select, a_bin_holds_the_distances_from_its_least_to_the_next)
{
	unsigned last = topk_bin(UINT64_MAX);

	for (unsigned bin = 0; bin <= last; bin++) {
		uint64_t least = topk_bin_least(bin);

		cr_expect_eq(topk_bin(least), bin);
		cr_expect_eq(topk_bin(topk_bin_least(bin + 1) - 1), bin);
	}
	cr_expect_eq(topk_bin_least(last + 1), 0);
}
