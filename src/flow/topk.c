#include "flow/topk.h"

#include "base/memory.h"
#include "flow/column_parts.h"
#include "flow/topk_select.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A row of the window, read again after it was found. */
struct topk_row {
	uint64_t keys[COLUMN_LEVELS_MAX];
	uint32_t table, index; /* where it stands: breaks ties */
	struct flow flow;
};

struct topk {
	uint32_t capacity;
	struct topk_item *items; /* [capacity], mapped */
	struct topk_item *spare; /* [capacity], mapped, seldom touched */
	struct topk_item chosen[TOPK_ROWS_MAX];
	struct topk_row rows[TOPK_ROWS_MAX];
	const struct topk_row *order[TOPK_ROWS_MAX];
};

/* What one query works on. */
struct search {
	const struct topk_query *query;
	struct flow_table *const *tables;
	unsigned table_count;
	bool descending;
};

struct topk *topk_open(uint32_t max_flows_total, struct err *e)
{
	size_t size = (size_t)max_flows_total * sizeof(struct topk_item);
	struct topk *k = calloc(1, sizeof(*k));

	if (!k) {
		err_system(e, EXIT_USAGE, "cannot take memory for sorting");
		return NULL;
	}
	k->capacity = max_flows_total;
	k->items = memory_map(size, "sorting flows", e);
	k->spare = k->items ? memory_map(size, "sorting flows", e) : NULL;
	if (!k->spare) {
		topk_close(k);
		return NULL;
	}
	return k;
}

void topk_close(struct topk *k)
{
	size_t size;

	if (!k)
		return;
	size = (size_t)k->capacity * sizeof(struct topk_item);
	memory_unmap(k->items, size);
	memory_unmap(k->spare, size);
	free(k);
}

static inline bool flow_is_closed(const struct flow *f)
{
	return f->state == FLOW_CLOSED || f->state == FLOW_RESET;
}

static bool search_takes(const struct search *s, const struct flow *flow)
{
	return (s->query->closed || !flow_is_closed(flow)) &&
	       flow_filter_match(s->query->filter, flow);
}

/* Smaller comes first: the column's rank, turned round where the order is. */
static uint64_t search_key(const struct search *s, const struct flow *flow,
			   unsigned level)
{
	uint64_t rank = column_rank_level(s->query->sort, flow,
					  s->query->now_ns, level);

	return s->descending ? ~rank : rank;
}

/* A flow that has gone meanwhile sorts anywhere: it will not be shown. */
static uint64_t item_key(void *context, const struct topk_item *item,
			 unsigned level)
{
	const struct search *s = context;
	struct flow flow;

	if (!flow_table_read(s->tables[item->table], item->index, &flow))
		return 0;
	return search_key(s, &flow, level);
}

/* Reads every flow of a table into items, those that the query takes. */
static uint32_t search_read(const struct search *s, struct topk *k,
			    unsigned table, uint32_t count)
{
	uint32_t extent = flow_table_extent(s->tables[table]);
	struct flow flow;

	for (uint32_t i = 0; i < extent && count < k->capacity; i++) {
		if (!flow_table_read(s->tables[table], i, &flow) ||
		    !search_takes(s, &flow))
			continue;
		k->items[count++] = (struct topk_item){
			.key = search_key(s, &flow, 0),
			.table = table,
			.index = i,
		};
	}
	return count;
}

static int compare_rows(const void *left, const void *right)
{
	const struct topk_row *a = *(const struct topk_row *const *)left;
	const struct topk_row *b = *(const struct topk_row *const *)right;

	for (unsigned i = 0; i < COLUMN_LEVELS_MAX; i++) {
		if (a->keys[i] != b->keys[i])
			return a->keys[i] < b->keys[i] ? -1 : 1;
	}
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Reads the chosen flows as they are now and puts them in order. */
static uint32_t search_show(const struct search *s, struct topk *k,
			    uint32_t chosen, struct flow *out)
{
	unsigned levels = column_levels(s->query->sort);
	uint32_t count = 0;

	for (uint32_t i = 0; i < chosen; i++) {
		const struct topk_item *item = &k->chosen[i];
		struct topk_row *row = &k->rows[count];

		if (!flow_table_read(s->tables[item->table], item->index,
				     &row->flow) ||
		    !search_takes(s, &row->flow))
			continue;
		row->table = item->table;
		row->index = item->index;
		memset(row->keys, 0, sizeof(row->keys));
		for (unsigned level = 0; level < levels; level++)
			row->keys[level] = search_key(s, &row->flow, level);
		k->order[count++] = row;
	}
	qsort(k->order, count, sizeof(k->order[0]), compare_rows);
	for (uint32_t i = 0; i < count; i++)
		out[i] = k->order[i]->flow;
	return count;
}

uint32_t topk_find(struct topk *k, struct flow_table *const *tables,
		   unsigned table_count, const struct topk_query *query,
		   struct flow *out, uint64_t *matching)
{
	struct search s = {
		.query = query,
		.tables = tables,
		.table_count = table_count,
		.descending =
			column_table[query->sort].descending != query->invert,
	};
	struct topk_levels levels = {
		.count = column_levels(query->sort),
		.key = item_key,
		.context = &s,
	};
	uint32_t count = 0, chosen;

	assert(query->rows <= TOPK_ROWS_MAX);
	for (unsigned i = 0; i < table_count; i++)
		count = search_read(&s, k, i, count);
	*matching = count;
	chosen = topk_select(k->items, k->spare, count, query->first,
			     query->rows, &levels, k->chosen);
	return search_show(&s, k, chosen, out);
}
