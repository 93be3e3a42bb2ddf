/*
 * step_transport.c: what ends the walk on IP, TCP and UDP aside.
 */
#include "wire/step.h"

#define TRANSPORT_WORD 4u
/* DCCP with 48-bit sequence numbers (RFC 4340, 5.1). */
#define DCCP_EXTENDED_BYTES 16u
/* Type, code, checksum: the part that every message has. */
#define ICMPV6_LEAST_BYTES 4u

/* A header of fixed length behind which rawtop looks no further. */
static enum proto step_fixed(struct walk *w, enum proto proto, uint32_t bytes)
{
	if (!walk_has(w, bytes))
		return walk_short_cut(*w, proto, bytes, STEP_TRANSPORT_ENOUGH);
	walk_enter_transport(w, proto, bytes);
	return PROTO_NONE;
}

enum proto step_udplite(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, UDPLITE_BYTES))
		return walk_short_cut(*w, PROTO_UDPLITE, UDPLITE_BYTES,
				      STEP_TRANSPORT_ENOUGH);
	if (!walk_enter_transport(w, PROTO_UDPLITE, UDPLITE_BYTES))
		return PROTO_NONE;
	if (udplite_coverage(h) != 0 && udplite_coverage(h) < UDPLITE_BYTES)
		return walk_malformed(w, PROTO_UDPLITE);
	return PROTO_NONE;
}

enum proto step_sctp(struct walk *w)
{
	return step_fixed(w, PROTO_SCTP, SCTP_BYTES);
}

enum proto step_igmp(struct walk *w)
{
	return step_fixed(w, PROTO_IGMP, IGMP_BYTES);
}

enum proto step_esp(struct walk *w)
{
	return step_fixed(w, PROTO_ESP, ESP_BYTES);
}

enum proto step_dccp(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t least, header;

	if (!walk_has(w, DCCP_BYTES))
		return walk_short_cut(*w, PROTO_DCCP, DCCP_BYTES,
				      STEP_TRANSPORT_ENOUGH);
	least = dccp_extended(h) ? DCCP_EXTENDED_BYTES : DCCP_BYTES;
	header = dccp_header_words(h) * TRANSPORT_WORD;
	if (header < least) {
		if (!walk_enter_transport(w, PROTO_DCCP, DCCP_BYTES))
			return PROTO_NONE;
		return walk_malformed(w, PROTO_DCCP);
	}
	if (!walk_has(w, header))
		return walk_short_cut(*w, PROTO_DCCP, header, DCCP_BYTES);
	walk_enter_transport(w, PROTO_DCCP, header);
	return PROTO_NONE;
}

enum proto step_icmp(struct walk *w)
{
	return step_fixed(w, PROTO_ICMP, ICMP_BYTES);
}

/* Every message has four bytes (RFC 4443, 2.1), and some have only six
 * (RFC 6550, 6.2). */
enum proto step_icmpv6(struct walk *w)
{
	uint32_t rest = w->limit - w->at;
	uint32_t bytes = rest < ICMPV6_BYTES ? rest : (uint32_t)ICMPV6_BYTES;

	if (bytes < ICMPV6_LEAST_BYTES)
		bytes = ICMPV6_LEAST_BYTES;
	return step_fixed(w, PROTO_ICMPV6, bytes);
}

enum proto step_other(struct walk *w)
{
	walk_enter_transport(w, PROTO_OTHER, 0);
	return PROTO_NONE;
}
