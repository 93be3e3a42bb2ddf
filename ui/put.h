/*
 * put.h: numbers, times and gauges as the screen shows them; rates, totals
 * and ages are printed by flow/columns.h.
 */
#ifndef RAWTOP_UI_PUT_H
#define RAWTOP_UI_PUT_H

#include "base/text.h"

/* 12,345,678 */
void put_count(struct text *t, uint64_t n);

/* A gauge of `cells` cells, filled in proportion; never empty when share > 0,
 * never full below 1. */
void put_gauge(struct text *t, double share, int cells, bool ascii);

/* Local time of day, 13:05:59. */
void put_clock(struct text *t, uint64_t time_ns);

/* Memory: 1.5 GiB. */
void put_memory(struct text *t, uint64_t bytes);

/* At most `cells` cells of a text, the cut marked. */
void put_cut(struct text *t, const char *s, int cells, bool ascii);

#endif
