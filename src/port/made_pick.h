/*
 * made_pick.h: a random choice among n with the popularity of Zipf's law, the
 * k-th being chosen in proportion to 1/k^skew; one table access each
 * (A. J. Walker's method of aliases, as M. Vose builds it).
 */
#ifndef RAWTOP_PORT_MADE_PICK_H
#define RAWTOP_PORT_MADE_PICK_H

#include "base/err.h"

#include <stdint.h>

struct made_pick_slot {
	uint32_t keep;	/* below it the slot's own index is the answer, */
	uint32_t other; /* else this one */
};

struct made_pick {
	uint32_t count;
	struct made_pick_slot *slots; /* NULL: all alike */
};

/* False with *e set when there is no memory. Undo with made_pick_close. */
bool made_pick_open(struct made_pick *p, uint32_t count, double skew,
		    struct err *e);

/* Fetches what made_pick_choose will want for this random number. */
static inline void made_pick_prefetch(const struct made_pick *p,
				      uint64_t random)
{
	if (p->slots)
		__builtin_prefetch(&p->slots[(random >> 32) * p->count >> 32]);
}

/* The choice that a random number means, below p->count. */
static inline uint32_t made_pick_choose(const struct made_pick *p,
					uint64_t random)
{
	uint32_t i = (uint32_t)((random >> 32) * p->count >> 32);

	if (!p->slots || (uint32_t)random < p->slots[i].keep)
		return i;
	return p->slots[i].other;
}

void made_pick_close(struct made_pick *p);

#endif
