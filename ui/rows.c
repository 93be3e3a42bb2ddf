#include "ui/rows.h"

#include <assert.h>
#include <stdlib.h>

bool rows_open(struct rows *r, enum column sort, struct err *e)
{
	assert(sort < COLUMN_COUNT);
	*r = (struct rows){.sort = sort, .stale = true};
	r->list.height = 1;
	r->flow = calloc(TOPK_ROWS_MAX, sizeof(*r->flow));
	r->gone = calloc(TOPK_ROWS_MAX, sizeof(*r->gone));
	if (r->flow != NULL && r->gone != NULL)
		return true;
	rows_close(r);
	return err_system(e, EXIT_USAGE, "no memory for the rows of the list");
}

void rows_close(struct rows *r)
{
	flow_filter_free(r->filter);
	freeze_close(r->freeze);
	free(r->flow);
	free(r->gone);
	*r = (struct rows){0};
}

static struct topk_query make_query(const struct rows *r)
{
	return (struct topk_query){
		.sort = r->sort,
		.invert = r->invert,
		.closed = r->closed,
		.filter = r->filter,
	};
}

static void ask(struct rows *r, const struct ui_world *w, uint32_t first,
		uint32_t rows, uint32_t height)
{
	struct topk_query query = make_query(r);
	uint64_t matching = 0;

	query.first = first;
	query.rows = rows < TOPK_ROWS_MAX ? rows : TOPK_ROWS_MAX;
	r->first = first;
	r->count = w->rows(w->context, &query, r->flow, &matching);
	assert(r->count <= TOPK_ROWS_MAX);
	if (matching > UINT32_MAX)
		matching = UINT32_MAX;
	list_fit(&r->list, (uint32_t)matching, height);
	for (uint32_t i = 0; i < r->count; i++)
		r->gone[i] = false;
}

/* Are the rows shown among those asked for? */
static bool covered(const struct rows *r)
{
	const struct list *l = &r->list;
	uint32_t left = l->total - (l->first < l->total ? l->first : l->total);
	uint32_t rows = l->height < left ? l->height : left;

	return l->first >= r->first && l->first + rows <= r->first + r->count;
}

/* Asks for as much as there is room for, around the cursor. */
static void ask_widely(struct rows *r, const struct ui_world *w,
		       uint32_t height)
{
	uint32_t half = TOPK_ROWS_MAX / 2;
	uint32_t first = r->list.cursor > half ? r->list.cursor - half : 0;

	ask(r, w, first, TOPK_ROWS_MAX, height);
}

/* Asks for what is shown. The list may have become shorter: then it is asked
 * again, a few times at most, where its end is now. */
static void ask_shown(struct rows *r, const struct ui_world *w, uint32_t height)
{
	for (int i = 0; i < 3; i++) {
		ask(r, w, r->list.first, height, height);
		if (covered(r))
			return;
	}
}

/* The rank of the flow, or UINT32_MAX when it is not among those asked for. */
static uint32_t find_rank(const struct rows *r, uint64_t id)
{
	for (uint32_t i = 0; i < r->count; i++) {
		if (r->flow[i].id == id)
			return r->first + i;
	}
	return UINT32_MAX;
}

/* Brings the cursor to its flow. Where that is not among the rows shown but
 * still lives, it is looked for nearby, and among the first. */
static void follow(struct rows *r, const struct ui_world *w, uint32_t height)
{
	uint64_t id = r->list.id;
	uint32_t rank = find_rank(r, id);
	struct flow flow;

	if (rank == UINT32_MAX && w->flow(w->context, id, &flow)) {
		ask_widely(r, w, height);
		rank = find_rank(r, id);
		if (rank == UINT32_MAX && r->first > 0) {
			ask(r, w, 0, TOPK_ROWS_MAX, height);
			rank = find_rank(r, id);
		}
	}
	if (rank != UINT32_MAX)
		list_found(&r->list, rank);
	if (!covered(r))
		ask_shown(r, w, height);
}

static void settle(struct rows *r)
{
	const struct flow *flow = rows_at(r, r->list.cursor);

	list_settle(&r->list, flow != NULL ? flow->id : 0);
}

static void refresh_frozen(struct rows *r, const struct ui_world *w,
			   const struct snapshot *now, uint32_t height,
			   bool paused)
{
	struct topk_query query = make_query(r);

	if (!paused)
		freeze_extend(r->freeze, w, &query, now->flows.added);
	list_fit(&r->list, freeze_count(r->freeze), height);
	if (paused && !r->stale && covered(r))
		return;
	r->first = r->list.first;
	r->count = freeze_read(r->freeze, w, r->first,
			       height < TOPK_ROWS_MAX ? height : TOPK_ROWS_MAX,
			       r->flow, r->gone);
}

static void refresh_live(struct rows *r, const struct ui_world *w,
			 uint32_t height, bool paused)
{
	list_fit(&r->list, r->list.total, height);
	if (paused) {
		if (r->stale || !covered(r))
			ask_widely(r, w, height);
		return;
	}
	ask_shown(r, w, height);
	if (r->list.follows && r->list.id != 0)
		follow(r, w, height);
}

void rows_refresh(struct rows *r, const struct ui_world *w,
		  const struct snapshot *now, uint32_t height, bool paused)
{
	struct err ignored;

	if (r->freeze != NULL && r->stale)
		rows_set_frozen(r, w, true, now->now_ns, &ignored);
	if (r->freeze != NULL)
		refresh_frozen(r, w, now, height, paused);
	else
		refresh_live(r, w, height, paused);
	r->stale = false;
	settle(r);
}

const struct flow *rows_at(const struct rows *r, uint32_t rank)
{
	if (rank < r->first || rank - r->first >= r->count)
		return NULL;
	return &r->flow[rank - r->first];
}

bool rows_gone(const struct rows *r, uint32_t rank)
{
	return rows_at(r, rank) != NULL && r->gone[rank - r->first];
}

const struct flow *rows_selected(const struct rows *r)
{
	return rows_at(r, r->list.cursor);
}

/* Whoever orders or filters anew wants to see what comes first. */
static void start_anew(struct rows *r)
{
	list_reset(&r->list);
	r->stale = true;
}

void rows_set_filter(struct rows *r, struct flow_filter *filter)
{
	flow_filter_free(r->filter);
	r->filter = filter;
	start_anew(r);
}

void rows_set_closed(struct rows *r, bool closed)
{
	r->closed = closed;
	r->stale = true;
}

void rows_set_sort(struct rows *r, enum column sort, bool invert)
{
	assert(sort < COLUMN_COUNT);
	r->sort = sort;
	r->invert = invert;
	start_anew(r);
}

bool rows_descending(const struct rows *r)
{
	return column_table[r->sort].descending != r->invert;
}

bool rows_set_frozen(struct rows *r, const struct ui_world *w, bool frozen,
		     uint64_t now_ns, struct err *e)
{
	struct topk_query query = make_query(r);
	uint32_t rank;

	freeze_close(r->freeze);
	r->freeze = frozen ? freeze_open(w, &query, now_ns, e) : NULL;
	if (r->freeze != NULL) {
		rank = freeze_find(r->freeze, r->list.id);
		list_fit(&r->list, freeze_count(r->freeze), r->list.height);
		if (r->list.follows && rank != UINT32_MAX)
			list_found(&r->list, rank);
	}
	r->count = 0;
	return !frozen || r->freeze != NULL;
}
