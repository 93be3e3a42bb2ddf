/*
 * child.h: the lab's child processes: the player of the hosts and the
 * background traffic. Each has a lifeline, a socket pair whose other end the
 * parent holds; when that end is shut or the parent dies, the child ends.
 */
#ifndef RAWTOP_LAB_CHILD_H
#define RAWTOP_LAB_CHILD_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;    /* 0 in the child */
	int lifeline; /* this side's end */
};

/* Forks. In the child: a session of its own, so that keys of the terminal do
 * not reach it; standard streams on /dev/null; no other descriptor but the
 * lifeline and `keep` (-1: none). False with *e set when it cannot fork. */
bool child_fork(struct child *c, int keep, struct err *e);

/* In the child, when all that needs privilege is open: gives up every
 * capability. */
void child_reduce(void);

/* Messages over the lifeline, either way: "so far so good", or an error. */
void child_tell(struct child *c);
void child_tell_error(struct child *c, const struct err *error);

/* Waits for such a message; false with *e set when it is an error, or when
 * the other side is gone or silent for ten seconds. */
bool child_await(struct child *c, struct err *e);

/* In the parent: shuts the lifeline and waits for the child's end. */
void child_stop(struct child *c);

#endif
