#include "ui/page.h"

#include "ui/glyph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_CELLS    17
#define PAGE_LINE_SIZE 1024
#define WRAP_INDENT    2

bool page_open(struct page *p)
{
	*p = (struct page){0};
	p->lines = calloc(PAGE_LINES_MAX, sizeof(*p->lines));
	p->bytes = calloc(1, PAGE_BYTES_MAX);
	if (p->lines != NULL && p->bytes != NULL) {
		page_clear(p);
		return true;
	}
	page_close(p);
	return false;
}

void page_close(struct page *p)
{
	free(p->lines);
	free(p->bytes);
	*p = (struct page){0};
}

void page_clear(struct page *p)
{
	p->count = 0;
	p->used = 0;
	text_init(&p->text, p->bytes, 1);
}

struct text *page_line(struct page *p, uint8_t style)
{
	uint32_t left;

	if (p->count > 0)
		p->used = (uint32_t)(p->text.buf - p->bytes) +
			  (uint32_t)p->text.len + 1;
	left = PAGE_BYTES_MAX - p->used;
	if (p->count == PAGE_LINES_MAX || left < PAGE_LINE_SIZE) {
		/* A text of no size at the last line's end takes nothing. */
		p->used--;
		text_init(&p->text, p->bytes + p->used, 1);
		return &p->text;
	}
	p->lines[p->count++] =
		(struct page_line){.start = p->used, .style = style};
	text_init(&p->text, p->bytes + p->used, PAGE_LINE_SIZE);
	return &p->text;
}

struct text *page_field(struct page *p, uint8_t style, const char *label)
{
	uint32_t before;
	struct text *t;

	/* One that is too long for the column has a line of its own. */
	if (glyph_text_width(label) >= LABEL_CELLS) {
		text_put(page_line(p, STYLE_LABEL), label);
		label = "";
	}
	before = p->count;
	t = page_line(p, style);
	if (p->count == before)
		return t;
	p->lines[before].label = LABEL_CELLS;
	text_put(t, label);
	for (int n = glyph_text_width(label); n < LABEL_CELLS - 1; n++)
		text_put_char(t, ' ');
	text_put_char(t, ' ');
	return t;
}

void page_section(struct page *p, const char *heading)
{
	if (p->count > 0)
		page_line(p, STYLE_NORMAL);
	text_put(page_line(p, STYLE_SECTION), heading);
}

static void draw_part(struct canvas *c, int x, int y, uint8_t style,
		      const char *text, size_t n)
{
	char part[PAGE_LINE_SIZE];

	assert(n < sizeof(part));
	memcpy(part, text, n);
	part[n] = '\0';
	canvas_put(c, x, y, c->width - x, style, part);
}

/* Draws one line, `skip` rows of it above the edge; how many rows it takes. */
static int draw_line(const struct page *p, const struct page_line *line,
		     struct canvas *c, int y, int top, int end)
{
	const char *text = p->bytes + line->start;
	size_t left = strlen(text);
	int x = 0, rows = 0;
	bool first = true;

	/* Beside a label there must be room for a few words. */
	int indent = line->label > 0 && c->width >= 2 * line->label
			     ? line->label
			     : WRAP_INDENT;
	if (indent >= c->width)
		indent = 0;
	do {
		size_t n = glyph_fit(text, left, c->width - x);
		int at = y + rows;

		if (at >= top && at < end) {
			draw_part(c, x, at, line->style, text, n);
			if (first && line->label > 0)
				draw_part(c, 0, at, STYLE_LABEL, text,
					  glyph_fit(text, n, line->label));
		}
		text += n;
		left -= n;
		while (left > 0 && *text == ' ') {
			text++;
			left--;
		}
		x = indent;
		first = false;
		rows++;
	} while (left > 0);
	return rows;
}

void page_draw(struct page *p, struct canvas *c, int y, int height)
{
	int rows = 0;

	/* Twice at most: the first drawing tells how far it may be scrolled. */
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < height; i++)
			canvas_fill(c, 0, y + i, c->width, STYLE_NORMAL);
		rows = 0;
		for (uint32_t i = 0; i < p->count; i++)
			rows += draw_line(p, &p->lines[i], c, y + rows - p->top,
					  y, y + height);
		if (p->top <= 0 || p->top + height <= rows)
			break;
		p->top = rows > height ? rows - height : 0;
	}
	p->rows = rows;
	p->height = height;
}

bool page_move(struct page *p, struct command command)
{
	int page = p->height > 1 ? p->height - 1 : 1;
	int most = p->rows > p->height ? p->rows - p->height : 0;

	switch ((int)command.what) {
	case COMMAND_UP:
		p->top--;
		break;
	case COMMAND_DOWN:
		p->top++;
		break;
	case COMMAND_PAGE_UP:
		p->top -= page;
		break;
	case COMMAND_PAGE_DOWN:
		p->top += page;
		break;
	case COMMAND_TOP:
		p->top = 0;
		break;
	case COMMAND_BOTTOM:
		p->top = most;
		break;
	case COMMAND_SCROLL:
		p->top += command.number;
		break;
	default:
		return false;
	}
	if (p->top > most)
		p->top = most;
	if (p->top < 0)
		p->top = 0;
	return true;
}
