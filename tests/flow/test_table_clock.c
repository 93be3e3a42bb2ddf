/*
 * The table's clock where times jump: a wild time stamp, a clock that is set
 * back, captures one behind the other.
 */
#include "table_help.h"

#include <criterion/criterion.h>

#define YEAR_2100 (UINT64_C(4102444800) * HELP_S)
#define HOUR	  (3600 * HELP_S)

static struct help_drawer drawer;

static void drawer_empty(void)
{
	free(drawer.flows);
	memset(&drawer, 0, sizeof(drawer));
}

TestSuite(table_clock, .fini = drawer_empty);

/* A packet of flow `n`. */
static void put_flow(struct flow_table *t, uint32_t n, uint64_t time_ns)
{
	help_put(t, help_facts(4, HELP_UDP, n, 1000, 9, 53, time_ns));
}

static uint32_t flow_of(const struct flow *f)
{
	return f->side[f->side[0].port != 1000].addr[3];
}

/* One flow after the other, each for a minute with a packet a second, from
 * `from_ns` on. */
static void put_minutes(struct flow_table *t, unsigned count, uint32_t first,
			uint64_t from_ns)
{
	for (unsigned i = 0; i < count * 60; i++)
		put_flow(t, first + i / 60, from_ns + i * HELP_S);
}

/* The first may end a pass over the entries, the second makes a whole one. */
static void tick_twice(struct flow_table *t, uint64_t now_ns)
{
	flow_table_tick(t, now_ns);
	flow_table_tick(t, now_ns);
}

/* A packet for this host, which it does not show. */
static void put_inbound(struct flow_table *t, uint32_t n, uint64_t time_ns)
{
	struct flow_facts f = help_facts(4, HELP_UDP, n, 1000, 9, 53, time_ns);

	f.packet_flags = PACKET_CLASS_HOST;
	help_put(t, f);
}

static void put_fragment(struct flow_table *t, uint32_t id,
			 enum view_fragment fragment, uint64_t time_ns)
{
	struct flow_facts f = help_facts(4, HELP_UDP, 1, 1000, 9, 53, time_ns);

	f.fragment = (uint8_t)fragment;
	f.fragment_id = id;
	if (fragment == VIEW_FRAGMENT_LATER)
		f.key.port[0] = f.key.port[1] = 0;
	help_put(t, f);
}

static struct flow_table *open_live(void)
{
	struct flow_table_config config = help_config(64, &drawer);

	config.live = true;
	return help_open(&config);
}

/* Packets and ticks of a live second: one packet of flow 1 in each tenth. */
static void live_second(struct flow_table *t, uint64_t from_ns)
{
	for (unsigned i = 0; i < 10; i++) {
		uint64_t at = from_ns + i * HELP_S / 10;

		put_flow(t, 1, at);
		flow_table_tick(t, at + HELP_S / 20);
	}
}

Test(table_clock, one_wild_stamp_does_not_stop_the_idle_timeout)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	put_minutes(t, 5, 1, HELP_T0);
	put_flow(t, 40, YEAR_2100);
	flow_table_tick(t, YEAR_2100);
	cr_assert_leq(flow_table_now_ns(t), HELP_T0 + 300 * HELP_S);
	put_minutes(t, 5, 6, HELP_T0 + 300 * HELP_S);
	/* All but the last two minutes, and the wild one. */
	cr_assert_eq(drawer.count, 9);
	for (size_t i = 0; i < drawer.count; i++) {
		const struct flow *f = &drawer.flows[i];

		cr_assert_eq(f->end, FLOW_END_IDLE);
		if (flow_of(f) == 40)
			cr_assert_eq(f->last_ns, YEAR_2100);
		else
			cr_assert_eq(f->last_ns - f->first_ns, 59 * HELP_S);
	}
	flow_table_close(t);
}

Test(table_clock, a_flow_with_a_wild_stamp_ends_and_tells_its_times)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	put_flow(t, 1, HELP_T0);
	put_flow(t, 1, HELP_T0 + HELP_S);
	/* By its own time the flow was idle before: a new one begins. */
	put_flow(t, 1, YEAR_2100);
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].last_ns, HELP_T0 + HELP_S);
	put_flow(t, 1, HELP_T0 + 2 * HELP_S);
	put_flow(t, 1, HELP_T0 + 20 * HELP_S);
	put_flow(t, 2, HELP_T0 + 79 * HELP_S);
	cr_assert_eq(drawer.count, 1);
	put_flow(t, 2, HELP_T0 + 82 * HELP_S);
	cr_assert_eq(drawer.count, 2);
	cr_assert_eq(drawer.flows[1].end, FLOW_END_IDLE);
	cr_assert_eq(drawer.flows[1].side[0].packets, 3);
	cr_assert_eq(drawer.flows[1].first_ns, HELP_T0 + 2 * HELP_S);
	cr_assert_eq(drawer.flows[1].last_ns, YEAR_2100);
	flow_table_close(t);
}

Test(table_clock, a_wild_first_packet_does_not_hold_the_clock)
{
	struct flow_table_config config = help_config(64, &drawer);

	for (unsigned k = 0; k < 3; k++) {
		const uint64_t wild[] = {YEAR_2100, 1, UINT64_MAX};
		struct flow_table *t = help_open(&config);

		put_flow(t, 40, wild[k]);
		put_minutes(t, 6, 1, HELP_T0);
		cr_assert_eq(flow_table_now_ns(t), HELP_T0 + 359 * HELP_S);
		cr_assert_eq(drawer.count, 5);
		flow_table_close(t);
		drawer_empty();
	}
}

Test(table_clock, far_packets_on_both_sides_in_turns_move_nothing)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	put_flow(t, 1, HELP_T0);
	for (unsigned i = 0; i < 10; i++) {
		put_flow(t, 2, HELP_T0 + HOUR + i);
		put_flow(t, 2, HELP_T0 + HOUR + i);
		put_flow(t, 3, HELP_T0 - HOUR + i);
		put_flow(t, 3, HELP_T0 - HOUR + i);
		put_flow(t, 1, HELP_T0 + i);
		put_flow(t, 2, HELP_T0 + HOUR + i);
		put_flow(t, 2, HELP_T0 + HOUR + i);
		put_flow(t, 1, HELP_T0 + i);
	}
	cr_assert_eq(flow_table_now_ns(t), HELP_T0 + 9);
	cr_assert_eq(drawer.count, 0);
	/* Three in a row on one side do. */
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(flow_table_now_ns(t), HELP_T0 + 9);
		put_flow(t, 2, HELP_T0 + HOUR + 20 + i);
	}
	cr_assert_eq(flow_table_now_ns(t), HELP_T0 + HOUR + 22);
	cr_assert_eq(drawer.count, 2);
	flow_table_close(t);
}

Test(table_clock, flows_of_an_older_capture_behind_another_end)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	put_minutes(t, 10, 1, HELP_T0 + 24 * HOUR);
	cr_assert_eq(drawer.count, 8);
	put_minutes(t, 10, 21, HELP_T0);
	/* Of the second part 8 and of the first one all. */
	cr_assert_eq(drawer.count, 18);
	for (size_t i = 0; i < drawer.count; i++) {
		const struct flow *f = &drawer.flows[i];

		cr_assert_eq(f->end, FLOW_END_IDLE);
		cr_assert_eq(f->side[0].packets, 60);
		cr_assert_eq(f->last_ns - f->first_ns, 59 * HELP_S);
		cr_assert_eq(flow_of(f), i < 10 ? i + 1 : i + 11);
	}
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(help_counts(t).forced, 2);
	flow_table_close(t);
}

Test(table_clock, a_step_back_keeps_ages_and_rates)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	put_flow(t, 1, HELP_T0);
	put_flow(t, 2, HELP_T0 + 30 * HELP_S);
	put_flow(t, 3, HELP_T0 + 31 * HELP_S);
	for (unsigned i = 0; i < 10; i++)
		put_flow(t, 4, HELP_T0 + (31 + i) * HELP_S);
	for (unsigned i = 0; i < 3; i++)
		put_flow(t, 5, HELP_T0 - HOUR + i);
	cr_assert_eq(flow_table_now_ns(t), HELP_T0 - HOUR + 2);
	cr_assert_eq(flow_table_rate_bytes(t, 3), 100, "the rate stays");
	cr_assert_eq(drawer.count, 0);
	tick_twice(t, HELP_T0 - HOUR + 19 * HELP_S);
	cr_assert_eq(drawer.count, 0);
	/* Flow 1 has its 60 s behind 40 before the step and 20 after it. */
	tick_twice(t, HELP_T0 - HOUR + 20 * HELP_S + HELP_S / 4);
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(flow_of(&drawer.flows[0]), 1);
	tick_twice(t, HELP_T0 - HOUR + 49 * HELP_S);
	cr_assert_eq(drawer.count, 1);
	tick_twice(t, HELP_T0 - HOUR + 50 * HELP_S + HELP_S / 4);
	cr_assert_eq(drawer.count, 2);
	tick_twice(t, HELP_T0 - HOUR + 51 * HELP_S + HELP_S / 4);
	cr_assert_eq(drawer.count, 3);
	flow_table_close(t);
}

Test(table_clock, a_return_from_a_few_wild_stamps_ends_no_flow)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	put_flow(t, 1, HELP_T0);
	for (unsigned i = 0; i < 3; i++)
		put_flow(t, 2, 1 + i);
	cr_assert_eq(flow_table_now_ns(t), 3);
	for (unsigned i = 0; i < 5; i++)
		put_flow(t, 3, HELP_T0 + HELP_S + i);
	cr_assert_eq(flow_table_now_ns(t), HELP_T0 + HELP_S + 4);
	put_flow(t, 1, HELP_T0 + 2 * HELP_S);
	cr_assert_eq(drawer.count, 0);
	flow_table_close(t);
}

Test(table_clock, where_every_packet_is_far_flows_end_all_the_same)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	/* A question every quarter of an hour; a flow is idle after 60 s. */
	for (unsigned i = 0; i < 20; i++)
		put_flow(t, 1, HELP_T0 + i * HOUR / 4);
	cr_assert_eq(drawer.count, 19);
	/* At the end nothing is to come that speaks against the last ones. */
	put_flow(t, 2, HELP_T0 + 6 * HOUR);
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(drawer.count, 21);
	for (size_t i = 0; i < drawer.count; i++)
		cr_assert_eq(drawer.flows[i].end, flow_of(&drawer.flows[i]) == 2
							  ? FLOW_END_FORCED
							  : FLOW_END_IDLE);
	flow_table_close(t);
}

Test(table_clock, the_active_timeout_goes_on_after_a_jump)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t;
	uint64_t packets = 0;

	config.active_timeout_ns = 10 * HELP_S;
	t = help_open(&config);
	for (unsigned i = 0; i < 60; i++)
		put_flow(t, 1, HELP_T0 + i * HELP_S);
	cr_assert_eq(drawer.count, 5);
	for (unsigned i = 0; i < 60; i++)
		put_flow(t, 1, HELP_T0 - HOUR + i * HELP_S);
	cr_assert_geq(drawer.count, 10);
	cr_assert_leq(drawer.count, 12);
	for (size_t i = 0; i < drawer.count; i++) {
		cr_assert_eq(drawer.flows[i].end, FLOW_END_ACTIVE);
		packets += drawer.flows[i].side[0].packets;
	}
	cr_assert_geq(packets, 105);
	flow_table_close(t);
}

Test(table_clock, live_a_clock_that_is_set_back_goes_on_ending_flows)
{
	static const uint64_t steps[] = {2 * HELP_S, 180 * HELP_S, HOUR,
					 365 * 24 * HOUR};

	for (unsigned k = 0; k < 4; k++) {
		struct flow_table *t = open_live();
		uint64_t at = HELP_T0;

		put_flow(t, 2, at);
		for (unsigned i = 0; i < 30; i++)
			live_second(t, at + i * HELP_S);
		at = at + 30 * HELP_S - steps[k];
		flow_table_tick(t, at);
		cr_assert_eq(flow_table_now_ns(t), at);
		/* What was on its way when the clock was set. */
		for (unsigned i = 0; i < 10; i++)
			put_flow(t, 1, at + steps[k] + i);
		for (unsigned i = 0; i < 29; i++)
			live_second(t, at + i * HELP_S);
		cr_assert_eq(drawer.count, 0);
		cr_assert_eq(flow_table_rate_bytes(t, 1), 1000);
		for (unsigned i = 29; i < 32; i++)
			live_second(t, at + i * HELP_S);
		cr_assert_eq(drawer.count, 1);
		cr_assert_eq(flow_of(&drawer.flows[0]), 2);
		cr_assert_eq(drawer.flows[0].end, FLOW_END_IDLE);
		flow_table_close(t);
		drawer_empty();
	}
}

Test(table_clock, live_packets_alone_move_the_clock_nowhere)
{
	struct flow_table *t = open_live();

	live_second(t, HELP_T0);
	for (unsigned i = 0; i < 10; i++)
		put_flow(t, 2, HELP_T0 + 200 * HELP_S + i);
	for (unsigned i = 0; i < 10; i++)
		put_flow(t, 3, HELP_T0 + 24 * HOUR + i);
	for (unsigned i = 0; i < 10; i++)
		put_flow(t, 4, HELP_T0 - 24 * HOUR + i);
	cr_assert_lt(flow_table_now_ns(t), HELP_T0 + 2 * HELP_S);
	cr_assert_eq(drawer.count, 0);
	flow_table_close(t);
}

Test(table_clock, live_a_clock_that_is_set_ahead_is_followed_at_once)
{
	struct flow_table *t = open_live();

	live_second(t, HELP_T0);
	flow_table_tick(t, HELP_T0 + HOUR);
	cr_assert_eq(flow_table_now_ns(t), HELP_T0 + HOUR);
	cr_assert_eq(drawer.count, 1);
	flow_table_close(t);
}

Test(table_clock, live_verdicts_over_a_jump_are_unsure_and_later_ones_are_not)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_local_addr local = {.version = 4};

	config.live = true;
	config.verdicts = true;
	help_address(local.addr, 4, 9);
	for (unsigned k = 0; k < 2; k++) {
		struct flow_table *t = help_open(&config);
		uint64_t at = HELP_T0 + (k ? HOUR : 0);
		struct flow f;

		flow_table_set_local(t, &local, 1);
		flow_table_tick(t, HELP_T0 + HOUR / 2);
		put_inbound(t, 1, HELP_T0 + HOUR / 2);
		/* Half an hour back, or ahead. */
		flow_table_tick(t, at);
		if (k == 0) {
			flow_table_tick(t, at + 2 * HELP_S);
			f = help_only_flow(t);
		} else {
			cr_assert_eq(drawer.count, 1);
			f = drawer.flows[0];
		}
		cr_assert_neq(f.side[0].verdict, FLOW_VERDICT_REFUSED);
		flow_table_end_all(t, FLOW_END_FORCED);
		flow_table_tick(t, at + 3 * HELP_S);
		put_inbound(t, 2, at + 3 * HELP_S);
		flow_table_tick(t, at + 5 * HELP_S);
		f = help_only_flow(t);
		cr_assert_eq(f.side[0].verdict, FLOW_VERDICT_REFUSED);
		flow_table_close(t);
		drawer_empty();
	}
}

Test(table_clock, fragments_find_their_first_after_a_step_back)
{
	struct flow_table_config config = help_config(64, &drawer);
	struct flow_table *t = help_open(&config);

	for (uint32_t i = 0; i < 20000; i++)
		put_fragment(t, i, VIEW_FRAGMENT_FIRST, HELP_T0 + HOUR + i);
	for (uint32_t i = 0; i < 1000; i++)
		put_fragment(t, i, VIEW_FRAGMENT_FIRST, HELP_T0 + i);
	for (uint32_t i = 0; i < 1000; i++)
		put_fragment(t, i, VIEW_FRAGMENT_LATER, HELP_T0 + 1000 + i);
	cr_assert_geq(help_counts(t).fragments_joined, 990);
	flow_table_close(t);
}
