/*
 * guard.h: signals while the terminal is not as the user left it. A fatal one
 * gives the terminal back before the process dies of it; those that ask to
 * end, to stop or to look at the size again are noted, and wake the screen.
 *
 * A signal handler can only reach a global: this is the one place for it.
 */
#ifndef RAWTOP_UI_GUARD_H
#define RAWTOP_UI_GUARD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define GUARD_BYTES_MAX 512

/* What the signals since the last look asked for. */
struct guard_news {
	bool quit;	/* SIGTERM, SIGHUP, SIGINT */
	bool resized;	/* SIGWINCH */
	bool stop;	/* SIGTSTP */
	bool continued; /* SIGCONT */
};

/*
 * Takes the signals over. On a fatal one `termios` is set on `fd` and the
 * rescue bytes are written to it, then the signal does what it did before.
 * Only one guard can be armed. False with *e when there are no descriptors.
 */
bool guard_arm(int fd, const struct termios *termios, struct err *e);

/* Sets the rescue bytes, at most GUARD_BYTES_MAX, and takes those signals
 * again that curses took when it started. */
void guard_complete(const char *bytes, size_t count);

/* Gives the signals back to whom they belonged. */
void guard_disarm(void);

/* Readable when there is news. */
int guard_wake_fd(void);

/* Takes the news. */
struct guard_news guard_take(void);

/*
 * Stops the process as SIGTSTP does, after `leave` has given the terminal
 * back; returns when it is continued.
 */
void guard_stop_process(void (*leave)(void));

#endif
