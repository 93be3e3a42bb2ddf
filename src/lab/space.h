/*
 * space.h: the namespaces of the lab.
 */
#ifndef RAWTOP_LAB_SPACE_H
#define RAWTOP_LAB_SPACE_H

#include "base/err.h"

/*
 * Moves this process (it has one thread) into a new network namespace; where
 * it may not do that, into a new user namespace first, in which its own user
 * and group are called 0. False with *e naming the setting that forbids it;
 * the process may then be in a half-made namespace and should end.
 */
bool space_enter(struct err *e);

/* Moves this process into one more network namespace of the lab's. */
bool space_enter_far(struct err *e);

/* Would space_enter work? Tried in a child process. */
bool space_allowed(struct err *e);

/* The number in a file of /proc/sys; -1 when there is no such file. */
long space_read_setting(const char *path);

/* Writes a short text into a file of /proc; false with errno set. */
bool space_write_file(const char *path, const char *text);

#endif
