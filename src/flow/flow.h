/*
 * flow.h: a flow as the screen and the records read it: a whole copy, wide
 * types, ends in the order initiator, responder.
 */
#ifndef RAWTOP_FLOW_FLOW_H
#define RAWTOP_FLOW_FLOW_H

#include "flow/key.h"

#include <stdbool.h>
#include <stdint.h>

/* The state of a flow's connection; for protocols without one, ACTIVE. */
enum flow_state {
#define STATE(name, label, help) FLOW_##name,
#include "flow/state.def"
#undef STATE
	FLOW_STATE_COUNT
};

/* Why a flow's record was made. */
enum flow_end {
#define END(name, label, help) FLOW_END_##name,
#include "flow/end.def"
#undef END
	FLOW_END_COUNT
};

/* What the host vantage says of the inbound packets of one direction. */
enum flow_verdict {
	FLOW_VERDICT_NONE,    /* not asked: other vantage, foreign, outbound */
	FLOW_VERDICT_WAITING, /* within the grace time */
	FLOW_VERDICT_UNSURE,  /* packets were lost, or it ended too soon */
	FLOW_VERDICT_ACCEPTED,
	FLOW_VERDICT_REFUSED,	 /* `refused` packets were not accepted */
	FLOW_VERDICT_REDIRECTED, /* it arrives under another address or port,
				    here or behind this host (DNAT, or the
				    answers to what is masqueraded) */
};

/* One direction. Index 0 is initiator to responder. */
struct flow_side {
	uint8_t addr[16];
	uint16_t port;	       /* of the sender of this direction */
	uint64_t packets;      /* on the wire (or in the file) */
	uint64_t bytes;	       /* IP total length */
	uint64_t frame_bytes;  /* on the link */
	uint64_t fragments;    /* later fragments among the packets */
	uint64_t host_packets; /* accepted by this host */
	uint64_t host_bytes;
	uint64_t copies;      /* further sights, not in packets */
	uint64_t icmp_errors; /* ICMP errors that quote this direction */
	uint64_t refused;
	uint64_t first_ns; /* 0: none yet */
	uint64_t last_ns;
	uint64_t rate_bits; /* per second, over the last whole window */
	uint32_t seq;
	uint32_t ack;
	uint32_t flow_label;
	uint32_t iface; /* where the packets that count were seen */
	uint16_t window;
	uint16_t ip_id;
	uint8_t ttl;
	uint8_t tos;
	uint8_t tcp_flags; /* all seen, ored */
	uint8_t verdict;   /* enum flow_verdict */
};

struct flow {
	uint64_t id; /* never used twice in a run; see flow_table_read_id */
	uint64_t first_ns;
	uint64_t last_ns;
	struct flow_side side[2];
	uint8_t version;
	uint8_t proto;
	uint8_t state; /* enum flow_state */
	uint8_t end;   /* enum flow_end; FLOW_END_NONE while it lives */
	uint16_t vlan;
	uint8_t icmp_type; /* of the request, when proto is ICMP or ICMPv6 */
	uint8_t icmp_code;
	uint16_t icmp_id;
	uint8_t icmp_error_type; /* the last ICMP error that quoted the flow */
	uint8_t icmp_error_code;
};

/* "syn sent" …; never NULL. */
const char *flow_state_label(enum flow_state state);
const char *flow_end_label(enum flow_end end);

/*
 * The name of an IP protocol number, by the table of the IANA (the names that
 * /etc/protocols uses): "tcp"; NULL when it has none.
 */
const char *flow_proto_name(uint8_t number);

/* The number of a protocol by name (any case) or decimal text 0 to 255; -1
 * when there is none. Aliases: "icmpv6" and "ipv6-icmp" are both 58. */
int flow_proto_number(const char *text);

#endif
