/*
 * bits.h: reading and writing integers in network and little-endian order at
 * any alignment. The caller has checked that the bytes are there.
 */
#ifndef RAWTOP_BASE_BITS_H
#define RAWTOP_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bits_be16(const uint8_t *p)
{
	uint16_t x;

	memcpy(&x, p, sizeof(x));
	return __builtin_bswap16(x);
}

static inline uint32_t bits_be32(const uint8_t *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return __builtin_bswap32(x);
}

static inline uint64_t bits_be64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return __builtin_bswap64(x);
}

/*
 * All bits or none, hidden from the compiler: what is chosen with it is chosen
 * by arithmetic. For what follows no pattern, where a branch is guessed wrong
 * too often.
 */
static inline uint64_t bits_mask(bool yes)
{
	uint64_t mask = -(uint64_t)yes;

	__asm__("" : "+r"(mask));
	return mask;
}

/* a where the mask is set, else b. */
static inline uint64_t bits_choose(uint64_t mask, uint64_t a, uint64_t b)
{
	return b ^ ((a ^ b) & mask);
}

static inline void bits_put_be16(uint8_t *p, uint16_t x)
{
	x = __builtin_bswap16(x);
	memcpy(p, &x, sizeof(x));
}

static inline void bits_put_be32(uint8_t *p, uint32_t x)
{
	x = __builtin_bswap32(x);
	memcpy(p, &x, sizeof(x));
}

#endif
