/*
 * thread.h: starting threads. Each gets a stack of one size, whatever the
 * user's limit on stacks (ulimit -s) says, which would else decide it.
 */
#ifndef RAWTOP_BASE_THREAD_H
#define RAWTOP_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Starts main(arg) on a thread of its own: one to join, whose id is in
 * *thread, or with `detached` one that nobody joins. Returns an errno, or 0.
 */
int thread_start(pthread_t *thread, bool detached, void *(*main)(void *),
		 void *arg);

#endif
