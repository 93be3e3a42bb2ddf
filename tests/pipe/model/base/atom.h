/*
 * The model that stands in for src/base/atom.h when explore.sh compiles the
 * real ring.c: every access goes to the explorer, which decides which thread
 * runs next and which of the stores that C11 lets it see a load returns.
 * Only the cells that the ring uses: others do not compile, which is right.
 */
#ifndef RAWTOP_TESTS_MODEL_ATOM_H
#define RAWTOP_TESTS_MODEL_ATOM_H

#include "tests/pipe/explore.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	uint32_t v; /* the newest store; a load may return an older one */
} atom_u32;

static inline uint32_t atom_load_relaxed_u32(const atom_u32 *a)
{
	return explore_load(&a->v, EXPLORE_RELAXED);
}

static inline uint32_t atom_load_acquire_u32(const atom_u32 *a)
{
	return explore_load(&a->v, EXPLORE_ORDERED);
}

static inline void atom_store_relaxed_u32(atom_u32 *a, uint32_t x)
{
	explore_store(&a->v, x, EXPLORE_RELAXED);
}

static inline void atom_store_release_u32(atom_u32 *a, uint32_t x)
{
	explore_store(&a->v, x, EXPLORE_ORDERED);
}

#endif
