#include "ui/world.h"

#include "engine/command.h"

/* Most expressions are compiled within this, and nobody sees the wait. */
#define FILTER_MOMENT_MS 50

static void take(void *context, struct snapshot *s)
{
	snapshot_take(context, s);
}

static uint32_t rows(void *context, struct topk_query *query, struct flow *out,
		     uint64_t *matching)
{
	return snapshot_rows(context, query, out, matching);
}

static bool flow(void *context, uint64_t id, struct flow *f)
{
	return snapshot_flow(context, id, f);
}

static enum engine_filter_state
begin_filter(void *context, const char *expression, struct err *e)
{
	enum engine_filter_state state =
		engine_filter_begin(context, expression, e);

	if (state != ENGINE_FILTER_BUSY)
		return state;
	return engine_filter_ask(context, FILTER_MOMENT_MS, e);
}

static enum engine_filter_state ask_filter(void *context, struct err *e)
{
	return engine_filter_ask(context, 0, e);
}

static void cancel_filter(void *context)
{
	engine_filter_cancel(context);
}

struct ui_world world_of_engine(struct engine *g)
{
	return (struct ui_world){
		.context = g,
		.take = take,
		.rows = rows,
		.flow = flow,
		.begin_filter = begin_filter,
		.ask_filter = ask_filter,
		.cancel_filter = cancel_filter,
	};
}
