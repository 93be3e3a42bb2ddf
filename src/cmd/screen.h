/*
 * screen.h: the screen over a session, as watch and the lab open it.
 */
#ifndef RAWTOP_CMD_SCREEN_H
#define RAWTOP_CMD_SCREEN_H

#include "cmd/options.h"

/*
 * Sees to it that there is a terminal: standard output must be one; when
 * standard input is not, keys are read from the controlling terminal, and a
 * capture that comes by standard input moves to another descriptor, kept in
 * o->engine.file_fd. False with *e set.
 */
bool screen_prepare(struct options *o, struct err *e);

/* Opens session and screen and runs until the user quits; returns the exit
 * status, errors printed. `banner` may be NULL. */
int screen_run(struct options *o, const char *title, const char *banner);

#endif
