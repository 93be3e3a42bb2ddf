#include "port/filter_desk.h"

#include "base/clock.h"
#include "base/thread.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One wait of filter_desk_run; it may be of any length. */
#define DESK_RUN_WAIT_MS 1000

/* What the desk and its threads share; the last of them frees it. */
struct desk_shared {
	pthread_mutex_t lock; /* guards this and every job's results */
	pthread_cond_t ended; /* a job is done */
	unsigned threads;
	bool open; /* there is still a desk */
};

/* One expression: the desk's once it is done, the thread's before. */
struct desk_job {
	struct desk_shared *shared;
	filter_desk_compile *compile;
	char *expression;
	struct port_filter *filter;
	struct err problem; /* when filter is NULL */
	bool done;
	bool given_up; /* the desk does not want it: the thread frees */
};

struct filter_desk {
	struct desk_shared *shared;
	filter_desk_compile *compile;
	uint64_t timeout_ns;
	struct desk_job *job; /* NULL: nothing is begun */
	uint64_t deadline_ns;
};

static void job_free(struct desk_job *j)
{
	port_filter_release(j->filter);
	free(j->expression);
	free(j);
}

static void shared_free(struct desk_shared *s)
{
	pthread_cond_destroy(&s->ended);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct desk_shared *shared_new(void)
{
	struct desk_shared *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL)
		return NULL;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->ended, &attr);
	pthread_condattr_destroy(&attr);
	s->open = true;
	return s;
}

struct filter_desk *filter_desk_open(filter_desk_compile *compile,
				     uint64_t timeout_ns, struct err *e)
{
	struct filter_desk *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->shared = shared_new()) == NULL) {
		free(d);
		err_set(e, EXIT_USAGE, "no memory for a filter expression");
		return NULL;
	}
	d->compile = compile;
	d->timeout_ns = timeout_ns;
	return d;
}

static void *job_main(void *job)
{
	struct desk_job *j = job;
	struct desk_shared *s = j->shared;
	struct port_filter *filter;
	struct err problem = {0};
	bool given_up, last;

	filter = j->compile(j->expression, &problem);
	pthread_mutex_lock(&s->lock);
	j->filter = filter;
	j->problem = problem;
	j->done = true;
	given_up = j->given_up;
	s->threads--;
	last = !s->open && s->threads == 0;
	pthread_cond_signal(&s->ended);
	pthread_mutex_unlock(&s->lock);
	/* From here on nothing is touched that the desk may free. */
	if (given_up)
		job_free(j);
	if (last)
		shared_free(s);
	return NULL;
}

/* Starts a thread that nobody joins, and that takes no signals: they are meant
 * for the thread that waits. Returns an errno, or 0. */
static int job_start(struct desk_job *j)
{
	pthread_t thread;
	sigset_t all, before;
	int number;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	number = thread_start(&thread, true, job_main, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return number;
}

/* Counts a thread more, unless there are enough. */
static bool shared_take_thread(struct desk_shared *s)
{
	bool room;

	pthread_mutex_lock(&s->lock);
	room = s->threads < FILTER_DESK_THREADS_MAX;
	if (room)
		s->threads++;
	pthread_mutex_unlock(&s->lock);
	return room;
}

static void shared_give_thread(struct desk_shared *s)
{
	pthread_mutex_lock(&s->lock);
	s->threads--;
	pthread_mutex_unlock(&s->lock);
}

static struct desk_job *job_new(const struct filter_desk *d,
				const char *expression)
{
	struct desk_job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->shared = d->shared;
	j->compile = d->compile;
	j->expression = strdup(expression);
	if (j->expression != NULL)
		return j;
	free(j);
	return NULL;
}

bool filter_desk_begin(struct filter_desk *d, const char *expression,
		       struct err *e)
{
	struct desk_job *j;

	assert(expression[0] != '\0');
	filter_desk_cancel(d);
	if (!shared_take_thread(d->shared)) {
		err_set(e, EXIT_USAGE,
			"%d expressions that were given up are still being "
			"compiled",
			FILTER_DESK_THREADS_MAX);
		err_remedy(e, "wait a little, or use addresses");
		return false;
	}
	j = job_new(d, expression);
	errno = j == NULL ? ENOMEM : job_start(j);
	if (errno != 0) {
		err_system(e, EXIT_USAGE,
			   "starting a thread to compile the filter "
			   "expression");
		shared_give_thread(d->shared);
		if (j != NULL)
			job_free(j);
		return false;
	}
	d->job = j;
	d->deadline_ns = clock_monotonic_ns() + d->timeout_ns;
	return true;
}

/* Waits until the job is done or the time has come. */
static bool job_wait(struct desk_job *j, uint64_t until_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
		.tv_nsec = (long)(until_ns % CLOCK_NS_PER_S),
	};
	int status = 0;
	bool done;

	pthread_mutex_lock(&j->shared->lock);
	while (!j->done && status == 0)
		status = pthread_cond_timedwait(&j->shared->ended,
						&j->shared->lock, &until);
	done = j->done;
	pthread_mutex_unlock(&j->shared->lock);
	return done;
}

enum filter_desk_state filter_desk_ask(struct filter_desk *d, unsigned wait_ms,
				       struct port_filter **filter,
				       struct err *e)
{
	uint64_t until_ns = clock_monotonic_ns() + wait_ms * CLOCK_NS_PER_MS;
	struct desk_job *j = d->job;

	assert(j != NULL);
	*filter = NULL;
	if (until_ns > d->deadline_ns)
		until_ns = d->deadline_ns;
	if (!job_wait(j, until_ns)) {
		if (clock_monotonic_ns() < d->deadline_ns)
			return FILTER_DESK_BUSY;
		filter_desk_cancel(d);
		err_set(e, EXIT_USAGE,
			"the filter expression took longer than %.3g s to "
			"compile: its host names cannot be looked up in time, "
			"or it has too many terms",
			(double)d->timeout_ns / (double)CLOCK_NS_PER_S);
		err_remedy(e, "use addresses, net and portrange");
		return FILTER_DESK_FAILED;
	}
	/* Done: the thread touches it no more. */
	d->job = NULL;
	*filter = j->filter;
	j->filter = NULL;
	*e = j->problem;
	job_free(j);
	return *filter != NULL ? FILTER_DESK_DONE : FILTER_DESK_FAILED;
}

void filter_desk_cancel(struct filter_desk *d)
{
	struct desk_job *j = d->job;
	bool done;

	if (j == NULL)
		return;
	d->job = NULL;
	pthread_mutex_lock(&j->shared->lock);
	done = j->done;
	j->given_up = true;
	pthread_mutex_unlock(&j->shared->lock);
	if (done)
		job_free(j);
}

void filter_desk_close(struct filter_desk *d)
{
	bool last;

	if (d == NULL)
		return;
	filter_desk_cancel(d);
	pthread_mutex_lock(&d->shared->lock);
	d->shared->open = false;
	last = d->shared->threads == 0;
	pthread_mutex_unlock(&d->shared->lock);
	if (last)
		shared_free(d->shared);
	free(d);
}

struct port_filter *filter_desk_run(filter_desk_compile *compile,
				    uint64_t timeout_ns, const char *expression,
				    struct err *e)
{
	struct filter_desk *d = filter_desk_open(compile, timeout_ns, e);
	enum filter_desk_state state = FILTER_DESK_BUSY;
	struct port_filter *f = NULL;

	if (d == NULL)
		return NULL;
	if (filter_desk_begin(d, expression, e))
		while (state == FILTER_DESK_BUSY)
			state = filter_desk_ask(d, DESK_RUN_WAIT_MS, &f, e);
	filter_desk_close(d);
	return f;
}
