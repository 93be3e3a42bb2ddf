/*
 * packet.h: packets for tests, built from the inside out: each put_… goes in
 * front of what is there, and lengths come out right by themselves.
 */
#ifndef RAWTOP_TESTS_WIRE_PACKET_H
#define RAWTOP_TESTS_WIRE_PACKET_H

#include "wire/view.h"

#include <stddef.h>
#include <stdint.h>

#define PACKET_SIZE 2048

struct packet_build {
	uint8_t bytes[PACKET_SIZE];
	size_t begin; /* the first byte in use; the last is the array's */
};

void packet_init(struct packet_build *b);
uint8_t *packet_data(struct packet_build *b);
uint32_t packet_len(const struct packet_build *b);

/* In front of what is there; returns where it stands. */
uint8_t *put_bytes(struct packet_build *b, const void *bytes, size_t n);

/* The same from hexadecimal digits; blanks are ignored. */
uint8_t *put_hex(struct packet_build *b, const char *digits);

uint8_t *put_ethernet(struct packet_build *b, uint16_t type);
uint8_t *put_vlan(struct packet_build *b, uint16_t id, uint16_t type);
uint8_t *put_mpls(struct packet_build *b, uint32_t label, bool bottom);
uint8_t *put_ipv4(struct packet_build *b, uint8_t protocol);
uint8_t *put_ipv6(struct packet_build *b, uint8_t next_header);
uint8_t *put_tcp(struct packet_build *b);
uint8_t *put_udp(struct packet_build *b, uint16_t from, uint16_t to);

/* Ethernet, IPv4 and TCP without payload: 54 bytes. */
void packet_plain(struct packet_build *b);

/* Decodes what is there from memory of exactly that size, which the view
 * borrows until the next call. */
void decode(struct view *v, struct packet_build *b, enum link_type link);

/* The same of which only `caplen` bytes were captured. */
void decode_cut(struct view *v, struct packet_build *b, uint32_t caplen,
		enum link_type link);

/* The layers by name: "eth/ipv4/tcp". */
const char *shape(const struct view *v);

#endif
