#include "ui/canvas.h"

#include "ui/glyph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS UINT32_C(0x2026)

static const struct canvas_cell blank = {.rune = ' ', .width = 1};

void canvas_open(struct canvas *c, bool ascii)
{
	*c = (struct canvas){.ascii = ascii, .cursor_x = -1, .cursor_y = -1};
}

void canvas_close(struct canvas *c)
{
	free(c->cells);
	c->cells = NULL;
	c->width = c->height = 0;
}

static int clamp(int x, int least, int most)
{
	return x < least ? least : x > most ? most : x;
}

bool canvas_resize(struct canvas *c, int width, int height)
{
	struct canvas_cell *cells;

	width = clamp(width, 1, CANVAS_WIDTH_MAX);
	height = clamp(height, 1, CANVAS_HEIGHT_MAX);
	if (c->cells == NULL || width != c->width || height != c->height) {
		cells = calloc((size_t)width * (size_t)height, sizeof(*cells));
		if (cells == NULL)
			return false;
		free(c->cells);
		c->cells = cells;
		c->width = width;
		c->height = height;
	}
	canvas_clear(c);
	return true;
}

void canvas_clear(struct canvas *c)
{
	int n = c->width * c->height;

	for (int i = 0; i < n; i++)
		c->cells[i] = blank;
	c->cursor_x = c->cursor_y = -1;
}

static struct canvas_cell *row_cells(const struct canvas *c, int y)
{
	assert(y >= 0 && y < c->height);
	return c->cells + (size_t)y * (size_t)c->width;
}

/*
 * Writes one character. A wide one that stood half under it loses its other
 * half, so that a row's widths always add up.
 */
static void set_cell(const struct canvas *c, int x, int y, uint32_t rune,
		     int width, uint8_t style)
{
	struct canvas_cell *cell = row_cells(c, y) + x;

	assert(x >= 0 && x + width <= c->width && width >= 1 && width <= 2);
	assert(rune >= 0x20 && rune != 0x7f && (rune < 0x80 || rune >= 0xa0));
	assert(!c->ascii || rune < 0x7f);
	if (cell->width == 0 && x > 0)
		cell[-1] = blank;
	if (x + width < c->width && cell[width].width == 0)
		cell[width] = blank;
	*cell = (struct canvas_cell){
		.rune = rune, .style = style, .width = (uint8_t)width};
	if (width == 2)
		cell[1] = (struct canvas_cell){.rune = ' ', .style = style};
}

void canvas_fill(struct canvas *c, int x, int y, int width, uint8_t style)
{
	if (y < 0 || y >= c->height)
		return;
	for (int i = x < 0 ? 0 : x; i < x + width && i < c->width; i++)
		set_cell(c, i, y, ' ', 1, style);
}

/* The next character as this canvas shows it, and its width. */
static uint32_t next_glyph(const struct canvas *c, const char *text, size_t n,
			   size_t *used, int *width)
{
	uint32_t rune = glyph_read(text, n, used);

	if (c->ascii && rune > 0x7e)
		rune = GLYPH_REPLACEMENT;
	*width = glyph_width(rune);
	return rune;
}

static int shown_width(const struct canvas *c, const char *text)
{
	size_t n = strlen(text);
	int sum = 0;

	for (size_t i = 0, used; i < n; i += used) {
		int width;

		next_glyph(c, text + i, n - i, &used, &width);
		sum += width;
	}
	return sum;
}

/* A combining character joins the one before; a second one is left out. */
static void put_mark(const struct canvas *c, int x, int y, uint32_t rune)
{
	struct canvas_cell *cell = row_cells(c, y) + x;

	if (cell->width == 0 && x > 0)
		cell--;
	if (cell->mark == 0)
		cell->mark = rune;
}

int canvas_put(struct canvas *c, int x, int y, int width, uint8_t style,
	       const char *text)
{
	size_t n = strlen(text);
	int end, at = x;
	bool cut;

	if (y < 0 || y >= c->height || x < 0 || x >= c->width || width <= 0)
		return 0;
	end = width < c->width - x ? x + width : c->width;
	cut = shown_width(c, text) > end - x;
	if (cut)
		end--;
	for (size_t i = 0, used; i < n; i += used) {
		int cells;
		uint32_t rune = next_glyph(c, text + i, n - i, &used, &cells);

		if (at + cells > end)
			break;
		if (cells == 0 && at > x)
			put_mark(c, at - 1, y, rune);
		else if (cells > 0)
			set_cell(c, at, y, rune, cells, style);
		at += cells;
	}
	if (cut)
		set_cell(c, at++, y, c->ascii ? '~' : ELLIPSIS, 1, style);
	return at - x;
}

void canvas_put_right(struct canvas *c, int x, int y, int width, uint8_t style,
		      const char *text)
{
	int spare = width - shown_width(c, text);

	if (spare < 0)
		spare = 0;
	canvas_put(c, x + spare, y, width - spare, style, text);
}

void canvas_select_row(struct canvas *c, int y)
{
	if (y < 0 || y >= c->height)
		return;
	for (int x = 0; x < c->width; x++)
		row_cells(c, y)[x].style |= STYLE_SELECTED;
}

const struct canvas_cell *canvas_cell(const struct canvas *c, int x, int y)
{
	assert(x >= 0 && x < c->width);
	return row_cells(c, y) + x;
}

static void print_rune(struct text *t, uint32_t rune)
{
	char bytes[4];

	text_put_bytes(t, bytes, glyph_write(bytes, rune));
}

void canvas_print_row(const struct canvas *c, int y, struct text *t)
{
	const struct canvas_cell *cell = row_cells(c, y);
	int end = c->width;

	while (end > 0 && cell[end - 1].rune == ' ')
		end--;
	for (int x = 0; x < end; x++) {
		if (cell[x].width == 0)
			continue;
		print_rune(t, cell[x].rune);
		if (cell[x].mark != 0)
			print_rune(t, cell[x].mark);
	}
}
