/*
 * ip_socket_message.h: one message of a raw IP socket made into the packet
 * that it was: what the kernel says beside it, and, for IPv6, the headers
 * that it keeps back, written anew in front of the payload.
 */
#ifndef RAWTOP_PORT_IP_SOCKET_MESSAGE_H
#define RAWTOP_PORT_IP_SOCKET_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv6 allows each once, destination options twice (RFC 8200, 4.1); the
 * kernel reports hop-by-hop, routing and destination options. */
#define IP_MESSAGE_EXTENSIONS_MAX 8
/* All that may stand in front of an IPv6 payload. */
#define IP_MESSAGE_HEADERS_MAX 4096

struct ip_extension {
	const uint8_t *bytes; /* borrows the control buffer */
	uint32_t length;
	uint8_t type; /* its protocol number: 0, 43 or 60 */
};

/* What stands beside the bytes in the control messages. */
struct ip_message {
	uint64_t time_ns; /* 0: the kernel did not say */
	uint32_t iface;
	uint32_t drops; /* the socket's, so far, if has_drops */
	bool has_drops;
	bool reassembled;
	/* IPv6 only. */
	uint8_t hop_limit;
	uint32_t flow_info; /* traffic class << 20 | flow label */
	uint8_t destination[16];
	unsigned extension_count;
	struct ip_extension extensions[IP_MESSAGE_EXTENSIONS_MAX];
};

/* Reads the control messages. Borrows them. */
void ip_message_read(struct ip_message *m, const struct msghdr *msg);

/*
 * Writes the IPv6 header and the extension headers as they came (RFC 8200)
 * to `out` of IP_MESSAGE_HEADERS_MAX bytes; how many bytes. The payload of
 * `payload_length` bytes has protocol `proto`; a length beyond 16 bits (a
 * super-packet put together by receive offload) is written as 65535.
 * Headers that do not fit into `out` are left out whole.
 */
size_t ip_message_write_ipv6(const struct ip_message *m,
			     const uint8_t source[16], uint8_t proto,
			     size_t payload_length, uint8_t *out);

/* Switches the control messages on; false with errno set. */
bool ip_message_request(int fd, bool ipv6);

#endif
