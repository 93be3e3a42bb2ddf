/*
 * atom.h: the only user of <stdatomic.h>. Typed cells with the memory order
 * in the name, so that every use states its order and its partner.
 *
 * The memory-order explorer of the tests compiles the real ring.c against a
 * model of this header, so its surface stays as small as its users need.
 */
#ifndef RAWTOP_BASE_ATOM_H
#define RAWTOP_BASE_ATOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
	_Atomic uint32_t v;
} atom_u32;

typedef struct {
	_Atomic uint64_t v;
} atom_u64;

static inline uint32_t atom_load_relaxed_u32(const atom_u32 *a)
{
	return atomic_load_explicit(&((atom_u32 *)(uintptr_t)a)->v,
				    memory_order_relaxed);
}

static inline uint32_t atom_load_acquire_u32(const atom_u32 *a)
{
	return atomic_load_explicit(&((atom_u32 *)(uintptr_t)a)->v,
				    memory_order_acquire);
}

static inline void atom_store_relaxed_u32(atom_u32 *a, uint32_t x)
{
	atomic_store_explicit(&a->v, x, memory_order_relaxed);
}

static inline void atom_store_release_u32(atom_u32 *a, uint32_t x)
{
	atomic_store_explicit(&a->v, x, memory_order_release);
}

static inline uint64_t atom_load_relaxed_u64(const atom_u64 *a)
{
	return atomic_load_explicit(&((atom_u64 *)(uintptr_t)a)->v,
				    memory_order_relaxed);
}

static inline uint64_t atom_load_acquire_u64(const atom_u64 *a)
{
	return atomic_load_explicit(&((atom_u64 *)(uintptr_t)a)->v,
				    memory_order_acquire);
}

static inline void atom_store_relaxed_u64(atom_u64 *a, uint64_t x)
{
	atomic_store_explicit(&a->v, x, memory_order_relaxed);
}

static inline void atom_store_release_u64(atom_u64 *a, uint64_t x)
{
	atomic_store_explicit(&a->v, x, memory_order_release);
}

/* Adds, and tells what was there before: the count of those who share a thing,
 * where the last to go must see all that the others did. */
static inline uint32_t atom_add_acq_rel_u32(atom_u32 *a, uint32_t x)
{
	return atomic_fetch_add_explicit(&a->v, x, memory_order_acq_rel);
}

/*
 * A counter with one writer: adds without a locked instruction. Readers on
 * other threads use atom_load_relaxed_u64.
 */
static inline void atom_count_u64(atom_u64 *a, uint64_t n)
{
	atom_store_relaxed_u64(a, atom_load_relaxed_u64(a) + n);
}

#endif
