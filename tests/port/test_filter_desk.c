/*
 * The desk: an expression that hangs keeps nobody, and what its thread still
 * holds is freed once, whoever ends last.
 */
#include "base/clock.h"
#include "port/filter_desk.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define LONG_MS	 20000
#define LONG_NS	 (LONG_MS * CLOCK_NS_PER_MS)
#define SHORT_NS (50 * CLOCK_NS_PER_MS)

/* A compiler that hangs until it is let go, as getaddrinfo does. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static bool let_go;
static unsigned entered;
static unsigned left;

static struct port_filter *hang(const char *expression, struct err *e)
{
	struct port_filter *f;

	pthread_mutex_lock(&lock);
	entered++;
	pthread_cond_broadcast(&moved);
	while (!let_go)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
	f = port_filter_open(expression, e);
	pthread_mutex_lock(&lock);
	left++;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
	return f;
}

static void wait_for(const unsigned *count, unsigned n)
{
	pthread_mutex_lock(&lock);
	while (*count < n)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

static void let_all_go(void)
{
	pthread_mutex_lock(&lock);
	let_go = true;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

static struct filter_desk *open_desk(filter_desk_compile *compile,
				     uint64_t timeout_ns)
{
	struct err e;
	struct filter_desk *d = filter_desk_open(compile, timeout_ns, &e);

	cr_assert_not_null(d, "%s", e.text);
	return d;
}

Test(filter_desk, an_expression_is_compiled_and_belongs_to_the_caller)
{
	struct filter_desk *d = open_desk(port_filter_open, LONG_NS);
	struct port_filter *f;
	struct err e;

	cr_assert(filter_desk_begin(d, "udp port 53", &e), "%s", e.text);
	cr_assert_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_DONE);
	filter_desk_close(d);
	cr_expect_str_eq(f->expression, "udp port 53");
	cr_expect(f->ethernet.given && f->raw.given);
	port_filter_release(f);
}

Test(filter_desk, what_is_wrong_is_told_as_the_compiler_says_it)
{
	struct filter_desk *d = open_desk(port_filter_open, LONG_NS);
	struct port_filter *f;
	struct err e;

	cr_assert(filter_desk_begin(d, "udp prot 53", &e), "%s", e.text);
	cr_assert_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_FAILED);
	cr_expect_null(f);
	cr_expect(strstr(e.text, "not understood"), "%s", e.text);
	filter_desk_close(d);
}

Test(filter_desk, one_that_hangs_is_given_up_in_time_with_a_remedy,
     .timeout = 60)
{
	struct filter_desk *d = open_desk(hang, SHORT_NS);
	struct port_filter *f;
	struct err e;

	cr_assert(filter_desk_begin(d, "host slow.example", &e));
	cr_assert_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_FAILED);
	cr_expect(strstr(e.text, "longer than 0.05 s"), "%s", e.text);
	cr_expect(strstr(e.text, "use addresses"), "%s", e.text);
	filter_desk_close(d);
	/* The thread ends last. */
	wait_for(&entered, 1);
	let_all_go();
	wait_for(&left, 1);
}

Test(filter_desk, asking_does_not_wait_for_one_that_hangs, .timeout = 60)
{
	struct filter_desk *d = open_desk(hang, LONG_NS);
	struct port_filter *f;
	struct err e;

	cr_assert(filter_desk_begin(d, "udp", &e));
	cr_expect_eq(filter_desk_ask(d, 0, &f, &e), FILTER_DESK_BUSY);
	wait_for(&entered, 1);
	cr_expect_eq(filter_desk_ask(d, 10, &f, &e), FILTER_DESK_BUSY);
	let_all_go();
	cr_assert_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_DONE);
	port_filter_release(f);
	filter_desk_close(d);
}

Test(filter_desk, a_new_expression_takes_the_place_of_one_that_hangs,
     .timeout = 60)
{
	struct filter_desk *d = open_desk(hang, LONG_NS);
	struct port_filter *f;
	struct err e;

	cr_assert(filter_desk_begin(d, "tcp", &e));
	wait_for(&entered, 1);
	cr_assert(filter_desk_begin(d, "udp", &e));
	let_all_go();
	cr_assert_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_DONE);
	cr_expect_str_eq(f->expression, "udp");
	port_filter_release(f);
	wait_for(&left, 2);
	filter_desk_close(d);
}

Test(filter_desk, who_has_nothing_else_to_do_waits_with_the_same_bound,
     .timeout = 60)
{
	struct port_filter *f;
	struct err e;

	cr_assert_null(filter_desk_run(hang, SHORT_NS, "udp", &e));
	cr_expect(strstr(e.text, "longer than 0.05 s"), "%s", e.text);
	wait_for(&entered, 1);
	let_all_go();
	wait_for(&left, 1);
	f = filter_desk_run(port_filter_open, LONG_NS, "udp", &e);
	cr_assert_not_null(f, "%s", e.text);
	cr_expect_str_eq(f->expression, "udp");
	port_filter_release(f);
	cr_assert_null(filter_desk_run(port_filter_open, LONG_NS, "udp x", &e));
	cr_expect(strstr(e.text, "not understood"), "%s", e.text);
}

Test(filter_desk, there_are_never_more_threads_than_the_bound, .timeout = 60)
{
	struct filter_desk *d = open_desk(hang, LONG_NS);
	struct port_filter *f;
	struct err e;
	bool begun;

	for (unsigned i = 0; i < FILTER_DESK_THREADS_MAX; i++) {
		cr_assert(filter_desk_begin(d, "tcp", &e), "%s", e.text);
		filter_desk_cancel(d);
	}
	cr_expect_not(filter_desk_begin(d, "tcp", &e));
	cr_expect(strstr(e.text, "still being compiled"), "%s", e.text);
	wait_for(&entered, FILTER_DESK_THREADS_MAX);
	let_all_go();
	wait_for(&left, FILTER_DESK_THREADS_MAX);
	/* Their last steps are not to be seen from here. */
	do {
		clock_nap_ns(CLOCK_NS_PER_MS);
		begun = filter_desk_begin(d, "tcp", &e);
	} while (!begun);
	cr_expect_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_DONE);
	port_filter_release(f);
	filter_desk_close(d);
}

/* What a thread of the desk would do with SIGTERM. */
static struct port_filter *look_at_signals(const char *expression,
					   struct err *e)
{
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (!sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGINT)) {
		err_set(e, EXIT_USAGE, "signals come here");
		return NULL;
	}
	return port_filter_open(expression, e);
}

Test(filter_desk, signals_go_to_the_thread_that_waits)
{
	struct filter_desk *d = open_desk(look_at_signals, LONG_NS);
	struct port_filter *f;
	struct err e = {0};

	cr_assert(filter_desk_begin(d, "udp", &e));
	cr_assert_eq(filter_desk_ask(d, LONG_MS, &f, &e), FILTER_DESK_DONE,
		     "%s", e.text);
	port_filter_release(f);
	filter_desk_close(d);
}
