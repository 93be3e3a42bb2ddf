/*
 * column_parts.h: inside this room: what columns, filters and records all
 * read from a flow.
 */
#ifndef RAWTOP_FLOW_COLUMN_PARTS_H
#define RAWTOP_FLOW_COLUMN_PARTS_H

#include "flow/columns.h"

#include <netinet/in.h>

/*
 * The parts of a flow that a column or a term reads, beyond version, protocol,
 * VLAN and ICMP type, so that a scan over all flows reads no more.
 */
enum flow_part {
	FLOW_PART_NONE = 0,
	FLOW_PART_ENDS = 1,   /* addresses and ports */
	FLOW_PART_COUNTS = 2, /* packets and bytes, wire or host */
	FLOW_PART_RATES = 4,
	FLOW_PART_FIRST = 8,	 /* first times */
	FLOW_PART_LAST = 16,	 /* last times */
	FLOW_PART_HEADERS = 32,	 /* ttl, tos, TCP flags, seq, iface */
	FLOW_PART_VERDICTS = 64, /* with both times */
	FLOW_PART_STATE = 128,
};

/* Do both ends have a port? (The SCTP and DCCP ports stand where UDP's do.) */
static inline bool flow_has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP ||
	       proto == IPPROTO_UDPLITE;
}

static inline bool flow_has_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

/* An echo request (RFC 792, RFC 4443): one ping's, told by its identifier. */
static inline bool flow_is_echo(const struct flow *f)
{
	return (f->proto == IPPROTO_ICMP && f->icmp_type == 8) ||
	       (f->proto == IPPROTO_ICMPV6 && f->icmp_type == 128);
}

/* What is known of a direction: the wire's word, else what the host took. */
static inline uint64_t flow_side_packets(const struct flow_side *s)
{
	return s->packets ? s->packets : s->host_packets;
}

static inline uint64_t flow_side_bytes(const struct flow_side *s)
{
	return s->packets ? s->bytes : s->host_bytes;
}

static inline uint64_t flow_bytes(const struct flow *f)
{
	return flow_side_bytes(&f->side[0]) + flow_side_bytes(&f->side[1]);
}

static inline uint64_t flow_packets(const struct flow *f)
{
	return flow_side_packets(&f->side[0]) + flow_side_packets(&f->side[1]);
}

static inline uint64_t flow_refused(const struct flow *f)
{
	return f->side[0].refused + f->side[1].refused;
}

static inline uint64_t flow_rate_bits(const struct flow *f)
{
	return f->side[0].rate_bits + f->side[1].rate_bits;
}

/* The verdict that is shown of a flow: the worst of its two directions. */
enum flow_verdict column_verdict(const struct flow *flow);

/* Packet times may be ahead of the clock that is shown. */
static inline uint64_t column_since_ns(uint64_t now_ns, uint64_t then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* The direction whose packet came last. */
static inline const struct flow_side *flow_side_newest(const struct flow *f)
{
	return &f->side[f->side[1].last_ns > f->side[0].last_ns];
}

/* The FLOW_PART_… that the column's rank reads. */
unsigned column_parts(enum column column);

/* The cell of COLUMN_STATE. */
void column_put_state(struct text *t, const struct flow *flow);

/* The table's own words for an ICMP message, or NULL. */
const char *column_icmp_label(uint8_t proto, uint8_t type, uint8_t code);

/*
 * Texts do not fit one number: flows order by rank 0, then rank 1, up to
 * column_levels(column) - 1. Rank 0 is column_rank.
 */
#define COLUMN_LEVELS_MAX 3
unsigned column_levels(enum column column);
uint64_t column_rank_level(enum column column, const struct flow *flow,
			   uint64_t now_ns, unsigned level);

/*
 * Marks in bits[0..65535] every port of the protocol whose shown service name
 * holds `part` (any case).
 */
#define COLUMN_PORT_WORDS (65536 / 64)
void column_services_mark(const struct column_services *s, uint8_t proto,
			  const char *part, uint64_t bits[COLUMN_PORT_WORDS]);

#endif
