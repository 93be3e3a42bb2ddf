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

/*
 * The packet or its datagram ends inside this layer's header: `length` says
 * how many of its bytes are there. IPv4 has at least its 20 fixed bytes then,
 * transports (TCP, UDP, UDP-Lite, SCTP, DCCP, ICMP, ICMPv6, IGMP, ESP, GRE) at
 * least the four that hold ports or type and code: enough to tell the flow.
 * Other headers that are not whole are no layer. Where the flag is not set, a
 * layer is as long as its field table says, or longer; but for ICMPv6, whose
 * messages may be as short as 4 bytes (`identifier` and `sequence` are there
 * from 8), LLC (3 bytes without SNAP), ARP (for other addresses than Ethernet
 * and IPv4), PPP (1 byte when compressed), GTP-U (8 bytes) and ERSPAN II (8).
 */
#define VIEW_LAYER_CUT 0x01

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
			       protocol, or VIEW_NONE: later fragments, no next
			       header, too few bytes */
	uint8_t ip_proto;   /* the final protocol number after extension
			       headers of the innermost IP header; a mobility,
			       HIP or shim6 header with nothing behind it is
			       final itself */
	uint8_t fragment;   /* enum view_fragment, of the innermost IP */
	uint16_t vlan;	    /* outermost VLAN identifier, or 0 */
	uint32_t needed;    /* captured bytes that would have let the walk go
			       on (VIEW_TRUNCATED), else 0 */
	uint32_t end;	    /* offset where the innermost IP datagram ends on
			       the wire: its offset + total length, so link
			       padding lies behind it; may be > caplen, and
			       > len when the header claims so. A total length
			       of 0 (segmentation offload) reaches to the end
			       of what encloses it. 0 without an IP header */
	struct view_layer layer[VIEW_LAYERS_MAX];
};

enum view_fragment {
	VIEW_WHOLE,
	VIEW_FRAGMENT_FIRST,
	VIEW_FRAGMENT_LATER,
};

/*
 * Walks one packet of `caplen` bytes at `data` (never NULL; of `len` on the
 * link; less than caplen counts as caplen) that starts with a header of type
 * `link`. Never reads at or past data + caplen. Always leaves *v whole (of
 * layer[], the `count` layers in use); *v borrows data. The packet that an ICMP
 * error quotes is not walked: see view_decode_quoted.
 *
 * VIEW_TRUNCATED: the captured bytes, or those of a first fragment or of a
 * quote, end inside a header. VIEW_MALFORMED: a header contradicts itself or
 * passes the end that a lower one (or the link) sets. What was read before
 * the stop stands: a flow can be told whenever `ip` is a layer.
 */
void view_decode(struct view *v, const uint8_t *data, uint32_t caplen,
		 uint32_t len, enum link_type link);

/*
 * Walks the packet quoted in an ICMP or ICMPv6 error (RFC 792, RFC 4443,
 * RFC 4884), whose view is `outer`. Offsets count from the outer packet's
 * first byte. False, with *v undefined, when `outer` is no such error or
 * quotes less than an IP header.
 */
bool view_decode_quoted(struct view *v, const struct view *outer);

#endif
