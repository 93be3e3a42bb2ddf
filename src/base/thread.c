#include "base/thread.h"

/* The largest need is the resolver's and libpcap's compiler's; ours is below
 * 64 KiB. Only what is touched takes memory. */
#define THREAD_STACK_BYTES ((size_t)1 << 20)

int thread_start(pthread_t *thread, bool detached, void *(*main)(void *),
		 void *arg)
{
	pthread_attr_t attr;
	int number = pthread_attr_init(&attr);

	if (number != 0)
		return number;
	number = pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	if (number == 0 && detached)
		number = pthread_attr_setdetachstate(&attr,
						     PTHREAD_CREATE_DETACHED);
	if (number == 0)
		number = pthread_create(thread, &attr, main, arg);
	pthread_attr_destroy(&attr);
	return number;
}
