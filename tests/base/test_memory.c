#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(memory, a_map_is_zeroed_aligned_and_writable_to_its_last_byte)
{
	static const size_t sizes[] = {1, 4096, 4097, (2 << 20) - 1, 5 << 20};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct err e;
		uint8_t *p = memory_map(sizes[i], "a test", &e);

		cr_assert_not_null(p, "%s", e.text);
		cr_assert_eq((uintptr_t)p % 4096, 0);
		cr_assert_eq(p[0], 0);
		cr_assert_eq(p[sizes[i] - 1], 0);
		memset(p, 0xff, sizes[i]);
		memory_unmap(p, sizes[i]);
	}
}

Test(memory, too_much_is_an_error_that_names_what_it_was_for)
{
	struct err e;

	cr_assert_null(memory_map((size_t)1 << 62, "the flow table", &e));
	cr_assert(strstr(e.text, "the flow table"), "%s", e.text);
	cr_assert_neq(e.number, 0);
}

Test(memory, nothing_can_be_given_back)
{
	memory_unmap(NULL, 4096);
}
