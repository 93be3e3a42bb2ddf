/*
 * app.h: the screen. ui_run takes the terminal, shows the engine's snapshots
 * until the user quits, and leaves the terminal as it found it on every way
 * out, a fatal signal and a lost terminal included.
 */
#ifndef RAWTOP_UI_APP_H
#define RAWTOP_UI_APP_H

#include "base/err.h"
#include "flow/columns.h"

#include <stdbool.h>

struct engine;

struct ui_config {
	const char *title;  /* what is watched: "all interfaces", "x.pcap" */
	const char *banner; /* shown until the first key; NULL: none */
	enum column sort;
	bool ascii;	 /* --ascii; else by the locale */
	bool monochrome; /* --no-color or NO_COLOR; else by the terminal */
	bool closed;	 /* show closed flows from the start */
};

/* EXIT_OK when the user quit (or SIGINT/SIGTERM/SIGHUP asked to); another
 * status with *e set when there is no usable terminal. */
enum exit_status ui_run(struct engine *g, const struct ui_config *config,
			struct err *e);

#endif
