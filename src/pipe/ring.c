#include "pipe/ring.h"

#include <assert.h>
#include <stddef.h>

/*
 * Both counters run freely over uint32_t: head counts the puts, tail the
 * takes, and head - tail, modulo 2^32, is the fill. That is right across the
 * wrap because the capacity is a power of two.
 *
 * The edges, each with its partner:
 *   R1 ring_put,  release store of head  pairs with  A1 ring_take:
 *	the slot and what it points to are seen by whoever takes it.
 *   R2 ring_take, release store of tail  pairs with  A2 ring_put:
 *	the consumer has read the slot before the producer writes it again.
 *   R2 also pairs with  A3 ring_fill:
 *	an onlooker who sees the take sees the put before it.
 * Each side reads its own counter relaxed: nobody else writes it.
 */

void ring_init(struct ring *r, void **slots, uint32_t capacity, uint32_t start)
{
	assert(slots != NULL);
	assert(capacity > 0 && (capacity & (capacity - 1)) == 0);
	r->slots = slots;
	r->mask = capacity - 1;
	r->tail_seen = start;
	r->head_seen = start;
	/* Before the threads are there: whoever starts them orders this. */
	atom_store_relaxed_u32(&r->head, start);
	atom_store_relaxed_u32(&r->tail, start);
}

bool ring_put(struct ring *r, void *p)
{
	uint32_t head = atom_load_relaxed_u32(&r->head);

	assert(p != NULL);
	if (head - r->tail_seen > r->mask) {
		/* A2, pairs with R2 in ring_take. */
		r->tail_seen = atom_load_acquire_u32(&r->tail);
		if (head - r->tail_seen > r->mask)
			return false;
	}
	r->slots[head & r->mask] = p;
	/* R1, pairs with A1 in ring_take. */
	atom_store_release_u32(&r->head, head + 1);
	return true;
}

void *ring_take(struct ring *r)
{
	uint32_t tail = atom_load_relaxed_u32(&r->tail);
	void *p;

	if (r->head_seen == tail) {
		/* A1, pairs with R1 in ring_put. */
		r->head_seen = atom_load_acquire_u32(&r->head);
		if (r->head_seen == tail)
			return NULL;
	}
	p = r->slots[tail & r->mask];
	/* R2, pairs with A2 in ring_put. */
	atom_store_release_u32(&r->tail, tail + 1);
	return p;
}

uint32_t ring_fill(const struct ring *r)
{
	/*
	 * A3, pairs with R2 in ring_take: the head read afterwards is at least
	 * the one that this tail was taken under, so the fill is not negative.
	 * Puts and takes in between can make it look too large; clamp.
	 */
	uint32_t tail = atom_load_acquire_u32(&r->tail);
	uint32_t head = atom_load_relaxed_u32(&r->head);
	uint32_t fill = head - tail;

	return fill > r->mask + 1 ? r->mask + 1 : fill;
}
