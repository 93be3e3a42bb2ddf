/*
 * datagram.h: IP packets as the lab's hosts read and write them: one received
 * packet taken apart as far as a host must know it, and new ones built.
 */
#ifndef RAWTOP_LAB_DATAGRAM_H
#define RAWTOP_LAB_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the hosts send is at most this long: the MTU of lab0. */
#define DATAGRAM_MTU 1500
/* What they receive: without segmentation offload no more than the MTU, but
 * nothing depends on that. */
#define DATAGRAM_SIZE_MAX 65536

/* An address of either family; IPv4 in the first four bytes, the rest 0. */
struct datagram_ends {
	uint8_t version; /* 4 or 6 */
	uint8_t src[16];
	uint8_t dst[16];
};

/* A received packet; borrows its bytes. */
struct datagram {
	struct datagram_ends ends;
	uint8_t *bytes;
	size_t len;    /* by the IP header; link padding is cut off */
	size_t offset; /* of the transport header; offset <= len */
	uint8_t proto; /* behind IPv6 extension headers */
	uint8_t ttl;   /* or hop limit */
	bool first;    /* the transport header is here: no later fragment */
};

/* Where built packets go. */
struct datagram_out {
	void (*send)(void *context, const uint8_t *bytes, size_t len);
	void *context;
};

/* Takes a packet apart; false when its IP headers are not whole. */
bool datagram_parse(struct datagram *d, uint8_t *bytes, size_t len);

/* How many bytes an IP address of this version has. */
size_t datagram_address_size(uint8_t version);

/*
 * Sends the received packet back where it came from, as it is but for swapped
 * addresses and a fresh TTL. The sums of upper layers do not change by that.
 */
void datagram_send_back(const struct datagram *d,
			const struct datagram_out *out);

/* Where the transport header of a built packet begins. */
size_t datagram_room(uint8_t version);

/*
 * Completes a packet in `bytes` whose transport header and payload, `len`
 * bytes, stand at datagram_room: fills in the IP header and, if sum_at is not
 * 0, the Internet checksum at that offset into the transport header (over the
 * pseudo header too, but for ICMP over IPv4). Then sends it.
 */
void datagram_send(const struct datagram_ends *ends, uint8_t proto,
		   uint8_t *bytes, size_t len, size_t sum_at,
		   const struct datagram_out *out);

/* The Internet checksum's sum of bytes, not yet folded (RFC 1071). */
uint32_t datagram_sum(const uint8_t *bytes, size_t len, uint32_t sum);

/* Folds and complements such a sum. */
uint16_t datagram_fold(uint32_t sum);

#endif
