/*
 * common.c: the facts of what most packets are, straight from the bytes: an
 * untagged Ethernet frame with a whole IPv4 packet, no options, and TCP or UDP
 * in it. It reads by the same getters as the view, checks what the view
 * checks, and leaves everything else to it; a test holds the two together.
 */
#include "base/bits.h"
#include "flow/key.h"
#include "wire/edge.h"
#include "wire/fields.h"

#include <string.h>

#define COMMON_IP	 ETHERNET_BYTES
#define COMMON_TRANSPORT (ETHERNET_BYTES + IPV4_BYTES)
#define COMMON_WORD	 4u
#define COMMON_TCP	 6
#define COMMON_UDP	 17

static const struct flow_facts common_nothing;

/* The bounds that hold for the transport header. */
struct common_bounds {
	uint32_t end;	/* of the IP packet, in the frame */
	uint32_t bound; /* the smaller of that and the captured bytes */
};

/* Is it such a frame, whole as far as headers go? */
static inline bool common_check_ipv4(const struct packet *p,
				     struct common_bounds *b)
{
	const uint8_t *ip = p->data + COMMON_IP;
	uint32_t total;

	if (p->link != LINK_ETHERNET ||
	    p->caplen < COMMON_TRANSPORT + UDP_BYTES ||
	    edge_of_ethertype(ethernet_type(p->data)) != PROTO_IPV4)
		return false;
	total = ipv4_total_length(ip);
	b->end = COMMON_IP + total;
	b->bound = b->end < p->caplen ? b->end : p->caplen;
	return ipv4_version(ip) == 4 &&
	       ipv4_header_words(ip) == IPV4_BYTES / COMMON_WORD &&
	       !ipv4_mf(ip) && ipv4_fragment_offset(ip) == 0 &&
	       total >= IPV4_BYTES && b->end <= p->len;
}

static inline bool common_check_tcp(const uint8_t *tcp,
				    const struct common_bounds *b)
{
	uint32_t header;

	if (b->bound < COMMON_TRANSPORT + TCP_BYTES)
		return false;
	header = tcp_header_words(tcp) * COMMON_WORD;
	return header >= TCP_BYTES && b->bound >= COMMON_TRANSPORT + header;
}

/* A tunnel's port leads further in: not common. */
static inline bool common_check_udp(const uint8_t *udp,
				    const struct common_bounds *b)
{
	uint32_t length;

	if (b->bound < COMMON_TRANSPORT + UDP_BYTES)
		return false;
	length = udp_length(udp);
	return length >= UDP_BYTES && COMMON_TRANSPORT + length <= b->end &&
	       edge_of_udp(udp_destination(udp)) == PROTO_NONE &&
	       edge_of_udp(udp_source(udp)) == PROTO_NONE;
}

static inline void common_read_tcp(struct flow_facts *f, const uint8_t *tcp,
				   uint32_t end)
{
	f->transport_known = true;
	f->seq = tcp_sequence(tcp);
	f->ack = tcp_acknowledgement(tcp);
	f->tcp_flags = tcp_flags(tcp);
	f->window = tcp_window(tcp);
	f->payload =
		end - COMMON_TRANSPORT - tcp_header_words(tcp) * COMMON_WORD;
}

/* The lower end first; by arithmetic: a branch here is as good as random. */
static inline void common_read_key(struct flow_facts *f, const uint8_t *ip,
				   uint16_t from, uint16_t to)
{
	uint32_t source = bits_be32(ipv4_source(ip));
	uint32_t destination = bits_be32(ipv4_destination(ip));
	bool swap = ((uint64_t)source << 16 | from) >
		    ((uint64_t)destination << 16 | to);

	memcpy(f->key.addr[swap], ipv4_source(ip), sizeof(source));
	memcpy(f->key.addr[!swap], ipv4_destination(ip), sizeof(source));
	f->key.port[swap] = from;
	f->key.port[!swap] = to;
	f->key.version = 4;
	f->key.proto = ipv4_protocol(ip);
	f->direction = swap;
}

bool flow_facts_read_common(struct flow_facts *f, const struct packet *p)
{
	const uint8_t *ip = p->data + COMMON_IP;
	const uint8_t *transport = p->data + COMMON_TRANSPORT;
	struct common_bounds b;
	bool tcp;

	if (!common_check_ipv4(p, &b))
		return false;
	tcp = ipv4_protocol(ip) == COMMON_TCP;
	if (tcp ? !common_check_tcp(transport, &b)
		: ipv4_protocol(ip) != COMMON_UDP ||
			    !common_check_udp(transport, &b))
		return false;
	*f = common_nothing;
	/* Ports stand at the same place in both. */
	common_read_key(f, ip, udp_source(transport),
			udp_destination(transport));
	f->ttl = ipv4_ttl(ip);
	f->tos = ipv4_tos(ip);
	f->ip_id = ipv4_id(ip);
	f->fragment_id = f->ip_id;
	f->ports_known = true;
	if (tcp)
		common_read_tcp(f, transport, b.end);
	f->time_ns = p->time_ns;
	f->bytes = b.end - COMMON_IP;
	f->frame_bytes = p->len;
	f->iface = p->iface;
	f->packet_flags = p->flags;
	return true;
}
