#include "base/clock.h"

#include <time.h>

static uint64_t clock_read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * CLOCK_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_real_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

void clock_nap_ns(uint64_t duration_ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(duration_ns / CLOCK_NS_PER_S),
		.tv_nsec = (long)(duration_ns % CLOCK_NS_PER_S),
	};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
}
