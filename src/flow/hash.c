#include "flow/hash.h"

#include <string.h>

static uint64_t hash_rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void hash_siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = hash_rotate(v[1], 13) ^ v[0];
	v[0] = hash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = hash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = hash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = hash_rotate(v[1], 17) ^ v[2];
	v[2] = hash_rotate(v[2], 32);
}

/* Little-endian whatever the machine, as the paper's vectors are. */
static uint64_t hash_load_le(const uint8_t *p)
{
	uint64_t x = 0;

	for (unsigned i = 0; i < 8; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

uint64_t hash_siphash_u64(const uint8_t secret[16], uint64_t x)
{
	uint64_t k0 = hash_load_le(secret), k1 = hash_load_le(secret + 8);
	uint64_t length = UINT64_C(8) << 56;
	uint64_t v[4] = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573),
	};

	v[3] ^= x;
	hash_siphash_round(v);
	hash_siphash_round(v);
	v[0] ^= x;
	v[3] ^= length;
	hash_siphash_round(v);
	hash_siphash_round(v);
	v[0] ^= length;
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		hash_siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_key_make(struct hash_key *key, const uint8_t secret[16])
{
	for (unsigned i = 0; i < HASH_KEY_WORDS; i++)
		key->word[i] = hash_siphash_u64(secret, i);
}
