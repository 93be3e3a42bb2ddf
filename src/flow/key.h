/*
 * key.h: who talks to whom. A key is canonical (both directions of a
 * conversation give the same key), free of padding, and compared by memcmp.
 *
 * Ends are ordered by (address, port); `FLOW_AB` is the direction from the
 * lower end to the higher one. IPv4 addresses stand in the first four bytes,
 * the rest is zero. ICMP and ICMPv6 have no ports: both port fields are equal
 * for both directions and hold what ties a request to its answer: `port[0]`
 * the echo identifier (else 0), `port[1]` type << 8 | code, where an answer
 * (echo reply, timestamp reply …) carries the type of its request. Between two
 * equal addresses an answer's direction is FLOW_BA, any other's FLOW_AB.
 * The flow of a tunnelled packet is its innermost IP header's.
 */
#ifndef RAWTOP_FLOW_KEY_H
#define RAWTOP_FLOW_KEY_H

#include "pipe/block.h"
#include "wire/view.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum flow_direction {
	FLOW_AB = 0,
	FLOW_BA = 1,
};

struct flow_key {
	uint8_t addr[2][16];
	uint16_t port[2]; /* host order */
	uint8_t version;  /* 4 or 6 */
	uint8_t proto;	  /* IP protocol number after extension headers */
	uint16_t zero;
};
_Static_assert(sizeof(struct flow_key) == 40, "no padding in a flow key");

/* Eight bytes of a key as they stand, one word of five. */
static inline uint64_t flow_key_word(const struct flow_key *key, unsigned i)
{
	uint64_t word;

	memcpy(&word, (const char *)key + i * sizeof(word), sizeof(word));
	return word;
}

#define FLOW_FRAGMENT_MORE 1u

/*
 * What the flow table needs of one packet: filled by flow_facts_read from a
 * view, so that the table never looks at packet bytes.
 */
struct flow_facts {
	struct flow_key key;
	uint64_t time_ns;
	uint32_t bytes;	      /* IP total length, innermost header */
	uint32_t frame_bytes; /* length on the link */
	uint32_t seq;	      /* TCP; ICMP echo: sequence number */
	uint32_t ack;
	uint32_t iface;
	uint32_t hash; /* filled by the table */
	uint16_t window;
	uint16_t ip_id; /* IPv4 */
	uint8_t ttl;
	uint8_t tos;
	uint8_t tcp_flags;
	uint8_t direction;    /* enum flow_direction */
	uint8_t packet_flags; /* PACKET_FLAG_… of pipe/block.h */
	/* False when the TCP or ICMP header was cut short, or is in another
	 * fragment: the fields above that are of it mean nothing. */
	bool transport_known;
	/* What follows is the same for all packets that are common, so that it
	 * is written by two stores. */
	uint8_t fragment; /* enum view_fragment */
	bool ports_known; /* false: a later fragment, or too short a packet */
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t vlan;
	/* The key is not the outermost header's: the host vantage shows the
	 * outer datagram, which says nothing about this one. */
	bool tunnelled;
	/* Of fragments, and else not filled in: where it begins in its
	 * datagram, a multiple of 8, and FLOW_FRAGMENT_MORE where it is not
	 * the last; at the end, how many bytes of it there are. */
	uint16_t fragment_at;
	uint32_t fragment_id; /* of fragments: IPv4 identification or IPv6's */
	uint32_t flow_label;  /* IPv6 */
	uint32_t fragment_bytes;
};

/*
 * Reads the facts of a decoded packet. False when there is no IP header to
 * make a key of: v->stop and v->stop_proto say why, and the packet counts as
 * "not IP" (the walk ended in payload) or malformed.
 * Borrows nothing; *f is whole on true.
 */
bool flow_facts_read(struct flow_facts *f, const struct packet *p,
		     const struct view *v);

/*
 * The same for what most packets are (untagged Ethernet, whole IPv4 without
 * options or IPv6 without extension headers, TCP or UDP that is no tunnel's),
 * without a view. False: it is
 * another kind of packet, or something is wrong with it: ask the view. On true
 * *f is what view_decode and flow_facts_read would have said.
 */
bool flow_facts_read_common(struct flow_facts *f, const struct packet *p);

/*
 * The same for a run of packets, of which there are `count`: facts[i] for
 * packets[i], i below `room`, up to the first one that is not common or that
 * another worker counts. Returns how many there are.
 */
unsigned flow_facts_read_run(struct flow_facts *facts, unsigned room,
			     const struct packet *packets, uint32_t count,
			     uint8_t worker);

/*
 * As above for the packet that an ICMP error quotes: only key, direction and
 * ports_known mean something. `direction` is that of the quoted packet.
 */
bool flow_facts_read_quoted(struct flow_facts *f, const struct view *quoted);

/*
 * Spreads flows over workers so that both directions, all fragments of a
 * datagram, and every vantage of a flow meet in one worker: a keyed hash of
 * the innermost pair of addresses. Below `workers`.
 */
unsigned flow_key_worker(const struct flow_key *key, const uint8_t secret[16],
			 unsigned workers);

#endif
