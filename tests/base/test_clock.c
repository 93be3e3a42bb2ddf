#include "base/clock.h"

#include <criterion/criterion.h>
#include <time.h>

Test(clock, monotonic_never_steps_back)
{
	uint64_t last = clock_monotonic_ns();

	for (unsigned int i = 0; i < 100000; i++) {
		uint64_t now = clock_monotonic_ns();

		cr_assert_geq(now, last);
		last = now;
	}
}

Test(clock, real_time_is_in_nanoseconds_since_1970)
{
	time_t before = time(NULL);
	uint64_t now_ns = clock_real_ns();

	/* time() may read a coarser clock that is a tick behind. */
	cr_assert_geq(now_ns / CLOCK_NS_PER_S, (uint64_t)before);
	cr_assert_leq(now_ns / CLOCK_NS_PER_S, (uint64_t)time(NULL) + 1);
}

Test(clock, a_nap_lasts_at_least_as_long_as_asked)
{
	uint64_t start = clock_monotonic_ns();

	clock_nap_ns(2 * CLOCK_NS_PER_MS);
	cr_assert_geq(clock_monotonic_ns() - start, 2 * CLOCK_NS_PER_MS);
}
