/*
 * block.h: the unit of transport. A block is a bounded run of packets from
 * one source: descriptors that point into bytes the source owns (a kernel
 * block of a TPACKET_V3 ring, a mapped file, or the block's own buffer).
 *
 * Ownership: the source's thread owns an empty block and fills it; after it
 * is put into the rings, the workers that it was put for read it, and nobody
 * writes; each gives it back through its return ring; when all have, it is
 * the source's again, which then may give the bytes back to the kernel.
 */
#ifndef RAWTOP_PIPE_BLOCK_H
#define RAWTOP_PIPE_BLOCK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define BLOCK_WORKERS_MAX 16

/* How the kernel classed a packet: values of sll_pkttype (if_packet.h). */
enum packet_class {
	PACKET_CLASS_HOST = 0,
	PACKET_CLASS_BROADCAST = 1,
	PACKET_CLASS_MULTICAST = 2,
	PACKET_CLASS_OTHER = 3,
	PACKET_CLASS_OUTGOING = 4,
	PACKET_CLASS_UNKNOWN = 7, /* files mostly do not say */
};

#define PACKET_FLAG_CLASS_MASK 0x07
/* The second sight of a packet on a loopback interface. */
#define PACKET_FLAG_COPY 0x08
/* The checksum is for the hardware to fill in: not an error. */
#define PACKET_FLAG_CHECKSUM_PARTIAL 0x10
/* The kernel put this datagram together from fragments. */
#define PACKET_FLAG_REASSEMBLED 0x20
/* Seen by the host vantage: accepted by this machine. */
#define PACKET_FLAG_HOST_VANTAGE 0x40
/* A file or made traffic: no vantage, one sight per packet. */
#define PACKET_FLAG_OFFLINE 0x80

/* One packet; borrows `data` from its block. */
struct packet {
	const uint8_t *data;
	uint64_t time_ns; /* real time; 0 when the file does not say */
	uint32_t caplen;  /* bytes at data */
	uint32_t len;	  /* bytes on the link; >= caplen */
	uint32_t iface;	  /* kernel index; for files the number in the file */
	uint8_t link;	  /* enum link_type of wire/link.h */
	uint8_t flags;
	/*
	 * The worker that counts this packet, and the worker that owns the
	 * flow which an ICMP error quotes. Filled in by the engine when there
	 * are several workers; both 0 with one.
	 */
	uint8_t worker;
	uint8_t quoted_worker;
};
_Static_assert(sizeof(struct packet) == 32, "two descriptors a cache line");

struct block {
	struct packet *packets; /* `count` of at most `capacity` */
	uint32_t count;
	uint32_t capacity;
	uint64_t sequence; /* by source, counts up by one */
	uint8_t *data;	   /* own buffer, NULL when it borrows */
	size_t data_size;
	void *cookie;	       /* the source's: what to give back to whom */
	uint32_t readers_left; /* the source's thread counts returns here */
	uint32_t source;       /* index of the source in the engine */
};

/* A pool of equal blocks whose memory is taken at once. */
struct block_pool {
	struct block *blocks;
	uint32_t count;
	size_t block_count_bytes;
	void *packets;
	size_t packets_bytes;
	uint8_t *data;
	size_t data_bytes;
};

/*
 * Takes `count` blocks of `capacity` descriptors and data_size bytes of own
 * buffer each (0: the blocks borrow their bytes). False with *e set when
 * there is no memory. Undo with block_pool_close.
 */
bool block_pool_open(struct block_pool *pool, uint32_t count, uint32_t capacity,
		     size_t data_size, struct err *e);
void block_pool_close(struct block_pool *pool);

#endif
