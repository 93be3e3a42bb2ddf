/*
 * topk_select.h: inside this room: a window of a sorted order without sorting.
 *
 * Items stand in the order that breaks ties. Each round spreads them over
 * bins by their keys, keeps what lies in the window, drops what lies outside,
 * and goes on with the bins that a boundary of the window cuts; when all keys
 * of such a bin are equal, the next level's keys decide, and after the last
 * level the order in which the items stand. So a million items cost a few
 * passes over memory, wherever the window is and however many ties there are.
 */
#ifndef RAWTOP_FLOW_TOPK_SELECT_H
#define RAWTOP_FLOW_TOPK_SELECT_H

#include <stdint.h>

struct topk_item {
	uint64_t key; /* smaller comes first */
	uint32_t table;
	uint32_t index;
};

struct topk_levels {
	unsigned count; /* 1: the keys in the items are all there is */
	/* The key of an item at a level from 1. */
	uint64_t (*key)(void *context, const struct topk_item *item,
			unsigned level);
	void *context;
};

/*
 * Writes the items of rank first … first+rows-1 to out[rows], in no order,
 * and returns how many there are. `items` is scratch afterwards; `spare` has
 * room for as many.
 */
uint32_t topk_select(struct topk_item *items, struct topk_item *spare,
		     uint32_t count, uint32_t first, uint32_t rows,
		     const struct topk_levels *levels, struct topk_item *out);

/*
 * The bin of a distance: exact below 32, then within one part in 32. Monotone,
 * and 0 only for 0: so every round parts unequal keys. Below TOPK_BINS.
 */
#define TOPK_BINS 2048

static inline __attribute__((always_inline)) unsigned
topk_bin(uint64_t distance)
{
	/* Without a branch, which half of the keys would miss. */
	unsigned shift = 58 - (unsigned)__builtin_clzll(distance | 32);

	return shift * 32 + (unsigned)(distance >> shift);
}

/* The least distance in a bin: topk_bin backwards. The bin after the last one
 * that is used begins at 2^64, which is 0 here. */
static inline uint64_t topk_bin_least(unsigned bin)
{
	if (bin < 32)
		return bin;
	return (uint64_t)(32 + bin % 32) << (bin / 32 - 1);
}

/* Where a window lies among bins: its first and last bin, and the ranks
 * within those that it takes. */
struct topk_span {
	unsigned low, high;
	uint32_t skip; /* items of bin `low` before the window */
	uint32_t take; /* items of bin `high` in the window or before it */
};

/* `first` < `end` <= the sum of the bins. */
struct topk_span topk_span_find(const uint32_t bins[TOPK_BINS], uint32_t first,
				uint32_t end);

#endif
