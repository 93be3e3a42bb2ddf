/*
 * filter_desk.h: where an expression is compiled while others go on. libpcap
 * looks up host names as it compiles, and nobody can stop it: so it does that
 * on a thread of its own, which is waited for with a bound, and left alone when
 * that is over. What such a thread still holds is freed by whoever ends last.
 */
#ifndef RAWTOP_PORT_FILTER_DESK_H
#define RAWTOP_PORT_FILTER_DESK_H

#include "port/filter.h"

/* An expression that is not compiled after so long is given up. */
#define FILTER_DESK_TIMEOUT_S 5

/* At most so many threads at once, those given up included. */
#define FILTER_DESK_THREADS_MAX 4

struct filter_desk;

/* port_filter_open, or what a test puts in its place. */
typedef struct port_filter *filter_desk_compile(const char *expression,
						struct err *e);

enum filter_desk_state {
	FILTER_DESK_BUSY,   /* it is being compiled */
	FILTER_DESK_DONE,   /* *filter is the caller's to release */
	FILTER_DESK_FAILED, /* *e says why */
};

/* One thread uses a desk. The owner closes it; NULL with *e set. */
struct filter_desk *filter_desk_open(filter_desk_compile *compile,
				     uint64_t timeout_ns, struct err *e);

/* Begins with an expression that is not empty; the one before, if it is not
 * done, is given up. False with *e set. */
bool filter_desk_begin(struct filter_desk *d, const char *expression,
		       struct err *e);

/* Waits at most wait_ms for what was begun. When it is not busy any more,
 * nothing is begun. */
enum filter_desk_state filter_desk_ask(struct filter_desk *d, unsigned wait_ms,
				       struct port_filter **filter,
				       struct err *e);

/* All at once, for a thread that has nothing else to do: compiles and waits,
 * timeout_ns at most. The caller releases; NULL with *e set. */
struct port_filter *filter_desk_run(filter_desk_compile *compile,
				    uint64_t timeout_ns, const char *expression,
				    struct err *e);

/* Gives up what was begun, if anything. Waits for nothing. */
void filter_desk_cancel(struct filter_desk *d);

/* The same, and frees. NULL is let pass. */
void filter_desk_close(struct filter_desk *d);

#endif
