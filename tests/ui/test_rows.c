#include "base/clock.h"
#include "tests/ui/fake_world.h"
#include "ui/rows.h"

#include <criterion/criterion.h>

#define HEIGHT 20

struct bench {
	struct fake_world fake;
	struct ui_world world;
	struct rows rows;
	struct snapshot *now;
};

static void bench_open(struct bench *b, uint32_t flows)
{
	struct err e;

	cr_assert(fake_open(&b->fake, flows, flows + 40000));
	b->fake.still = true;
	b->world = fake_world(&b->fake);
	cr_assert(rows_open(&b->rows, COLUMN_RATE, &e));
	b->now = calloc(1, sizeof(*b->now));
	cr_assert(b->now != NULL);
}

static void bench_close(struct bench *b)
{
	rows_close(&b->rows);
	fake_close(&b->fake);
	free(b->now);
}

static void refresh(struct bench *b, bool paused)
{
	b->world.take(b->world.context, b->now);
	rows_refresh(&b->rows, &b->world, b->now, HEIGHT, paused);
}

static void do_move(struct bench *b, enum keys_command what, int number)
{
	cr_assert(list_move(&b->rows.list, (struct command){what, number}));
	refresh(b, false);
}

static uint64_t id_at(const struct bench *b, uint32_t rank)
{
	const struct flow *flow = rows_at(&b->rows, rank);

	return flow != NULL ? flow->id : 0;
}

Test(rows, only_the_visible_rows_are_asked_for)
{
	struct bench b;

	bench_open(&b, 3000);
	refresh(&b, false);
	do_move(&b, COMMAND_PAGE_DOWN, 0);
	do_move(&b, COMMAND_BOTTOM, 0);
	do_move(&b, COMMAND_UP, 0);
	refresh(&b, false);
	cr_expect_eq(b.fake.most_rows, HEIGHT);
	cr_expect_eq(b.rows.list.first + HEIGHT, b.rows.list.total);
	bench_close(&b);
}

Test(rows, the_cursor_follows_its_flow_wherever_it_goes)
{
	struct bench b;
	uint64_t id;

	bench_open(&b, 900);
	refresh(&b, false);
	do_move(&b, COMMAND_ROW, 7);
	id = id_at(&b, 7);
	cr_assert_neq(id, 0);
	fake_find(&b.fake, id)->side[0].rate_bits = 1;
	fake_find(&b.fake, id)->side[1].rate_bits = 0;
	refresh(&b, false);
	cr_expect_gt(b.rows.list.cursor, 100);
	cr_expect_eq(rows_selected(&b.rows)->id, id);
	fake_find(&b.fake, id)->side[0].rate_bits = UINT64_C(1) << 40;
	refresh(&b, false);
	cr_expect_eq(b.rows.list.cursor, 0);
	cr_expect_eq(rows_selected(&b.rows)->id, id);
	bench_close(&b);
}

Test(rows, until_a_row_is_chosen_the_cursor_stays_on_the_first)
{
	struct bench b;
	uint64_t id;

	bench_open(&b, 900);
	refresh(&b, false);
	id = id_at(&b, 0);
	fake_find(&b.fake, id)->side[1].rate_bits = 0;
	refresh(&b, false);
	cr_expect_eq(b.rows.list.cursor, 0);
	cr_expect_neq(rows_selected(&b.rows)->id, id);
	bench_close(&b);
}

Test(rows, when_its_flow_leaves_the_cursor_keeps_its_row)
{
	struct bench b;
	uint64_t id;

	bench_open(&b, 900);
	refresh(&b, false);
	do_move(&b, COMMAND_ROW, 7);
	id = id_at(&b, 7);
	fake_remove(&b.fake, id);
	refresh(&b, false);
	cr_expect_eq(b.rows.list.cursor, 7);
	cr_expect_neq(rows_selected(&b.rows)->id, id);
	bench_close(&b);
}

Test(rows, a_list_that_shrinks_under_the_cursor_is_asked_again_at_its_end)
{
	struct bench b;

	bench_open(&b, 900);
	refresh(&b, false);
	do_move(&b, COMMAND_BOTTOM, 0);
	b.fake.count = 30;
	refresh(&b, false);
	cr_expect_lt(b.rows.list.cursor, b.rows.list.total);
	cr_expect_not_null(rows_selected(&b.rows));
	b.fake.count = 0;
	refresh(&b, false);
	cr_expect_eq(b.rows.list.total, 0);
	cr_expect_null(rows_selected(&b.rows));
	bench_close(&b);
}

Test(rows, a_frozen_order_stands_still_while_values_go_on)
{
	struct bench b;
	struct err e;
	uint64_t before[HEIGHT];

	bench_open(&b, 900);
	refresh(&b, false);
	for (uint32_t i = 0; i < HEIGHT; i++)
		before[i] = id_at(&b, i);
	cr_assert(rows_set_frozen(&b.rows, &b.world, true, b.now->now_ns, &e));
	fake_find(&b.fake, before[3])->side[0].rate_bits = 12345678900;
	refresh(&b, false);
	for (uint32_t i = 0; i < HEIGHT; i++)
		cr_assert_eq(id_at(&b, i), before[i]);
	cr_expect_eq(rows_at(&b.rows, 3)->side[0].rate_bits, 12345678900);
	bench_close(&b);
}

Test(rows, in_a_frozen_order_new_flows_come_last_and_old_ones_stay)
{
	struct bench b;
	struct err e;
	uint32_t total;
	uint64_t gone, last = 0;

	bench_open(&b, 900);
	refresh(&b, false);
	cr_assert(rows_set_frozen(&b.rows, &b.world, true, b.now->now_ns, &e));
	refresh(&b, false);
	total = b.rows.list.total;
	gone = id_at(&b, 4);
	fake_remove(&b.fake, gone);
	/* More of them than are asked for at once. */
	for (int i = 0; i < 2000; i++) {
		b.fake.now_ns += CLOCK_NS_PER_MS;
		last = fake_add(&b.fake, 0);
		fake_find(&b.fake, last)->first_ns = b.fake.now_ns;
	}
	refresh(&b, false);
	cr_expect_eq(b.rows.list.total, total + 2000);
	cr_expect_eq(id_at(&b, 4), gone);
	cr_expect(rows_gone(&b.rows, 4));
	cr_expect_not(rows_gone(&b.rows, 5));
	do_move(&b, COMMAND_BOTTOM, 0);
	cr_expect_eq(rows_selected(&b.rows)->id, last);
	bench_close(&b);
}

Test(rows, a_frozen_order_is_bounded)
{
	struct bench b;
	struct err e;

	bench_open(&b, FREEZE_MAX + 5000);
	refresh(&b, false);
	b.rows.closed = true;
	cr_assert(rows_set_frozen(&b.rows, &b.world, true, b.now->now_ns, &e));
	cr_expect(freeze_bounded(b.rows.freeze));
	cr_expect_eq(freeze_count(b.rows.freeze), FREEZE_MAX);
	fake_add(&b.fake, 0);
	refresh(&b, false);
	cr_expect_eq(b.rows.list.total, FREEZE_MAX);
	bench_close(&b);
}

Test(rows, another_order_is_frozen_anew)
{
	struct bench b;
	struct err e;

	bench_open(&b, 300);
	refresh(&b, false);
	cr_assert(rows_set_frozen(&b.rows, &b.world, true, b.now->now_ns, &e));
	rows_set_sort(&b.rows, COLUMN_PACKETS, true);
	refresh(&b, false);
	cr_assert_not_null(b.rows.freeze);
	for (uint32_t i = 1; i < HEIGHT; i++)
		cr_assert_leq(column_compare(COLUMN_PACKETS,
					     rows_at(&b.rows, i - 1),
					     rows_at(&b.rows, i), 0),
			      0);
	bench_close(&b);
}

Test(rows, while_paused_nothing_known_is_asked_again)
{
	struct bench b;
	unsigned asks;
	uint64_t rate;

	bench_open(&b, 900);
	refresh(&b, false);
	b.rows.stale = true;
	refresh(&b, true);
	asks = b.fake.row_asks;
	rate = rows_at(&b.rows, 0)->side[1].rate_bits;
	fake_find(&b.fake, id_at(&b, 0))->side[1].rate_bits = 1;
	for (int i = 0; i < 20; i++) {
		cr_assert(list_move(&b.rows.list,
				    (struct command){COMMAND_PAGE_DOWN, 0}));
		refresh(&b, true);
		cr_assert_not_null(rows_selected(&b.rows));
	}
	cr_expect_eq(b.fake.row_asks, asks);
	cr_expect_eq(rows_at(&b.rows, 0)->side[1].rate_bits, rate);
	bench_close(&b);
}
