/*
 * explore.h: tries every schedule of a small program of a few threads, and
 * for every atomic load every store that C11 release/acquire lets it return.
 *
 * The memory model: each atomic cell keeps the history of its stores; each
 * thread has a view, per cell the oldest store it may still return. A store
 * marked release carries its thread's view, an acquire load that returns it
 * adopts that view; relaxed accesses carry only their own cell. There are no
 * fences, no read-modify-writes and one writer per cell, which is all the
 * ring needs; a second writer ends the explorer without a verdict.
 *
 * Plain memory is watched by vector clocks, fed by the calls that a compiler
 * with -fsanitize=thread puts at each access (the explorer has these calls
 * itself; libtsan is not linked): two accesses, one of them a write, that
 * nothing orders are a data race. A program without races cannot tell how its
 * plain memory is reordered, so one value of it is enough.
 *
 * Not modelled: a relaxed load that returns a store from its own future (load
 * buffering). Plain reads that come too late are races, and found as such.
 *
 * Programs must be deterministic and bounded. States that two schedules reach
 * alike (every thread has read the same stores) are explored once.
 */
#ifndef RAWTOP_TESTS_EXPLORE_H
#define RAWTOP_TESTS_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

/* ORDERED is acquire for a load and release for a store. */
enum explore_order { EXPLORE_RELAXED, EXPLORE_ORDERED };

#define EXPLORE_THREADS_MAX 3

struct explore_program {
	const char *name;
	void (*setup)(void); /* before the threads: all see what it did */
	unsigned int threads;
	void (*thread[EXPLORE_THREADS_MAX])(void);
	void (*finish)(void); /* after all have ended: sees all they did */
};

/*
 * Explores the program. False at the first violation: a race, a failed
 * assert, explore_fail.
 */
bool explore_run(const struct explore_program *program);

/* Prints how the last explore_run went: its violation with the accesses that
 * led there, or how much it tried. */
void explore_report(void);

/* What the model accesses call. */
uint32_t explore_load(const uint32_t *cell, enum explore_order order);
void explore_store(uint32_t *cell, uint32_t value, enum explore_order order);

/* Called by a program: this must not happen. */
_Noreturn void explore_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
