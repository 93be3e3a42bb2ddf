#include "flow/key.h"

#include "base/bits.h"
#include "flow/icmp.h"
#include "wire/fields.h"

#include <assert.h>
#include <string.h>

#define KEY_IPV4_BYTES 4
#define KEY_IPV6_BYTES 16
/* ICMP messages have an identifier from this length on. */
#define KEY_ICMP_ID_BYTES 8

/* One packet's ends before they are put into order. */
struct key_ends {
	const uint8_t *source;
	const uint8_t *destination;
	uint16_t source_port;
	uint16_t destination_port;
};

/*
 * Fills the addresses, ports and direction of *f, lower end first. Which end
 * is lower is as good as random, so it decides by arithmetic, not by a branch.
 */
static void key_order(struct flow_facts *f, const struct key_ends *ends,
		      bool swap)
{
	f->key.port[swap] = ends->source_port;
	f->key.port[!swap] = ends->destination_port;
	f->direction = swap;
}

static void key_order_ipv4(struct flow_facts *f, const struct key_ends *ends)
{
	uint64_t source =
		(uint64_t)bits_be32(ends->source) << 16 | ends->source_port;
	uint64_t destination = (uint64_t)bits_be32(ends->destination) << 16 |
			       ends->destination_port;
	bool swap = source > destination;

	memcpy(f->key.addr[swap], ends->source, KEY_IPV4_BYTES);
	memcpy(f->key.addr[!swap], ends->destination, KEY_IPV4_BYTES);
	key_order(f, ends, swap);
}

static void key_order_ipv6(struct flow_facts *f, const struct key_ends *ends)
{
	int order = memcmp(ends->source, ends->destination, KEY_IPV6_BYTES);
	bool swap = order > 0 ||
		    (order == 0 && ends->source_port > ends->destination_port);

	memcpy(f->key.addr[swap], ends->source, KEY_IPV6_BYTES);
	memcpy(f->key.addr[!swap], ends->destination, KEY_IPV6_BYTES);
	key_order(f, ends, swap);
}

static const uint8_t *key_header(const struct view *v, uint8_t layer)
{
	return v->data + v->layer[layer].offset;
}

/* What the innermost IPv4 header says. */
static void key_read_ipv4(struct flow_facts *f, const struct view *v,
			  struct key_ends *ends)
{
	const uint8_t *h = key_header(v, v->ip);

	f->key.version = 4;
	f->ttl = ipv4_ttl(h);
	f->tos = ipv4_tos(h);
	f->ip_id = ipv4_id(h);
	if (v->fragment != VIEW_WHOLE)
		f->fragment_id = f->ip_id;
	ends->source = ipv4_source(h);
	ends->destination = ipv4_destination(h);
}

/* Which part of a datagram the packet carries, from offset `from` on. */
static void key_read_piece(struct flow_facts *f, const struct view *v,
			   uint32_t from, uint32_t offset_units, bool more)
{
	f->fragment_at =
		(uint16_t)(offset_units * 8 | (more ? FLOW_FRAGMENT_MORE : 0));
	f->fragment_bytes = v->end > from ? v->end - from : 0;
}

static void key_read_fragment(struct flow_facts *f, const struct view *v)
{
	const struct view_layer *ip = &v->layer[v->ip];
	const uint8_t *h = key_header(v, v->ip);

	if (f->key.version == 4) {
		key_read_piece(f, v, ip->offset + ip->length,
			       ipv4_fragment_offset(h), ipv4_mf(h));
		return;
	}
	for (uint8_t i = v->ip + 1; i < v->count; i++) {
		if (v->layer[i].proto != PROTO_FRAGMENT)
			continue;
		h = key_header(v, i);
		f->fragment_id = fragment_id(h);
		key_read_piece(f, v, v->layer[i].offset + v->layer[i].length,
			       fragment_offset(h), fragment_more(h));
		return;
	}
}

static void key_read_ipv6(struct flow_facts *f, const struct view *v,
			  struct key_ends *ends)
{
	const uint8_t *h = key_header(v, v->ip);

	f->key.version = 6;
	f->ttl = ipv6_hop_limit(h);
	f->tos = ipv6_traffic_class(h);
	f->flow_label = ipv6_flow_label(h);
	ends->source = ipv6_source(h);
	ends->destination = ipv6_destination(h);
}

static void key_read_tcp(struct flow_facts *f, const struct view *v)
{
	const struct view_layer *layer = &v->layer[v->transport];
	const uint8_t *h = v->data + layer->offset;

	/* A header that says it is shorter than its fixed part says nothing. */
	if (layer->length < TCP_BYTES || tcp_header_words(h) < TCP_BYTES / 4)
		return;
	f->transport_known = true;
	f->seq = tcp_sequence(h);
	f->ack = tcp_acknowledgement(h);
	f->tcp_flags = tcp_flags(h);
	f->window = tcp_window(h);
}

/* ICMP has no ports: what ties a request to its answer stands for them. */
static void key_read_icmp(struct flow_facts *f, const struct view *v)
{
	const struct view_layer *layer = &v->layer[v->transport];
	const uint8_t *h = v->data + layer->offset;
	uint8_t proto = f->key.proto;
	uint8_t type = icmp_type(h), code = icmp_code(h);

	f->icmp_type = type;
	f->icmp_code = code;
	f->key.port[0] = 0;
	if (icmp_role_of(proto, type) == ICMP_ALONE) {
		f->transport_known = true;
	} else if (layer->length >= KEY_ICMP_ID_BYTES) {
		f->transport_known = true;
		f->key.port[0] = icmp_identifier(h);
		f->seq = icmp_sequence(h);
	}
	f->key.port[1] = (uint16_t)(icmp_request_type(proto, type) << 8 |
				    icmp_request_code(proto, type, code));
	/* A ping to oneself: the addresses do not tell who speaks. */
	if (memcmp(f->key.addr[0], f->key.addr[1], sizeof(f->key.addr[0])) == 0)
		f->direction = icmp_role_of(proto, type) == ICMP_ANSWER
				       ? FLOW_BA
				       : FLOW_AB;
}

/*
 * The ports, where the protocol has them: the view makes a transport a layer
 * only when the four bytes that hold them are there.
 */
static void key_read_ports(struct flow_facts *f, const struct view *v,
			   struct key_ends *ends)
{
	const uint8_t *h = key_header(v, v->transport);

	f->ports_known = true;
	switch (v->layer[v->transport].proto) {
	case PROTO_TCP:
		ends->source_port = tcp_source(h);
		ends->destination_port = tcp_destination(h);
		key_read_tcp(f, v);
		break;
	case PROTO_UDP:
		ends->source_port = udp_source(h);
		ends->destination_port = udp_destination(h);
		break;
	case PROTO_UDPLITE:
		ends->source_port = udplite_source(h);
		ends->destination_port = udplite_destination(h);
		break;
	case PROTO_SCTP:
		ends->source_port = sctp_source(h);
		ends->destination_port = sctp_destination(h);
		break;
	case PROTO_DCCP:
		ends->source_port = dccp_source(h);
		ends->destination_port = dccp_destination(h);
		break;
	default:
		break; /* no ports: 0 for both ends is their flow */
	}
}

/* Is there more to know of the transport than ports? */
static bool key_has_numbers(uint8_t proto)
{
	return proto == 6 || proto == 1 || proto == 58;
}

static bool key_has_ports(uint8_t proto)
{
	return proto == 6 || proto == 17 || proto == 33 || proto == 132 ||
	       proto == 136 || proto == 1 || proto == 58;
}

/* Copied instead of memset, which compilers turn into a slow `rep stos`. */
static const struct flow_facts key_nothing;

/* Key, direction and what the headers say; the packet's own part is left. */
static bool key_read(struct flow_facts *f, const struct view *v)
{
	struct key_ends ends = {.source_port = 0, .destination_port = 0};
	uint8_t transport;

	if (v->ip == VIEW_NONE)
		return false;
	*f = key_nothing;
	f->key.proto = v->ip_proto;
	f->fragment = v->fragment;
	if (v->layer[v->ip].proto == PROTO_IPV4)
		key_read_ipv4(f, v, &ends);
	else
		key_read_ipv6(f, v, &ends);
	/* Protocols without ports know all there is to know of them. */
	f->ports_known = v->fragment != VIEW_FRAGMENT_LATER &&
			 !key_has_ports(v->ip_proto);
	f->transport_known = v->fragment != VIEW_FRAGMENT_LATER &&
			     !key_has_numbers(v->ip_proto);
	if (v->transport != VIEW_NONE)
		key_read_ports(f, v, &ends);
	if (v->fragment != VIEW_WHOLE)
		key_read_fragment(f, v);
	if (f->key.version == 4)
		key_order_ipv4(f, &ends);
	else
		key_order_ipv6(f, &ends);
	if (v->transport == VIEW_NONE)
		return true;
	transport = v->layer[v->transport].proto;
	if (transport == PROTO_ICMP || transport == PROTO_ICMPV6)
		key_read_icmp(f, v);
	return true;
}

bool flow_facts_read(struct flow_facts *f, const struct packet *p,
		     const struct view *v)
{
	if (!key_read(f, v))
		return false;
	assert(v->end >= v->layer[v->ip].offset);
	f->time_ns = p->time_ns;
	f->bytes = v->end - v->layer[v->ip].offset;
	f->frame_bytes = p->len;
	f->iface = p->iface;
	f->vlan = v->vlan;
	f->packet_flags = p->flags;
	f->tunnelled = v->outer_ip != v->ip;
	return true;
}

bool flow_facts_read_quoted(struct flow_facts *f, const struct view *quoted)
{
	return key_read(f, quoted);
}

unsigned flow_key_worker(const struct flow_key *key, const uint8_t secret[16],
			 unsigned workers)
{
	uint64_t word[4], k[2], x;

	assert(workers > 0);
	memcpy(word, key->addr, sizeof(word));
	memcpy(k, secret, sizeof(k));
	/* Only balance hangs on it, so two products do. */
	x = ((word[0] + word[2]) ^ k[0]) * (k[1] | 1);
	x ^= x >> 32;
	x = (x + ((word[1] + word[3]) ^ k[1])) * (k[0] | 1);
	x ^= x >> 32;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)((x >> 32) * workers >> 32);
}
