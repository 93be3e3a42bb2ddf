/*
 * clock.h: the two clocks. All times in rawtop are nanoseconds in a uint64_t;
 * packet times are real time since 1970 (CLOCK_REALTIME), as the kernel
 * stamps them; durations of the program itself are monotonic.
 */
#ifndef RAWTOP_BASE_CLOCK_H
#define RAWTOP_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NS_PER_S	UINT64_C(1000000000)
#define CLOCK_NS_PER_MS UINT64_C(1000000)

/* Nanoseconds since an arbitrary start; never steps back. */
uint64_t clock_monotonic_ns(void);

/* Nanoseconds since 1970-01-01 UTC; may step. */
uint64_t clock_real_ns(void);

/* Sleeps for about this long; returns early when a signal arrives. */
void clock_nap_ns(uint64_t duration_ns);

#endif
