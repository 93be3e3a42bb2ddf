/*
 * term.h: the terminal: shows a canvas, tells events. Only what has changed
 * since the last time is sent. However the process ends, the terminal is
 * left as it was found (guard.h).
 */
#ifndef RAWTOP_UI_TERM_H
#define RAWTOP_UI_TERM_H

#include "base/err.h"
#include "ui/canvas.h"
#include "ui/event.h"

struct term;

struct term_config {
	bool ascii;	 /* even if the locale could show more */
	bool monochrome; /* even if the terminal has colours */
};

/*
 * Takes the terminal: output is standard output, input standard input, or
 * /dev/tty where that is something else. Sets LC_CTYPE from the environment.
 * NULL with *e when there is no usable one.
 */
struct term *term_open(const struct term_config *config, struct err *e);

/* Gives it back. NULL is allowed. */
void term_close(struct term *t);

/* Only ASCII can be shown. */
bool term_is_ascii(const struct term *t);

void term_size(const struct term *t, int *width, int *height);

/* Waits for an event, at most timeout_ms. */
void term_wait(struct term *t, int timeout_ms);

/* The next event, EVENT_NONE when there is none. Never waits (but for the
 * rest of an escape sequence, some milliseconds). */
struct event term_next(struct term *t);

/* Does it take output now? Not while the user has stopped it (^S) or nobody
 * reads: then term_draw would hang, and no key be seen. */
bool term_takes(const struct term *t);

/* Shows the canvas. */
void term_draw(struct term *t, const struct canvas *c);

/* The next drawing sends everything. */
void term_redraw(struct term *t);

#endif
