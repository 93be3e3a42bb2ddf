/* The keyed hash, the index over it, and the memo. */
#include "flow/hash.h"
#include "flow/memo.h"
#include "flow/table_index.h"

#include "table_help.h"

#include <criterion/criterion.h>

Test(hash, siphash_is_the_papers)
{
	/* The reference implementation's vector for the eight bytes 0 … 7
	 * under the key 0 … 15. */
	uint8_t key[16];

	for (unsigned i = 0; i < 16; i++)
		key[i] = (uint8_t)i;
	cr_assert_eq(hash_siphash_u64(key, UINT64_C(0x0706050403020100)),
		     UINT64_C(0x93f5f5799a932462));
}

Test(hash, every_bit_of_the_input_and_of_the_secret_tells)
{
	uint8_t secret[16] = {7};
	uint64_t word[HASH_INPUT_WORDS] = {0};
	struct hash_key key, other;
	uint64_t base;

	hash_key_make(&key, secret);
	base = hash_words(&key, word);
	for (unsigned i = 0; i < 64 * HASH_INPUT_WORDS; i++) {
		word[i / 64] ^= UINT64_C(1) << i % 64;
		cr_assert_neq(hash_words(&key, word) >> 32, base >> 32,
			      "bit %u", i);
		word[i / 64] ^= UINT64_C(1) << i % 64;
	}
	for (unsigned i = 0; i < 128; i++) {
		secret[i / 8] ^= (uint8_t)(1u << i % 8);
		hash_key_make(&other, secret);
		cr_assert_neq(hash_words(&other, word), base, "bit %u", i);
		secret[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

/* Fills buckets by the hashes of keys that somebody chose; the fullest. */
static unsigned fullest_bucket(const struct hash_key *key, unsigned buckets,
			       void (*choose)(uint64_t *word, unsigned i),
			       unsigned count)
{
	unsigned *fill = calloc(buckets, sizeof(*fill)), most = 0;

	cr_assert(fill);
	for (unsigned i = 0; i < count; i++) {
		uint64_t word[HASH_INPUT_WORDS] = {0};
		uint32_t hash;
		unsigned b;

		choose(word, i);
		hash = (uint32_t)(hash_words(key, word) >> 32);
		b = (unsigned)((uint64_t)hash * buckets >> 32);
		fill[b]++;
		if (fill[b] > most)
			most = fill[b];
	}
	free(fill);
	return most;
}

/* What collides for sums, for xors, for low bits and for prefixes. */
static void choose_equal_sums(uint64_t *word, unsigned i)
{
	word[0] = i;
	word[2] = UINT64_MAX - i;
}

static void choose_equal_xors(uint64_t *word, unsigned i)
{
	word[0] = (uint64_t)i << 32;
	word[1] = (uint64_t)i << 32;
}

static void choose_high_bits(uint64_t *word, unsigned i)
{
	word[3] = (uint64_t)i << 48;
	word[0] = (uint64_t)(i >> 16) << 56;
}

static void choose_counting(uint64_t *word, unsigned i)
{
	word[4] = i;
}

Test(hash, keys_that_collide_elsewhere_do_not_crowd)
{
	void (*const choices[])(uint64_t *, unsigned) = {
		choose_equal_sums, choose_equal_xors, choose_high_bits,
		choose_counting};
	uint8_t secret[16] = {42};
	struct hash_key key;

	/* 2^17 keys into 2^14 buckets, eight each: by chance the fullest has
	 * about 24; 40 is met in one run of 10^9. */
	for (unsigned s = 0; s < 4; s++) {
		secret[3] = (uint8_t)s;
		hash_key_make(&key, secret);
		for (unsigned i = 0; i < 4; i++)
			cr_assert_lt(fullest_bucket(&key, 1u << 14, choices[i],
						    1u << 17),
				     40, "choice %u", i);
	}
}

static bool index_has(const struct table_index *x, uint32_t hash,
		      uint32_t entry)
{
	struct index_search s = table_index_search(x, hash);
	uint32_t found;

	do {
		found = table_index_next(x, &s);
	} while (found != INDEX_NOTHING && found != entry);
	return found == entry;
}

Test(index, what_was_added_is_found_until_it_is_removed)
{
	enum { N = 5000 };
	static uint32_t hash[N];
	static bool in[N];
	struct table_index x;
	struct err e;
	uint64_t state = 1;
	uint32_t count = 0;

	cr_assert(table_index_open(&x, N, &e), "%s", e.text);
	for (unsigned round = 0; round < 60000; round++) {
		uint32_t i = (uint32_t)(help_random(&state) % N);

		if (in[i]) {
			table_index_remove(&x, hash[i], i);
			count--;
		} else {
			/* Many with the same hash, and with none. */
			hash[i] = (uint32_t)help_random(&state);
			if (hash[i] % 4 == 0)
				hash[i] %= 64;
			if (!table_index_add(&x, hash[i], i))
				continue;
			count++;
		}
		in[i] = !in[i];
		cr_assert_eq(x.count, count);
		cr_assert_eq(index_has(&x, hash[i], i), in[i]);
	}
	for (uint32_t i = 0; i < N; i++)
		cr_assert_eq(index_has(&x, hash[i], i), in[i]);
	for (uint32_t i = 0; i < N; i++)
		if (in[i])
			table_index_remove(&x, hash[i], i);
	for (uint32_t i = 0; i < x.bucket_count; i++)
		cr_assert_eq(x.buckets[i].passed, 0, "a search would go on");
	table_index_close(&x);
}

Test(index, a_small_index_takes_all_it_has_room_for)
{
	for (uint32_t n = 1; n <= 200; n++) {
		struct table_index x;
		struct err e;

		cr_assert(table_index_open(&x, n, &e), "%s", e.text);
		for (uint32_t i = 0; i < n; i++)
			cr_assert(table_index_add(&x, 12345, i));
		for (uint32_t i = 0; i < n; i++)
			cr_assert(index_has(&x, 12345, i));
		table_index_close(&x);
	}
}

Test(index, past_the_bound_it_refuses_and_changes_nothing)
{
	struct table_index x;
	struct err e;
	uint32_t room = INDEX_PROBE_MAX * INDEX_BUCKET_SLOTS, i;

	cr_assert(table_index_open(&x, 100000, &e), "%s", e.text);
	for (i = 0; i < room; i++)
		cr_assert(table_index_add(&x, 7, i));
	cr_assert_not(table_index_add(&x, 7, i));
	cr_assert_eq(x.count, room);
	cr_assert_not(index_has(&x, 7, i));
	for (i = 0; i < room; i++)
		cr_assert(index_has(&x, 7, i));
	/* A search for another hash of that bucket is bounded, too. */
	cr_assert_not(index_has(&x, 8, 1));
	table_index_remove(&x, 7, 0);
	cr_assert(table_index_add(&x, 7, room));
	table_index_close(&x);
}

Test(memo, gives_back_for_as_long_as_asked)
{
	struct memo m;
	struct err e;

	cr_assert(memo_open(&m, 4, "a test", &e), "%s", e.text);
	memo_put(&m, 77, 5, 1000);
	cr_assert_eq(memo_find(&m, 77, 1000, 10), 5);
	cr_assert_eq(memo_find(&m, 77, 1010, 10), 5);
	cr_assert_eq(memo_find(&m, 77, 1011, 10), 0);
	cr_assert_eq(memo_find(&m, 77, 989, 10), 0);
	cr_assert_eq(memo_find(&m, 78, 1000, 10), 0);
	memo_put(&m, 77, 6, 1005);
	cr_assert_eq(memo_find(&m, 77, 1011, 10), 6);
	memo_close(&m);
}

Test(memo, the_oldest_of_a_set_makes_room)
{
	struct memo m;
	struct err e;

	cr_assert(memo_open(&m, 1, "a test", &e), "%s", e.text);
	for (uint64_t i = 1; i <= MEMO_WAYS; i++)
		memo_put(&m, i, i, 100 + i);
	memo_put(&m, 1, 1, 200);
	memo_put(&m, 99, 99, 201);
	cr_assert_eq(memo_find(&m, 2, 201, 1000), 0);
	cr_assert_eq(memo_find(&m, 1, 201, 1000), 1);
	cr_assert_eq(memo_find(&m, 99, 201, 1000), 99);
	memo_close(&m);
}
