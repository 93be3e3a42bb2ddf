/*
 * datagram.h: which datagrams that came in fragments were seen whole. It
 * follows the kernel (net/ipv4/inet_fragment.c): a fragment that lies within
 * what is there is let go, one that overlaps spoils its datagram, and what is
 * whole is forgotten, so that the same identification may begin another one.
 *
 * Bounded: sets of four rows, of which the oldest makes room, and four runs of
 * bytes in a row. A datagram for which that is too little is never whole: of
 * what is not known nothing is said.
 *
 * For the one writing thread only.
 */
#ifndef RAWTOP_FLOW_DATAGRAM_H
#define RAWTOP_FLOW_DATAGRAM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATAGRAM_RUNS 4
/* Linux gives an IPv4 datagram up after 30 s, an IPv6 one after 60. */
#define DATAGRAM_LIFE_NS (UINT64_C(30) * 1000 * 1000 * 1000)

struct datagram_run {
	uint16_t begin; /* bytes of the datagram's payload: [begin, end) */
	uint16_t end;
};

struct datagram_row {
	uint64_t hash;
	uint64_t time_ns; /* of the first one that came; 0: empty */
	uint64_t flow;	  /* where the first fragment was counted; 0: not yet */
	struct datagram_run run[DATAGRAM_RUNS];
	uint16_t run_count;
	uint16_t end; /* of the last fragment; 0: not yet */
	bool spoiled; /* the kernel would not put it together, or no room */
};

struct datagrams {
	struct datagram_row *rows;
	uint32_t sets;
};

/* One fragment: the part of the datagram that it carries. */
struct datagram_piece {
	uint32_t begin;
	uint32_t bytes;
	bool more;
};

/* False with *e set when there is no memory. */
bool datagrams_open(struct datagrams *d, uint32_t sets, const char *what,
		    struct err *e);
void datagrams_close(struct datagrams *d);
size_t datagrams_bytes(const struct datagrams *d);

/*
 * Notes a fragment of the datagram with this hash (64 bits of a keyed one);
 * `flow`: not 0 for the first fragment, and then any number that stands for
 * its flow. When the datagram is whole with this one: the number that its first
 * fragment gave; else 0.
 */
uint64_t datagrams_add(struct datagrams *d, uint64_t hash,
		       const struct datagram_piece *piece, uint64_t flow,
		       uint64_t now_ns);

#endif
