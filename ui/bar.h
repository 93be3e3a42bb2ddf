/*
 * bar.h: one line of items, some from the left and some pinned to the right.
 * Where they do not fit, the least important go.
 */
#ifndef RAWTOP_UI_BAR_H
#define RAWTOP_UI_BAR_H

#include "ui/canvas.h"

#define BAR_ITEMS_MAX 16
#define BAR_TEXT_MAX  320

struct bar_item {
	char text[BAR_TEXT_MAX];
	uint8_t style;
	uint8_t priority; /* lower stays longer; of equals the earlier */
	bool right;
};

struct bar {
	struct bar_item item[BAR_ITEMS_MAX];
	int count;
};

void bar_clear(struct bar *b);

/* Adds an item and gives the text to fill; its cells are this style. */
struct text bar_add(struct bar *b, uint8_t style, uint8_t priority, bool right);

/* Draws on row y, the whole width in `style`. */
void bar_draw(const struct bar *b, struct canvas *c, int y, uint8_t style);

/* Draws from row y on, as many rows as the items take and there are; for a
 * screen with no room for more. */
void bar_draw_wrapped(const struct bar *b, struct canvas *c, int y,
		      uint8_t style);

#endif
