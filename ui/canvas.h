/*
 * canvas.h: a grid of cells; all drawing ends here, and only the terminal
 * reads it. Everything is clipped: any coordinate and any text may be given.
 * Whatever the text holds, no cell ever holds a control character.
 */
#ifndef RAWTOP_UI_CANVAS_H
#define RAWTOP_UI_CANVAS_H

#include "base/text.h"
#include "ui/theme.h"

#include <stdbool.h>
#include <stdint.h>

/* A larger terminal is drawn on up to here. */
#define CANVAS_WIDTH_MAX  1024
#define CANVAS_HEIGHT_MAX 512

struct canvas_cell {
	uint32_t rune;
	uint32_t mark; /* a combining character on it, or 0 */
	uint8_t style; /* enum style, perhaps with STYLE_SELECTED */
	uint8_t width; /* 1 or 2; 0: the right half of the cell before */
};

struct canvas {
	int width, height;
	int cursor_x, cursor_y; /* where the terminal's cursor shows; -1: not */
	bool ascii;		/* nothing above 0x7e is drawn */
	struct canvas_cell *cells;
};

/* Starts empty, 0x0. canvas_close frees what resize took. */
void canvas_open(struct canvas *c, bool ascii);
void canvas_close(struct canvas *c);

/* Sets the size (at least 1x1) and clears. False when there is no memory;
 * then nothing is changed. */
bool canvas_resize(struct canvas *c, int width, int height);

/* Every cell a blank, no cursor. */
void canvas_clear(struct canvas *c);

/* `width` blanks from (x, y). */
void canvas_fill(struct canvas *c, int x, int y, int width, uint8_t style);

/*
 * Puts text into at most `width` cells from (x, y); what does not fit is cut,
 * and the cut is marked. Returns the cells it took.
 */
int canvas_put(struct canvas *c, int x, int y, int width, uint8_t style,
	       const char *text);

/* The same, ending at the right end of the `width` cells. */
void canvas_put_right(struct canvas *c, int x, int y, int width, uint8_t style,
		      const char *text);

/* Marks a whole row as the one under the cursor. */
void canvas_select_row(struct canvas *c, int y);

/* The cell at (x, y), which must be on the canvas. */
const struct canvas_cell *canvas_cell(const struct canvas *c, int x, int y);

/* Appends one row as UTF-8, without blanks at its end. */
void canvas_print_row(const struct canvas *c, int y, struct text *t);

#endif
