#include "ui/freeze.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS	    (2 * FREEZE_MAX)
#define CHUNK	    TOPK_ROWS_MAX
#define NEW_CHUNKS  4
#define LATE_ADD_NS (2 * CLOCK_NS_PER_S)

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a power of two");
_Static_assert(FREEZE_MAX % CHUNK == 0, "whole chunks");

struct freeze {
	struct flow *flow; /* FREEZE_MAX, in the frozen order */
	bool *gone;
	struct flow *chunk; /* CHUNK, scratch */
	uint32_t *slots;    /* by id: 0, or 1 + the index in flow */
	uint32_t count;
	bool bounded;
	uint64_t since_ns; /* flows that begin after this are new */
	uint64_t added;
};

static uint32_t slot_of(uint64_t id)
{
	return (uint32_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 40) &
	       (SLOTS - 1);
}

/* The slot where the id is, or where it would go. */
static uint32_t *find_slot(const struct freeze *f, uint64_t id)
{
	uint32_t at = slot_of(id);

	/* Half of the slots are free: this ends. */
	while (f->slots[at] != 0 && f->flow[f->slots[at] - 1].id != id)
		at = (at + 1) & (SLOTS - 1);
	return &f->slots[at];
}

/* Appends a flow that is not there yet. */
static void append(struct freeze *f, const struct flow *flow)
{
	uint32_t *slot = find_slot(f, flow->id);

	if (*slot != 0)
		return;
	if (f->count == FREEZE_MAX) {
		f->bounded = true;
		return;
	}
	f->flow[f->count] = *flow;
	f->gone[f->count] = false;
	*slot = ++f->count;
}

static void take_order(struct freeze *f, const struct ui_world *w,
		       const struct topk_query *query)
{
	uint64_t matching = 0;

	for (uint32_t first = 0; first < FREEZE_MAX; first += CHUNK) {
		struct topk_query q = *query;
		uint32_t n;

		q.first = first;
		q.rows = CHUNK;
		n = w->rows(w->context, &q, f->chunk, &matching);
		assert(n <= CHUNK);
		for (uint32_t i = 0; i < n; i++)
			append(f, &f->chunk[i]);
		if (n < CHUNK)
			break;
	}
	f->bounded = matching > FREEZE_MAX;
}

struct freeze *freeze_open(const struct ui_world *w,
			   const struct topk_query *query, uint64_t now_ns,
			   struct err *e)
{
	struct freeze *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		f->flow = calloc(FREEZE_MAX, sizeof(*f->flow));
		f->gone = calloc(FREEZE_MAX, sizeof(*f->gone));
		f->chunk = calloc(CHUNK, sizeof(*f->chunk));
		f->slots = calloc(SLOTS, sizeof(*f->slots));
	}
	if (f == NULL || f->flow == NULL || f->gone == NULL ||
	    f->chunk == NULL || f->slots == NULL) {
		freeze_close(f);
		err_system(e, EXIT_USAGE, "no memory to freeze the order");
		return NULL;
	}
	take_order(f, w, query);
	/* A flow may enter the table a little after its first packet; where
	 * all flows are held, those held already are told by their id. */
	f->since_ns = f->bounded || now_ns < LATE_ADD_NS ? now_ns
							 : now_ns - LATE_ADD_NS;
	return f;
}

void freeze_close(struct freeze *f)
{
	if (f == NULL)
		return;
	free(f->flow);
	free(f->gone);
	free(f->chunk);
	free(f->slots);
	free(f);
}

/* Reads the youngest flows, youngest first; how many of them are new. */
static uint32_t read_youngest(struct freeze *f, const struct ui_world *w,
			      const struct topk_query *query, uint32_t first)
{
	struct topk_query q = *query;
	uint64_t matching;
	uint32_t n, young = 0;

	q.sort = COLUMN_AGE;
	q.invert = false;
	q.first = first;
	q.rows = CHUNK;
	n = w->rows(w->context, &q, f->chunk, &matching);
	while (young < n && f->chunk[young].first_ns >= f->since_ns)
		young++;
	return young;
}

void freeze_extend(struct freeze *f, const struct ui_world *w,
		   const struct topk_query *query, uint64_t added)
{
	uint32_t deep = 0;

	if (added == f->added || f->count == FREEZE_MAX)
		return;
	f->added = added;
	while (deep < NEW_CHUNKS - 1 &&
	       read_youngest(f, w, query, deep * CHUNK) == CHUNK)
		deep++;
	/* The oldest of them come first. */
	for (int64_t d = deep; d >= 0; d--) {
		uint32_t n = read_youngest(f, w, query, (uint32_t)d * CHUNK);

		while (n-- > 0)
			append(f, &f->chunk[n]);
	}
}

uint32_t freeze_read(struct freeze *f, const struct ui_world *w, uint32_t first,
		     uint32_t rows, struct flow *out, bool *gone)
{
	uint32_t n = 0;

	for (uint32_t i = first; i < f->count && n < rows; i++, n++) {
		struct flow now;

		if (!f->gone[i]) {
			if (w->flow(w->context, f->flow[i].id, &now))
				f->flow[i] = now;
			else
				f->gone[i] = true;
		}
		out[n] = f->flow[i];
		gone[n] = f->gone[i];
	}
	return n;
}

uint32_t freeze_find(const struct freeze *f, uint64_t id)
{
	return *find_slot(f, id) - 1; /* 0, not there, becomes UINT32_MAX */
}

uint32_t freeze_count(const struct freeze *f)
{
	return f->count;
}

bool freeze_bounded(const struct freeze *f)
{
	return f->bounded;
}
