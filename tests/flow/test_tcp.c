/* The state of a connection as an onlooker tells it. */
#include "flow/tcp.h"

#include <criterion/criterion.h>

#define SYN TCP_FLAG_SYN
#define ACK TCP_FLAG_ACK
#define FIN TCP_FLAG_FIN
#define RST TCP_FLAG_RST

/* Segments as text: > from a, < from b; s S(yn+ack) a f r; to the state. */
static enum flow_state state_after(const char *segments)
{
	uint8_t sent[2] = {0, 0};
	unsigned side = 0;

	for (; *segments; segments++) {
		uint8_t flags;

		switch (*segments) {
		case '>':
			side = 0;
			continue;
		case '<':
			side = 1;
			continue;
		case 's':
			flags = SYN;
			break;
		case 'S':
			flags = SYN | ACK;
			break;
		case 'f':
			flags = FIN | ACK;
			break;
		case 'r':
			flags = RST;
			break;
		default:
			flags = ACK;
			break;
		}
		sent[side] = tcp_sent_add(sent[side], flags);
	}
	cr_assert_eq(tcp_state(sent[0], sent[1]), tcp_state(sent[1], sent[0]),
		     "the state does not hang on who is called a");
	return tcp_state(sent[0], sent[1]);
}

#define EXPECT(segments, state)                                                \
	cr_assert_eq(state_after(segments), FLOW_##state, "%s", segments)

Test(tcp, a_connection_runs_through_its_states)
{
	EXPECT(">s", SYN);
	EXPECT(">s<S", SYN_ACK);
	EXPECT(">s<S>a", ESTABLISHED);
	EXPECT(">s<S>a<a>a", ESTABLISHED);
	EXPECT(">s<S>a<f", FIN);
	EXPECT(">s<S>a<f>a", FIN);
	EXPECT(">s<S>a<f>f", CLOSED);
	EXPECT(">s<S>a<f>f<a", CLOSED);
}

Test(tcp, segments_lost_or_out_of_order_lead_to_the_same_state)
{
	EXPECT("<S>s", SYN_ACK);
	EXPECT(">a<S>s", ESTABLISHED);
	EXPECT("<S>a", ESTABLISHED);
	EXPECT(">s>s>s", SYN);
	EXPECT(">f>s<S>a<f", CLOSED);
}

Test(tcp, a_connection_seen_from_its_middle_is_told_by_both_ends)
{
	EXPECT(">a", MIDSTREAM);
	EXPECT(">a>a", MIDSTREAM);
	EXPECT(">a<a", ESTABLISHED);
	EXPECT(">f", FIN);
}

Test(tcp, both_ends_may_open_at_once)
{
	EXPECT(">s<s", SYN);
	EXPECT(">s<s>S<S", ESTABLISHED);
}

Test(tcp, a_reset_ends_what_is_open_and_nothing_else)
{
	EXPECT(">s<r", RESET);
	EXPECT(">s<S>a>r", RESET);
	EXPECT(">s<S>a<f>r", RESET);
	EXPECT(">s<S>a<f>f<r", CLOSED);
}

Test(tcp, a_syn_with_its_own_number_again_is_the_same_attempt)
{
	cr_assert_not(tcp_syn_is_new(true, 7, 7));
	cr_assert_not(tcp_syn_is_new(false, 0, 7));
}

Test(tcp, a_syn_with_another_number_is_a_new_connection)
{
	cr_assert(tcp_syn_is_new(true, 7, 8));
	cr_assert(tcp_syn_is_new(true, UINT32_MAX, 0));
}

Test(tcp, a_syn_without_ack_or_reset_asks_for_a_connection)
{
	cr_assert(tcp_flags_open(SYN));
	cr_assert(tcp_flags_open(SYN | TCP_FLAG_PSH));
	cr_assert(tcp_flags_open(SYN | FIN));
	cr_assert_not(tcp_flags_open(SYN | ACK));
	cr_assert_not(tcp_flags_open(SYN | RST));
	cr_assert_not(tcp_flags_open(ACK));
}
