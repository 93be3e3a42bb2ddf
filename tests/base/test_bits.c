#include "base/atom.h"
#include "base/bits.h"

#include <criterion/criterion.h>

Test(bits, integers_are_read_in_network_order_at_any_alignment)
{
	static const uint8_t bytes[16] = {0x00, 0x01, 0x02, 0x83, 0x84, 0x05,
					  0x06, 0x07, 0x08, 0x09, 0xfa, 0x0b};

	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *p = bytes + i;
		uint64_t want = 0;

		for (unsigned int k = 0; k < 8; k++)
			want = want << 8 | p[k];
		cr_assert_eq(bits_be64(p), want);
		cr_assert_eq(bits_be32(p), want >> 32);
		cr_assert_eq(bits_be16(p), want >> 48);
	}
}

Test(bits, what_is_put_is_read_back_and_neighbours_stay)
{
	for (unsigned int i = 1; i < 5; i++) {
		uint8_t bytes[12] = {0};

		bits_put_be16(bytes + i, 0xfffe);
		cr_assert_eq(bits_be16(bytes + i), 0xfffe);
		cr_assert_eq(bytes[i], 0xff);
		cr_assert_eq(bytes[i - 1], 0);
		cr_assert_eq(bytes[i + 2], 0);
		bits_put_be32(bytes + i, 0x81020304);
		cr_assert_eq(bits_be32(bytes + i), 0x81020304);
		cr_assert_eq(bytes[i], 0x81);
		cr_assert_eq(bytes[i - 1], 0);
		cr_assert_eq(bytes[i + 4], 0);
	}
}

Test(atom, cells_keep_what_is_stored_and_counters_add)
{
	atom_u32 a;
	atom_u64 b;

	atom_store_relaxed_u32(&a, UINT32_MAX);
	cr_assert_eq(atom_load_acquire_u32(&a), UINT32_MAX);
	atom_store_release_u32(&a, 7);
	cr_assert_eq(atom_load_relaxed_u32(&a), 7);
	atom_store_release_u64(&b, UINT64_MAX - 2);
	atom_count_u64(&b, 2);
	cr_assert_eq(atom_load_acquire_u64(&b), UINT64_MAX);
	atom_store_relaxed_u64(&b, 1);
	cr_assert_eq(atom_load_relaxed_u64(&b), 1);
}
