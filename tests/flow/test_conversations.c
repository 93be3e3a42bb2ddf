/*
 * When packets on one pair of ports are another conversation, and what becomes
 * of packets without a time.
 */
#include "flow/table.h"
#include "flow/tcp.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <string.h>

#define FIN	TCP_FLAG_FIN
#define SYN	TCP_FLAG_SYN
#define RST	TCP_FLAG_RST
#define ACK	TCP_FLAG_ACK
#define START	(1700000000 * CLOCK_NS_PER_S)
#define RECORDS 8

/* One segment; the client is the lower end. */
struct segment {
	enum flow_direction from;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
};
#define CLIENT FLOW_AB
#define SERVER FLOW_BA

#define HANDSHAKE                                                              \
	{CLIENT, SYN, 100, 0}, {SERVER, SYN | ACK, 500, 101},                  \
	{                                                                      \
		CLIENT, ACK, 101, 501                                          \
	}
#define CLOSE                                                                  \
	{CLIENT, FIN | ACK, 101, 501}, {SERVER, FIN | ACK, 501, 102},          \
	{                                                                      \
		CLIENT, ACK, 102, 502                                          \
	}

struct told {
	struct flow flow[RECORDS];
	unsigned count;
};

static void told_add(void *context, const struct flow *flow)
{
	struct told *told = context;

	cr_assert_lt(told->count, RECORDS);
	told->flow[told->count++] = *flow;
}

static struct flow_table *table_for(struct told *told)
{
	struct flow_table_config config = {
		.max_flows = 100,
		.idle_timeout_ns = 60 * CLOCK_NS_PER_S,
		.closed_linger_ns = 60 * CLOCK_NS_PER_S,
		.ended = told_add,
		.context = told,
	};
	struct err e;
	struct flow_table *t = flow_table_open(&config, &e);

	cr_assert_not_null(t, "%s", e.text);
	told->count = 0;
	return t;
}

static struct flow_facts facts_of(const struct segment *s, uint64_t time_ns)
{
	struct flow_facts f = {
		.time_ns = time_ns,
		.bytes = 40,
		.frame_bytes = 54,
		.seq = s->seq,
		.ack = s->ack,
		.tcp_flags = s->flags,
		.direction = (uint8_t)s->from,
		.packet_flags = PACKET_FLAG_OFFLINE,
		.ports_known = true,
		.transport_known = true,
		.key = {.version = 4, .proto = 6, .port = {1000, 80}},
	};

	f.key.addr[0][0] = 10;
	f.key.addr[1][0] = 11;
	return f;
}

/* Puts the segments a second apart; the conversations they make. */
static struct told converse(const struct segment *s, unsigned count)
{
	struct told told;
	struct flow_table *t = table_for(&told);

	for (unsigned i = 0; i < count; i++) {
		struct flow_facts f =
			facts_of(&s[i], START + i * CLOCK_NS_PER_S);

		flow_table_put(t, &f, 1);
	}
	flow_table_end_all(t, FLOW_END_FORCED);
	flow_table_close(t);
	return told;
}

static uint64_t packets_of(const struct flow *f)
{
	return f->side[0].packets + f->side[1].packets;
}

#define CONVERSE(...)                                                          \
	converse((const struct segment[]){__VA_ARGS__},                        \
		 sizeof((const struct segment[]){__VA_ARGS__}) /               \
			 sizeof(struct segment))

Test(conversations, a_syn_with_another_number_begins_one)
{
	struct told told = CONVERSE(HANDSHAKE, {CLIENT, SYN, 900, 0},
				    {SERVER, SYN | ACK, 700, 901});

	cr_assert_eq(told.count, 2);
	cr_assert_eq(packets_of(&told.flow[0]), 3);
	cr_assert_eq(told.flow[0].end, FLOW_END_CLOSED);
	cr_assert_eq(packets_of(&told.flow[1]), 2);
	cr_assert_eq(told.flow[1].state, FLOW_SYN_ACK);
}

Test(conversations, a_syn_sent_again_begins_none)
{
	struct told told = CONVERSE({CLIENT, SYN, 100, 0},
				    {CLIENT, SYN, 100, 0}, HANDSHAKE);

	cr_assert_eq(told.count, 1);
	cr_assert_eq(packets_of(&told.flow[0]), 5);
	cr_assert_eq(told.flow[0].state, FLOW_ESTABLISHED);
}

Test(conversations, a_refused_syn_sent_again_is_the_same_attempt)
{
	struct told told = CONVERSE({CLIENT, SYN, 100, 0},
				    {SERVER, RST | ACK, 0, 101}, HANDSHAKE);

	cr_assert_eq(told.count, 1);
	cr_assert_eq(packets_of(&told.flow[0]), 5);
	cr_assert_eq(told.flow[0].state, FLOW_ESTABLISHED);
}

Test(conversations, the_same_number_after_a_close_is_the_same_conversation)
{
	struct told told = CONVERSE(HANDSHAKE, CLOSE, {CLIENT, SYN, 100, 0});

	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.flow[0].state, FLOW_SYN);
}

Test(conversations, another_number_after_a_close_is_another_conversation)
{
	struct told told = CONVERSE(HANDSHAKE, CLOSE, {CLIENT, SYN, 103, 0});

	cr_assert_eq(told.count, 2);
	cr_assert_eq(told.flow[0].state, FLOW_CLOSED);
	cr_assert_eq(packets_of(&told.flow[0]), 6);
}

Test(conversations, an_end_counts_once_more_after_a_new_beginning)
{
	struct told told = CONVERSE(HANDSHAKE, CLOSE, HANDSHAKE, CLOSE);

	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.flow[0].state, FLOW_CLOSED);
	cr_assert_eq(packets_of(&told.flow[0]), 12);
}

Test(conversations, a_fin_beside_the_syn_does_no_harm_but_an_rst_does)
{
	struct told fin = CONVERSE(HANDSHAKE, {CLIENT, SYN | FIN, 900, 0});
	struct told rst = CONVERSE(HANDSHAKE, {CLIENT, SYN | RST, 900, 0});

	cr_assert_eq(fin.count, 2);
	cr_assert_eq(rst.count, 1);
	cr_assert_eq(rst.flow[0].state, FLOW_RESET);
}

/* 100 would be the first byte: the connection's SYN was 99. */
Test(conversations, seen_from_the_middle_the_first_byte_tells_the_syn)
{
	struct told told =
		CONVERSE({CLIENT, ACK, 100, 500}, {CLIENT, SYN, 99, 0},
			 {SERVER, SYN, 499, 0}, {CLIENT, SYN, 100, 0});

	cr_assert_eq(told.count, 2);
	cr_assert_eq(packets_of(&told.flow[0]), 3);
}

Test(times, packets_without_any_have_records)
{
	const struct segment segments[] = {HANDSHAKE};
	struct told told;
	struct flow_table *t = table_for(&told);

	for (unsigned i = 0; i < 3; i++) {
		struct flow_facts f = facts_of(&segments[i], 0);

		flow_table_put(t, &f, 1);
	}
	flow_table_end_all(t, FLOW_END_FORCED);
	flow_table_close(t);
	cr_assert_eq(told.count, 1);
	cr_assert_eq(packets_of(&told.flow[0]), 3);
	cr_assert_eq(told.flow[0].state, FLOW_ESTABLISHED);
}

Test(times, a_flow_without_a_time_is_idle_when_times_begin)
{
	const struct segment segment = {CLIENT, ACK, 101, 501};
	struct flow_facts none = facts_of(&segment, 0);
	struct flow_facts later = facts_of(&segment, START);
	struct told told;
	struct flow_table *t = table_for(&told);

	flow_table_put(t, &none, 1);
	flow_table_put(t, &later, 1);
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.flow[0].end, FLOW_END_IDLE);
	flow_table_end_all(t, FLOW_END_FORCED);
	flow_table_close(t);
	cr_assert_eq(told.count, 2);
	cr_assert_eq(told.flow[1].first_ns, START);
}
