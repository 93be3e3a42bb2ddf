/*
 * freeze.h: an order that stands still: the flows of a list at one moment, in
 * that order. Their values go on, those that leave keep their last ones, and
 * flows that begin later come at the end.
 */
#ifndef RAWTOP_UI_FREEZE_H
#define RAWTOP_UI_FREEZE_H

#include "ui/world.h"

/* The first so many of the list are held, later ones included. */
#define FREEZE_MAX 16384

struct freeze;

/* Takes the order that the query gives now. NULL with *e set when there is
 * no memory. freeze_close gives it back; NULL is allowed. */
struct freeze *freeze_open(const struct ui_world *w,
			   const struct topk_query *query, uint64_t now_ns,
			   struct err *e);
void freeze_close(struct freeze *f);

/* Appends what began since. `added` is the count of flows ever added: nothing
 * is asked for when it has not moved. */
void freeze_extend(struct freeze *f, const struct ui_world *w,
		   const struct topk_query *query, uint64_t added);

/* Reads `rows` flows from rank `first` again into out; gone[i] tells that the
 * flow has left the table, and out[i] what was last known. How many. */
uint32_t freeze_read(struct freeze *f, const struct ui_world *w, uint32_t first,
		     uint32_t rows, struct flow *out, bool *gone);

/* The rank of a flow, or UINT32_MAX. */
uint32_t freeze_find(const struct freeze *f, uint64_t id);

uint32_t freeze_count(const struct freeze *f);

/* There were more flows than FREEZE_MAX. */
bool freeze_bounded(const struct freeze *f);

#endif
