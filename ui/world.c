#include "ui/world.h"

#include "engine/command.h"

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

static bool set_filter(void *context, const char *expression, struct err *e)
{
	return engine_set_filter(context, expression, e);
}

struct ui_world world_of_engine(struct engine *g)
{
	return (struct ui_world){
		.context = g,
		.take = take,
		.rows = rows,
		.flow = flow,
		.set_filter = set_filter,
	};
}
