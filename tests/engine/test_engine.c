/*
 * The engine over made traffic: the account, the records, several workers.
 */
#include "base/clock.h"
#include "engine/engine.h"
#include "tests/port/filter_text.h"

#include <criterion/criterion.h>
#include <string.h>

#define TEST_PACKETS 200000

struct sums {
	uint64_t records;
	uint64_t packets;
	uint64_t bytes;
	uint64_t frame_bytes;
	uint64_t fail_after; /* 0: never */
};

static bool sums_record(void *context, const struct flow *flow, struct err *e)
{
	struct sums *s = context;

	s->records++;
	for (int i = 0; i < 2; i++) {
		s->packets += flow->side[i].packets;
		s->bytes += flow->side[i].bytes;
		s->frame_bytes += flow->side[i].frame_bytes;
	}
	if (s->fail_after && s->records >= s->fail_after)
		return err_set(e, EXIT_OUTPUT, "the disk is full");
	return true;
}

static void config_init(struct engine_config *c,
			struct source_made_config *made, struct sums *sums)
{
	struct err e;

	memset(c, 0, sizeof(*c));
	memset(sums, 0, sizeof(*sums));
	cr_assert(source_made_parse("flows=500,packets=200000,zipf=1.0,seed=3",
				    made, &e),
		  "%s", e.text);
	c->vantage = ENGINE_BOTH;
	c->made = made;
	c->max_flows = 100000;
	c->snaplen = 262144;
	c->workers = 1;
	c->idle_timeout_ns = 60 * CLOCK_NS_PER_S;
	c->closed_linger_ns = CLOCK_NS_PER_S;
	c->record = sums_record;
	c->record_context = sums;
}

/* Runs to the end of the input and gives the last account. */
static void run_to_end(const struct engine_config *c, struct snapshot *s)
{
	struct err e;
	struct engine *g = engine_start(c, NULL, &e);

	cr_assert(g, "%s", e.text);
	for (int i = 0; i < 6000 && !engine_finished(g); i++)
		clock_nap_ns(10 * CLOCK_NS_PER_MS);
	cr_assert(engine_finished(g));
	engine_stop(g);
	snapshot_take(g, s);
	engine_free(g);
}

Test(engine, every_packet_is_in_the_account_and_in_the_records)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot s;
	struct sums sums;

	config_init(&c, &made, &sums);
	run_to_end(&c, &s);
	cr_assert(snapshot_balanced(&s));
	cr_assert_eq(s.account.decoded, TEST_PACKETS);
	cr_assert_eq(s.account.in_flows, TEST_PACKETS);
	cr_assert_eq(sums.packets, TEST_PACKETS);
	cr_assert_eq(sums.frame_bytes, s.sources[0].bytes);
	cr_assert_eq(sums.records, s.records_made);
	cr_assert_eq(s.records_lost, 0);
	cr_assert_eq(s.flows.live, 0);
}

Test(engine, several_workers_count_what_one_counts)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot one;
	struct snapshot many;
	struct sums sums_one;
	struct sums sums_many;

	config_init(&c, &made, &sums_one);
	run_to_end(&c, &one);
	config_init(&c, &made, &sums_many);
	c.workers = 3;
	run_to_end(&c, &many);
	cr_assert(snapshot_balanced(&many));
	cr_assert_eq(sums_many.packets, sums_one.packets);
	cr_assert_eq(sums_many.bytes, sums_one.bytes);
	cr_assert_eq(many.flows.added, one.flows.added);
	cr_assert_eq(sums_many.records, sums_one.records);
}

Test(engine, a_full_table_evicts_and_the_account_still_balances)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot s;
	struct sums sums;
	struct err e;

	config_init(&c, &made, &sums);
	cr_assert(source_made_parse("flows=0,packets=50000", &made, &e));
	c.max_flows = 100;
	run_to_end(&c, &s);
	cr_assert(snapshot_balanced(&s));
	cr_assert_gt(s.flows.evicted, 40000);
	cr_assert_eq(sums.packets, 50000);
}

Test(engine, a_filter_in_user_space_is_counted)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot s;
	struct sums sums;

	config_init(&c, &made, &sums);
	c.filter = filter_text("udp");
	run_to_end(&c, &s);
	port_filter_release(c.filter);
	cr_assert(snapshot_balanced(&s));
	cr_assert_gt(s.sources[0].filtered, 0);
	cr_assert_gt(s.sources[0].delivered, 0);
	cr_assert_eq(s.sources[0].filter_place, 2);
}

Test(engine, a_sink_that_fails_is_told_and_nothing_hangs)
{
	struct source_made_config made;
	struct engine_config c;
	struct sums sums;
	struct err e;
	struct engine *g;

	config_init(&c, &made, &sums);
	sums.fail_after = 10;
	g = engine_start(&c, NULL, &e);
	cr_assert(g, "%s", e.text);
	for (int i = 0; i < 6000 && !engine_finished(g); i++)
		clock_nap_ns(10 * CLOCK_NS_PER_MS);
	engine_stop(g);
	cr_assert(engine_failed(g, &e));
	cr_assert_eq(e.status, EXIT_OUTPUT);
	cr_assert_eq(sums.records, 10);
	engine_free(g);
}

/* The account holds at every instant one looks, not only at the end. */
Test(engine, the_account_balances_while_packets_flow)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot s;
	struct sums sums;
	struct err e;
	struct engine *g;
	int looks = 0;

	config_init(&c, &made, &sums);
	cr_assert(source_made_parse("flows=500,packets=2000000", &made, &e));
	c.workers = 2;
	g = engine_start(&c, NULL, &e);
	cr_assert(g, "%s", e.text);
	do {
		snapshot_take(g, &s);
		cr_assert_eq(s.account.decoded,
			     s.account.in_flows + s.account.copies +
				     s.account.not_ip + s.account.malformed +
				     s.account.no_room);
		cr_assert_leq(s.account.decoded, s.sources[0].delivered);
		looks++;
	} while (!s.finished && looks < 1000000);
	cr_assert_gt(looks, 1);
	engine_stop(g);
	engine_free(g);
}

Test(engine, a_stop_in_the_middle_loses_nothing_that_was_decoded)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot s;
	struct sums sums;
	struct err e;
	struct engine *g;

	config_init(&c, &made, &sums);
	made.packets = 0; /* without end */
	g = engine_start(&c, NULL, &e);
	cr_assert(g, "%s", e.text);
	do {
		snapshot_take(g, &s);
	} while (s.account.decoded < 10000);
	engine_stop(g);
	snapshot_take(g, &s);
	cr_assert_eq(s.account.decoded, sums.packets);
	cr_assert_eq(s.sources[0].delivered, s.account.decoded);
	engine_free(g);
}

/* Sets it and waits for that; false with *e when it is refused. */
static bool set_filter(struct engine *g, const char *expression, struct err *e)
{
	enum engine_filter_state state = engine_filter_begin(g, expression, e);

	while (state == ENGINE_FILTER_BUSY)
		state = engine_filter_ask(g, 100, e);
	return state == ENGINE_FILTER_SET;
}

Test(engine, a_filter_can_be_exchanged_while_it_runs)
{
	struct source_made_config made;
	struct engine_config c;
	struct snapshot s;
	struct sums sums;
	struct err e;
	struct engine *g;

	config_init(&c, &made, &sums);
	made.packets = 0;
	g = engine_start(&c, NULL, &e);
	cr_assert(g, "%s", e.text);
	cr_assert_not(set_filter(g, "tcp port nonsense", &e));
	cr_assert(strlen(e.text) > 0);
	cr_assert(set_filter(g, "udp", &e), "%s", e.text);
	do {
		snapshot_take(g, &s);
	} while (s.sources[0].filtered == 0);
	cr_assert_str_eq(s.filter, "udp");
	engine_stop(g);
	engine_free(g);
}
