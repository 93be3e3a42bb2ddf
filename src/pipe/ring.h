/*
 * ring.h: a bounded queue of pointers from one producer thread to one
 * consumer thread, without locks. Counters run freely and wrap; each side
 * caches the other's counter, so that a put or a take touches a shared cache
 * line only when the cached view says full or empty.
 *
 * Progress: both operations are wait-free. The producer's put happens before
 * the consumer's take of the same pointer, contents included.
 */
#ifndef RAWTOP_PIPE_RING_H
#define RAWTOP_PIPE_RING_H

#include "base/atom.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

struct ring {
	void **slots; /* `mask + 1` of them, a power of two */
	uint32_t mask;

	alignas(64) atom_u32 head; /* written by the producer */
	uint32_t tail_seen;	   /* the producer's view of tail */

	alignas(64) atom_u32 tail; /* written by the consumer */
	uint32_t head_seen;	   /* the consumer's view of head */
};

/*
 * Starts an empty ring over slots[capacity]; capacity is a power of two and
 * the slots outlive the ring. `start` is the first value of both counters: 0,
 * or near UINT32_MAX in tests.
 */
void ring_init(struct ring *r, void **slots, uint32_t capacity, uint32_t start);

/* Producer: appends p (not NULL). False when full: nothing is changed. */
bool ring_put(struct ring *r, void *p);

/* Consumer: takes the oldest, or NULL when empty. */
void *ring_take(struct ring *r);

/* Any thread: how many are in it now, between 0 and capacity. */
uint32_t ring_fill(const struct ring *r);

#endif
