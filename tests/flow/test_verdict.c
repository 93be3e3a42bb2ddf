/* What became of the packets that the wire brought for this host. */
#include "table_help.h"

#include "flow/verdict.h"

#include <criterion/criterion.h>

/* This host is number 2 (and 3); 1 is the peer. */
static struct flow_table *open_both(uint32_t max_flows)
{
	struct flow_table_config config = help_config(max_flows, NULL);
	struct flow_local_addr local[2] = {{.version = 4}, {.version = 4}};
	struct flow_table *t;

	config.verdicts = true;
	t = help_open(&config);
	help_address(local[0].addr, 4, 2);
	help_address(local[1].addr, 4, 3);
	flow_table_set_local(t, local, 2);
	return t;
}

static struct flow_facts wire(struct flow_facts f)
{
	f.packet_flags = PACKET_CLASS_HOST;
	return f;
}

static struct flow_facts host(struct flow_facts f)
{
	f.packet_flags = PACKET_CLASS_HOST | PACKET_FLAG_HOST_VANTAGE;
	f.time_ns += 1000;
	return f;
}

static struct flow_facts out(struct flow_facts f)
{
	f.packet_flags = PACKET_CLASS_OUTGOING;
	return f;
}

#define EXPECT_SIDE(flow, number, what, count)                                 \
	do {                                                                   \
		cr_assert_eq((flow).side[number].verdict, FLOW_VERDICT_##what, \
			     "verdict %u", (flow).side[number].verdict);       \
		cr_assert_eq((flow).side[number].refused, count);              \
	} while (0)

Test(verdict, what_the_host_shows_is_accepted)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	for (unsigned i = 0; i < 5; i++) {
		help_put(t, wire(help_udp(HELP_T0 + i, false)));
		help_put(t, host(help_udp(HELP_T0 + i, false)));
		help_put(t, out(help_udp(HELP_T0 + i, true)));
	}
	EXPECT_SIDE(help_only_flow(t), 0, WAITING, 0);
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	f = help_only_flow(t);
	EXPECT_SIDE(f, 0, ACCEPTED, 0);
	EXPECT_SIDE(f, 1, NONE, 0);
	cr_assert_eq(f.side[0].packets, 5);
	cr_assert_eq(f.side[0].host_packets, 5);
	cr_assert_eq(f.side[0].host_bytes, 500);
	cr_assert_eq(f.side[1].host_packets, 0);
	cr_assert_eq(help_counts(t).wire_packets, 10);
	cr_assert_eq(help_counts(t).host_packets, 5);
	flow_table_close(t);
}

Test(verdict, what_it_does_not_show_is_refused_after_a_second)
{
	struct flow_table *t = open_both(16);

	for (unsigned i = 0; i < 5; i++)
		help_put(t, wire(help_udp(HELP_T0 + i, false)));
	flow_table_tick(t, HELP_T0 + HELP_S - 1);
	EXPECT_SIDE(help_only_flow(t), 0, WAITING, 0);
	flow_table_tick(t, HELP_T0 + HELP_S + 5);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 5);
	flow_table_close(t);
}

Test(verdict, a_steady_stream_is_ruled_on_while_it_flows)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	/* Every tenth of a second, one in four is dropped. */
	for (unsigned i = 0; i < 100; i++) {
		uint64_t at = HELP_T0 + i * HELP_S / 10;

		help_put(t, wire(help_udp(at, false)));
		if (i % 4 != 0)
			help_put(t, host(help_udp(at, false)));
		f = help_only_flow(t);
		cr_assert_leq(f.side[0].refused, i / 4 + 1);
		if (i >= 30)
			cr_assert_geq(f.side[0].refused, i / 4 - 5);
	}
	flow_table_tick(t, HELP_T0 + 12 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 25);
	flow_table_close(t);
}

Test(verdict, an_accepted_stream_is_never_called_refused)
{
	struct flow_table *t = open_both(16);

	/* The host is read first at times, and late at others. */
	for (unsigned i = 0; i < 200; i++) {
		uint64_t at = HELP_T0 + i * HELP_S / 40;

		if (i % 3 == 0)
			help_put(t, host(help_udp(at, false)));
		help_put(t, wire(help_udp(at, false)));
		if (i >= 8 && (i - 8) % 3 != 0)
			help_put(t, host(help_udp(at - HELP_S / 5, false)));
		cr_assert_neq(help_only_flow(t).side[0].verdict,
			      FLOW_VERDICT_REFUSED, "packet %u", i);
	}
	flow_table_close(t);
}

Test(verdict, only_what_is_sent_to_this_host_is_asked_about)
{
	struct flow_table *t = open_both(16);
	struct flow_facts f;
	struct flow flow;

	f = wire(help_facts(4, HELP_UDP, 1, 1, 9, 1, HELP_T0));
	help_put(t, f); /* forwarded: not our address */
	f = wire(help_facts(4, HELP_UDP, 1, 2, 2, 2, HELP_T0));
	f.packet_flags = PACKET_CLASS_OTHER; /* somebody else's MAC */
	help_put(t, f);
	f.key.port[0] = f.key.port[1] = 3;
	f.packet_flags = PACKET_CLASS_MULTICAST;
	help_put(t, f);
	f.key.port[0] = f.key.port[1] = 4;
	f.packet_flags = PACKET_CLASS_BROADCAST;
	help_put(t, f);
	help_put(t, out(help_facts(4, HELP_UDP, 2, 5, 1, 5, HELP_T0)));
	/* To our address, but by the way out: to be sent, not received. */
	help_put(t, out(help_facts(4, HELP_UDP, 1, 6, 2, 6, HELP_T0)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	cr_assert_eq(help_counts(t).live, 6);
	for (uint32_t i = 0; i < 6; i++) {
		cr_assert(flow_table_read(t, i, &flow));
		EXPECT_SIDE(flow, 0, NONE, 0);
		EXPECT_SIDE(flow, 1, NONE, 0);
	}
	flow_table_close(t);
}

Test(verdict, only_protocols_that_the_host_vantage_reads_are_asked_about)
{
	struct flow_table *t = open_both(16);
	const uint8_t protos[] = {HELP_TCP, 1};

	flow_table_set_host_protos(t, protos, 2);
	help_put(t, wire(help_udp(HELP_T0, false)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, NONE, 0);
	flow_table_close(t);

	t = open_both(16);
	flow_table_set_host_protos(t, protos, 2);
	help_put(t, wire(help_tcp(HELP_T0, false, TCP_FLAG_SYN, 1, 0)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, loopback_is_one_packet_and_one_acceptance)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	for (unsigned i = 0; i < 4; i++) {
		struct flow_facts p =
			help_facts(4, HELP_UDP, 2, 1000, 3, 53, HELP_T0 + i);

		help_put(t, out(p));
		p = wire(p);
		p.packet_flags |= PACKET_FLAG_COPY;
		help_put(t, p);
		if (i > 0)
			help_put(t, host(p));
	}
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	f = help_only_flow(t);
	cr_assert_eq(f.side[0].packets, 4);
	cr_assert_eq(f.side[0].copies, 4);
	EXPECT_SIDE(f, 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, addresses_of_127_and_1_are_ours_without_being_told)
{
	struct flow_table *t = open_both(16);
	struct flow_facts f = out(help_udp(HELP_T0, false));

	memset(f.key.addr, 0, sizeof(f.key.addr));
	memcpy(f.key.addr[0], "\x7f\0\0\1", 4);
	memcpy(f.key.addr[1], "\x7f\1\2\3", 4);
	help_put(t, f);
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 1);
	flow_table_close(t);

	t = open_both(16);
	f = out(help_facts(6, HELP_UDP, 1, 1, 1, 2, HELP_T0));
	memset(f.key.addr, 0, sizeof(f.key.addr));
	f.key.addr[0][15] = f.key.addr[1][15] = 1;
	help_put(t, f);
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 1);
	flow_table_close(t);
}

/* Fragment n of three, of the datagram number id. */
static struct flow_facts piece(uint64_t at, uint32_t id, unsigned n)
{
	struct flow_facts p = help_udp(at, false);

	p.fragment_id = id;
	p.fragment_bytes = 80;
	p.fragment_at = (uint16_t)(80 * n);
	if (n < 2)
		p.fragment_at |= FLOW_FRAGMENT_MORE;
	p.fragment = n == 0 ? VIEW_FRAGMENT_FIRST : VIEW_FRAGMENT_LATER;
	if (n > 0) {
		p.key.port[0] = p.key.port[1] = 0;
		p.ports_known = p.transport_known = false;
	}
	return p;
}

Test(verdict, fragments_are_compared_as_datagrams)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	for (uint32_t i = 0; i < 6; i++) {
		struct flow_facts p = help_udp(HELP_T0 + i, false);

		for (unsigned n = 0; n < 3; n++)
			help_put(t, wire(piece(HELP_T0 + i, i, n)));
		p.bytes = 300;
		p.packet_flags |= PACKET_FLAG_REASSEMBLED;
		if (i != 3)
			help_put(t, host(p));
	}
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	f = help_only_flow(t);
	cr_assert_eq(f.side[0].packets, 18);
	cr_assert_eq(f.side[0].host_packets, 5);
	EXPECT_SIDE(f, 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, a_datagram_whose_rest_was_lost_on_its_way_is_not_expected)
{
	struct flow_table *t = open_both(16);

	for (uint32_t i = 0; i < 6; i++) {
		help_put(t, wire(piece(HELP_T0 + i, i, 0)));
		help_put(t, wire(piece(HELP_T0 + i, i, i % 2 ? 1 : 2)));
	}
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, NONE, 0);
	flow_table_close(t);
}

Test(verdict, a_fragment_that_came_twice_is_no_second_datagram)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	for (uint32_t i = 0; i < 6; i++) {
		help_put(t, wire(piece(HELP_T0 + i, i, 0)));
		help_put(t, wire(piece(HELP_T0 + i, i, 0)));
		help_put(t, wire(piece(HELP_T0 + i, i, 1)));
		help_put(t, wire(piece(HELP_T0 + i, i, 1)));
		help_put(t, wire(piece(HELP_T0 + i, i, 2)));
		if (i > 0)
			help_put(t, host(help_udp(HELP_T0 + i, false)));
	}
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	f = help_only_flow(t);
	cr_assert_eq(f.side[0].packets, 30);
	EXPECT_SIDE(f, 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, a_flow_that_a_bridge_hands_to_us_is_asked_about_there)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	/* The port shows each one first, for the bridge's address. */
	for (unsigned i = 0; i < 6; i++) {
		uint64_t at = HELP_T0 + i * HELP_S;

		for (uint32_t iface = 2; iface <= 3; iface++) {
			struct flow_facts p = wire(help_udp(at, false));

			p.iface = iface;
			if (iface == 2)
				p.packet_flags = PACKET_CLASS_OTHER;
			help_put(t, p);
		}
		if (i != 4)
			help_put(t, host(help_udp(at, false)));
	}
	flow_table_tick(t, HELP_T0 + 9 * HELP_S);
	f = help_only_flow(t);
	cr_assert_eq(f.side[0].packets, 6);
	cr_assert_eq(f.side[0].copies, 6);
	EXPECT_SIDE(f, 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, a_packet_that_two_interfaces_show_for_us_is_expected_once)
{
	struct flow_table *t = open_both(16);

	/* A VLAN and its carrier, read one after the other; then the carrier
	 * goes. */
	for (uint32_t i = 0; i < 40; i++) {
		struct flow_facts p =
			wire(help_udp(HELP_T0 + i * HELP_S / 4, false));

		for (p.iface = i < 20 ? 2 : 3; p.iface <= 3; p.iface++)
			help_put(t, p);
		if (i != 39)
			help_put(t, host(p));
	}
	flow_table_tick(t, HELP_T0 + 20 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, after_a_loss_there_is_no_saying)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	help_put(t, wire(help_udp(HELP_T0, false)));
	flow_table_note_loss(t, HELP_T0 + HELP_S / 2);
	flow_table_tick(t, HELP_T0 + 5 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, UNSURE, 0);
	/* A flow that began afterwards is not concerned. */
	help_put(t, wire(help_facts(4, HELP_UDP, 1, 1, 2, 9,
				    HELP_T0 + 5 * HELP_S)));
	flow_table_tick(t, HELP_T0 + 7 * HELP_S);
	cr_assert(flow_table_read(t, 1, &f));
	EXPECT_SIDE(f, 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, what_arrives_under_another_address_is_redirected)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	/* The wire shows 1:1000 to 2:80; the host has it on 3:8080. Beside it
	 * the same socket sends to a port that is refused, long before. */
	help_put(t, wire(help_facts(4, HELP_UDP, 1, 1000, 2, 7777,
				    HELP_T0 - 3 * HELP_S)));
	help_put(t, wire(help_facts(4, HELP_UDP, 1, 1000, 2, 80, HELP_T0)));
	help_put(t, host(help_facts(4, HELP_UDP, 1, 1000, 3, 8080, HELP_T0)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	cr_assert(flow_table_read(t, 0, &f));
	EXPECT_SIDE(f, 0, REFUSED, 1);
	cr_assert(flow_table_read(t, 1, &f));
	EXPECT_SIDE(f, 0, REDIRECTED, 0);
	cr_assert(flow_table_read(t, 2, &f));
	EXPECT_SIDE(f, 0, NONE, 0);
	cr_assert_eq(f.side[0].host_packets, 1);
	cr_assert_eq(f.side[0].packets, 0);
	flow_table_close(t);
}

Test(verdict, an_accepted_flow_of_the_same_socket_excuses_no_refusal)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	/* The host vantage is read before the wire: for a moment the one flow
	 * is on the wire only, the other at the host only. */
	help_put(t, wire(help_facts(4, HELP_UDP, 1, 1000, 2, 7777, HELP_T0)));
	help_put(t, host(help_facts(4, HELP_UDP, 1, 1000, 2, 8888, HELP_T0)));
	help_put(t, wire(help_facts(4, HELP_UDP, 1, 1000, 2, 8888, HELP_T0)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	cr_assert(flow_table_read(t, 0, &f));
	cr_assert_eq(f.side[1].port, 7777);
	EXPECT_SIDE(f, 0, REFUSED, 1);
	cr_assert(flow_table_read(t, 1, &f));
	EXPECT_SIDE(f, 0, ACCEPTED, 0);
	flow_table_close(t);
}

Test(verdict, a_late_host_packet_does_not_disturb_the_connection)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	help_put(t, wire(help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0)));
	help_put(t, out(help_tcp(HELP_T0 + 1, true, TCP_FLAG_RST | TCP_FLAG_ACK,
				 0, 101)));
	help_put(t, host(help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0)));
	f = help_only_flow(t);
	cr_assert_eq(f.state, FLOW_RESET);
	cr_assert_eq(f.side[0].host_packets, 1);
	cr_assert_eq(f.last_ns, HELP_T0 + 1);
	flow_table_close(t);
}

static void count_record(void *context, const struct flow *flow)
{
	uint64_t *sum = context;

	sum[0] += flow->side[0].packets;
	sum[1] += flow->side[0].host_packets;
	sum[2] += flow->side[0].refused;
}

Test(verdict, the_records_of_a_cut_flow_add_up)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_local_addr local = {.version = 4};
	uint64_t sum[3] = {0, 0, 0};
	struct flow_table *t;

	config.verdicts = true;
	config.active_timeout_ns = 5 * HELP_S;
	config.ended = count_record;
	config.context = sum;
	t = help_open(&config);
	help_address(local.addr, 4, 2);
	flow_table_set_local(t, &local, 1);
	for (unsigned i = 0; i < 200; i++) {
		uint64_t at = HELP_T0 + i * HELP_S / 10;

		help_put(t, wire(help_udp(at, false)));
		if (i % 5 != 0)
			help_put(t, host(help_udp(at, false)));
	}
	flow_table_tick(t, HELP_T0 + 30 * HELP_S);
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(sum[0], 200);
	cr_assert_eq(sum[1], 160);
	cr_assert_eq(sum[2], 40);
	flow_table_close(t);
}

Test(verdict, without_verdicts_host_packets_are_counted_all_the_same)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);

	help_put(t, host(help_udp(HELP_T0, false)));
	help_put(t, wire(help_udp(HELP_T0, false)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, NONE, 0);
	cr_assert_eq(help_only_flow(t).side[0].host_packets, 1);
	cr_assert_eq(help_only_flow(t).side[0].packets, 1);
	flow_table_close(t);
}

Test(verdict, a_tunnelled_packet_gets_none)
{
	struct flow_table *t = open_both(16);
	struct flow_facts f = help_udp(HELP_T0, false);

	f.tunnelled = true;
	help_put(t, wire(f));
	help_put(t, host(f));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, NONE, 0);
	cr_assert_eq(help_only_flow(t).side[0].host_packets, 1);
	flow_table_close(t);
}

/* This host is number 2; the records go into the drawer. */
static struct flow_table *open_recorded(struct help_drawer *drawer)
{
	struct flow_table_config config = help_config(16, drawer);
	struct flow_local_addr local = {.version = 4};
	struct flow_table *t;

	config.verdicts = true;
	t = help_open(&config);
	help_address(local.addr, 4, 2);
	flow_table_set_local(t, &local, 1);
	return t;
}

Test(verdict, the_last_record_tells_all_refused_at_once)
{
	struct help_drawer drawer = {0};
	struct flow_table *t = open_recorded(&drawer);

	for (unsigned i = 0; i < 20; i++)
		help_put(t, wire(help_udp(HELP_T0 + i * HELP_S / 5, false)));
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(drawer.count, 1);
	EXPECT_SIDE(drawer.flows[0], 0, REFUSED, 20);
	flow_table_close(t);
	free(drawer.flows);
}

Test(verdict, an_attempt_that_another_one_follows_is_refused_at_once)
{
	struct help_drawer drawer = {0};
	struct flow_table *t = open_recorded(&drawer);
	struct flow_facts f =
		wire(help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0));

	help_put(t, f);
	f.time_ns += HELP_S / 10;
	f.seq = 99999;
	help_put(t, f);
	cr_assert_eq(drawer.count, 1);
	EXPECT_SIDE(drawer.flows[0], 0, REFUSED, 1);
	flow_table_close(t);
	free(drawer.flows);
}

/* One packet in, one out; `back` is the answer's TCP flags, 0: UDP. */
static struct flow after_answer(uint8_t back)
{
	struct flow_table *t = open_both(16);
	struct flow f;

	if (back) {
		help_put(t, wire(help_tcp(HELP_T0, false, TCP_FLAG_SYN, 9, 0)));
		help_put(t, out(help_tcp(HELP_T0 + 9, true, back, 5, 10)));
	} else {
		help_put(t, wire(help_udp(HELP_T0, false)));
		help_put(t, out(help_udp(HELP_T0 + 9, true)));
	}
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	f = help_only_flow(t);
	flow_table_close(t);
	return f;
}

Test(verdict, what_is_answered_unseen_by_the_host_is_redirected)
{
	EXPECT_SIDE(after_answer(TCP_FLAG_SYN | TCP_FLAG_ACK), 0, REDIRECTED,
		    0);
	EXPECT_SIDE(after_answer(TCP_FLAG_ACK), 0, REDIRECTED, 0);
	EXPECT_SIDE(after_answer(0), 0, REDIRECTED, 0);
	EXPECT_SIDE(after_answer(TCP_FLAG_RST | TCP_FLAG_ACK), 0, REFUSED, 1);
}

Test(verdict, an_answer_to_us_that_is_dropped_is_refused)
{
	struct flow_table *t = open_both(16);

	help_put(t, out(help_udp(HELP_T0, true)));
	help_put(t, wire(help_udp(HELP_T0 + 1, false)));
	help_put(t, out(help_udp(HELP_T0 + 2, true)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 1, REFUSED, 1);
	flow_table_close(t);
}

/* We ask (with this TTL), are answered, and answer to that; nothing of it is
 * shown by the host. What the answers are called. */
static struct flow after_question(uint8_t ttl, bool tcp, bool acknowledge)
{
	struct flow_table *t = open_both(16);
	struct flow_facts p = out(help_udp(HELP_T0, true));
	struct flow f;

	if (tcp)
		p = out(help_tcp(HELP_T0, true, TCP_FLAG_SYN, 50, 0));
	p.ttl = ttl;
	help_put(t, p);
	p = wire(help_udp(HELP_T0 + 1, false));
	if (tcp)
		p = wire(help_tcp(HELP_T0 + 1, false,
				  TCP_FLAG_SYN | TCP_FLAG_ACK, 10, 51));
	help_put(t, p);
	p = out(help_udp(HELP_T0 + 2, true));
	if (tcp)
		p = out(help_tcp(HELP_T0 + 2, true,
				 acknowledge ? TCP_FLAG_ACK : TCP_FLAG_SYN,
				 acknowledge ? 51 : 50, acknowledge ? 11 : 0));
	p.ttl = ttl;
	help_put(t, p);
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	f = help_only_flow(t);
	flow_table_close(t);
	return f;
}

Test(verdict, answers_to_what_is_masqueraded_are_redirected)
{
	EXPECT_SIDE(after_question(63, false, false), 1, REDIRECTED, 0);
	EXPECT_SIDE(after_question(127, true, false), 1, REDIRECTED, 0);
	EXPECT_SIDE(after_question(64, true, true), 1, REDIRECTED, 0);
	EXPECT_SIDE(after_question(64, true, false), 1, REFUSED, 1);
	EXPECT_SIDE(after_question(64, false, false), 1, REFUSED, 1);
}

Test(verdict, what_is_forwarded_under_another_address_is_redirected)
{
	/* Host 8 is behind us: what 1 sends to us leaves for it. */
	for (unsigned same = 0; same < 2; same++) {
		struct flow_table *t = open_both(16);
		struct flow_facts p = wire(help_udp(HELP_T0, false));
		struct flow f;

		p.ip_id = 77;
		help_put(t, p);
		p = out(help_facts(4, HELP_UDP, 1, 1000, 8, 5300, HELP_T0 + 9));
		p.ip_id = same ? 77 : 78;
		p.iface = 2;
		p.ttl = 63;
		help_put(t, p);
		flow_table_tick(t, HELP_T0 + 2 * HELP_S);
		cr_assert(flow_table_read(t, 0, &f));
		if (same)
			EXPECT_SIDE(f, 0, REDIRECTED, 0);
		else
			EXPECT_SIDE(f, 0, REFUSED, 1);
		cr_assert(flow_table_read(t, 1, &f));
		EXPECT_SIDE(f, 0, NONE, 0);
		flow_table_close(t);
	}
}

Test(verdict, thousands_of_addresses_are_ours)
{
	static struct flow_local_addr local[FLOW_LOCAL_MAX];
	struct flow_table *t = open_both(FLOW_LOCAL_MAX);
	struct flow f;

	for (uint32_t i = 0; i < FLOW_LOCAL_MAX; i++) {
		local[i].version = i % 2 ? 6 : 4;
		help_address(local[i].addr, local[i].version, 1000 + i);
	}
	flow_table_set_local(t, local, FLOW_LOCAL_MAX);
	for (uint32_t i = 0; i < FLOW_LOCAL_MAX; i++)
		help_put(t, wire(help_facts(i % 2 ? 6 : 4, HELP_UDP, 1, 9,
					    1000 + i, 53, HELP_T0)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	for (uint32_t i = 0; i < FLOW_LOCAL_MAX; i++) {
		cr_assert(flow_table_read(t, i, &f));
		EXPECT_SIDE(f, 0, REFUSED, 1);
	}
	flow_table_close(t);
}

Test(verdict, an_answered_flow_that_the_host_shows_late_is_accepted)
{
	struct flow_table *t = open_both(16);

	help_put(t, wire(help_udp(HELP_T0, false)));
	help_put(t, out(help_udp(HELP_T0 + 9, true)));
	help_put(t, host(help_udp(HELP_T0, false)));
	help_put(t, wire(help_udp(HELP_T0 + HELP_S, false)));
	flow_table_tick(t, HELP_T0 + 3 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 1);
	flow_table_close(t);
}

Test(verdict, what_the_host_shows_beyond_the_wire_hides_no_refusal)
{
	struct flow_table *t = open_both(16);

	for (unsigned i = 0; i < 5; i++) {
		struct flow_facts f = wire(help_udp(HELP_T0 + i, false));

		f.packet_flags = PACKET_CLASS_BROADCAST;
		help_put(t, f);
		help_put(t, host(help_udp(HELP_T0 + i, false)));
	}
	for (unsigned i = 1; i <= 7; i++)
		help_put(t, wire(help_udp(HELP_T0 + i * HELP_S, false)));
	flow_table_tick(t, HELP_T0 + 20 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 7);
	flow_table_close(t);
}

Test(verdict, a_connection_that_the_host_shows_first_is_one_flow)
{
	struct flow_table *t = open_both(16);
	struct flow_facts syn = help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0);
	struct flow f;

	/* Without the SYN, the base is guessed from what came later. */
	help_put(t, host(help_tcp(HELP_T0 + 50, false, TCP_FLAG_ACK, 500, 8)));
	help_put(t, host(help_tcp(HELP_T0 + 60, true,
				  TCP_FLAG_FIN | TCP_FLAG_ACK, 8, 500)));
	help_put(t, host(help_tcp(HELP_T0 + 90, false,
				  TCP_FLAG_RST | TCP_FLAG_ACK, 500, 9)));
	help_put(t, wire(syn));
	cr_assert_eq(help_counts(t).added, 1);
	f = help_only_flow(t);
	cr_assert_eq(f.first_ns, HELP_T0);
	cr_assert_eq(f.state, FLOW_RESET);
	/* Another attempt is told by its later time. */
	syn.time_ns += HELP_S;
	syn.seq = 77777;
	help_put(t, wire(syn));
	cr_assert_eq(help_counts(t).added, 2);
	cr_assert_eq(help_counts(t).closed, 1);
	flow_table_close(t);
}

static struct flow_facts unasked(struct flow_facts f)
{
	f.packet_flags |= PACKET_CLASS_UNKNOWN;
	return f;
}

Test(verdict, what_was_refused_stays_over_a_span_without_verdicts)
{
	struct flow_table *t = open_both(16);
	struct flow_facts f;

	for (unsigned i = 0; i < 7; i++)
		help_put(t, wire(help_udp(HELP_T0 + i, false)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 7);
	/* Both show all of these, and nobody is asked. */
	for (unsigned i = 0; i < 20; i++) {
		f = help_udp(HELP_T0 + 2 * HELP_S + i, false);
		help_put(t, unasked(wire(f)));
		help_put(t, unasked(host(f)));
	}
	for (unsigned i = 0; i < 3; i++)
		help_put(t, wire(help_udp(HELP_T0 + 3 * HELP_S + i, false)));
	flow_table_tick(t, HELP_T0 + 5 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, REFUSED, 10);
	flow_table_close(t);
}

Test(verdict, what_the_wire_showed_last_before_such_a_span_is_not_refused)
{
	struct flow_table *t = open_both(16);
	struct flow_facts f = help_udp(HELP_T0, false);

	help_put(t, wire(f));
	help_put(t, unasked(host(f)));
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	EXPECT_SIDE(help_only_flow(t), 0, ACCEPTED, 0);
	flow_table_close(t);
}

Test(verdict, the_record_of_a_flow_that_is_over_waits_for_nothing)
{
	struct help_drawer drawer = {0};
	struct flow_table_config config = help_config(1, &drawer);
	struct flow_local_addr local = {.version = 4};
	struct flow_table *t;

	config.verdicts = true;
	t = help_open(&config);
	help_address(local.addr, 4, 2);
	flow_table_set_local(t, &local, 1);
	help_put(t, wire(help_udp(HELP_T0, false)));
	EXPECT_SIDE(help_only_flow(t), 0, WAITING, 0);
	help_put(t, wire(help_facts(4, HELP_UDP, 1, 1, 2, 9, HELP_T0 + 9)));
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].end, FLOW_END_EVICTED);
	EXPECT_SIDE(drawer.flows[0], 0, UNSURE, 0);
	flow_table_close(t);
	free(drawer.flows);
}
