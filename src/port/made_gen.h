/*
 * made_gen.h: makes deterministic traffic, frame by frame. Everything about a
 * packet follows from the config and the number of packets before it.
 *
 * Clients are 10.0.0.0/8 and fd00::/64, servers 198.18.0.0/15 (RFC 2544) and
 * 2001:db8::/64 (RFC 3849). A TCP flow opens with a handshake, speaks in
 * rounds (a request, two answers, an acknowledgement), closes with FIN both
 * ways and opens anew from the same port. UDP and ICMP echo ask and answer.
 * Without flows (flood) each packet is the first one of its own five-tuple.
 */
#ifndef RAWTOP_PORT_MADE_GEN_H
#define RAWTOP_PORT_MADE_GEN_H

#include "port/sources.h"

#include <stddef.h>
#include <stdint.h>

/* Bounds of a config; source_made_parse and made_gen_open hold to them. */
#define MADE_FLOWS_MAX (1u << 24)
#define MADE_SIZE_MAX  65549u /* Ethernet header and the largest datagram */
#define MADE_RATE_MAX  UINT64_C(1000000000)
#define MADE_ZIPF_MAX  10

/* 2026-01-01T00:00:00Z, the time of the first packet. */
#define MADE_START_NS UINT64_C(1767225600000000000)

struct made_gen;

/* What is wrong with a config? True: nothing; else *e says it. */
bool made_config_check(const struct source_made_config *config, struct err *e);

/* An owned generator, or NULL with *e set. Undo with made_gen_close. */
struct made_gen *made_gen_open(const struct source_made_config *config,
			       struct err *e);

/* The largest frame that it makes. */
uint32_t made_gen_frame_max(const struct made_gen *g);

/* Writes the next frame, at most made_gen_frame_max bytes; returns its
 * length. */
uint32_t made_gen_frame(struct made_gen *g, uint8_t *frame);

/* The time of packet n, from 0: a step of 1 µs, or what the rate asks. */
uint64_t made_time_ns(const struct source_made_config *config, uint64_t n);

void made_gen_close(struct made_gen *g);

#endif
