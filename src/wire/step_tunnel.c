/*
 * step_tunnel.c: headers that carry a packet of another network.
 */
#include "wire/step.h"

#include "base/bits.h"
#include "wire/edge.h"

/* Optional words of GRE (RFC 2784, RFC 2890, RFC 2637), each four bytes. */
#define GRE_OPTION_BYTES 4u
/* A source route entry: family (2), offset, length, data (RFC 1701). */
#define GRE_ROUTE_BYTES	  4u
#define GRE_ROUTES_MAX	  64
#define GRE_VERSION_PPTP  1
#define GRE_PROTOCOL_WCCP 0x883e
/* WCCP version 2 puts a word of its own before the packet. */
#define WCCP_REDIRECT_BYTES 4u

/* The type by which ERSPAN I and II are told (there is no other sign of I than
 * the missing sequence number). */
#define GRE_PROTOCOL_ERSPAN 0x88be

#define ERSPAN_VERSION_II  1
#define ERSPAN_VERSION_III 2
#define ERSPAN_II_BYTES	   8u
#define ERSPAN_MORE_BYTES  8u
#define ERSPAN_FRAME_IP	   2

#define VXLAN_FLAG_VNI	0x08
#define VXLAN_FLAG_NEXT 0x04

#define GENEVE_WORD 4u

/* The part of GTP-U that is always there; extension headers count words. */
#define GTPU_LEAST_BYTES    8u
#define GTPU_WORD	    4u
#define GTPU_EXTENSIONS_MAX 16
#define GTPU_TYPE_GPDU	    255

/*
 * The bytes of an RFC 1701 source route list that begins `skip` bytes on: it
 * ends with an entry of family and length 0. *bytes is the whole header then,
 * or what would be needed to tell. False when the list has no end.
 */
static bool gre_routes(const struct walk *w, uint32_t skip, uint32_t *bytes)
{
	for (int i = 0; i < GRE_ROUTES_MAX; i++) {
		const uint8_t *route = walk_header(w) + skip;

		*bytes = skip + GRE_ROUTE_BYTES;
		if (!walk_has(w, *bytes))
			return true;
		if (bits_be32(route) == 0)
			return true;
		skip = *bytes + route[3];
	}
	return false;
}

static bool gre_bytes(const struct walk *w, const uint8_t *h, uint32_t *bytes)
{
	uint32_t options = gre_key_bit(h);

	options += gre_sequence_bit(h);
	if (gre_version(h) == GRE_VERSION_PPTP)
		options += gre_acknowledgement_bit(h);
	else
		options += gre_checksum_bit(h) | gre_routing_bit(h);
	*bytes = GRE_BYTES + options * GRE_OPTION_BYTES;
	if (gre_version(h) == 0 && gre_routing_bit(h))
		return gre_routes(w, *bytes, bytes);
	return true;
}

static enum proto gre_next(struct walk *w, const uint8_t *h)
{
	uint16_t type = gre_protocol(h);

	/* PPTP without a sequence number only acknowledges (RFC 2637, 4.1). */
	if (gre_version(h) == GRE_VERSION_PPTP && !gre_sequence_bit(h))
		return PROTO_NONE;
	if (gre_version(h) > GRE_VERSION_PPTP)
		return PROTO_NONE;
	if (type == GRE_PROTOCOL_ERSPAN && !gre_sequence_bit(h))
		return PROTO_ETHERNET;
	if (type == GRE_PROTOCOL_WCCP && walk_has(w, WCCP_REDIRECT_BYTES) &&
	    ipv4_version(walk_header(w)) != 4)
		w->at += WCCP_REDIRECT_BYTES;
	return edge_of_gre(type);
}

enum proto step_gre(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t bytes;

	if (!walk_has(w, GRE_BYTES))
		return walk_short(w, PROTO_GRE, GRE_BYTES);
	if (!gre_bytes(w, h, &bytes))
		return walk_malformed(w, PROTO_GRE);
	if (!walk_has(w, bytes))
		return walk_short_cut(*w, PROTO_GRE, bytes, GRE_BYTES);
	if (!walk_enter_transport(w, PROTO_GRE, bytes))
		return PROTO_NONE;
	return gre_next(w, h);
}

enum proto step_erspan(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t bytes = ERSPAN_II_BYTES;
	enum proto next = PROTO_ETHERNET;

	if (!walk_has(w, ERSPAN_II_BYTES))
		return walk_short(w, PROTO_ERSPAN, ERSPAN_II_BYTES);
	if (erspan_version(h) == ERSPAN_VERSION_III) {
		if (!walk_has(w, ERSPAN_BYTES))
			return walk_short(w, PROTO_ERSPAN, ERSPAN_BYTES);
		bytes = ERSPAN_BYTES;
		if (erspan_more(h))
			bytes += ERSPAN_MORE_BYTES;
		if (erspan_frame_type(h) == ERSPAN_FRAME_IP)
			next = PROTO_IPV4;
	} else if (erspan_version(h) != ERSPAN_VERSION_II) {
		return PROTO_NONE;
	}
	if (!walk_has(w, bytes))
		return walk_short(w, PROTO_ERSPAN, bytes);
	return walk_enter(w, PROTO_ERSPAN, bytes) ? next : PROTO_NONE;
}

enum proto step_vxlan(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	enum proto next;

	if (!walk_has(w, VXLAN_BYTES))
		return walk_short(w, PROTO_VXLAN, VXLAN_BYTES);
	if (!walk_enter(w, PROTO_VXLAN, VXLAN_BYTES))
		return PROTO_NONE;
	next = edge_of_gpe(vxlan_next_protocol(h));
	/* Without the flag the field is reserved (RFC 7348), and zero; some
	 * that speak the extension forget the flag. */
	if (next == PROTO_NONE && !(vxlan_flags(h) & VXLAN_FLAG_NEXT))
		return PROTO_ETHERNET;
	return next;
}

enum proto step_geneve(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t bytes;

	if (!walk_has(w, GENEVE_BYTES))
		return walk_short(w, PROTO_GENEVE, GENEVE_BYTES);
	bytes = GENEVE_BYTES + geneve_option_words(h) * GENEVE_WORD;
	if (!walk_has(w, bytes))
		return walk_short(w, PROTO_GENEVE, bytes);
	if (!walk_enter(w, PROTO_GENEVE, bytes))
		return PROTO_NONE;
	return edge_of_ethertype(geneve_protocol(h));
}

/* As gre_routes, for the chain of GTP-U's extension headers: each begins with
 * its length and ends with the next one's type. */
static bool gtpu_bytes(const struct walk *w, const uint8_t *h, uint32_t *bytes)
{
	uint8_t next;

	*bytes = GTPU_LEAST_BYTES;
	if (!gtpu_extension_bit(h) && !gtpu_sequence_bit(h) &&
	    !gtpu_npdu_bit(h))
		return true;
	*bytes = GTPU_BYTES;
	if (!gtpu_extension_bit(h) || !walk_has(w, GTPU_BYTES))
		return true;
	next = gtpu_next_extension(h);
	for (int i = 0; next != 0; i++) {
		uint32_t words;

		if (!walk_has(w, *bytes + GTPU_WORD)) {
			*bytes += GTPU_WORD;
			return true;
		}
		words = h[*bytes];
		if (words == 0 || i == GTPU_EXTENSIONS_MAX)
			return false;
		*bytes += words * GTPU_WORD;
		if (!walk_has(w, *bytes))
			return true;
		next = h[*bytes - 1];
	}
	return true;
}

enum proto step_gtpu(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t bytes;

	if (!walk_has(w, GTPU_LEAST_BYTES))
		return walk_short(w, PROTO_GTPU, GTPU_LEAST_BYTES);
	if (!gtpu_bytes(w, h, &bytes))
		return walk_malformed(w, PROTO_GTPU);
	if (!walk_has(w, bytes))
		return walk_short(w, PROTO_GTPU, bytes);
	if (!walk_enter(w, PROTO_GTPU, bytes) || !walk_has(w, 1))
		return PROTO_NONE;
	/* No field says what is carried: 3GPP TS 29.281 leaves it to the
	 * tunnel's ends. IP says its version itself. */
	switch (ipv4_version(walk_header(w))) {
	case 4:
		return PROTO_IPV4;
	case 6:
		return PROTO_IPV6;
	default:
		return PROTO_NONE;
	}
}

/* A label stack with a bottom, and a header behind it that rawtop knows. */
static bool mpls_is_plausible(const struct walk *w)
{
	struct walk inner = *w;

	for (int i = 0; i < VIEW_LAYERS_MAX; i++) {
		const uint8_t *h = walk_header(&inner);

		if (!walk_has(&inner, MPLS_BYTES))
			return false;
		inner.at += MPLS_BYTES;
		if (mpls_bottom(h))
			break;
	}
	return step_looks_like_ipv4(&inner) ||
	       (walk_has(&inner, IPV6_BYTES) &&
		ipv6_version(walk_header(&inner)) == 6) ||
	       step_looks_like_ethernet(&inner, 0);
}

bool step_tunnel_is_plausible(const struct walk *w, enum proto proto,
			      bool strictly)
{
	const uint8_t *h = walk_header(w);

	if (!walk_has(w, GRE_BYTES))
		return false;
	if (proto == PROTO_GRE)
		return gre_version(h) == 0 && !gre_routing_bit(h) &&
		       gre_reserved(h) == 0 &&
		       edge_of_gre(gre_protocol(h)) != PROTO_NONE;
	if (proto == PROTO_MPLS)
		return mpls_is_plausible(w);
	if (!walk_has(w, VXLAN_BYTES))
		return false;
	if (proto == PROTO_VXLAN)
		return (vxlan_flags(h) & VXLAN_FLAG_VNI) &&
		       (!strictly ||
			(vxlan_reserved(h) == 0 && vxlan_reserved2(h) == 0));
	if (proto == PROTO_GENEVE)
		return geneve_version(h) == 0 &&
		       (!strictly ||
			(geneve_reserved(h) == 0 &&
			 edge_of_ethertype(geneve_protocol(h)) != PROTO_NONE));
	if (proto == PROTO_GTPU)
		return gtpu_version(h) == 1 && gtpu_protocol_type(h) &&
		       gtpu_type(h) == GTPU_TYPE_GPDU &&
		       (!strictly ||
			gtpu_length(h) == w->limit - w->at - GTPU_LEAST_BYTES);
	return false;
}
