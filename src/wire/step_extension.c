/*
 * step_extension.c: headers between an IP header and its transport.
 */
#include "wire/step.h"

#include "base/bits.h"
#include "wire/edge.h"

/* Lengths of IPv6 extension headers count eight bytes, beyond the first. */
#define EXTENSION_UNIT 8u
/* Options (RFC 8200, 4.2) stand behind the next header and the length; each but
 * one is a type, a length, and as many bytes. */
#define EXTENSION_OPTIONS 2u
#define OPTION_HEAD	  2u
#define OPTION_PAD1	  0
#define OPTION_JUMBO	  0xc2
/* AH's counts words, beyond the first two (RFC 4302). */
#define AH_UNIT	     4u
#define AH_UNCOUNTED 2u

static bool walk_is_in_ipv4(const struct walk *w)
{
	return w->v->layer[w->v->ip].proto == PROTO_IPV4;
}

/* Those that are meant as the end of a chain when nothing follows. */
static bool extension_can_end(enum proto proto)
{
	return proto == PROTO_MOBILITY || proto == PROTO_HIP ||
	       proto == PROTO_SHIM6;
}

/* Those that stand on IPv4 too (RFC 7401). */
static bool extension_fits_ipv4(enum proto proto)
{
	return proto == PROTO_HIP;
}

/*
 * Hop-by-hop, routing, destination options, mobility, HIP, shim6: all begin
 * with the next header and a length (RFC 6564).
 */
static enum proto step_extension(struct walk *w, enum proto proto)
{
	const uint8_t *h = walk_header(w);
	enum proto next;
	uint32_t length;

	if (walk_is_in_ipv4(w) && !extension_fits_ipv4(proto))
		return PROTO_OTHER;
	if (!walk_has(w, EXTENSION_UNIT))
		return walk_short(w, proto, EXTENSION_UNIT);
	length = (hopopts_length(h) + 1u) * EXTENSION_UNIT;
	if (proto == PROTO_HIP && length < HIP_BYTES)
		return walk_malformed(w, proto);
	if (!walk_has(w, length))
		return walk_short(w, proto, length);
	next = edge_of_ip(hopopts_next_header(h));
	if (next == PROTO_NONE && extension_can_end(proto)) {
		walk_enter_transport(w, proto, length);
		return PROTO_NONE;
	}
	if (!walk_enter(w, proto, length))
		return PROTO_NONE;
	w->v->ip_proto = hopopts_next_header(h);
	return next;
}

/* The length in the options of a whole hop-by-hop header, or 0. */
static uint32_t hopopts_jumbo_length(const uint8_t *h, uint32_t length)
{
	uint32_t at = EXTENSION_OPTIONS;

	while (at < length) {
		uint32_t left = length - at;

		if (h[at] == OPTION_PAD1) {
			at++;
			continue;
		}
		if (left < OPTION_HEAD)
			return 0;
		if (h[at] == OPTION_JUMBO)
			return h[at + 1] == 4 && left >= OPTION_HEAD + 4
				       ? bits_be32(h + at + OPTION_HEAD)
				       : 0;
		at += OPTION_HEAD + h[at + 1];
	}
	return 0;
}

/*
 * A jumbogram (RFC 2675) has its length in an option. It is believed where it
 * fits into what encloses it; else, as without the option, the datagram
 * reaches to the end of that.
 */
enum proto step_hopopts(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	struct view *v = w->v;
	enum proto next = step_extension(w, PROTO_HOPOPTS);
	const struct view_layer *ip = &v->layer[v->ip];
	uint32_t payload_at, length;

	if (next == PROTO_NONE || v->count != v->ip + 2u ||
	    ip->proto != PROTO_IPV6 ||
	    ipv6_payload_length(v->data + ip->offset) != 0)
		return next;
	payload_at = ip->offset + ip->length;
	length = hopopts_jumbo_length(h, w->at - payload_at);
	if (length == 0 || length > w->limit - payload_at)
		return next;
	v->end = payload_at + length;
	if (v->end < w->at)
		return walk_malformed(w, PROTO_HOPOPTS);
	walk_limit(w, v->end);
	return next;
}

enum proto step_routing(struct walk *w)
{
	return step_extension(w, PROTO_ROUTING);
}

enum proto step_dstopts(struct walk *w)
{
	return step_extension(w, PROTO_DSTOPTS);
}

enum proto step_mobility(struct walk *w)
{
	return step_extension(w, PROTO_MOBILITY);
}

enum proto step_hip(struct walk *w)
{
	return step_extension(w, PROTO_HIP);
}

enum proto step_shim6(struct walk *w)
{
	return step_extension(w, PROTO_SHIM6);
}

enum proto step_fragment(struct walk *w)
{
	const uint8_t *h = walk_header(w);

	if (walk_is_in_ipv4(w))
		return PROTO_OTHER;
	if (!walk_has(w, FRAGMENT_BYTES))
		return walk_short(w, PROTO_FRAGMENT, FRAGMENT_BYTES);
	if (!walk_enter(w, PROTO_FRAGMENT, FRAGMENT_BYTES))
		return PROTO_NONE;
	w->v->ip_proto = fragment_next_header(h);
	if (fragment_offset(h) != 0) {
		w->v->fragment = VIEW_FRAGMENT_LATER;
		return PROTO_NONE;
	}
	/* One that is first and last is whole (RFC 6946). */
	if (fragment_more(h)) {
		w->v->fragment = VIEW_FRAGMENT_FIRST;
		w->lax = true;
	}
	return edge_of_ip(fragment_next_header(h));
}

enum proto step_ah(struct walk *w)
{
	const uint8_t *h = walk_header(w);
	uint32_t length;

	if (!walk_has(w, AH_BYTES))
		return walk_short(w, PROTO_AH, AH_BYTES);
	length = (ah_length(h) + AH_UNCOUNTED) * AH_UNIT;
	if (length < AH_BYTES)
		return walk_malformed(w, PROTO_AH);
	if (!walk_has(w, length))
		return walk_short(w, PROTO_AH, length);
	if (!walk_enter(w, PROTO_AH, length))
		return PROTO_NONE;
	w->v->ip_proto = ah_next_header(h);
	return edge_of_ip(ah_next_header(h));
}
