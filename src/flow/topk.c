#include "flow/topk.h"

#include "base/memory.h"
#include "flow/column_rank.h"
#include "flow/filter_parts.h"
#include "flow/topk_scan.h"
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

/* The ranks that a window lies among, and how many flows of those come
 * before it. */
struct span {
	uint64_t least, greatest;
	uint32_t skip;
};

/*
 * Where the window of the last query lay, and a little more: the next redraw
 * asks for much the same, and then only what lies there has to be noted. No
 * more than a hint: where it does not hold, everything is noted.
 */
struct hint {
	bool known;
	bool invert;
	bool closed;
	enum column sort;
	uint32_t first;
	uint64_t filter; /* filter_hash */
	struct span span;
};

struct topk {
	uint32_t capacity;
	struct topk_item *items;  /* [capacity], mapped */
	struct topk_item *spare;  /* [capacity], mapped, seldom touched */
	uint32_t bins[TOPK_BINS]; /* how many flows, by rank */
	struct hint hint;
	struct topk_item chosen[TOPK_ROWS_MAX];
	struct topk_row rows[TOPK_ROWS_MAX];
	const struct topk_row *order[TOPK_ROWS_MAX];
};

/* What one query works on. */
struct search {
	const struct topk_query *query;
	struct flow_table *const *tables;
	unsigned table_count;
	uint32_t windows[BLOCK_WORKERS_MAX]; /* of the rates, at the start */
	struct topk *topk;
	struct span want; /* what is noted of the flows taken */
	uint32_t count;	  /* flows taken */
	uint32_t noted;
	bool descending;
};

/* Where a loop over a table notes what it takes; a local variable, so that
 * the counts stay in registers. */
struct notes {
	struct topk_item *items;
	uint32_t *bins;
	struct span want;
	uint32_t table;
	uint32_t count;
	uint32_t noted;
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
	struct flow flow = {0};

	if (!topk_scan_read(s->tables[item->table], item->index,
			    s->windows[item->table],
			    column_parts(s->query->sort), &flow))
		return 0;
	return search_key(s, &flow, level);
}

TOPK_INLINE bool span_holds(const struct span *span, uint64_t rank)
{
	return rank - span->least <= span->greatest - span->least;
}

static struct notes notes_begin(const struct search *s, unsigned table)
{
	return (struct notes){
		.items = s->topk->items,
		.bins = s->topk->bins,
		.want = s->want,
		.table = table,
		.count = s->count,
		.noted = s->noted,
	};
}

static void notes_end(const struct notes *n, struct search *s)
{
	s->count = n->count;
	s->noted = n->noted;
}

/*
 * Counts an entry by the bin of its rank and notes it, if `taken`: without a
 * branch, as what is taken can often not be guessed.
 */
TOPK_INLINE void notes_add(struct notes *n, uint32_t index, uint64_t rank,
			   bool taken)
{
	n->items[n->noted] = (struct topk_item){
		.key = rank,
		.table = n->table,
		.index = index,
	};
	n->bins[topk_bin(rank)] += taken;
	n->count += taken;
	n->noted += taken & span_holds(&n->want, rank);
}

/* How many entries of the table there is room to note. */
static uint32_t search_extent(const struct search *s, unsigned table)
{
	uint32_t extent = flow_table_extent(s->tables[table]);
	uint32_t room = s->topk->capacity - s->count;

	return extent < room ? extent : room;
}

/* Takes the flows of a table by one column: a loop for each. */
TOPK_INLINE void search_column(struct search *s, unsigned table,
			       enum column column)
{
	const struct flow_table *t = s->tables[table];
	uint32_t extent = search_extent(s, table);
	uint32_t window = s->windows[table];
	uint64_t now_ns = s->query->now_ns;
	struct notes notes = notes_begin(s, table);
	bool closed = s->query->closed;
	struct flow flow = {0};

	for (uint32_t i = 0; i < extent; i++) {
		struct topk_pulse p = topk_pulse_read(&t->pulse[i], window);

		topk_scan_prefetch(t, i);
		if (!topk_scan_read(t, i, window, column_parts_of(column),
				    &flow))
			continue;
		notes_add(&notes, i, column_rank_of(column, &flow, now_ns, 0),
			  closed | !p.over);
	}
	notes_end(&notes, s);
}

static void search_columns(struct search *s, unsigned table)
{
	switch (s->query->sort) {
#define COLUMN(name, ...)                                                      \
	case COLUMN_##name:                                                    \
		search_column(s, table, COLUMN_##name);                        \
		return;
#include "flow/columns.def"
#undef COLUMN
	case COLUMN_COUNT:
		break;
	}
	assert(s->query->sort < COLUMN_COUNT);
}

/* Takes the flows of a table that pass the filter; what only the order wants
 * is read of those alone, and the rate is at hand. */
static void search_filtered(struct search *s, unsigned table)
{
	const struct flow_table *t = s->tables[table];
	const struct flow_filter *filter = s->query->filter;
	enum column column = s->query->sort;
	unsigned parts = filter_parts(filter);
	unsigned more = column_parts(column) & ~parts;
	uint32_t extent = search_extent(s, table);
	uint32_t window = s->windows[table];
	struct notes notes = notes_begin(s, table);
	struct flow flow = {0};

	for (uint32_t i = 0; i < extent; i++) {
		struct topk_pulse p = topk_pulse_read(&t->pulse[i], window);
		uint64_t rank = topk_pulse_bits(&p);

		topk_scan_prefetch(t, i);
		if ((p.over && !s->query->closed) ||
		    !topk_scan_read(t, i, window, parts, &flow) ||
		    !flow_filter_match(filter, &flow))
			continue;
		if (column != COLUMN_RATE) {
			if (more && !topk_scan_read(t, i, window, more, &flow))
				continue;
			rank = column_rank_level(column, &flow,
						 s->query->now_ns, 0);
		}
		notes_add(&notes, i, rank, true);
	}
	notes_end(&notes, s);
}

/* Rows that there are of those asked for. */
static uint32_t search_rows(const struct search *s)
{
	const struct topk_query *q = s->query;

	if (q->first >= s->count)
		return 0;
	return q->rows < s->count - q->first ? q->rows : s->count - q->first;
}

/* Where the window lies by the bins; the hint for the next query. */
static struct span search_span(struct search *s, uint32_t rows)
{
	struct hint *hint = &s->topk->hint;
	uint32_t bins[TOPK_BINS];
	uint32_t first = s->query->first;
	struct topk_span span;
	unsigned low, high;

	for (unsigned i = 0; i < TOPK_BINS; i++)
		bins[i] = s->topk->bins[s->descending ? TOPK_BINS - 1 - i : i];
	span = topk_span_find(bins, first, first + rows);
	low = s->descending ? TOPK_BINS - 1 - span.high : span.low;
	high = s->descending ? TOPK_BINS - 1 - span.low : span.high;
	*hint = (struct hint){
		.known = true,
		.invert = s->query->invert,
		.closed = s->query->closed,
		.sort = s->query->sort,
		.first = first,
		.filter = filter_hash(s->query->filter),
		.span = {.least = low > 0 ? topk_bin_least(low - 1) : 0,
			 .greatest = topk_bin_least(high + 2) - 1},
	};
	/* New rows come in at the top, however far up. */
	if (first == 0 && s->descending)
		hint->span.greatest = UINT64_MAX;
	if (hint->span.greatest < hint->span.least) /* past the last bin */
		hint->span.greatest = UINT64_MAX;
	return (struct span){
		.least = topk_bin_least(low),
		.greatest = topk_bin_least(high + 1) - 1,
		.skip = span.skip,
	};
}

static bool hint_holds(const struct search *s)
{
	const struct hint *hint = &s->topk->hint;
	const struct topk_query *q = s->query;

	return hint->known && hint->sort == q->sort &&
	       hint->invert == q->invert && hint->closed == q->closed &&
	       hint->first == q->first &&
	       hint->filter == filter_hash(q->filter);
}

static bool search_has(const struct search *s, const struct span *span)
{
	return span->least >= s->want.least &&
	       span->greatest <= s->want.greatest;
}

/* Drops what was noted beyond the span. */
static uint32_t search_narrow(const struct search *s, const struct span *span)
{
	struct topk_item *items = s->topk->items;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->noted; i++) {
		if (span_holds(span, items[i].key))
			items[kept++] = items[i];
	}
	return kept;
}

static void search_begin(struct search *s, struct span want)
{
	memset(s->topk->bins, 0, sizeof(s->topk->bins));
	s->count = s->noted = 0;
	s->want = want;
}

/* Chooses the rows among `kept` items of which `skip` come before. */
static uint32_t search_choose(struct search *s, uint32_t kept, uint32_t skip,
			      uint32_t rows)
{
	struct topk *k = s->topk;
	const struct topk_levels levels = {
		.count = column_levels(s->query->sort),
		.key = item_key,
		.context = s,
	};

	for (uint32_t i = 0; s->descending && i < kept; i++)
		k->items[i].key = ~k->items[i].key;
	return topk_select(k->items, k->spare, kept, skip, rows, &levels,
			   k->chosen);
}

static const struct span span_all = {.greatest = UINT64_MAX};

/* Any order, any filter: every flow is looked at, and noted where the window
 * may be. */
static uint32_t find_by_flows(struct search *s)
{
	struct span want = hint_holds(s) ? s->topk->hint.span : span_all;
	uint32_t rows = 0;
	struct span span;

	for (unsigned tries = 0; tries < 2; tries++) {
		search_begin(s, tries == 0 ? want : span_all);
		for (unsigned i = 0; i < s->table_count; i++) {
			if (s->query->filter)
				search_filtered(s, i);
			else
				search_columns(s, i);
		}
		rows = search_rows(s);
		if (rows == 0)
			return 0;
		span = search_span(s, rows);
		if (search_has(s, &span))
			break;
	}
	return search_choose(s, search_narrow(s, &span), span.skip, rows);
}

static void rates_count(struct search *s, unsigned table)
{
	const struct flow_table *t = s->tables[table];
	uint32_t extent = search_extent(s, table);
	struct notes notes = notes_begin(s, table);
	uint32_t window = s->windows[table];
	bool closed = s->query->closed;

	for (uint32_t i = 0; i < extent; i++) {
		struct topk_pulse p = topk_pulse_read(&t->pulse[i], window);

		notes_add(&notes, i, topk_pulse_bits(&p),
			  p.used & (closed | !p.over));
	}
	notes_end(&notes, s);
}

/*
 * Most flows may be at rest. They are equal, so by their place among them it
 * is known which of them the window takes, and the others are left out.
 */
struct rest {
	uint32_t first, end;
	uint32_t seen;
};

static struct rest rest_find(const struct search *s, uint32_t rows,
			     struct span *span)
{
	uint32_t resting = s->topk->bins[topk_bin(0)];
	uint32_t begin = s->descending ? s->count - resting : 0;
	uint32_t first = s->query->first, end = first + rows;
	struct rest rest = {0};

	if (first >= begin + resting || end <= begin)
		return rest;
	rest.first = first > begin ? first - begin : 0;
	rest.end = end - begin < resting ? end - begin : resting;
	if (first >= begin) /* what was to be skipped is left out */
		span->skip = 0;
	return rest;
}

static uint32_t rates_take(const struct search *s, unsigned table,
			   const struct span *span, struct rest *rest,
			   uint32_t kept)
{
	const struct flow_table *t = s->tables[table];
	uint32_t extent = flow_table_extent(t);
	uint32_t window = s->windows[table];
	bool closed = s->query->closed;

	for (uint32_t i = 0; i < extent && kept < s->topk->capacity; i++) {
		struct topk_pulse p = topk_pulse_read(&t->pulse[i], window);
		uint64_t rank = topk_pulse_bits(&p);

		if (!span_holds(span, rank) || !p.used || (p.over && !closed))
			continue;
		if (rank == 0) {
			uint32_t place = rest->seen++;

			if (place < rest->first || place >= rest->end)
				continue;
		}
		s->topk->items[kept++] = (struct topk_item){
			.key = rank,
			.table = table,
			.index = i,
		};
	}
	return kept;
}

/*
 * The order of rates without a filter looks at nothing but the dense rates:
 * once to count flows into bins and, if all goes well, to note those of the
 * span; else once more to take those.
 */
static uint32_t find_by_rates(struct search *s)
{
	static const struct span least = {.greatest = 0};
	bool hinted = hint_holds(s) && s->topk->hint.span.least > 0;
	uint32_t rows, kept = 0;
	struct span span;
	struct rest rest;

	search_begin(s, hinted ? s->topk->hint.span : least);
	for (unsigned i = 0; i < s->table_count; i++)
		rates_count(s, i);
	rows = search_rows(s);
	if (rows == 0)
		return 0;
	span = search_span(s, rows);
	if (hinted && search_has(s, &span))
		return search_choose(s, search_narrow(s, &span), span.skip,
				     rows);
	rest = rest_find(s, rows, &span);
	for (unsigned i = 0; i < s->table_count; i++)
		kept = rates_take(s, i, &span, &rest, kept);
	/* Flows came and went between the two looks; a page stays a page. */
	if (rows > kept)
		rows = kept;
	if (span.skip > kept - rows)
		span.skip = kept - rows;
	return search_choose(s, kept, span.skip, rows);
}

static bool windows_turned(const struct search *s)
{
	for (unsigned i = 0; i < s->table_count; i++) {
		if (atom_load_relaxed_u32(&s->tables[i]->window_shown) !=
		    s->windows[i])
			return true;
	}
	return false;
}

/*
 * Fills k->chosen; returns how many. When a window of the rates turns
 * meanwhile, what was read is half of one second and half of another: it is
 * done once more, and then it has to do.
 */
static uint32_t search_find(struct search *s)
{
	bool dense = s->query->sort == COLUMN_RATE && !s->query->filter;
	uint32_t chosen = 0;

	for (unsigned tries = 0; tries < 2; tries++) {
		for (unsigned i = 0; i < s->table_count; i++)
			s->windows[i] = atom_load_relaxed_u32(
				&s->tables[i]->window_shown);
		chosen = dense ? find_by_rates(s) : find_by_flows(s);
		if (!windows_turned(s))
			break;
	}
	return chosen;
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

/* Another flow may live in the entry by now. */
static bool search_takes(const struct search *s, const struct flow *flow)
{
	return (s->query->closed || !tcp_state_over(flow->state)) &&
	       flow_filter_match(s->query->filter, flow);
}

/* Reads the chosen flows as they are now and puts them in order. */
static uint32_t search_show(const struct search *s, uint32_t chosen,
			    struct flow *out)
{
	unsigned levels = column_levels(s->query->sort);
	struct topk *k = s->topk;
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
	/* What is sorted are pointers.
	 * NOLINTNEXTLINE(bugprone-sizeof-expression) */
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
		.topk = k,
		.descending =
			column_table[query->sort].descending != query->invert,
	};
	uint32_t chosen;

	assert(query->rows <= TOPK_ROWS_MAX);
	assert(table_count <= BLOCK_WORKERS_MAX);
	chosen = search_find(&s);
	*matching = s.count;
	return search_show(&s, chosen, out);
}
