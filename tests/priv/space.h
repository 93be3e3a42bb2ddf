/*
 * space.h: for tests that need privilege: a network of their own, in which
 * they may do as they like and which nobody else sees. Works as root and as
 * an ordinary user.
 */
#ifndef RAWTOP_TESTS_PRIV_SPACE_H
#define RAWTOP_TESTS_PRIV_SPACE_H

#include <stdbool.h>

/*
 * The main function of a Criterion program whose tests need privilege. Runs
 * them in a user namespace; and, when it was started by root, again as root.
 * The exit status; 77, skipped, where there is no user namespace to be had.
 */
int space_main(int argc, char *argv[]);

/*
 * Moves this test's process into a new network namespace and brings lo up.
 * False with errno set where that fails.
 */
bool space_enter(void);

/* Is this the run in a user namespace that knows one user only? */
bool space_is_narrow(void);

/* Runs a command line by the shell, quietly; its exit status. */
int space_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One hexadecimal or decimal word of /proc/PID/status, "CapEff" say, as a
 * number in the given base; UINT64_MAX when it is not there. */
unsigned long long space_status(int pid, const char *name, int base);

#endif
