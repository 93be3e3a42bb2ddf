/* Fragments, further sights of a packet, and which interface counts. */
#include "table_help.h"

#include <criterion/criterion.h>

/* A later fragment: it has no ports. */
static struct flow_facts later(struct flow_facts f, uint32_t id)
{
	f.fragment = VIEW_FRAGMENT_LATER;
	f.fragment_id = id;
	f.ports_known = false;
	f.transport_known = false;
	f.key.port[0] = 0;
	f.key.port[1] = 0;
	/* Without ports the order of two equal addresses is not known. */
	if (memcmp(f.key.addr[0], f.key.addr[1], 16) == 0)
		f.direction = FLOW_AB;
	return f;
}

static struct flow_facts first(struct flow_facts f, uint32_t id)
{
	f.fragment = VIEW_FRAGMENT_FIRST;
	f.fragment_id = id;
	return f;
}

static unsigned flow_count(const struct flow_table *t)
{
	return (unsigned)help_counts(t).live;
}

Test(fragment, later_fragments_join_the_flow_of_the_first)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = help_udp(HELP_T0, false);
	struct flow flow;

	help_put(t, first(f, 7));
	help_put(t, later(f, 7));
	help_put(t, later(f, 7));
	flow = help_only_flow(t);
	cr_assert_eq(flow.side[0].packets, 3);
	cr_assert_eq(flow.side[0].fragments, 2);
	cr_assert_eq(flow.side[0].port, 1000);
	cr_assert_eq(help_counts(t).fragments_joined, 2);
	cr_assert_eq(help_counts(t).fragments_alone, 0);
	flow_table_close(t);
}

Test(fragment, the_answers_fragments_are_the_answers)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);

	help_put(t, help_udp(HELP_T0, false));
	help_put(t, first(help_udp(HELP_T0 + 1, true), 7));
	help_put(t, later(help_udp(HELP_T0 + 2, true), 7));
	cr_assert_eq(help_only_flow(t).side[1].packets, 2);
	cr_assert_eq(help_only_flow(t).side[1].fragments, 1);
	flow_table_close(t);
}

Test(fragment, between_equal_addresses_the_direction_is_kept)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);

	for (unsigned i = 0; i < 2; i++) {
		bool back = i == 1;
		struct flow_facts f =
			help_facts(4, HELP_UDP, 1, back ? 53 : 1000, 1,
				   back ? 1000 : 53, HELP_T0 + i);

		help_put(t, first(f, 7 + i));
		help_put(t, later(f, 7 + i));
	}
	cr_assert_eq(help_only_flow(t).side[0].packets, 2);
	cr_assert_eq(help_only_flow(t).side[0].fragments, 1);
	cr_assert_eq(help_only_flow(t).side[1].packets, 2);
	cr_assert_eq(help_only_flow(t).side[1].fragments, 1);
	flow_table_close(t);
}

Test(fragment, one_before_its_first_is_credited_to_a_flow_without_ports)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = help_udp(HELP_T0, false);

	help_put(t, later(f, 7));
	help_put(t, first(f, 7));
	help_put(t, later(f, 7));
	cr_assert_eq(flow_count(t), 2);
	cr_assert_eq(help_counts(t).fragments_alone, 1);
	cr_assert_eq(help_counts(t).fragments_joined, 1);
	cr_assert_eq(help_counts(t).wire_packets, 3);
	flow_table_close(t);
}

Test(fragment, another_datagram_protocol_or_direction_is_not_joined)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = help_udp(HELP_T0, false), g;

	help_put(t, first(f, 7));
	help_put(t, later(f, 8));
	help_put(t, later(help_udp(HELP_T0, true), 7));
	g = later(f, 7);
	g.key.proto = HELP_TCP;
	help_put(t, g);
	g = later(f, 7);
	g.time_ns += 31 * HELP_S;
	help_put(t, g);
	cr_assert_eq(help_counts(t).fragments_joined, 0);
	cr_assert_eq(help_counts(t).fragments_alone, 4);
	flow_table_close(t);
}

Test(fragment, of_a_flow_that_is_gone_is_alone)
{
	struct flow_table_config config = help_config(1, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = help_udp(HELP_T0, false);

	help_put(t, first(f, 7));
	help_put(t, help_facts(4, HELP_UDP, 8, 8, 9, 9, HELP_T0));
	help_put(t, later(f, 7));
	cr_assert_eq(help_counts(t).fragments_alone, 1);
	cr_assert_eq(help_only_flow(t).side[0].port, 0);
	flow_table_close(t);
}

Test(fragment, of_a_flow_whose_time_is_over_is_alone)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t;
	struct flow_facts f = help_udp(HELP_T0, false);

	config.idle_timeout_ns = HELP_S;
	t = help_open(&config);
	help_put(t, first(f, 7));
	f.time_ns += 5 * HELP_S;
	help_put(t, later(f, 7));
	cr_assert_eq(help_counts(t).fragments_alone, 1);
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(help_counts(t).idle, 1);
	cr_assert_eq(help_counts(t).forced, 1);
	flow_table_close(t);
}

static struct flow_facts live(struct flow_facts f, uint32_t iface)
{
	f.packet_flags = PACKET_CLASS_HOST;
	f.iface = iface;
	return f;
}

Test(copies, a_second_sight_adds_only_a_copy)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = live(help_udp(HELP_T0, false), 1);
	struct flow flow;

	f.packet_flags |= PACKET_FLAG_COPY;
	help_put(t, f);
	cr_assert_eq(flow_count(t), 0, "a copy makes no flow");
	help_put(t, live(help_udp(HELP_T0, false), 1));
	help_put(t, f);
	flow = help_only_flow(t);
	cr_assert_eq(flow.side[0].packets, 1);
	cr_assert_eq(flow.side[0].bytes, 100);
	cr_assert_eq(flow.side[0].copies, 2);
	cr_assert_eq(help_counts(t).copies, 2);
	cr_assert_eq(help_counts(t).wire_packets, 1);
	flow_table_close(t);
}

/* On a loopback interface a packet's way out is shown first, as a copy. */
Test(copies, those_that_come_before_their_flow_are_its_own)
{
	for (unsigned verdicts = 0; verdicts < 2; verdicts++) {
		struct flow_table_config config = help_config(4, NULL);
		struct flow_table *t;
		struct flow_facts f;
		struct flow flow;

		config.verdicts = verdicts != 0;
		t = help_open(&config);
		for (unsigned i = 0; i < 6; i++) {
			f = live(help_udp(HELP_T0 + i, i % 2), 1);
			f.packet_flags |= PACKET_FLAG_COPY;
			help_put(t, f);
			f.packet_flags = PACKET_CLASS_HOST;
			help_put(t, f);
		}
		flow = help_only_flow(t);
		cr_assert_eq(flow.side[0].copies, 3);
		cr_assert_eq(flow.side[1].copies, 3);
		cr_assert_eq(flow.side[0].packets, 3);
		cr_assert_eq(help_counts(t).copies, 6);
		flow_table_close(t);
	}
}

Test(copies, those_of_long_before_are_not_a_new_flows)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = live(help_udp(HELP_T0, false), 1);

	f.packet_flags |= PACKET_FLAG_COPY;
	help_put(t, f);
	help_put(t, live(help_udp(HELP_T0 + 2 * HELP_S, false), 1));
	cr_assert_eq(help_only_flow(t).side[0].copies, 0);
	flow_table_close(t);
}

Test(copies, each_direction_counts_on_its_home_interface)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t = help_open(&config);
	struct flow f;

	/* A bridge 2 and its port 1; answers are seen on 2 first. */
	for (unsigned i = 0; i < 10; i++) {
		uint64_t at = HELP_T0 + i * HELP_S / 4;

		help_put(t, live(help_udp(at, false), 1));
		help_put(t, live(help_udp(at + 10, false), 2));
		help_put(t, live(help_udp(at + 20, true), 2));
		help_put(t, live(help_udp(at + 30, true), 1));
	}
	f = help_only_flow(t);
	for (unsigned s = 0; s < 2; s++) {
		cr_assert_eq(f.side[s].packets, 10);
		cr_assert_eq(f.side[s].bytes, 1000);
		cr_assert_eq(f.side[s].copies, 10);
	}
	cr_assert_eq(f.side[0].iface, 1);
	cr_assert_eq(f.side[1].iface, 2);
	cr_assert_eq(help_counts(t).copies, 20);
	flow_table_close(t);
}

Test(copies, a_home_that_falls_silent_is_given_up)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t = help_open(&config);
	struct flow f;

	help_put(t, live(help_udp(HELP_T0, false), 1));
	for (unsigned i = 1; i <= 8; i++)
		help_put(t, live(help_udp(HELP_T0 + i * HELP_S / 2, false), 2));
	f = help_only_flow(t);
	/* Two within the second, then it is home. */
	cr_assert_eq(f.side[0].copies, 2);
	cr_assert_eq(f.side[0].packets, 7);
	cr_assert_eq(f.side[0].iface, 2);
	flow_table_close(t);
}

Test(copies, a_late_sight_of_a_syn_begins_nothing)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts syn =
		live(help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0), 1);

	help_put(t, syn);
	help_put(t, live(help_tcp(HELP_T0 + 1, false,
				  TCP_FLAG_RST | TCP_FLAG_ACK, 101, 1),
			 1));
	syn.iface = 2;
	help_put(t, syn);
	cr_assert_eq(help_only_flow(t).state, FLOW_RESET);
	cr_assert_eq(help_only_flow(t).side[0].packets, 2);
	cr_assert_eq(help_only_flow(t).side[0].copies, 1);
	flow_table_close(t);
}

Test(copies, in_a_file_every_interface_counts)
{
	struct flow_table_config config = help_config(4, NULL);
	struct flow_table *t = help_open(&config);

	for (uint32_t i = 0; i < 6; i++) {
		struct flow_facts f = help_udp(HELP_T0 + i, false);

		f.iface = i % 2;
		help_put(t, f);
	}
	cr_assert_eq(help_only_flow(t).side[0].packets, 6);
	cr_assert_eq(help_only_flow(t).side[0].copies, 0);
	flow_table_close(t);
}

Test(copies, more_interfaces_than_can_be_told_apart_still_count)
{
	struct flow_table_config config = help_config(400, NULL);
	struct flow_table *t = help_open(&config);
	struct flow f;

	for (uint32_t i = 0; i < 300; i++) {
		uint64_t at = HELP_T0 + i;

		help_put(t, live(help_facts(4, HELP_UDP, i, 1, 999, 2, at),
				 i + 1));
	}
	cr_assert_eq(help_counts(t).wire_packets, 300);
	cr_assert(flow_table_read(t, 100, &f));
	cr_assert_eq(f.side[0].iface, 101);
	flow_table_close(t);
}
