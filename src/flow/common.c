/*
 * common.c: the facts of what most packets are, straight from the bytes: an
 * untagged Ethernet frame with a whole IPv4 packet without options, or IPv6
 * packet without extension headers, and TCP or UDP in it. It reads by the same
 * getters as the view, checks what the view checks, and leaves everything
 * else to it; a test holds the two together. Each fact is written once.
 */
#include "base/bits.h"
#include "flow/key.h"
#include "wire/edge.h"
#include "wire/fields.h"

#include <string.h>

#define COMMON_IP   ETHERNET_BYTES
#define COMMON_WORD 4u
#define COMMON_TCP  6
#define COMMON_UDP  17
/* Packet bytes asked for ahead: far enough to hide a miss of the cache. */
#define COMMON_PREFETCH 8

#define COMMON_INLINE static inline __attribute__((always_inline))

/* Where things are in a frame that is common so far. */
struct common_frame {
	const uint8_t *transport;
	uint32_t at;	/* of the transport header, in the frame */
	uint32_t end;	/* of the IP packet, in the frame */
	uint32_t bound; /* the smaller of that and the captured bytes */
	uint8_t proto;
};

COMMON_INLINE bool common_check_tcp(const struct common_frame *c)
{
	uint32_t header;

	if (c->bound < c->at + TCP_BYTES)
		return false;
	header = tcp_header_words(c->transport) * COMMON_WORD;
	return header >= TCP_BYTES && c->bound >= c->at + header;
}

/* A bit for each tunnel's port, by its lower bits: one cheap question that
 * nearly all ports pass. */
static const uint64_t common_tunnels = 0
#define EDGE_UDP(value, PROTO) | UINT64_C(1) << ((value)&63)
#include "wire/edge.def"
	;

COMMON_INLINE bool common_is_tunnel(uint16_t port)
{
	return (common_tunnels >> (port & 63) & 1) != 0 &&
	       edge_of_udp(port) != PROTO_NONE;
}

/* A tunnel's port leads further in: not common. */
COMMON_INLINE bool common_check_udp(const struct common_frame *c)
{
	uint32_t length;

	if (c->bound < c->at + UDP_BYTES)
		return false;
	length = udp_length(c->transport);
	return length >= UDP_BYTES && c->at + length <= c->end &&
	       !common_is_tunnel(udp_destination(c->transport)) &&
	       !common_is_tunnel(udp_source(c->transport));
}

COMMON_INLINE bool common_check_transport(struct common_frame *c,
					  const struct packet *p)
{
	c->transport = p->data + c->at;
	c->bound = c->end < p->caplen ? c->end : p->caplen;
	if (c->end > p->len)
		return false;
	if (c->proto == COMMON_TCP)
		return common_check_tcp(c);
	return c->proto == COMMON_UDP && common_check_udp(c);
}

/* Is it such a packet, whole as far as headers go? */
COMMON_INLINE bool common_check_ipv4(const struct packet *p,
				     struct common_frame *c)
{
	const uint8_t *ip = p->data + COMMON_IP;
	uint32_t total;

	if (p->caplen < COMMON_IP + IPV4_BYTES)
		return false;
	total = ipv4_total_length(ip);
	c->at = COMMON_IP + IPV4_BYTES;
	c->end = COMMON_IP + total;
	c->proto = ipv4_protocol(ip);
	return ipv4_version(ip) == 4 &&
	       ipv4_header_words(ip) == IPV4_BYTES / COMMON_WORD &&
	       !ipv4_mf(ip) && ipv4_fragment_offset(ip) == 0 &&
	       total >= IPV4_BYTES && common_check_transport(c, p);
}

COMMON_INLINE bool common_check_ipv6(const struct packet *p,
				     struct common_frame *c)
{
	const uint8_t *ip = p->data + COMMON_IP;
	uint32_t payload;

	if (p->caplen < COMMON_IP + IPV6_BYTES)
		return false;
	payload = ipv6_payload_length(ip);
	c->at = COMMON_IP + IPV6_BYTES;
	c->end = c->at + payload;
	c->proto = ipv6_next_header(ip);
	/* Without a length it may be a jumbogram. */
	return ipv6_version(ip) == 6 && payload > 0 &&
	       common_check_transport(c, p);
}

/* The ends in order, lower one first; by arithmetic: a branch here is as good
 * as random. */
COMMON_INLINE void common_read_ports(struct flow_facts *f,
				     const struct common_frame *c, bool swap)
{
	/* Ports stand at the same place in both. */
	f->key.port[swap] = udp_source(c->transport);
	f->key.port[!swap] = udp_destination(c->transport);
	f->direction = swap;
}

COMMON_INLINE void common_read_ipv4(struct flow_facts *f,
				    const struct common_frame *c,
				    const uint8_t *ip)
{
	static const uint8_t zero[sizeof(f->key.addr[0]) - sizeof(uint32_t)];
	const uint8_t *ends[2] = {ipv4_source(ip), ipv4_destination(ip)};
	uint64_t source =
		(uint64_t)bits_be32(ends[0]) << 16 | udp_source(c->transport);
	uint64_t destination = (uint64_t)bits_be32(ends[1]) << 16 |
			       udp_destination(c->transport);
	bool swap = source > destination;

	for (unsigned i = 0; i < 2; i++) {
		uint8_t *to = f->key.addr[i ^ swap];

		memcpy(to, ends[i], sizeof(uint32_t));
		memcpy(to + sizeof(uint32_t), zero, sizeof(zero));
	}
	common_read_ports(f, c, swap);
	f->key.version = 4;
	f->ttl = ipv4_ttl(ip);
	f->tos = ipv4_tos(ip);
	f->ip_id = ipv4_id(ip);
	f->fragment_id = f->ip_id;
	f->flow_label = 0;
}

/* Is one address, then its port, above the other one's? */
COMMON_INLINE bool common_is_above(const uint8_t *a, const uint8_t *b,
				   uint16_t port_a, uint16_t port_b)
{
	uint64_t high_a = bits_be64(a), high_b = bits_be64(b);
	uint64_t low_a = bits_be64(a + 8), low_b = bits_be64(b + 8);

	if (high_a != high_b)
		return high_a > high_b;
	return low_a > low_b || (low_a == low_b && port_a > port_b);
}

COMMON_INLINE void common_read_ipv6(struct flow_facts *f,
				    const struct common_frame *c,
				    const uint8_t *ip)
{
	const uint8_t *source = ipv6_source(ip);
	const uint8_t *destination = ipv6_destination(ip);
	bool swap =
		common_is_above(source, destination, udp_source(c->transport),
				udp_destination(c->transport));

	memcpy(f->key.addr[swap], source, sizeof(f->key.addr[0]));
	memcpy(f->key.addr[!swap], destination, sizeof(f->key.addr[0]));
	common_read_ports(f, c, swap);
	f->key.version = 6;
	f->ttl = ipv6_hop_limit(ip);
	f->tos = ipv6_traffic_class(ip);
	f->ip_id = 0;
	f->fragment_id = 0;
	f->flow_label = ipv6_flow_label(ip);
}

COMMON_INLINE void common_read_transport(struct flow_facts *f,
					 const struct common_frame *c)
{
	const uint8_t *h = c->transport;
	bool tcp = c->proto == COMMON_TCP;

	f->key.proto = c->proto;
	f->ports_known = true;
	f->transport_known = tcp;
	f->seq = tcp ? tcp_sequence(h) : 0;
	f->ack = tcp ? tcp_acknowledgement(h) : 0;
	f->tcp_flags = tcp ? tcp_flags(h) : 0;
	f->window = tcp ? tcp_window(h) : 0;
	f->payload =
		tcp ? c->end - c->at - tcp_header_words(h) * COMMON_WORD : 0;
}

/* What is the packet's, and what common packets do not have. */
COMMON_INLINE void common_read_rest(struct flow_facts *f,
				    const struct packet *p, uint32_t end)
{
	f->key.zero = 0;
	f->time_ns = p->time_ns;
	f->hash = 0;
	f->bytes = end - COMMON_IP;
	f->frame_bytes = p->len;
	f->iface = p->iface;
	f->vlan = 0;
	f->packet_flags = p->flags;
	f->fragment = VIEW_WHOLE;
	f->icmp_type = 0;
	f->icmp_code = 0;
}

COMMON_INLINE bool common_read(struct flow_facts *f, const struct packet *p)
{
	const uint8_t *ip = p->data + COMMON_IP;
	struct common_frame c;
	enum proto proto;

	if (p->link != LINK_ETHERNET || p->caplen < COMMON_IP)
		return false;
	proto = edge_of_ethertype(ethernet_type(p->data));
	if (proto == PROTO_IPV4 && common_check_ipv4(p, &c))
		common_read_ipv4(f, &c, ip);
	else if (proto == PROTO_IPV6 && common_check_ipv6(p, &c))
		common_read_ipv6(f, &c, ip);
	else
		return false;
	common_read_transport(f, &c);
	common_read_rest(f, p, c.end);
	return true;
}

bool flow_facts_read_common(struct flow_facts *f, const struct packet *p)
{
	return common_read(f, p);
}

unsigned flow_facts_read_run(struct flow_facts *facts, unsigned room,
			     const struct packet *packets, uint32_t count,
			     uint8_t worker)
{
	unsigned most = room < count ? room : count;
	unsigned n;

	for (n = 0; n < most; n++) {
		const struct packet *p = &packets[n];

		if (n + COMMON_PREFETCH < count)
			__builtin_prefetch(p[COMMON_PREFETCH].data);
		if (p->worker != worker || !common_read(&facts[n], p))
			break;
	}
	return n;
}
