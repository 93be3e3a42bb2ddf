/*
 * rows.h: the rows of the flow list that are shown: which order and filter,
 * where the cursor is, and the flows themselves, as last asked for.
 */
#ifndef RAWTOP_UI_ROWS_H
#define RAWTOP_UI_ROWS_H

#include "ui/freeze.h"
#include "ui/list.h"
#include "ui/world.h"

struct rows {
	enum column sort;
	bool invert;
	bool closed;
	struct flow_filter *filter; /* owned; NULL: all */
	struct list list;
	struct flow *flow; /* TOPK_ROWS_MAX, owned */
	bool *gone;	   /* of a frozen order: it has left the table */
	uint32_t first;	   /* rank of flow[0] */
	uint32_t count;
	bool stale;	       /* what is asked for has changed */
	struct freeze *freeze; /* owned; NULL: the order is live */
};

bool rows_open(struct rows *r, enum column sort, struct err *e);
void rows_close(struct rows *r);

/*
 * Asks for the rows shown, `height` of them, and finds where the cursor's
 * flow has gone; *now is a fresh snapshot. While paused only what is not known
 * yet is asked for.
 */
void rows_refresh(struct rows *r, const struct ui_world *w,
		  const struct snapshot *now, uint32_t height, bool paused);

/* The flow at a rank, or NULL when it is not among those asked for. */
const struct flow *rows_at(const struct rows *r, uint32_t rank);
bool rows_gone(const struct rows *r, uint32_t rank);

/* The flow under the cursor, or NULL. */
const struct flow *rows_selected(const struct rows *r);

/*
 * Exchanges what the list is about: at the next refresh a frozen order is
 * taken anew. With another filter or order it starts at its top again.
 * rows_set_filter takes the filter over.
 */
void rows_set_filter(struct rows *r, struct flow_filter *filter);
void rows_set_closed(struct rows *r, bool closed);
void rows_set_sort(struct rows *r, enum column sort, bool invert);

/* Greater values first? */
bool rows_descending(const struct rows *r);

/* Freezes the order as it is now, or lets it live again. False with *e, and
 * then it lives: no memory. */
bool rows_set_frozen(struct rows *r, const struct ui_world *w, bool frozen,
		     uint64_t now_ns, struct err *e);

#endif
