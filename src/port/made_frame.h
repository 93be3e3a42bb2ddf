/*
 * made_frame.h: writes one frame of made traffic: Ethernet, IPv4 or IPv6, and
 * TCP, UDP or ICMP echo, every checksum right.
 */
#ifndef RAWTOP_PORT_MADE_FRAME_H
#define RAWTOP_PORT_MADE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum made_proto { MADE_TCP = 6, MADE_UDP = 17, MADE_ICMP = 1 };

#define MADE_FIN 0x01
#define MADE_SYN 0x02
#define MADE_PSH 0x08
#define MADE_ACK 0x10

/* Who speaks with whom. */
struct made_tuple {
	bool ipv6;
	uint8_t proto;	     /* enum made_proto */
	uint32_t client;     /* 24 bits of its address */
	uint32_t server;     /* 17 bits of its address */
	uint16_t port;	     /* of the client; the identifier of ICMP */
	uint16_t service;    /* port of the server */
	uint32_t flow_label; /* 20 bits */
};

/* What one packet says. */
struct made_words {
	const struct made_tuple *tuple;
	bool reply;    /* from the server */
	uint8_t flags; /* TCP; SYN carries options */
	uint16_t ip_id;
	uint16_t icmp_seq;
	uint32_t seq;
	uint32_t ack;
	uint32_t size;	       /* wanted length of the frame, and … */
	bool payload;	       /* … whether payload or padding fills it */
	uint32_t payload_from; /* which part of the payload */
};

/* The payload that all packets take their part of, and the sums over it. */
struct made_payload {
	uint8_t *bytes;
	uint64_t *sums; /* of the 16-bit words before word i */
};

/* False when there is no memory. Undo with made_payload_close. */
bool made_payload_open(struct made_payload *p, uint64_t seed);
void made_payload_close(struct made_payload *p);

/* Bytes of all headers of such a frame: it is never shorter. */
uint32_t made_frame_headers(const struct made_words *w);

/* Writes the frame and returns its length; at `frame` there is room for
 * w->size bytes or the headers, whichever is more. */
uint32_t made_frame_write(uint8_t *frame, const struct made_words *w,
			  const struct made_payload *payload);

#endif
