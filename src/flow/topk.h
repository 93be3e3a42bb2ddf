/*
 * topk.h: the rows that the screen shows, out of a million, without sorting
 * them all.
 */
#ifndef RAWTOP_FLOW_TOPK_H
#define RAWTOP_FLOW_TOPK_H

#include "flow/columns.h"
#include "flow/filter.h"
#include "flow/table.h"

struct topk_query {
	enum column sort;
	bool invert;
	bool closed;			  /* show closed flows too */
	const struct flow_filter *filter; /* NULL: all */
	uint32_t first;			  /* rank of the first row wanted */
	uint32_t rows;			  /* how many, at most TOPK_ROWS_MAX */
	uint64_t now_ns;
};

#define TOPK_ROWS_MAX 1024

/* Scratch memory for queries over at most max_flows flows; owned by caller. */
struct topk;
struct topk *topk_open(uint32_t max_flows_total, struct err *e);
void topk_close(struct topk *k);

/*
 * Flows that are equal by the column stand by table and entry, whichever way
 * the order runs, so that rows do not jump. A flow that ends in the middle of
 * a query leaves its row out for once.
 *
 * Finds rows first … first+rows-1 under the query's order over all tables,
 * copies them to out[query->rows], returns how many; *matching is set to how
 * many flows pass the filter. Reads without stopping any writer. The rate
 * order without a filter scans only the dense rates.
 */
uint32_t topk_find(struct topk *k, struct flow_table *const *tables,
		   unsigned table_count, const struct topk_query *query,
		   struct flow *out, uint64_t *matching);

#endif
