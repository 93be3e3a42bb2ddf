/*
 * step_link.c: steps below IP: what link layers and label switching add.
 */
#include "wire/step.h"

#include "wire/edge.h"

/* IEEE 802.3: a type field up to this is a length. */
#define LINK_LENGTH_MAX 1500

/* Control field of unnumbered information, the only frames with a payload
 * that anybody sends over LLC today. */
#define LLC_CONTROL_UI	0x03
#define LLC_SNAP_BYTES	LLC_BYTES
#define LLC_PLAIN_BYTES 3
#define LLC_RAW_IPX	0xff /* Novell's frames without LLC begin so */

#define SNAP_OUI_ETHERNET 0x000000 /* an EtherType follows */
#define SNAP_OUI_CISCO	  0x0000f8 /* bridged, an EtherType follows */

#define PPP_ADDRESS_CONTROL 0xff03 /* RFC 1662 */

#define PPPOE_CODE_SESSION 0x00

/* sll_protocol for 802.2 frames (linux/if_ether.h, ETH_P_802_2). */
#define SLL_TYPE_LLC 0x0004
/* Hardware types (linux/if_arp.h) under which the type is no EtherType. */
#define SLL_HARDWARE_NETLINK 824
#define SLL_HARDWARE_GRE     778

#define PSEUDOWIRE_CONTROL_BYTES 4 /* RFC 4385 */
#define ARP_LENGTHS_BYTES	 8 /* what stands before the addresses */

static enum proto step_snap(struct walk *w, const uint8_t *h)
{
	if (!walk_has(w, LLC_SNAP_BYTES))
		return walk_short(w, PROTO_LLC, LLC_SNAP_BYTES);
	if (!walk_enter(w, PROTO_LLC, LLC_SNAP_BYTES))
		return PROTO_NONE;
	if (llc_oui(h) != SNAP_OUI_ETHERNET && llc_oui(h) != SNAP_OUI_CISCO)
		return PROTO_NONE;
	return edge_of_ethertype(llc_type(h));
}

enum proto step_llc(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	enum proto next;

	if (!walk_has(w, LLC_PLAIN_BYTES))
		return walk_short(w, PROTO_LLC, LLC_PLAIN_BYTES);
	if (llc_dsap(h) == LLC_RAW_IPX && llc_ssap(h) == LLC_RAW_IPX)
		return PROTO_NONE;
	next = llc_control(h) == LLC_CONTROL_UI ? edge_of_sap(llc_dsap(h))
						: PROTO_NONE;
	if (next == PROTO_LLC)
		return step_snap(w, h);
	return walk_enter(w, PROTO_LLC, LLC_PLAIN_BYTES) ? next : PROTO_NONE;
}

bool step_looks_like_ethernet(const struct walk *w, uint32_t skip)
{
	const uint8_t *h = walk_header(w) + skip;
	uint16_t type;

	if (!walk_has(w, skip + ETHERNET_BYTES))
		return false;
	type = ethernet_type(h);
	if (type <= LINK_LENGTH_MAX)
		return type >= LLC_PLAIN_BYTES &&
		       type <= w->limit - w->at - skip - ETHERNET_BYTES;
	return edge_of_ethertype(type) != PROTO_NONE;
}

bool step_looks_like_ipv4(const struct walk *w)
{
	const uint8_t *h = walk_header(w);

	return walk_has(w, IPV4_BYTES) && ipv4_version(h) == 4 &&
	       ipv4_header_words(h) * 4u >= IPV4_BYTES &&
	       (ipv4_total_length(h) == 0 ||
		ipv4_total_length(h) >= ipv4_header_words(h) * 4u);
}

/*
 * No field says what a label stack carries. The first four bits tell IPv4 and
 * IPv6 (RFC 4928); 0 begins the control word of a pseudowire (RFC 4385),
 * which some leave out; 1 is an associated channel, which carries no traffic.
 */
static enum proto step_mpls_payload(struct walk *w)
{
	if (!walk_has(w, 1))
		return PROTO_NONE;
	switch (ipv4_version(walk_header(w))) {
	case 4:
		if (step_looks_like_ethernet(w, 0) && !step_looks_like_ipv4(w))
			return PROTO_ETHERNET;
		return PROTO_IPV4;
	case 6:
		return PROTO_IPV6;
	case 1:
		return PROTO_NONE;
	case 0:
		if (step_looks_like_ethernet(w, PSEUDOWIRE_CONTROL_BYTES)) {
			w->at += PSEUDOWIRE_CONTROL_BYTES;
			return PROTO_ETHERNET;
		}
		break;
	default:
		break;
	}
	return step_looks_like_ethernet(w, 0) ? PROTO_ETHERNET : PROTO_NONE;
}

enum proto step_mpls(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, MPLS_BYTES))
		return walk_short(w, PROTO_MPLS, MPLS_BYTES);
	if (!walk_enter(w, PROTO_MPLS, MPLS_BYTES))
		return PROTO_NONE;
	return mpls_bottom(h) ? step_mpls_payload(w) : PROTO_MPLS;
}

enum proto step_pppoe(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, PPPOE_BYTES))
		return walk_short(w, PROTO_PPPOE, PPPOE_BYTES);
	if (!walk_enter(w, PROTO_PPPOE, PPPOE_BYTES))
		return PROTO_NONE;
	if (pppoe_code(h) != PPPOE_CODE_SESSION)
		return PROTO_NONE;
	walk_limit(w, w->at + pppoe_length(h));
	return PROTO_PPP;
}

enum proto step_ppp(struct walk *w)
{
	uint16_t protocol;
	uint32_t length = PPP_BYTES;
	const uint8_t *h;

	if (walk_has(w, PPP_BYTES) &&
	    ppp_protocol(walk_header(w)) == PPP_ADDRESS_CONTROL)
		w->at += PPP_BYTES;
	h = walk_header(w);
	if (!walk_has(w, 1))
		return walk_short(w, PROTO_PPP, PPP_BYTES);
	/* An odd first byte is the whole field, compressed (RFC 1661, 6.5). */
	if (h[0] & 1) {
		length = 1;
		protocol = h[0];
	} else {
		if (!walk_has(w, PPP_BYTES))
			return walk_short(w, PROTO_PPP, PPP_BYTES);
		protocol = ppp_protocol(h);
	}
	return walk_enter(w, PROTO_PPP, length) ? edge_of_ppp(protocol)
						: PROTO_NONE;
}

static enum proto step_cooked_type(uint16_t hardware, uint16_t type)
{
	if (hardware == SLL_HARDWARE_NETLINK)
		return PROTO_NONE;
	if (hardware == SLL_HARDWARE_GRE)
		return edge_of_gre(type);
	if (type == SLL_TYPE_LLC)
		return PROTO_LLC;
	return edge_of_ethertype(type);
}

enum proto step_sll(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, SLL_BYTES))
		return walk_short(w, PROTO_SLL, SLL_BYTES);
	if (!walk_enter(w, PROTO_SLL, SLL_BYTES))
		return PROTO_NONE;
	return step_cooked_type(sll_hardware_type(h), sll_type(h));
}

enum proto step_sll2(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, SLL2_BYTES))
		return walk_short(w, PROTO_SLL2, SLL2_BYTES);
	if (!walk_enter(w, PROTO_SLL2, SLL2_BYTES))
		return PROTO_NONE;
	return step_cooked_type(sll2_hardware_type(h), sll2_type(h));
}

enum proto step_null(struct walk *w)
{
	uint32_t family, given;
	enum proto next;

	if (!walk_has(w, NULL_BYTES))
		return walk_short(w, PROTO_NULL, NULL_BYTES);
	given = null_family(walk_header(w));
	/* Families are small: the writer's byte order was the other one. */
	family = given > UINT16_MAX ? __builtin_bswap32(given) : given;
	if (!walk_enter(w, PROTO_NULL, NULL_BYTES))
		return PROTO_NONE;
	next = edge_of_family(family);
	/* Some write an EtherType in the last two bytes. */
	return next == PROTO_NONE ? edge_of_ethertype((uint16_t)given) : next;
}

enum proto step_arp(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t length;

	if (!walk_has(w, ARP_LENGTHS_BYTES))
		return walk_short(w, PROTO_ARP, ARP_LENGTHS_BYTES);
	length = ARP_LENGTHS_BYTES +
		 2u * (arp_hardware_length(h) + arp_protocol_length(h));
	if (!walk_has(w, length))
		return walk_short(w, PROTO_ARP, length);
	walk_enter(w, PROTO_ARP, length);
	return PROTO_NONE;
}

enum proto step_raw(const struct walk *w)
{
	if (!walk_has(w, 1))
		return walk_short(w, PROTO_IPV4, IPV4_BYTES);
	switch (ipv4_version(walk_header(w))) {
	case 4:
		return PROTO_IPV4;
	case 6:
		return PROTO_IPV6;
	default:
		return walk_malformed(w, PROTO_IPV4);
	}
}
