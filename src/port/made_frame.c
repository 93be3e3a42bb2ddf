#include "port/made_frame.h"

#include "base/bits.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_SIZE 14u
#define IPV4_SIZE     20u
#define IPV6_SIZE     40u
#define TCP_SIZE      20u
#define TCP_SYN_SIZE  28u /* with maximum segment size and window scale */
#define UDP_SIZE      8u
#define ICMP_SIZE     8u

#define PROTO_ICMPV6 58

#define TTL_CLIENT 64
#define TTL_SERVER 57
#define TCP_WINDOW 64240

/* Parts of the payload begin in the first 1 KiB of it. */
#define PAYLOAD_FROM_MASK 0x3feu
#define PAYLOAD_SIZE	  ((size_t)65536 + 1024)

bool made_payload_open(struct made_payload *p, uint64_t seed)
{
	static const char letters[] = "etaoinshrdlu ETAOINSHRDLU0123456";
	uint64_t sum = 0;

	p->bytes = malloc(PAYLOAD_SIZE);
	p->sums = malloc((PAYLOAD_SIZE / 2 + 1) * sizeof(*p->sums));
	if (!p->bytes || !p->sums) {
		made_payload_close(p);
		return false;
	}
	for (size_t i = 0; i < PAYLOAD_SIZE; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1;
		p->bytes[i] = (uint8_t)letters[seed >> 59];
	}
	p->sums[0] = 0;
	for (size_t i = 0; i < PAYLOAD_SIZE / 2; i++) {
		uint16_t word;

		memcpy(&word, p->bytes + 2 * i, 2);
		sum += word;
		p->sums[i + 1] = sum;
	}
	return true;
}

void made_payload_close(struct made_payload *p)
{
	free(p->bytes);
	free(p->sums);
	*p = (struct made_payload){0};
}

/*
 * Sums for the Internet checksum (RFC 1071), taken in the order of the
 * machine: the result comes out in the right order all the same.
 */
static inline uint64_t made_sum(const uint8_t *p, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 4 <= size; i += 4) {
		uint32_t word;

		memcpy(&word, p + i, 4);
		sum += word;
	}
	return sum;
}

static inline uint64_t made_sum_payload(const struct made_payload *p,
					uint32_t from, uint32_t size)
{
	uint64_t sum = p->sums[(from + size) / 2] - p->sums[from / 2];
	uint8_t last[2] = {0, 0};
	uint16_t word;

	if (size % 2 == 0)
		return sum;
	last[0] = p->bytes[from + size - 1];
	memcpy(&word, last, 2);
	return sum + word;
}

static inline void made_put_sum(uint8_t *at, uint64_t sum)
{
	uint16_t folded;

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)~sum;
	memcpy(at, &folded, 2);
}

static uint32_t made_transport_size(const struct made_words *w)
{
	switch (w->tuple->proto) {
	case MADE_TCP:
		return w->flags & MADE_SYN ? TCP_SYN_SIZE : TCP_SIZE;
	case MADE_UDP:
		return UDP_SIZE;
	default:
		return ICMP_SIZE;
	}
}

uint32_t made_frame_headers(const struct made_words *w)
{
	return ETHERNET_SIZE + (w->tuple->ipv6 ? IPV6_SIZE : IPV4_SIZE) +
	       made_transport_size(w);
}

static void made_write_ethernet(uint8_t *p, const struct made_words *w)
{
	uint8_t *client = w->reply ? p : p + 6;
	uint8_t *router = w->reply ? p + 6 : p;

	/* Locally administered addresses, as RFC 7042 has them. */
	bits_put_be16(client, 0x0200);
	bits_put_be32(client + 2, w->tuple->client);
	bits_put_be16(router, 0x0200);
	bits_put_be32(router + 2, 0xfe000001);
	bits_put_be16(p + 12, w->tuple->ipv6 ? 0x86dd : 0x0800);
}

static uint8_t *made_write_ipv4(uint8_t *p, const struct made_words *w,
				uint32_t above)
{
	uint32_t client = 0x0a000000 | w->tuple->client; /* 10.0.0.0/8 */
	uint32_t server = 0xc6120000 | w->tuple->server; /* 198.18.0.0/15 */

	bits_put_be16(p, 0x4500);
	bits_put_be16(p + 2, (uint16_t)(IPV4_SIZE + above));
	bits_put_be16(p + 4, w->ip_id);
	bits_put_be16(p + 6, 0x4000); /* do not fragment */
	p[8] = w->reply ? TTL_SERVER : TTL_CLIENT;
	p[9] = w->tuple->proto;
	bits_put_be16(p + 10, 0);
	bits_put_be32(p + 12, w->reply ? server : client);
	bits_put_be32(p + 16, w->reply ? client : server);
	made_put_sum(p + 10, made_sum(p, IPV4_SIZE));
	return p + IPV4_SIZE;
}

static uint8_t *made_write_ipv6(uint8_t *p, const struct made_words *w,
				uint32_t above)
{
	uint8_t *client = p + (w->reply ? 24 : 8);
	uint8_t *server = p + (w->reply ? 8 : 24);

	bits_put_be32(p, 0x60000000 | w->tuple->flow_label);
	bits_put_be16(p + 4, (uint16_t)above);
	p[6] = w->tuple->proto == MADE_ICMP ? PROTO_ICMPV6 : w->tuple->proto;
	p[7] = w->reply ? TTL_SERVER : TTL_CLIENT;
	memset(p + 8, 0, 32);
	bits_put_be16(client, 0xfd00); /* fd00::/64 */
	bits_put_be32(client + 12, w->tuple->client);
	bits_put_be32(server, 0x20010db8); /* 2001:db8::/64 */
	bits_put_be32(server + 12, w->tuple->server);
	return p + IPV6_SIZE;
}

/* Writes the header with a zero checksum; returns where that stands. */
static uint8_t *made_write_tcp(uint8_t *p, const struct made_words *w)
{
	uint16_t size = (uint16_t)made_transport_size(w);
	uint16_t port = w->tuple->port;
	uint16_t service = w->tuple->service;

	bits_put_be16(p, w->reply ? service : port);
	bits_put_be16(p + 2, w->reply ? port : service);
	bits_put_be32(p + 4, w->seq);
	bits_put_be32(p + 8, w->ack);
	bits_put_be16(p + 12, (uint16_t)(size / 4 << 12 | w->flags));
	bits_put_be16(p + 14, TCP_WINDOW);
	bits_put_be32(p + 16, 0);
	if (w->flags & MADE_SYN) {
		bits_put_be32(p + 20, 0x02040000 | 1460);
		bits_put_be32(p + 24, 0x01030307); /* none, scale by 2^7 */
	}
	return p + 16;
}

static uint8_t *made_write_udp(uint8_t *p, const struct made_words *w,
			       uint32_t size)
{
	uint16_t port = w->tuple->port;
	uint16_t service = w->tuple->service;

	bits_put_be16(p, w->reply ? service : port);
	bits_put_be16(p + 2, w->reply ? port : service);
	bits_put_be16(p + 4, (uint16_t)size);
	bits_put_be16(p + 6, 0);
	return p + 6;
}

static uint8_t *made_write_icmp(uint8_t *p, const struct made_words *w)
{
	bool ipv6 = w->tuple->ipv6;

	if (w->reply)
		p[0] = ipv6 ? 129 : 0;
	else
		p[0] = ipv6 ? 128 : 8;
	p[1] = 0;
	bits_put_be16(p + 2, 0);
	bits_put_be16(p + 4, w->tuple->port);
	bits_put_be16(p + 6, w->icmp_seq);
	return p + 2;
}

/* The sum of the pseudo-header; ICMP over IPv4 has none. */
static uint64_t made_sum_pseudo(const uint8_t *ip, const struct made_words *w,
				uint32_t above)
{
	uint8_t words[4];

	if (!w->tuple->ipv6 && w->tuple->proto == MADE_ICMP)
		return 0;
	bits_put_be16(words, w->tuple->ipv6 ? ip[6] : ip[9]);
	bits_put_be16(words + 2, (uint16_t)above);
	return made_sum(words, 4) +
	       (w->tuple->ipv6 ? made_sum(ip + 8, 32) : made_sum(ip + 12, 8));
}

uint32_t made_frame_write(uint8_t *frame, const struct made_words *w,
			  const struct made_payload *payload)
{
	uint32_t headers = made_frame_headers(w);
	uint32_t transport = made_transport_size(w);
	uint32_t size = w->size > headers ? w->size : headers;
	uint32_t extra = size - headers;
	uint32_t carried = w->payload ? extra : 0;
	uint32_t from = w->payload_from & PAYLOAD_FROM_MASK;
	uint8_t *ip = frame + ETHERNET_SIZE;
	uint8_t *checksum;
	uint8_t *p;

	made_write_ethernet(frame, w);
	if (w->tuple->ipv6)
		p = made_write_ipv6(ip, w, transport + carried);
	else
		p = made_write_ipv4(ip, w, transport + carried);
	if (w->tuple->proto == MADE_TCP)
		checksum = made_write_tcp(p, w);
	else if (w->tuple->proto == MADE_UDP)
		checksum = made_write_udp(p, w, transport + carried);
	else
		checksum = made_write_icmp(p, w);
	made_put_sum(checksum,
		     made_sum_pseudo(ip, w, transport + carried) +
			     made_sum(p, transport) +
			     made_sum_payload(payload, from, carried));
	/* A sum of zero means "none" to UDP (RFC 768). */
	if (w->tuple->proto == MADE_UDP && checksum[0] == 0 && checksum[1] == 0)
		bits_put_be16(checksum, 0xffff);
	if (carried > 0)
		memcpy(p + transport, payload->bytes + from, carried);
	else
		memset(p + transport, 0, extra);
	return size;
}
