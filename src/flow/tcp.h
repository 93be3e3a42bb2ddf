/*
 * tcp.h: the state of a TCP connection seen from outside (RFC 9293, figure
 * 5). An onlooker misses segments and sees them twice or out of order, so the
 * state is a function of what each end has been seen to send, not of the last
 * transition.
 */
#ifndef RAWTOP_FLOW_TCP_H
#define RAWTOP_FLOW_TCP_H

#include "flow/flow.h"

#include <stdbool.h>
#include <stdint.h>

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_PSH 0x08
#define TCP_FLAG_ACK 0x10

/* What one end has been seen to send; TCP_SENT_BITS of them. */
enum tcp_sent {
	TCP_SENT_SYN = 0x01,	 /* SYN without ACK */
	TCP_SENT_SYN_ACK = 0x02, /* SYN with ACK */
	TCP_SENT_OTHER = 0x04,	 /* any segment that is neither SYN nor RST */
	TCP_SENT_FIN = 0x08,
	TCP_SENT_RST = 0x10,
};
#define TCP_SENT_BITS 5
#define TCP_SENT_MASK 0x1f

/* What one more segment with these flags adds to `sent`. */
uint8_t tcp_sent_add(uint8_t sent, uint8_t tcp_flags);

/* The state of a connection whose ends have sent this; symmetric. */
enum flow_state tcp_state(uint8_t sent_a, uint8_t sent_b);

/* Is the connection over? Such flows are kept for the linger time only. */
static inline bool tcp_state_over(enum flow_state state)
{
	return state == FLOW_CLOSED || state == FLOW_RESET;
}

/* Does a segment with these flags ask for a connection? A FIN beside the SYN
 * does no harm; an RST is looked at first (RFC 9293 3.10.7.2). */
static inline bool tcp_flags_open(uint8_t tcp_flags)
{
	return (tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST)) ==
	       TCP_FLAG_SYN;
}

/*
 * Does a SYN with sequence number `seq` begin another connection on the same
 * pair of ports? It does when it is not the SYN (or, of a connection seen
 * from its middle on, not what came before the first segment) of the sender,
 * `base`: a new connection's number comes from a clock (RFC 9293 3.4.1). The
 * same number is the same attempt once more, even after a reset or a close.
 * This is the rule that tshark splits conversations by.
 */
bool tcp_syn_is_new(bool base_known, uint32_t base, uint32_t seq);

#endif
