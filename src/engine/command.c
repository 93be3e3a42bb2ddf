#include "engine/command.h"

#include "base/clock.h"
#include "engine/inside.h"

/* Puts a filter in force; takes over the hold on it. */
static void command_put_filter(struct engine *g, struct port_filter *filter)
{
	uint32_t generation = atom_load_relaxed_u32(&g->filter_generation) + 1;
	struct port_filter *before;

	pthread_mutex_lock(&g->lock);
	before = g->filter;
	g->filter = filter;
	pthread_mutex_unlock(&g->lock);
	port_filter_release(before);
	/* What one vantage shows under the old expression and the other under
	 * the new one must not be compared: see worker_follow_filter. */
	atom_store_relaxed_u64(&g->change_ns[generation % ENGINE_CHANGES],
			       clock_real_ns());
	/* E3, pairs with capture_apply_orders and worker_follow_filter. */
	atom_store_release_u32(&g->filter_generation, generation);
}

enum engine_filter_state
engine_filter_begin(struct engine *g, const char *expression, struct err *e)
{
	filter_desk_cancel(g->desk);
	if (expression[0] == '\0') {
		command_put_filter(g, NULL);
		return ENGINE_FILTER_SET;
	}
	return filter_desk_begin(g->desk, expression, e)
		       ? ENGINE_FILTER_BUSY
		       : ENGINE_FILTER_REFUSED;
}

enum engine_filter_state engine_filter_ask(struct engine *g, unsigned wait_ms,
					   struct err *e)
{
	struct port_filter *filter;

	switch (filter_desk_ask(g->desk, wait_ms, &filter, e)) {
	case FILTER_DESK_BUSY:
		return ENGINE_FILTER_BUSY;
	case FILTER_DESK_FAILED:
		return ENGINE_FILTER_REFUSED;
	case FILTER_DESK_DONE:
		break;
	}
	/* With both vantages an expression must mean something to both: else
	 * what the host does not show would look refused. */
	if (g->host_proto_count > 0 && !filter->raw.given) {
		*e = filter->raw.problem;
		err_remedy(e, "the host vantage sees no link headers: "
			      "--vantage wire takes such an expression");
		port_filter_release(filter);
		return ENGINE_FILTER_REFUSED;
	}
	command_put_filter(g, filter);
	return ENGINE_FILTER_SET;
}

void engine_filter_cancel(struct engine *g)
{
	filter_desk_cancel(g->desk);
}
