/*
 * layout.h: which columns a screen of some width shows, and where.
 */
#ifndef RAWTOP_UI_LAYOUT_H
#define RAWTOP_UI_LAYOUT_H

#include "flow/columns.h"

struct layout_cell {
	enum column column;
	int x;
	int width;
};

struct layout {
	struct layout_cell cell[COLUMN_COUNT]; /* left to right */
	int count;
};

/*
 * Columns leave by their priority as the width shrinks, those of one priority
 * together; the one that orders the list stays as long as source and
 * destination. Spare width goes to the columns that can grow. At least one
 * column stays, cut to what there is.
 */
void layout_make(struct layout *l, int width, enum column sorted);

/* The index of the cell at x, or -1. */
int layout_find(const struct layout *l, int x);

#endif
