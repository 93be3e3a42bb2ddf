/* Threads: what they get, whatever the process would give them. */
#include "base/thread.h"

#include <criterion/criterion.h>

#define SMALL_BYTES ((size_t)64 << 10)

static void *stack_main(void *bytes)
{
	pthread_attr_t attr;

	cr_assert_eq(pthread_getattr_np(pthread_self(), &attr), 0);
	cr_assert_eq(pthread_attr_getstacksize(&attr, bytes), 0);
	pthread_attr_destroy(&attr);
	return NULL;
}

/* What `ulimit -s 64` sets before the program begins. */
static void make_default_small(void)
{
	pthread_attr_t attr;

	cr_assert_eq(pthread_attr_init(&attr), 0);
	cr_assert_eq(pthread_attr_setstacksize(&attr, SMALL_BYTES), 0);
	cr_assert_eq(pthread_setattr_default_np(&attr), 0);
	pthread_attr_destroy(&attr);
}

Test(thread, a_small_default_does_not_make_its_stack_small)
{
	size_t bytes = 0;
	pthread_t thread;

	make_default_small();
	cr_assert_eq(thread_start(&thread, false, stack_main, &bytes), 0);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_geq(bytes, (size_t)512 << 10);
}
