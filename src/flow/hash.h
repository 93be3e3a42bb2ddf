/*
 * hash.h: the keyed hash of the flow table. Whoever chooses five-tuples does
 * not know the key, so cannot choose which flows meet: over five words the
 * sum is NH (Black et al., UMAC, CRYPTO 1999), whose collisions have
 * probability 2^-64 for any two inputs, then a keyed fold to the bits wanted.
 */
#ifndef RAWTOP_FLOW_HASH_H
#define RAWTOP_FLOW_HASH_H

#include <stdint.h>

#define HASH_INPUT_WORDS 5
#define HASH_KEY_WORDS	 8

struct hash_key {
	uint64_t word[HASH_KEY_WORDS];
};

/* Stretches the secret to a key, by SipHash-2-4 of a counter. */
void hash_key_make(struct hash_key *key, const uint8_t secret[16]);

/* SipHash-2-4 of one word (Aumasson and Bernstein, INDOCRYPT 2012). */
uint64_t hash_siphash_u64(const uint8_t secret[16], uint64_t x);

__extension__ typedef unsigned __int128 hash_u128;

static inline hash_u128 hash_pair(uint64_t a, uint64_t b)
{
	return (hash_u128)a * b;
}

/* 64 bits of five words. */
static inline uint64_t hash_words(const struct hash_key *key,
				  const uint64_t word[HASH_INPUT_WORDS])
{
	const uint64_t *k = key->word;
	hash_u128 sum = hash_pair(word[0] + k[0], word[1] + k[1]) +
			hash_pair(word[2] + k[2], word[3] + k[3]) +
			hash_pair(word[4] + k[4], k[5] | 1);
	hash_u128 fold =
		hash_pair((uint64_t)sum ^ k[6], (uint64_t)(sum >> 64) ^ k[7]);

	return (uint64_t)fold ^ (uint64_t)(fold >> 64);
}

#endif
