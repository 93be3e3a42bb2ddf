#include "flow/tcp.h"

uint8_t tcp_sent_add(uint8_t sent, uint8_t tcp_flags)
{
	if (tcp_flags & TCP_FLAG_SYN)
		sent |= tcp_flags & TCP_FLAG_ACK ? TCP_SENT_SYN_ACK
						 : TCP_SENT_SYN;
	else if (!(tcp_flags & TCP_FLAG_RST))
		sent |= TCP_SENT_OTHER;
	if (tcp_flags & TCP_FLAG_FIN)
		sent |= TCP_SENT_FIN;
	if (tcp_flags & TCP_FLAG_RST)
		sent |= TCP_SENT_RST;
	return sent;
}

enum flow_state tcp_state(uint8_t sent_a, uint8_t sent_b)
{
	uint8_t either = sent_a | sent_b, both = sent_a & sent_b;
	const uint8_t opening = TCP_SENT_SYN | TCP_SENT_SYN_ACK;

	/* A reset behind both FINs ends nothing that was still open. */
	if (both & TCP_SENT_FIN)
		return FLOW_CLOSED;
	if (either & TCP_SENT_RST)
		return FLOW_RESET;
	if (either & TCP_SENT_FIN)
		return FLOW_FIN;
	if (both & TCP_SENT_OTHER)
		return FLOW_ESTABLISHED;
	/* The end that answered the SYN may not have spoken since. */
	if (((sent_a & TCP_SENT_SYN_ACK) && (sent_b & TCP_SENT_OTHER)) ||
	    ((sent_b & TCP_SENT_SYN_ACK) && (sent_a & TCP_SENT_OTHER)))
		return FLOW_ESTABLISHED;
	/* Both opened at once and each has acknowledged the other's SYN. */
	if (both & TCP_SENT_SYN_ACK)
		return FLOW_ESTABLISHED;
	if (either & TCP_SENT_SYN_ACK)
		return FLOW_SYN_ACK;
	if (either & opening)
		return FLOW_SYN;
	return FLOW_MIDSTREAM;
}

bool tcp_syn_is_new(bool base_known, uint32_t base, uint32_t seq)
{
	return base_known && base != seq;
}
