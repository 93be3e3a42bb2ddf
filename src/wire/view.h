/*
 * view.h: one packet as layers. view_decode walks the headers once, checks
 * every bound at each layer's door, and notes where each header starts and
 * how long it is; getters of the field tables then cannot fail.
 *
 * No allocation, no copied fields; a view borrows the packet's bytes.
 */
#ifndef RAWTOP_WIRE_VIEW_H
#define RAWTOP_WIRE_VIEW_H

#include "wire/link.h"
#include "wire/proto.h"

#include <stdbool.h>
#include <stdint.h>

#define VIEW_LAYERS_MAX 12
#define VIEW_NONE	0xff

/* Why the walk stopped. */
enum view_stop {
#define STOP(name, label, help) VIEW_##name,
#include "wire/stop.def"
#undef STOP
	VIEW_STOP_COUNT
};

/* "truncated" …; never NULL. */
const char *view_stop_label(enum view_stop stop);

struct view_layer {
	uint8_t proto;	 /* enum proto */
	uint8_t flags;	 /* VIEW_LAYER_… */
	uint16_t length; /* of the header, options included */
	uint32_t offset; /* from the packet's first byte */
};

struct view {
	const uint8_t *data;
	uint32_t caplen;
	uint32_t len;
	uint8_t count;	    /* layers in use */
	uint8_t stop;	    /* enum view_stop */
	uint8_t stop_proto; /* the protocol whose door it stopped at */
	uint8_t ip;	    /* innermost IPv4 or IPv6 layer, or VIEW_NONE */
	uint8_t outer_ip;   /* outermost one, or VIEW_NONE */
	uint8_t transport;  /* the layer above the innermost IP header (and
			       its extension headers) that gives the flow its
			       protocol, or VIEW_NONE */
	uint8_t ip_proto;   /* the final protocol number after extension
			       headers of the innermost IP header */
	uint8_t fragment;   /* enum view_fragment, of the innermost IP */
	uint16_t vlan;	    /* outermost VLAN identifier, or 0 */
	uint32_t needed;    /* bytes needed at the stop (VIEW_TRUNCATED) */
	uint32_t end;	    /* offset where the innermost IP datagram ends on
			       the wire: header length + total length, so
			       link padding lies behind it; may be > caplen */
	struct view_layer layer[VIEW_LAYERS_MAX];
};

enum view_fragment {
	VIEW_WHOLE,
	VIEW_FRAGMENT_FIRST,
	VIEW_FRAGMENT_LATER,
};

/*
 * Walks one packet of `caplen` bytes at `data` (of `len` on the link) that
 * starts with a header of type `link`. Never reads at or past data + caplen.
 * Always leaves *v whole; *v borrows data. The packet that an ICMP error
 * quotes is not walked: see view_decode_quoted.
 */
void view_decode(struct view *v, const uint8_t *data, uint32_t caplen,
		 uint32_t len, enum link_type link);

/*
 * Walks the packet quoted in an ICMP or ICMPv6 error, whose view is `outer`.
 * False when `outer` is no such error or quotes less than an IP header.
 */
bool view_decode_quoted(struct view *v, const struct view *outer);

#endif
