/*
 * command.h: what the screen asks of the engine, on the main thread.
 */
#ifndef RAWTOP_ENGINE_COMMAND_H
#define RAWTOP_ENGINE_COMMAND_H

#include "base/err.h"

struct engine;

enum engine_filter_state {
	ENGINE_FILTER_BUSY,    /* it is being compiled */
	ENGINE_FILTER_SET,     /* it takes effect within 100 ms */
	ENGINE_FILTER_REFUSED, /* *e says why and where; nothing is changed */
};

/*
 * Exchanges the BPF expression in every source ("" for none). Compiling it may
 * take seconds, for host names are looked up: while it is busy the old one is
 * in force, and engine_filter_ask tells what became of it. A new one takes the
 * place of one that is busy.
 */
enum engine_filter_state
engine_filter_begin(struct engine *g, const char *expression, struct err *e);

/* What became of the one that is busy; waits for it at most wait_ms. After
 * FILTER_DESK_TIMEOUT_S it is refused. */
enum engine_filter_state engine_filter_ask(struct engine *g, unsigned wait_ms,
					   struct err *e);

/* Gives up the one that is busy. */
void engine_filter_cancel(struct engine *g);

#endif
