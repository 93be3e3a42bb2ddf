/*
 * common.c: the facts of what most packets are, straight from the bytes: an
 * untagged Ethernet frame with a whole IPv4 packet without options, or IPv6
 * packet without extension headers, and TCP or UDP in it. It reads by the same
 * getters as the view, checks what the view checks, and leaves everything
 * else to it; a test holds the two together. Each fact is written once, and
 * only the address family and the transport are asked by a branch.
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
/* The first byte of an IPv4 header without options. */
#define COMMON_IPV4_PLAIN (4 << 4 | IPV4_BYTES / COMMON_WORD)
/* IPv4: more fragments to come, or not the first one. */
#define COMMON_IPV4_PART	0x3fff
#define COMMON_IPV4_FRAGMENT_AT 6

#define COMMON_INLINE static inline __attribute__((always_inline))

/* Where things are in a frame that is common so far. */
struct common_frame {
	const uint8_t *transport;
	uint32_t at;  /* of the transport header, in the frame */
	uint32_t end; /* of the IP packet, in the frame */
	uint8_t proto;
};

/* A bit for each tunnel's port, by its lower bits: one cheap question that
 * nearly all ports pass. */
static const uint64_t common_tunnels = 0
#define EDGE_UDP(value, PROTO) | UINT64_C(1) << ((value)&63)
#include "wire/edge.def"
	;

/* A UDP port of a tunnel leads further in: not common. */
COMMON_INLINE bool common_is_tunnel(uint64_t is_tcp, uint16_t a, uint16_t b)
{
	uint64_t maybe =
		common_tunnels >> (a & 63) | common_tunnels >> (b & 63);

	return (maybe & ~is_tcp & 1) != 0 &&
	       (edge_of_udp(a) != PROTO_NONE || edge_of_udp(b) != PROTO_NONE);
}

/*
 * TCP or UDP comes as it likes, so a branch would be guessed wrong too often:
 * what each says of its length is chosen by arithmetic, and for what TCP
 * alone has, UDP reads an empty TCP header.
 */
static const uint8_t common_no_tcp[TCP_BYTES];

COMMON_INLINE bool common_read_transport(struct flow_facts *f,
					 const struct common_frame *c,
					 const struct packet *p)
{
	const uint8_t *h = c->transport, *tcp;
	uint64_t is_tcp = bits_mask(c->proto == COMMON_TCP);
	uint32_t least = (uint32_t)bits_choose(is_tcp, TCP_BYTES, UDP_BYTES);
	uint32_t bound = c->end < p->caplen ? c->end : p->caplen;
	uint32_t length, limit;

	if (c->end > p->len || bound < c->at + least)
		return false;
	tcp = (const uint8_t *)(uintptr_t)bits_choose(is_tcp, (uintptr_t)h,
						      (uintptr_t)common_no_tcp);
	/* Of the header, as captured; of the datagram, as sent. */
	length = (uint32_t)bits_choose(
		is_tcp, tcp_header_words(tcp) * COMMON_WORD, udp_length(h));
	limit = (uint32_t)bits_choose(is_tcp, bound, c->end);
	if (length < least || c->at + length > limit ||
	    common_is_tunnel(is_tcp, udp_source(h), udp_destination(h)))
		return false;
	f->key.proto = c->proto;
	f->key.zero = 0;
	f->bytes = c->end - COMMON_IP;
	f->seq = tcp_sequence(tcp);
	f->ack = tcp_acknowledgement(tcp);
	f->tcp_flags = tcp_flags(tcp);
	f->window = tcp_window(tcp);
	return true;
}

/* Eight bytes of an address, as they stand. Stored one by one: a compiler
 * that gathers them in a vector waits for its own stores. */
COMMON_INLINE void common_put_word(uint8_t *to, uint64_t word)
{
	memcpy(to, &word, sizeof(word));
	__asm__ volatile("" : "+m"(*(char(*)[8])to));
}

/*
 * Ends in order, lower one first; by arithmetic: a branch here is as good as
 * random. Ports stand at the same place in all transports: `ports` is both,
 * the source's above.
 */
COMMON_INLINE void common_read_ports(struct flow_facts *f, uint32_t ports,
				     uint64_t swap)
{
	uint32_t turned = ports << 16 | ports >> 16;

	ports = (uint32_t)bits_choose(swap, ports, turned);
	memcpy(f->key.port, &ports, sizeof(ports));
	f->direction = swap & 1;
}

COMMON_INLINE bool common_is_transport(uint8_t proto)
{
	const uint64_t wanted =
		UINT64_C(1) << COMMON_TCP | UINT64_C(1) << COMMON_UDP;

	return proto < 64 && (wanted >> proto & 1) != 0;
}

COMMON_INLINE bool common_read_ipv4(struct flow_facts *f,
				    const struct packet *p)
{
	const uint8_t *ip = p->data + COMMON_IP;
	struct common_frame c;
	uint64_t source, destination, swap;
	uint32_t a, b, turn, total, ports;

	if (p->caplen < COMMON_IP + IPV4_BYTES || ip[0] != COMMON_IPV4_PLAIN ||
	    (bits_be16(ip + COMMON_IPV4_FRAGMENT_AT) & COMMON_IPV4_PART) != 0)
		return false;
	total = ipv4_total_length(ip);
	c.at = COMMON_IP + IPV4_BYTES;
	c.transport = ip + IPV4_BYTES;
	c.end = COMMON_IP + total;
	c.proto = ipv4_protocol(ip);
	if (total < IPV4_BYTES || !common_is_transport(c.proto) ||
	    !common_read_transport(f, &c, p))
		return false;
	ports = bits_be32(c.transport);
	memcpy(&a, ipv4_source(ip), sizeof(a));
	memcpy(&b, ipv4_destination(ip), sizeof(b));
	source = (uint64_t)__builtin_bswap32(a) << 16 | ports >> 16;
	destination = (uint64_t)__builtin_bswap32(b) << 16 | (uint16_t)ports;
	swap = bits_mask(source > destination);
	turn = (a ^ b) & (uint32_t)swap;
	common_put_word(f->key.addr[0], a ^ turn);
	common_put_word(f->key.addr[0] + 8, 0);
	common_put_word(f->key.addr[1], b ^ turn);
	common_put_word(f->key.addr[1] + 8, 0);
	common_read_ports(f, ports, swap);
	f->key.version = 4;
	f->ttl = ipv4_ttl(ip);
	f->tos = ipv4_tos(ip);
	f->ip_id = ipv4_id(ip);
	f->flow_label = 0;
	return true;
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

COMMON_INLINE bool common_read_ipv6(struct flow_facts *f,
				    const struct packet *p)
{
	const uint8_t *ip = p->data + COMMON_IP;
	const uint8_t *source, *destination;
	struct common_frame c;
	uint32_t payload;
	bool swap;

	if (p->caplen < COMMON_IP + IPV6_BYTES || ipv6_version(ip) != 6)
		return false;
	payload = ipv6_payload_length(ip);
	c.at = COMMON_IP + IPV6_BYTES;
	c.transport = ip + IPV6_BYTES;
	c.end = c.at + payload;
	c.proto = ipv6_next_header(ip);
	/* Without a length it may be a jumbogram. */
	if (payload == 0 || !common_is_transport(c.proto) ||
	    !common_read_transport(f, &c, p))
		return false;
	source = ipv6_source(ip);
	destination = ipv6_destination(ip);
	swap = common_is_above(source, destination, udp_source(c.transport),
			       udp_destination(c.transport));
	memcpy(f->key.addr[swap], source, sizeof(f->key.addr[0]));
	memcpy(f->key.addr[!swap], destination, sizeof(f->key.addr[0]));
	common_read_ports(f, bits_be32(c.transport), bits_mask(swap));
	f->key.version = 6;
	f->ttl = ipv6_hop_limit(ip);
	f->tos = ipv6_traffic_class(ip);
	f->ip_id = 0;
	f->flow_label = ipv6_flow_label(ip);
	return true;
}

/* What is the packet's, and what common packets do not have. */
COMMON_INLINE void common_read_rest(struct flow_facts *f,
				    const struct packet *p)
{
	f->time_ns = p->time_ns;
	f->frame_bytes = p->len;
	f->iface = p->iface;
	f->hash = 0;
	f->packet_flags = p->flags;
	f->fragment = VIEW_WHOLE;
	f->transport_known = true;
	f->ports_known = true;
	f->icmp_type = 0;
	f->icmp_code = 0;
	f->vlan = 0;
	f->tunnelled = false;
	f->fragment_id = 0;
}

COMMON_INLINE bool common_read(struct flow_facts *f, const struct packet *p)
{
	enum proto proto;

	if (p->link != LINK_ETHERNET || p->caplen < COMMON_IP)
		return false;
	proto = edge_of_ethertype(ethernet_type(p->data));
	if (proto == PROTO_IPV4) {
		if (!common_read_ipv4(f, p))
			return false;
	} else if (proto != PROTO_IPV6 || !common_read_ipv6(f, p)) {
		return false;
	}
	common_read_rest(f, p);
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
