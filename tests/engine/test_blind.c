/* When the vantages do not look at the same. */
#include "engine/blind.h"
#include "pipe/block.h"

#include <criterion/criterion.h>

static bool marked(const struct blind *b, uint64_t time_ns)
{
	struct flow_facts f = {.time_ns = time_ns,
			       .packet_flags = PACKET_CLASS_HOST |
					       PACKET_FLAG_HOST_VANTAGE};

	blind_mark(b, &f, 1);
	cr_assert(f.packet_flags & PACKET_FLAG_HOST_VANTAGE);
	return (f.packet_flags & PACKET_FLAG_CLASS_MASK) ==
	       PACKET_CLASS_UNKNOWN;
}

Test(blind, nothing_is_marked_before_a_change)
{
	struct blind b = {0};

	cr_assert_not(blind_is_open(&b));
	cr_assert_not(marked(&b, 0));
	cr_assert_not(marked(&b, UINT64_MAX));
}

Test(blind, a_change_marks_from_its_order_to_its_end)
{
	struct blind b = {0};

	blind_open(&b, 100);
	cr_assert(blind_is_open(&b));
	cr_assert_not(marked(&b, 99));
	cr_assert(marked(&b, 100));
	cr_assert(marked(&b, 5000));
	blind_close(&b, 200);
	cr_assert_not(blind_is_open(&b));
	cr_assert(marked(&b, 199));
	cr_assert_not(marked(&b, 200));
	cr_assert_not(marked(&b, 99));
}

Test(blind, a_change_during_another_one_goes_on_from_the_first)
{
	struct blind b = {0};

	blind_open(&b, 100);
	blind_open(&b, 150);
	blind_close(&b, 200);
	cr_assert(marked(&b, 120));
	cr_assert_not(marked(&b, 200));
}

Test(blind, what_comes_late_is_judged_by_the_change_of_its_time)
{
	struct blind b = {0};

	for (unsigned i = 1; i <= BLIND_SPANS; i++) {
		blind_open(&b, 100 * i);
		blind_close(&b, 100 * i + 50);
	}
	for (unsigned i = 1; i <= BLIND_SPANS; i++) {
		cr_assert(marked(&b, 100 * i + 49));
		cr_assert_not(marked(&b, 100 * i + 50));
	}
}
