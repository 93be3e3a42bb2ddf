/*
 * The straight line of table_quick.h says what the long way says: a table
 * that follows verdicts never takes it.
 */
#include "port/sources.h"
#include "table_help.h"

#include <criterion/criterion.h>

#define QUICK_FLOWS 4096

static struct flow_table *quick_table(bool verdicts)
{
	struct flow_table_config c = help_config(QUICK_FLOWS, NULL);

	c.verdicts = verdicts;
	return help_open(&c);
}

/* Entries are given out in the same order, so numbers agree. */
static void expect_equal(const struct flow_table *a, const struct flow_table *b)
{
	uint32_t extent = flow_table_extent(a);

	cr_assert_eq(extent, flow_table_extent(b));
	for (uint32_t i = 0; i < extent; i++) {
		struct flow x, y;
		bool there;

		memset(&x, 0, sizeof(x));
		memset(&y, 0, sizeof(y));
		there = flow_table_read(a, i, &x);
		cr_assert_eq(there, flow_table_read(b, i, &y));
		for (unsigned s = 0; there && s < 2; s++) {
			x.side[s].verdict = 0;
			y.side[s].verdict = 0;
		}
		cr_assert_eq(memcmp(&x, &y, sizeof(x)), 0, "entry %u", i);
		cr_assert_eq(flow_table_rate_bytes(a, i),
			     flow_table_rate_bytes(b, i));
	}
}

/* How the packets come: so many a second by their stamps, so many of a
 * thousand from another time. */
struct pace {
	uint64_t rate;
	uint32_t jumps;
	uint64_t begun; /* packets before the block */
};

static void put_block(struct flow_table *t, const struct block *b,
		      const struct pace *pace)
{
	struct flow_facts facts[FLOW_BATCH_MAX];

	for (uint32_t at = 0; at < b->count; at += FLOW_BATCH_MAX) {
		unsigned n = 0;

		for (uint32_t i = at; i < b->count && i < at + FLOW_BATCH_MAX;
		     i++) {
			const struct packet *p = &b->packets[i];
			struct view v;

			view_decode(&v, p->data, p->caplen, p->len, p->link);
			/* Some come late. */
			if (flow_facts_read(&facts[n], p, &v)) {
				facts[n].time_ns =
					1000 * HELP_S +
					(pace->begun + i) * HELP_S / pace->rate;
				if (i % 11 == 0)
					facts[n].time_ns -= 40000000;
				if (i % 101 == 0)
					facts[n].iface = 7;
				/* Wild stamps, a clock set back and again. */
				if (i % 307 == 0 || i % 1009 < pace->jumps)
					facts[n].time_ns -= 3600 * HELP_S;
				n++;
			}
		}
		flow_table_put(t, facts, n);
	}
}

static void compare(const char *spec, uint64_t rate, uint32_t jumps)
{
	struct pace pace = {rate, jumps, 0};
	struct flow_table *quick = quick_table(false);
	struct flow_table *slow = quick_table(true);
	struct flow_table_counts a, b;
	struct source_made_config c;
	struct source *s;
	struct block *block;
	struct err e;

	cr_assert(source_made_parse(spec, &c, &e), "%s", e.text);
	s = source_made_open(&c, NULL, &e);
	cr_assert(s, "%s", e.text);
	while (s->ops->next(s, &block, 100, &e) == SOURCE_BLOCK) {
		put_block(quick, block, &pace);
		put_block(slow, block, &pace);
		pace.begun += block->count;
		s->ops->release(s, block);
		expect_equal(quick, slow);
	}
	flow_table_read_counts(quick, &a);
	flow_table_read_counts(slow, &b);
	cr_assert_gt(a.wire_packets, 10000);
	cr_assert_eq(memcmp(&a, &b, sizeof(a)), 0);
	s->ops->close(s);
	flow_table_close(quick);
	flow_table_close(slow);
}

Test(quick, agrees_with_the_long_way_where_many_packets_share_a_tick)
{
	compare("flows=50,packets=60000,seed=1", 20000, 0);
	compare("flows=500,packets=60000,size=64,seed=2", 1000000, 0);
}

Test(quick, agrees_with_the_long_way_where_windows_turn)
{
	compare("flows=300,packets=40000,seed=3", 900, 0);
	compare("flows=5,packets=40000,ipv6_percent=50,segments=0,"
		"seed=4",
		300, 0);
}

Test(quick, agrees_with_the_long_way_where_times_jump)
{
	compare("flows=50,packets=60000,seed=5", 20000, 2);
	compare("flows=50,packets=60000,seed=6", 20000, 100);
	compare("flows=300,packets=40000,seed=7", 900, 20);
}
