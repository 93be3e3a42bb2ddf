/*
 * ring_packet.h: a TPACKET_V3 ring on an AF_PACKET socket: memory that the
 * kernel fills block by block. Its blocks are handed on without a copy and
 * given back in any order.
 */
#ifndef RAWTOP_PORT_RING_PACKET_H
#define RAWTOP_PORT_RING_PACKET_H

#include "base/err.h"
#include "pipe/block.h"

#include <stdbool.h>
#include <stdint.h>

#define RING_PACKET_BLOCK_BYTES (256u << 10)
/*
 * The least room a frame takes in a block: header, address, spare room for a
 * VLAN tag, one byte, rounded up; see tpacket_rcv in net/packet/af_packet.c.
 */
#define RING_PACKET_FRAME_MIN_BYTES 80u
#define RING_PACKET_FRAMES_MAX                                                 \
	(RING_PACKET_BLOCK_BYTES / RING_PACKET_FRAME_MIN_BYTES)
#define RING_PACKET_BYTES_MIN (1u << 20)
/*
 * The kernel gives a block that is not full out after one to two such times:
 * a lone packet shows within 60 ms, and an idle ring wakes nobody.
 */
#define RING_PACKET_RETIRE_MS 20

struct ring_packet {
	uint8_t *map; /* NULL: no ring */
	uint32_t block_count;
	uint32_t next; /* the block that the kernel fills next */
	/* How long the last block taken took to fill; 0 when it was not full
	 * but out of time. */
	uint64_t fill_ns;
};

/*
 * Asks the kernel for a ring of `bytes` (RING_PACKET_BYTES_MIN or more), by
 * halves less where memory is short, and maps it. The descriptor is borrowed
 * and needs no bind yet. False with *e set.
 */
bool ring_packet_open(struct ring_packet *r, int fd, uint32_t bytes,
		      struct err *e);

/* Unmaps it. No block is in use. */
void ring_packet_close(struct ring_packet *r);

/* Has the kernel given out the next block? */
bool ring_packet_is_ready(const struct ring_packet *r);

/*
 * Takes the next block: writes a descriptor for each frame into b->packets
 * (capacity RING_PACKET_FRAMES_MAX), puts VLAN tags back in place, and moves
 * on. Returns the number of the kernel block, to be given back. It is ready.
 */
uint32_t ring_packet_take(struct ring_packet *r, struct block *b);

/* Gives a kernel block back; nobody looks at its bytes any more. */
void ring_packet_give_back(struct ring_packet *r, uint32_t number);

#endif
