/*
 * world.h: all that the screen asks of the world outside, as one value: the
 * engine in rawtop, made-up flows in tests and in the demo.
 */
#ifndef RAWTOP_UI_WORLD_H
#define RAWTOP_UI_WORLD_H

#include "base/err.h"
#include "engine/command.h"
#include "engine/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;

/* Each as its namesake in engine/snapshot.h and engine/command.h. */
struct ui_world {
	void *context;
	void (*take)(void *context, struct snapshot *s);
	uint32_t (*rows)(void *context, struct topk_query *query,
			 struct flow *out, uint64_t *matching);
	bool (*flow)(void *context, uint64_t id, struct flow *flow);
	/* Waits a moment for what is soon done. */
	enum engine_filter_state (*begin_filter)(void *context,
						 const char *expression,
						 struct err *e);
	enum engine_filter_state (*ask_filter)(void *context, struct err *e);
	void (*cancel_filter)(void *context);
};

/* The world of an engine, which is borrowed. */
struct ui_world world_of_engine(struct engine *g);

#endif
