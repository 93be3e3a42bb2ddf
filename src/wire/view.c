/*
 * view.c: the loop, and the steps of what most traffic is made of.
 */
#include "wire/view.h"

#include "wire/edge.h"
#include "wire/step.h"

#include <assert.h>

/* More than any link carries; keeps offset + total length within 32 bits. */
#define VIEW_BYTES_MAX (1u << 30)

/* IEEE 802.3: a type field up to this is a length. */
#define ETHERNET_LENGTH_MAX 1500

#define VIEW_WORD 4u /* header lengths are counted in words of four bytes */

enum proto walk_short_cut(struct walk w, enum proto proto, uint32_t bytes,
			  uint32_t enough)
{
	struct walk entered = w;
	uint32_t there = w.bound - w.at;

	if (there < enough)
		return walk_short(&w, proto, bytes);
	if (!walk_enter_transport(&entered, proto, there))
		return PROTO_NONE;
	w.v->layer[w.v->count - 1].flags = VIEW_LAYER_CUT;
	return walk_short(&w, proto, bytes);
}

/* The steps of this file are what view_decode is made of. */
#define STEP_HOT inline __attribute__((always_inline))

/*
 * A type field is an EtherType, or a length of IEEE 802.3, behind which LLC
 * stands; the frame's padding is no part of it then.
 */
static STEP_HOT enum proto step_type(struct walk *w, uint16_t type)
{
	if (STEP_UNLIKELY(type <= ETHERNET_LENGTH_MAX && type > 0)) {
		walk_limit(w, w->at + type);
		return PROTO_LLC;
	}
	return edge_of_ethertype(type);
}

static STEP_HOT enum proto step_ethernet(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, ETHERNET_BYTES))
		return walk_short(w, PROTO_ETHERNET, ETHERNET_BYTES);
	if (!walk_enter(w, PROTO_ETHERNET, ETHERNET_BYTES))
		return PROTO_NONE;
	return step_type(w, ethernet_type(h));
}

static STEP_HOT enum proto step_vlan(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, VLAN_BYTES))
		return walk_short(w, PROTO_VLAN, VLAN_BYTES);
	if (!walk_enter(w, PROTO_VLAN, VLAN_BYTES))
		return PROTO_NONE;
	if (w->v->vlan == 0)
		w->v->vlan = vlan_id(h);
	return step_type(w, vlan_type(h));
}

/*
 * Enters an IP header of `header` bytes whose datagram has `total`, and makes
 * it the innermost one.
 */
static STEP_HOT bool step_enter_ip(struct walk *w, enum proto proto,
				   uint32_t header, uint32_t total)
{
	struct view *v = w->v;
	uint32_t end = w->at + total;

	if (!walk_enter(w, proto, header))
		return false;
	v->ip = (uint8_t)(v->count - 1);
	if (v->outer_ip == VIEW_NONE)
		v->outer_ip = v->ip;
	v->transport = VIEW_NONE;
	v->fragment = VIEW_WHOLE;
	v->end = end;
	if (end <= w->limit)
		w->lax = false;
	walk_limit(w, end);
	return true;
}

/* A header whose fixed part makes sense but whose options are cut off. */
static enum proto step_ipv4_cut(struct walk w, uint32_t header, uint32_t total)
{
	struct walk entered = w;

	if (!step_enter_ip(&entered, PROTO_IPV4, w.bound - w.at, total))
		return PROTO_NONE;
	w.v->layer[w.v->ip].flags = VIEW_LAYER_CUT;
	w.v->ip_proto = ipv4_protocol(walk_header(&w));
	return walk_short(&w, PROTO_IPV4, header);
}

static STEP_HOT enum proto step_ipv4(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t header, total;

	if (!walk_has(w, IPV4_BYTES))
		return walk_short(w, PROTO_IPV4, IPV4_BYTES);
	header = ipv4_header_words(h) * VIEW_WORD;
	total = ipv4_total_length(h);
	if (STEP_UNLIKELY(total == 0))
		total = w->limit - w->at;
	if (STEP_UNLIKELY(ipv4_version(h) != 4 || header < IPV4_BYTES ||
			  total < header))
		return walk_malformed(w, PROTO_IPV4);
	if (!walk_has(w, header))
		return step_ipv4_cut(*w, header, total);
	if (!step_enter_ip(w, PROTO_IPV4, header, total))
		return PROTO_NONE;
	w->v->ip_proto = ipv4_protocol(h);
	if (STEP_UNLIKELY(ipv4_fragment_offset(h) != 0)) {
		w->v->fragment = VIEW_FRAGMENT_LATER;
		return PROTO_NONE;
	}
	if (STEP_UNLIKELY(ipv4_mf(h))) {
		w->v->fragment = VIEW_FRAGMENT_FIRST;
		w->lax = true;
	}
	return edge_of_ip(ipv4_protocol(h));
}

static STEP_HOT enum proto step_ipv6(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t total;

	if (!walk_has(w, IPV6_BYTES))
		return walk_short(w, PROTO_IPV6, IPV6_BYTES);
	if (STEP_UNLIKELY(ipv6_version(h) != 6))
		return walk_malformed(w, PROTO_IPV6);
	total = IPV6_BYTES + ipv6_payload_length(h);
	/* A jumbogram (RFC 2675), or left to the hardware; but nothing follows
	 * where the next header says so. */
	if (STEP_UNLIKELY(total == IPV6_BYTES) &&
	    edge_of_ip(ipv6_next_header(h)) != PROTO_NONE)
		total = w->limit - w->at;
	if (!step_enter_ip(w, PROTO_IPV6, IPV6_BYTES, total))
		return PROTO_NONE;
	w->v->ip_proto = ipv6_next_header(h);
	return edge_of_ip(ipv6_next_header(h));
}

static STEP_HOT enum proto step_tcp(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t header;

	if (!walk_has(w, TCP_BYTES))
		return walk_short_cut(*w, PROTO_TCP, TCP_BYTES,
				      STEP_TRANSPORT_ENOUGH);
	header = tcp_header_words(h) * VIEW_WORD;
	if (STEP_UNLIKELY(header < TCP_BYTES)) {
		if (!walk_enter_transport(w, PROTO_TCP, TCP_BYTES))
			return PROTO_NONE;
		return walk_malformed(w, PROTO_TCP);
	}
	if (!walk_has(w, header))
		return walk_short_cut(*w, PROTO_TCP, header, TCP_BYTES);
	walk_enter_transport(w, PROTO_TCP, header);
	return PROTO_NONE;
}

/* What a UDP port announces, if the bytes behind the header agree. */
static enum proto step_udp_tunnel(struct view *v, uint32_t at, uint32_t limit,
				  uint32_t bound, uint16_t to, uint16_t from)
{
	struct walk w = {.v = v, .at = at, .limit = limit, .bound = bound};
	enum proto next = edge_of_udp(to);
	bool strictly = next == PROTO_NONE;

	if (strictly)
		next = edge_of_udp(from);
	return step_tunnel_is_plausible(&w, next, strictly) ? next : PROTO_NONE;
}

static STEP_HOT enum proto step_udp(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t begin = w->at, length;
	uint16_t from, to;

	if (!walk_has(w, UDP_BYTES))
		return walk_short_cut(*w, PROTO_UDP, UDP_BYTES,
				      STEP_TRANSPORT_ENOUGH);
	if (!walk_enter_transport(w, PROTO_UDP, UDP_BYTES))
		return PROTO_NONE;
	length = udp_length(h);
	/* 0 is the length of a jumbogram (RFC 2675). */
	if (STEP_UNLIKELY(length == 0 && w->limit - begin > UINT16_MAX))
		length = w->limit - begin;
	if (STEP_UNLIKELY(length < UDP_BYTES ||
			  (begin + length > w->limit && !w->lax)))
		return walk_malformed(w, PROTO_UDP);
	from = udp_source(h);
	to = udp_destination(h);
	if (STEP_LIKELY(edge_of_udp(to) == PROTO_NONE &&
			edge_of_udp(from) == PROTO_NONE))
		return PROTO_NONE;
	walk_limit(w, begin + length);
	return step_udp_tunnel(w->v, w->at, w->limit, w->bound, to, from);
}

static enum proto (*const steps[PROTO_COUNT])(struct walk *w) = {
	[PROTO_ETHERNET] = step_ethernet, [PROTO_LLC] = step_llc,
	[PROTO_VLAN] = step_vlan,	  [PROTO_MPLS] = step_mpls,
	[PROTO_PPPOE] = step_pppoe,	  [PROTO_PPP] = step_ppp,
	[PROTO_SLL] = step_sll,		  [PROTO_SLL2] = step_sll2,
	[PROTO_NULL] = step_null,	  [PROTO_ARP] = step_arp,
	[PROTO_IPV4] = step_ipv4,	  [PROTO_IPV6] = step_ipv6,
	[PROTO_HOPOPTS] = step_hopopts,	  [PROTO_ROUTING] = step_routing,
	[PROTO_FRAGMENT] = step_fragment, [PROTO_DSTOPTS] = step_dstopts,
	[PROTO_MOBILITY] = step_mobility, [PROTO_HIP] = step_hip,
	[PROTO_SHIM6] = step_shim6,	  [PROTO_AH] = step_ah,
	[PROTO_ESP] = step_esp,		  [PROTO_TCP] = step_tcp,
	[PROTO_UDP] = step_udp,		  [PROTO_UDPLITE] = step_udplite,
	[PROTO_SCTP] = step_sctp,	  [PROTO_DCCP] = step_dccp,
	[PROTO_ICMP] = step_icmp,	  [PROTO_ICMPV6] = step_icmpv6,
	[PROTO_IGMP] = step_igmp,	  [PROTO_GRE] = step_gre,
	[PROTO_ERSPAN] = step_erspan,	  [PROTO_VXLAN] = step_vxlan,
	[PROTO_GENEVE] = step_geneve,	  [PROTO_GTPU] = step_gtpu,
	[PROTO_OTHER] = step_other,
};

/*
 * Every step enters a layer or ends the walk, so there are at most fourteen
 * rounds.
 */
static void walk_on(struct view *v, uint32_t at, uint32_t limit, uint32_t bound,
		    bool lax, enum proto next)
{
	struct walk w = {v, at, limit, bound, lax};

	while (next != PROTO_NONE)
		next = steps[next](&w);
}

/*
 * What most packets are, without a loop: the compiler knows most offsets and
 * layer numbers here.
 */
static STEP_HOT enum proto walk_common(struct walk *w)
{
	enum proto next = step_ethernet(w);

	if (STEP_UNLIKELY(next == PROTO_VLAN))
		next = step_vlan(w);
	if (STEP_LIKELY(next == PROTO_IPV4))
		next = step_ipv4(w);
	else if (next == PROTO_IPV6)
		next = step_ipv6(w);
	else
		return next;
	if (STEP_LIKELY(next == PROTO_TCP))
		return step_tcp(w);
	if (STEP_LIKELY(next == PROTO_UDP))
		return step_udp(w);
	return next;
}

static STEP_HOT void view_begin(struct view *v, const uint8_t *data,
				uint32_t caplen, uint32_t len)
{
	v->data = data;
	v->caplen = caplen;
	v->len = len;
	v->count = 0;
	v->stop = VIEW_PAYLOAD;
	v->stop_proto = PROTO_NONE;
	v->ip = VIEW_NONE;
	v->outer_ip = VIEW_NONE;
	v->transport = VIEW_NONE;
	v->ip_proto = 0;
	v->fragment = VIEW_WHOLE;
	v->vlan = 0;
	v->needed = 0;
	v->end = 0;
}

/* The header that a link type begins with. */
static enum proto view_first(struct walk w, enum link_type link)
{
	switch (link) {
	case LINK_ETHERNET:
		return PROTO_ETHERNET;
	case LINK_RAW:
	case LINK_IPV4: /* the header says its version itself, and files err */
	case LINK_IPV6:
		return step_raw(&w);
	case LINK_NULL:
	case LINK_LOOP:
		return PROTO_NULL;
	case LINK_SLL:
		return PROTO_SLL;
	case LINK_SLL2:
		return PROTO_SLL2;
	case LINK_PPP:
	case LINK_PPP_HDLC:
		return PROTO_PPP;
	case LINK_PPPOE:
		return PROTO_PPPOE;
	case LINK_MPLS:
		return PROTO_MPLS;
	case LINK_UNKNOWN:
	case LINK_COUNT:
		break;
	}
	return PROTO_NONE;
}

void view_decode(struct view *v, const uint8_t *data, uint32_t caplen,
		 uint32_t len, enum link_type link)
{
	struct walk w = {.v = v};
	enum proto next;

	assert(data);
	if (STEP_UNLIKELY(caplen > VIEW_BYTES_MAX))
		caplen = VIEW_BYTES_MAX;
	if (STEP_UNLIKELY(len > VIEW_BYTES_MAX))
		len = VIEW_BYTES_MAX;
	if (STEP_UNLIKELY(len < caplen))
		len = caplen;
	view_begin(v, data, caplen, len);
	w.limit = len;
	w.bound = caplen;
	next = STEP_LIKELY(link == LINK_ETHERNET) ? walk_common(&w)
						  : view_first(w, link);
	if (STEP_UNLIKELY(next != PROTO_NONE))
		walk_on(v, w.at, w.limit, w.bound, w.lax, next);
}

/* The messages that quote a packet: errors, of RFC 792 and of RFC 4443. */
static bool view_quotes(enum proto proto, uint8_t type)
{
	switch (type) {
	case 1: /* ICMPv6: destination unreachable */
	case 2: /* ICMPv6: packet too big */
		return proto == PROTO_ICMPV6;
	case 3: /* destination unreachable; ICMPv6: time exceeded */
	case 4: /* source quench; ICMPv6: parameter problem */
		return proto == PROTO_ICMP || proto == PROTO_ICMPV6;
	case 5:	 /* redirect */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
		return proto == PROTO_ICMP;
	default:
		return false;
	}
}

/*
 * How many bytes the message says it quotes, where it says so (RFC 4884: the
 * sixth byte counts words, ICMPv6's fifth units of eight); behind them stand
 * extensions. 0: all of the message.
 */
static uint32_t view_quote_bytes(enum proto proto, const uint8_t *icmp)
{
	if (proto == PROTO_ICMPV6)
		return (icmpv6_identifier(icmp) >> 8) * 2 * VIEW_WORD;
	return (icmp_identifier(icmp) & 0xff) * VIEW_WORD;
}

bool view_decode_quoted(struct view *v, const struct view *outer)
{
	const struct view_layer *icmp;
	const uint8_t *h;
	enum proto proto;
	uint32_t quote_bytes;
	struct walk w = {.v = v, .lax = true};

	if (outer->transport == VIEW_NONE)
		return false;
	icmp = &outer->layer[outer->transport];
	proto = (enum proto)icmp->proto;
	h = outer->data + icmp->offset;
	if ((proto != PROTO_ICMP && proto != PROTO_ICMPV6) ||
	    icmp->length < ICMP_BYTES || !view_quotes(proto, icmp_type(h)))
		return false;
	view_begin(v, outer->data, outer->caplen, outer->len);
	w.at = icmp->offset + ICMP_BYTES;
	w.limit = outer->len;
	w.bound = outer->caplen;
	walk_limit(&w, outer->end);
	quote_bytes = view_quote_bytes(proto, h);
	if (quote_bytes >= IPV4_BYTES)
		walk_limit(&w, w.at + quote_bytes);
	walk_on(v, w.at, w.limit, w.bound, true,
		proto == PROTO_ICMP ? PROTO_IPV4 : PROTO_IPV6);
	return v->ip != VIEW_NONE;
}
