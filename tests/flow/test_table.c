/* The flow table, promise by promise. */
#include "table_help.h"

#include <criterion/criterion.h>

static struct help_drawer drawer;

static void drawer_empty(void)
{
	free(drawer.flows);
	memset(&drawer, 0, sizeof(drawer));
}

TestSuite(table, .fini = drawer_empty);

Test(table, both_directions_meet_in_one_flow_initiator_first)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);
	struct flow_facts ask = help_udp(HELP_T0, false);
	struct flow_facts answer = help_udp(HELP_T0 + 5, true);
	struct flow f;

	ask.tos = 8;
	ask.ip_id = 77;
	answer.bytes = 500;
	answer.frame_bytes = 514;
	help_put(t, ask);
	help_put(t, answer);
	f = help_only_flow(t);
	cr_assert_eq(f.side[0].port, 1000);
	cr_assert_eq(f.side[1].port, 53);
	cr_assert_eq(f.side[0].addr[3], 1);
	cr_assert_eq(f.side[1].addr[3], 2);
	cr_assert_eq(f.side[0].packets, 1);
	cr_assert_eq(f.side[0].bytes, 100);
	cr_assert_eq(f.side[0].frame_bytes, 114);
	cr_assert_eq(f.side[1].bytes, 500);
	cr_assert_eq(f.side[1].frame_bytes, 514);
	cr_assert_eq(f.side[0].tos, 8);
	cr_assert_eq(f.side[0].ip_id, 77);
	cr_assert_eq(f.side[0].ttl, 64);
	cr_assert_eq(f.first_ns, HELP_T0);
	cr_assert_eq(f.last_ns, HELP_T0 + 5);
	cr_assert_eq(f.state, FLOW_ACTIVE);
	cr_assert_eq(f.version, 4);
	cr_assert_eq(f.proto, HELP_UDP);
	cr_assert_eq(drawer.count, 0);
	flow_table_close(t);
}

Test(table, the_initiator_is_who_asked_whatever_was_seen_first)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f =
		help_tcp(HELP_T0, true, TCP_FLAG_SYN | TCP_FLAG_ACK, 5, 6);

	help_put(t, f);
	cr_assert_eq(help_only_flow(t).side[0].port, 1000);
	flow_table_close(t);

	t = help_open(&config);
	f = help_facts(4, 1, 2, 0, 1, 0, HELP_T0);
	f.icmp_type = 0; /* an echo reply from 2 */
	f.key.port[0] = 99;
	f.key.port[1] = 8 << 8;
	help_put(t, f);
	cr_assert_eq(help_only_flow(t).side[0].addr[3], 1);
	cr_assert_eq(help_only_flow(t).icmp_type, 8);
	cr_assert_eq(help_only_flow(t).icmp_id, 99);
	cr_assert_eq(help_only_flow(t).side[0].port, 0);
	flow_table_close(t);

	/* With nothing to tell, the first to speak, from the higher end. */
	t = help_open(&config);
	help_put(t, help_udp(HELP_T0, true));
	cr_assert_eq(help_only_flow(t).side[0].port, 53);
	flow_table_close(t);
}

Test(table, the_last_headers_are_the_last_and_flags_are_ored)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts f = help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0);
	struct flow flow;

	f.window = 1000;
	help_put(t, f);
	f = help_tcp(HELP_T0 + 1, false, TCP_FLAG_ACK | TCP_FLAG_PSH, 101, 300);
	f.window = 2000;
	f.ttl = 3;
	help_put(t, f);
	flow = help_only_flow(t);
	cr_assert_eq(flow.side[0].seq, 101);
	cr_assert_eq(flow.side[0].ack, 300);
	cr_assert_eq(flow.side[0].window, 2000);
	cr_assert_eq(flow.side[0].ttl, 3);
	cr_assert_eq(flow.side[0].tcp_flags,
		     TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_PSH);
	flow_table_close(t);

	t = help_open(&config);
	f = help_facts(6, HELP_UDP, 1, 1, 2, 2, HELP_T0);
	f.flow_label = 0xabcde;
	help_put(t, f);
	cr_assert_eq(help_only_flow(t).side[0].flow_label, 0xabcde);
	cr_assert_eq(help_only_flow(t).side[0].ip_id, 0);
	flow_table_close(t);
}

Test(table, frame_bytes_are_exact_above_and_below_the_ip_bytes)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	uint64_t state = 3, bytes = 0, frames = 0;

	for (unsigned i = 0; i < 5000; i++) {
		struct flow_facts f = help_udp(HELP_T0 + i, false);

		f.bytes = (uint32_t)(help_random(&state) >> 40);
		f.frame_bytes = (uint32_t)(help_random(&state) >> 34);
		if (i % 3)
			f.frame_bytes /= 256;
		bytes += f.bytes;
		frames += f.frame_bytes;
		help_put(t, f);
		cr_assert_eq(help_only_flow(t).side[0].bytes, bytes);
		cr_assert_eq(help_only_flow(t).side[0].frame_bytes, frames);
	}
	flow_table_close(t);
}

Test(table, a_flow_idle_for_longer_than_its_time_ends_and_begins_anew)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);
	uint64_t id;

	help_put(t, help_udp(HELP_T0, false));
	id = help_only_flow(t).id;
	help_put(t, help_udp(HELP_T0 + 60 * HELP_S, false));
	cr_assert_eq(drawer.count, 0);
	cr_assert_eq(help_only_flow(t).id, id);
	help_put(t, help_udp(HELP_T0 + 120 * HELP_S + 1, true));
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].end, FLOW_END_IDLE);
	cr_assert_eq(drawer.flows[0].id, id);
	cr_assert_eq(drawer.flows[0].side[0].packets, 2);
	cr_assert_neq(help_only_flow(t).id, id);
	cr_assert_eq(help_only_flow(t).side[0].port, 53);
	cr_assert_eq(help_counts(t).idle, 1);
	cr_assert_eq(help_counts(t).added, 2);
	cr_assert_eq(help_counts(t).live, 1);
	flow_table_close(t);
}

Test(table, the_tick_ends_idle_flows_without_packets)
{
	struct flow_table_config config = help_config(1000, &drawer);
	struct flow_table *t = help_open(&config);

	for (uint32_t i = 0; i < 500; i++)
		help_put(t, help_facts(4, HELP_UDP, i, 1, 9999, 2,
				       HELP_T0 + i * HELP_S / 10));
	for (unsigned i = 0; i < 20 * 60; i++)
		flow_table_tick(t, HELP_T0 + 30 * HELP_S + i * HELP_S / 10);
	/* Now at +149.9 s: those of before +89.8 s are over. */
	cr_assert_eq(drawer.count, 500);
	cr_assert_eq(help_counts(t).live, 0);
	cr_assert_eq(help_counts(t).idle, 500);
	for (uint32_t i = 0; i < flow_table_extent(t); i++) {
		struct flow f;

		cr_assert_not(flow_table_read(t, i, &f));
		cr_assert_eq(flow_table_rate_bytes(t, i), 0);
	}
	flow_table_close(t);
}

Test(table, packets_of_others_let_idle_flows_end_without_a_tick)
{
	struct flow_table_config config = help_config(1000, &drawer);
	struct flow_table *t = help_open(&config);

	for (uint32_t i = 0; i < 200; i++)
		help_put(t, help_facts(4, HELP_UDP, i, 1, 999, 2, HELP_T0));
	for (unsigned i = 0; i < 200; i++)
		help_put(t, help_facts(4, HELP_UDP, 500, 1, 999, 2,
				       HELP_T0 + i * HELP_S));
	cr_assert_eq(drawer.count, 200);
	cr_assert_eq(help_counts(t).live, 1);
	flow_table_close(t);
}

Test(table, the_tick_spares_flows_that_are_not_idle)
{
	struct flow_table_config config = help_config(100, &drawer);
	struct flow_table *t = help_open(&config);

	for (unsigned s = 0; s < 300; s++) {
		help_put(t, help_udp(HELP_T0 + s * HELP_S, false));
		flow_table_tick(t, HELP_T0 + s * HELP_S + 1);
	}
	cr_assert_eq(drawer.count, 0);
	cr_assert_eq(help_only_flow(t).side[0].packets, 300);
	flow_table_close(t);
}

static void put_connection(struct flow_table *t, uint64_t at, uint32_t isn)
{
	help_put(t, help_tcp(at, false, TCP_FLAG_SYN, isn, 0));
	help_put(t, help_tcp(at + 1, true, TCP_FLAG_SYN | TCP_FLAG_ACK, 900,
			     isn + 1));
	help_put(t, help_tcp(at + 2, false, TCP_FLAG_ACK, isn + 1, 901));
}

static void put_close(struct flow_table *t, uint64_t at)
{
	help_put(t, help_tcp(at, false, TCP_FLAG_FIN | TCP_FLAG_ACK, 5, 5));
	help_put(t, help_tcp(at + 1, true, TCP_FLAG_FIN | TCP_FLAG_ACK, 5, 5));
}

Test(table, a_closed_connection_lingers_then_ends_as_closed)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);

	put_connection(t, HELP_T0, 1);
	put_close(t, HELP_T0 + HELP_S);
	/* The last acknowledgement still belongs to it. */
	help_put(t, help_tcp(HELP_T0 + 2 * HELP_S, false, TCP_FLAG_ACK, 6, 6));
	cr_assert_eq(help_only_flow(t).state, FLOW_CLOSED);
	cr_assert_eq(help_only_flow(t).side[0].packets, 4);
	flow_table_tick(t, HELP_T0 + 11 * HELP_S);
	cr_assert_eq(drawer.count, 0);
	flow_table_tick(t, HELP_T0 + 13 * HELP_S);
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].end, FLOW_END_CLOSED);
	cr_assert_eq(help_counts(t).closed, 1);
	flow_table_close(t);
}

Test(table, a_pair_of_ports_used_again_is_another_flow)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);
	uint64_t at = HELP_T0;

	put_connection(t, at, 100);
	/* The SYN again: nothing new. */
	help_put(t, help_tcp(at + 10, false, TCP_FLAG_SYN, 100, 0));
	cr_assert_eq(drawer.count, 0);
	/* Another number in an open connection: the old one is gone. */
	put_connection(t, at + 20, 200);
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].end, FLOW_END_CLOSED);
	cr_assert_eq(drawer.flows[0].side[0].packets, 3);
	/* After a close, too; the closed one's record says closed. */
	put_close(t, at + 30);
	put_connection(t, at + 40, 300);
	cr_assert_eq(drawer.count, 2);
	cr_assert_eq(drawer.flows[1].state, FLOW_CLOSED);
	cr_assert_eq(help_only_flow(t).state, FLOW_ESTABLISHED);
	cr_assert_eq(help_counts(t).live, 1);
	cr_assert_eq(help_counts(t).added, 3);
	cr_assert_eq(help_counts(t).closed, 2);
	flow_table_close(t);
}

Test(table, a_connection_asked_for_again_after_a_reset_is_the_same_flow)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);

	help_put(t, help_tcp(HELP_T0, false, TCP_FLAG_SYN, 100, 0));
	help_put(t, help_tcp(HELP_T0 + 1, true, TCP_FLAG_RST | TCP_FLAG_ACK, 0,
			     101));
	cr_assert_eq(help_only_flow(t).state, FLOW_RESET);
	put_connection(t, HELP_T0 + 2, 100);
	cr_assert_eq(help_only_flow(t).state, FLOW_ESTABLISHED);
	cr_assert_eq(help_only_flow(t).side[0].packets, 3);
	/* It is not over any more: the linger time does not end it. */
	flow_table_tick(t, HELP_T0 + 30 * HELP_S);
	flow_table_tick(t, HELP_T0 + 32 * HELP_S);
	cr_assert_eq(drawer.count, 0);
	flow_table_close(t);
}

Test(table, a_connection_seen_from_its_middle_knows_a_new_one)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);

	/* The server's segment tells where the client counts. */
	help_put(t, help_tcp(HELP_T0, true, TCP_FLAG_ACK, 500, 101));
	help_put(t, help_tcp(HELP_T0 + 1, false, TCP_FLAG_SYN, 100, 0));
	cr_assert_eq(drawer.count, 0);
	help_put(t, help_tcp(HELP_T0 + 2, false, TCP_FLAG_SYN, 700, 0));
	cr_assert_eq(drawer.count, 1);
	flow_table_close(t);
}

Test(table, the_records_of_a_cut_flow_add_up)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t;
	uint64_t packets = 0, bytes = 0, frames = 0, errors = 0;

	config.active_timeout_ns = 10 * HELP_S;
	t = help_open(&config);
	for (unsigned i = 0; i < 100; i++) {
		struct flow_facts f = help_udp(HELP_T0 + i * HELP_S, i % 2);

		help_put(t, f);
		flow_table_put_quoted(t, &f, 3, 3);
	}
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(drawer.count, 10);
	for (size_t i = 0; i < drawer.count; i++) {
		const struct flow *f = &drawer.flows[i];

		cr_assert_eq(f->end, i < 9 ? FLOW_END_ACTIVE : FLOW_END_FORCED);
		cr_assert_eq(f->id, drawer.flows[0].id);
		cr_assert_eq(f->first_ns, HELP_T0 + i * 10 * HELP_S);
		cr_assert_eq(f->last_ns, HELP_T0 + (i * 10 + 9) * HELP_S);
		cr_assert_eq(f->side[0].port, 1000);
		packets += f->side[0].packets + f->side[1].packets;
		bytes += f->side[0].bytes + f->side[1].bytes;
		frames += f->side[0].frame_bytes + f->side[1].frame_bytes;
		errors += f->side[0].icmp_errors + f->side[1].icmp_errors;
	}
	cr_assert_eq(packets, 100);
	cr_assert_eq(bytes, 10000);
	cr_assert_eq(frames, 11400);
	cr_assert_eq(errors, 100);
	cr_assert_eq(help_counts(t).added, 1);
	cr_assert_eq(help_counts(t).live, 0);
	flow_table_close(t);
}

Test(table, without_a_reader_of_records_a_long_flow_stays_whole)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t;

	config.active_timeout_ns = 10 * HELP_S;
	t = help_open(&config);
	for (unsigned i = 0; i < 100; i++)
		help_put(t, help_udp(HELP_T0 + i * HELP_S, false));
	cr_assert_eq(help_only_flow(t).side[0].packets, 100);
	flow_table_close(t);
}

Test(table, a_full_table_lets_the_longest_idle_go)
{
	struct flow_table_config config = help_config(10, &drawer);
	struct flow_table *t = help_open(&config);

	for (uint32_t i = 0; i < 10; i++)
		help_put(t, help_facts(4, HELP_UDP, i, 1, 99, 2, HELP_T0 + i));
	/* 0 to 4 speak again: 5 is the longest idle one. */
	for (uint32_t i = 0; i < 5; i++)
		help_put(t, help_facts(4, HELP_UDP, i, 1, 99, 2,
				       HELP_T0 + 100 + i));
	for (uint32_t i = 10; i < 20; i++)
		help_put(t, help_facts(4, HELP_UDP, i, 1, 99, 2,
				       HELP_T0 + 200 + i));
	cr_assert_eq(drawer.count, 10);
	for (size_t i = 0; i < 10; i++) {
		cr_assert_eq(drawer.flows[i].end, FLOW_END_EVICTED);
		cr_assert_eq(drawer.flows[i].side[0].addr[3], (i + 5) % 10);
	}
	cr_assert_eq(help_counts(t).evicted, 10);
	cr_assert_eq(help_counts(t).live, 10);
	cr_assert_eq(help_counts(t).no_room, 0);
	flow_table_close(t);
}

Test(table, a_closed_connection_goes_before_an_idle_flow)
{
	struct flow_table_config config = help_config(3, &drawer);
	struct flow_table *t = help_open(&config);

	help_put(t, help_facts(4, HELP_UDP, 7, 1, 99, 2, HELP_T0));
	put_connection(t, HELP_T0 + 10, 1);
	put_close(t, HELP_T0 + 20);
	help_put(t, help_facts(4, HELP_UDP, 8, 1, 99, 2, HELP_T0 + 30));
	help_put(t, help_facts(4, HELP_UDP, 9, 1, 99, 2, HELP_T0 + 40));
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].proto, HELP_TCP);
	help_put(t, help_facts(4, HELP_UDP, 10, 1, 99, 2, HELP_T0 + 50));
	cr_assert_eq(drawer.flows[1].side[0].addr[3], 7);
	flow_table_close(t);
}

Test(table, a_flood_does_not_push_out_flows_with_traffic)
{
	struct flow_table_config config = help_config(4096, &drawer);
	struct flow_table *t = help_open(&config);
	const uint32_t flood = 100000;

	/* 100 000 flows in 10 s; ten steady ones have a packet every 50 ms. */
	for (uint32_t i = 0; i < flood; i++) {
		uint64_t at = HELP_T0 + (uint64_t)i * 10 * HELP_S / flood;

		if (i % 50 == 0)
			help_put(t, help_facts(4, HELP_UDP, i / 50 % 10, 5, 99,
					       6, at));
		help_put(t, help_facts(4, HELP_UDP, i, 1, 99, 2, at));
	}
	for (size_t i = 0; i < drawer.count; i++)
		cr_assert_neq(drawer.flows[i].side[0].port, 5,
			      "a steady flow was evicted");
	cr_assert_eq(help_counts(t).live, 4096);
	cr_assert_eq(help_counts(t).evicted, flood + 10 - 4096);
	flow_table_close(t);
}

Test(table, room_for_one_flow_is_enough)
{
	struct flow_table_config config = help_config(1, &drawer);
	struct flow_table *t = help_open(&config);
	struct flow_facts batch[FLOW_BATCH_MAX];

	for (uint32_t i = 0; i < FLOW_BATCH_MAX; i++)
		batch[i] =
			help_facts(4, HELP_UDP, i / 2, 1, 99, 2, HELP_T0 + i);
	flow_table_put(t, batch, FLOW_BATCH_MAX);
	cr_assert_eq(drawer.count, FLOW_BATCH_MAX / 2 - 1);
	for (size_t i = 0; i < drawer.count; i++)
		cr_assert_eq(drawer.flows[i].side[0].packets, 2);
	cr_assert_eq(help_counts(t).live, 1);
	flow_table_close(t);
}

Test(table, room_for_none_or_too_many_is_an_error_that_says_so)
{
	struct flow_table_config config = help_config(0, NULL);
	struct err e;

	cr_assert_null(flow_table_open(&config, &e));
	cr_assert_neq(strstr(e.text, "1 to"), NULL, "%s", e.text);
	config.max_flows = UINT32_MAX;
	cr_assert_null(flow_table_open(&config, &e));
}

Test(table, an_id_finds_its_flow_and_no_other)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t, *other;
	struct flow f, g;
	uint64_t id;

	t = help_open(&config);
	config.number = 1;
	other = help_open(&config);
	help_put(t, help_udp(HELP_T0, false));
	help_put(other, help_udp(HELP_T0, false));
	f = help_only_flow(t);
	id = f.id;
	cr_assert(flow_table_read_id(t, id, &g));
	cr_assert_eq(memcmp(&f, &g, sizeof(f)), 0);
	cr_assert_not(flow_table_read_id(other, id, &g),
		      "ids of two tables differ");
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_not(flow_table_read_id(t, id, &g));
	help_put(t, help_udp(HELP_T0 + 1, false));
	cr_assert_not(flow_table_read_id(t, id, &g), "an id is not used twice");
	cr_assert_not(flow_table_read_id(t, UINT64_MAX, &g));
	cr_assert_not(flow_table_read_id(t, 0, &g));
	flow_table_close(t);
	flow_table_close(other);
}

Test(table, rates_are_those_of_the_last_whole_second)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow f;

	for (unsigned i = 0; i < 10; i++)
		help_put(t, help_udp(HELP_T0 + i * HELP_S / 10, i % 5 == 0));
	cr_assert_eq(flow_table_rate_bytes(t, 0), 0, "the second is not over");
	flow_table_tick(t, HELP_T0 + HELP_S);
	cr_assert_eq(flow_table_rate_bytes(t, 0), 1000);
	f = help_only_flow(t);
	/* The first packet was from port 53. */
	cr_assert_eq(f.side[0].rate_bits, 200 * 8);
	cr_assert_eq(f.side[1].rate_bits, 800 * 8);
	help_put(t, help_udp(HELP_T0 + HELP_S + 1, false));
	cr_assert_eq(flow_table_rate_bytes(t, 0), 1000);
	flow_table_tick(t, HELP_T0 + 2 * HELP_S);
	cr_assert_eq(flow_table_rate_bytes(t, 0), 100);
	flow_table_tick(t, HELP_T0 + 3 * HELP_S);
	cr_assert_eq(flow_table_rate_bytes(t, 0), 0);
	/* After a pause the old windows say nothing. */
	help_put(t, help_udp(HELP_T0 + 9 * HELP_S, false));
	cr_assert_eq(flow_table_rate_bytes(t, 0), 0);
	flow_table_tick(t, HELP_T0 + 10 * HELP_S);
	cr_assert_eq(flow_table_rate_bytes(t, 0), 100);
	flow_table_close(t);
}

Test(table, a_rate_saturates)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);

	for (unsigned i = 0; i < 3; i++) {
		struct flow_facts f = help_udp(HELP_T0 + i, i == 2);

		f.bytes = UINT32_MAX;
		help_put(t, f);
	}
	flow_table_tick(t, HELP_T0 + HELP_S);
	cr_assert_eq(flow_table_rate_bytes(t, 0), UINT32_MAX);
	cr_assert_eq(help_only_flow(t).side[0].rate_bits,
		     UINT64_C(8) * UINT32_MAX);
	cr_assert_eq(help_only_flow(t).side[0].bytes, UINT64_C(2) * UINT32_MAX);
	flow_table_close(t);
}

Test(table, times_that_jump_back_keep_the_flow_and_its_span)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);
	struct flow f;

	help_put(t, help_udp(HELP_T0 + 1000 * HELP_S, false));
	help_put(t, help_udp(HELP_T0, false));
	help_put(t, help_udp(HELP_T0 + 1, true));
	for (unsigned i = 0; i < 50; i++)
		help_put(t, help_udp(HELP_T0 + 2 + i, false));
	cr_assert_eq(drawer.count, 0);
	f = help_only_flow(t);
	cr_assert_eq(f.first_ns, HELP_T0);
	cr_assert_eq(f.last_ns, HELP_T0 + 1000 * HELP_S);
	cr_assert_eq(f.side[0].packets + f.side[1].packets, 53);
	/* A flow that is all in the past is not idle because of it. */
	for (unsigned i = 0; i < 50; i++)
		help_put(t, help_facts(4, HELP_UDP, 5, 5, 6, 6, HELP_T0 + i));
	cr_assert_eq(drawer.count, 0);
	cr_assert_eq(help_counts(t).live, 2);
	flow_table_end_all(t, FLOW_END_FORCED);
	cr_assert_eq(help_counts(t).forced, 2);
	flow_table_close(t);
}

Test(table, a_jump_ahead_of_years_ends_what_was_and_goes_on)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);
	uint64_t far = HELP_T0 + 20 * 365 * 86400 * HELP_S;

	help_put(t, help_udp(HELP_T0, false));
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(drawer.count, 0);
		help_put(t, help_facts(4, HELP_UDP, 5, 5, 6, 6, far));
	}
	cr_assert_eq(drawer.count, 1);
	cr_assert_eq(drawer.flows[0].end, FLOW_END_IDLE);
	help_put(t, help_udp(far + 2, false));
	cr_assert_eq(help_counts(t).live, 2);
	flow_table_close(t);
}

Test(table, packets_without_a_time_have_the_clocks)
{
	struct flow_table_config config = help_config(16, &drawer);
	struct flow_table *t = help_open(&config);

	help_put(t, help_udp(0, false));
	help_put(t, help_udp(0, false));
	cr_assert_eq(help_only_flow(t).side[0].packets, 2);
	help_put(t, help_facts(4, HELP_UDP, 5, 5, 6, 6, HELP_T0));
	help_put(t, help_udp(0, false));
	cr_assert_eq(help_counts(t).wire_packets, 4);
	flow_table_close(t);
}

Test(table, an_icmp_error_is_credited_to_the_flow_it_quotes)
{
	struct flow_table_config config = help_config(16, NULL);
	struct flow_table *t = help_open(&config);
	struct flow_facts quoted = help_udp(0, false);
	struct flow_facts back = help_udp(0, true);
	struct flow f;

	cr_assert_not(flow_table_put_quoted(t, &quoted, 3, 3));
	help_put(t, help_udp(HELP_T0, false));
	cr_assert(flow_table_put_quoted(t, &quoted, 3, 3));
	cr_assert(flow_table_put_quoted(t, &quoted, 11, 1));
	f = help_only_flow(t);
	cr_assert_eq(f.side[0].icmp_errors, 2);
	cr_assert_eq(f.side[1].icmp_errors, 0);
	cr_assert_eq(f.icmp_error_type, 11);
	cr_assert_eq(f.icmp_error_code, 1);
	cr_assert(flow_table_put_quoted(t, &back, 3, 0));
	f = help_only_flow(t);
	cr_assert_eq(f.side[1].icmp_errors, 1);
	cr_assert_eq(f.icmp_error_type, 3);
	cr_assert_eq(f.icmp_error_code, 0);
	cr_assert_eq(f.side[0].packets, 1);
	cr_assert_eq(help_counts(t).quoted, 3);
	flow_table_close(t);
}

Test(table, a_flow_takes_less_than_200_bytes)
{
	struct flow_table_config config = help_config(1 << 20, NULL);
	struct flow_table *t = help_open(&config);

	cr_assert_lt((double)flow_table_memory_bytes(t) / (1 << 20), 200.0);
	flow_table_close(t);
}

Test(table, every_end_is_counted_once)
{
	struct flow_table_config config = help_config(40, &drawer);
	struct flow_table *t = help_open(&config);
	struct flow_table_counts c;
	uint64_t state = 5, at = HELP_T0;

	for (uint32_t i = 0; i < 3000; i++) {
		/* Slowly, so that flows are idle, then too fast for room. */
		at += i < 1500 ? 2 * HELP_S : HELP_S / 10;
		help_put(t, help_facts(4, HELP_UDP,
				       (uint32_t)help_random(&state) % 200, 1,
				       99, 2, at));
	}
	flow_table_end_all(t, FLOW_END_FORCED);
	c = help_counts(t);
	cr_assert_eq(c.live, 0);
	cr_assert_gt(c.idle, 0);
	cr_assert_gt(c.evicted, 0);
	cr_assert_gt(c.forced, 0);
	cr_assert_eq(c.added, c.idle + c.closed + c.evicted + c.forced);
	cr_assert_eq(drawer.count, c.added);
	flow_table_close(t);
}
