/*
 * command.h: what the screen asks of the engine.
 */
#ifndef RAWTOP_ENGINE_COMMAND_H
#define RAWTOP_ENGINE_COMMAND_H

#include "base/err.h"

struct engine;

/*
 * Exchanges the BPF expression in every source ("" for none). False with *e
 * (libpcap's words, the place) when it does not compile; then nothing is
 * changed. Takes effect within 100 ms.
 */
bool engine_set_filter(struct engine *g, const char *expression, struct err *e);

#endif
