#include "ui/prompt.h"

#include "ui/event.h"
#include "ui/glyph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const titles[PROMPT_KINDS] = {
	[PROMPT_FILTER] = "filter: ",
	[PROMPT_BPF] = "capture (BPF): ",
	[PROMPT_COMMAND] = ":",
};

void prompt_set_text(struct prompt *p, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(p->text)) {
		n = sizeof(p->text) - 1;
		while (n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80)
			n--;
	}
	memmove(p->text, text, n);
	p->text[n] = '\0';
	p->len = p->cursor = n;
}

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text)
{
	assert(kind < PROMPT_KINDS);
	p->open = true;
	p->kind = kind;
	p->error[0] = p->hint[0] = '\0';
	p->recall = 0;
	prompt_set_text(p, text);
}

static void remember_text(struct prompt_history *h, const char *text)
{
	if (text[0] == '\0' ||
	    (h->count > 0 && strcmp(h->text[h->count - 1], text) == 0))
		return;
	if (h->count == PROMPT_HISTORY) {
		memmove(h->text[0], h->text[1],
			(PROMPT_HISTORY - 1) * sizeof(h->text[0]));
		h->count--;
	}
	snprintf(h->text[h->count++], sizeof(h->text[0]), "%s", text);
}

void prompt_close(struct prompt *p, bool remember)
{
	if (remember)
		remember_text(&p->history[p->kind], p->text);
	p->open = false;
}

/* Is the byte one of a character's that is not its first? */
static bool is_continued(const struct prompt *p, size_t at)
{
	return at > 0 && at < p->len && ((uint8_t)p->text[at] & 0xc0) == 0x80;
}

/* The character's first byte before / behind a position. */
static size_t step_back(const struct prompt *p, size_t at)
{
	if (at > 0)
		at--;
	while (is_continued(p, at))
		at--;
	return at;
}

static size_t step_on(const struct prompt *p, size_t at)
{
	if (at < p->len)
		at++;
	while (is_continued(p, at))
		at++;
	return at;
}

static size_t word_start(const struct prompt *p)
{
	size_t at = p->cursor;

	while (at > 0 && p->text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text[at - 1] != ' ')
		at--;
	return at;
}

static enum prompt_result erase(struct prompt *p, size_t from, size_t to)
{
	assert(from <= to && to <= p->len);
	memmove(p->text + from, p->text + to, p->len - to + 1);
	p->len -= to - from;
	p->cursor = from;
	return from < to ? PROMPT_EDITED : PROMPT_MOVED;
}

static enum prompt_result insert(struct prompt *p, uint32_t code)
{
	char bytes[4];
	size_t n;

	if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code > 0x10ffff)
		return PROMPT_NOTHING;
	n = glyph_write(bytes, code);
	if (p->len + n >= sizeof(p->text))
		return PROMPT_NOTHING;
	memmove(p->text + p->cursor + n, p->text + p->cursor,
		p->len - p->cursor + 1);
	memcpy(p->text + p->cursor, bytes, n);
	p->len += n;
	p->cursor += n;
	return PROMPT_EDITED;
}

static enum prompt_result recall(struct prompt *p, int by)
{
	const struct prompt_history *h = &p->history[p->kind];
	int to = p->recall + by;

	if (to < 0 || to > h->count)
		return PROMPT_NOTHING;
	if (p->recall == 0)
		snprintf(p->draft, sizeof(p->draft), "%s", p->text);
	p->recall = to;
	prompt_set_text(p, to == 0 ? p->draft : h->text[h->count - to]);
	return PROMPT_EDITED;
}

static enum prompt_result move_to(struct prompt *p, size_t at)
{
	p->cursor = at;
	return PROMPT_MOVED;
}

static enum prompt_result edit(struct prompt *p, uint32_t code)
{
	switch (code) {
	case CODE_ARROW_LEFT:
		return move_to(p, step_back(p, p->cursor));
	case CODE_ARROW_RIGHT:
		return move_to(p, step_on(p, p->cursor));
	case CODE_LINE_START:
	case 'A' & CODE_CTRL:
		return move_to(p, 0);
	case CODE_LINE_END:
	case 'E' & CODE_CTRL:
		return move_to(p, p->len);
	case CODE_ERASE:
	case 'H' & CODE_CTRL:
		return erase(p, step_back(p, p->cursor), p->cursor);
	case CODE_REMOVE:
	case 'D' & CODE_CTRL:
		return erase(p, p->cursor, step_on(p, p->cursor));
	case 'U' & CODE_CTRL:
		return erase(p, 0, p->cursor);
	case 'K' & CODE_CTRL:
		return erase(p, p->cursor, p->len);
	case 'W' & CODE_CTRL:
		return erase(p, word_start(p), p->cursor);
	case CODE_ARROW_UP:
		return recall(p, 1);
	case CODE_ARROW_DOWN:
		return recall(p, -1);
	default:
		return insert(p, code);
	}
}

enum prompt_result prompt_key(struct prompt *p, uint32_t code)
{
	enum prompt_result result;

	assert(p->open && p->cursor <= p->len);
	switch (code) {
	case CODE_ENTER:
		return PROMPT_ACCEPTED;
	case CODE_ESC:
		return PROMPT_CANCELLED;
	case CODE_TAB:
		return PROMPT_COMPLETE;
	default:
		break;
	}
	result = edit(p, code);
	if (result == PROMPT_EDITED)
		p->error[0] = p->hint[0] = '\0';
	assert(p->cursor <= p->len && p->text[p->len] == '\0');
	return result;
}

static const char *notice(const struct prompt *p)
{
	return p->error[0] != '\0' ? p->error : p->hint;
}

/* The cells of the first n bytes of the text. */
static int width_of_start(const struct prompt *p, size_t n)
{
	char start[PROMPT_TEXT_SIZE];

	assert(n <= p->len);
	memcpy(start, p->text, n);
	start[n] = '\0';
	return glyph_text_width(start);
}

/* The byte position of the first character shown, so that the cursor is. */
static size_t first_shown(const struct prompt *p, int room)
{
	size_t from = 0;

	while (from < p->cursor &&
	       width_of_start(p, p->cursor) - width_of_start(p, from) >= room)
		from = step_on(p, from);
	return from;
}

/* Where things are on a line of some width. */
struct geometry {
	int title;   /* cells of the title; 0: no room for it */
	size_t from; /* the first byte shown */
	int place;   /* the cell of what is wrong, or -1 */
	bool beside; /* the words of what is wrong fit beside a caret there */
};

static struct geometry measure(const struct prompt *p, int width)
{
	struct geometry g = {.title = glyph_text_width(titles[p->kind]),
			     .place = -1};
	const char *s = notice(p);
	int words;

	if (g.title > width / 2)
		g.title = 0;
	g.from = first_shown(p, width - g.title);
	if (p->error[0] == '\0' || !p->error_placed || p->error_at < g.from)
		return g;
	g.place = g.title + width_of_start(p, p->error_at) -
		  width_of_start(p, g.from);
	if (g.place >= width)
		g.place = -1;
	words = glyph_text_width(s) + 2;
	g.beside = g.place >= 0 && strchr(s, '\n') == NULL &&
		   (g.place + words <= width || g.place + 1 >= words);
	return g;
}

/* The cell of the caret on a line that is nothing else, or -1. */
static int caret_of(const char *line)
{
	size_t n = strspn(line, " ");

	return line[n] == '^' ? (int)n : -1;
}

/* Skips the bytes of so many cells, within a line. */
static const char *skip_cells(const char *s, size_t n, int cells)
{
	size_t i = 0, used;

	while (i < n && cells > 0) {
		cells -= glyph_width(glyph_read(s + i, n - i, &used));
		i += used;
	}
	return s + i;
}

static void put_row(struct canvas *c, int y, uint8_t style, const char *s,
		    size_t n)
{
	char row[PROMPT_ERROR_SIZE];

	snprintf(row, sizeof(row), "%.*s", (int)n, s);
	canvas_put(c, 0, y, c->width, style, row);
}

/*
 * Walks over the rows that the words take, and draws them on *c if there is
 * one: long lines are wrapped, but one with a caret below is moved to the left
 * as far as that has to be seen. How many there are, at most `rows`.
 */
static int walk_notice(const char *s, int width, struct canvas *c, int y,
		       int rows, uint8_t style)
{
	int i = 0, shift = 0;

	while (i < rows && *s != '\0') {
		size_t line = strcspn(s, "\n"), n;
		const char *next = s + line + (s[line] == '\n');
		bool is_caret = caret_of(s) >= 0;
		int caret = is_caret ? -1 : caret_of(next);

		if (caret >= 0)
			shift = caret < width ? 0 : caret - width / 2;
		if (caret >= 0 || is_caret) {
			const char *from = skip_cells(s, line, shift);

			n = line - (size_t)(from - s);
			s = from;
		} else {
			n = glyph_fit(s, line, width);
			if (n < line)
				next = s + n + strspn(s + n, " ");
		}
		if (c != NULL)
			put_row(c, y + i, style, s, n);
		i++;
		s = next;
	}
	return i;
}

int prompt_rows(const struct prompt *p, int width)
{
	const char *s = notice(p);
	struct geometry g;
	int rows = 2;

	if (!p->open)
		return 0;
	if (*s == '\0')
		return 1;
	g = measure(p, width);
	if (g.place >= 0 && !g.beside)
		rows++;
	rows += walk_notice(s, width, NULL, 0, PROMPT_ROWS_MAX, 0) - 1;
	return rows < PROMPT_ROWS_MAX ? rows : PROMPT_ROWS_MAX;
}

static void draw_line(const struct prompt *p, struct canvas *c, int y,
		      const struct geometry *g)
{
	canvas_put(c, 0, y, g->title, STYLE_LABEL, titles[p->kind]);
	canvas_put(c, g->title, y, c->width - g->title, STYLE_PROMPT,
		   p->text + g->from);
	if (g->place >= 0 && p->error_at < p->len)
		canvas_put(c, g->place, y, c->width - g->place, STYLE_ERROR,
			   p->text + p->error_at);
	c->cursor_x = g->title + width_of_start(p, p->cursor) -
		      width_of_start(p, g->from);
	if (c->cursor_x >= c->width)
		c->cursor_x = c->width - 1;
	c->cursor_y = y;
}

/* A caret under what is wrong, the words on the side that has room. */
static void draw_beside(const struct prompt *p, struct canvas *c, int y,
			int place)
{
	char line[PROMPT_ERROR_SIZE + 8];
	int width = glyph_text_width(p->error) + 2;

	if (place + width <= c->width) {
		snprintf(line, sizeof(line), "^ %s", p->error);
		canvas_put(c, place, y, width, STYLE_ERROR, line);
	} else {
		snprintf(line, sizeof(line), "%s ^", p->error);
		canvas_put(c, place + 1 - width, y, width, STYLE_ERROR, line);
	}
}

static void draw_notice(const struct prompt *p, struct canvas *c, int y,
			int rows, int place)
{
	uint8_t style = p->error[0] != '\0' ? STYLE_ERROR : STYLE_LABEL;
	int i = 0;

	if (place >= 0 && rows > 1)
		canvas_put(c, place, y + i++, 1, style, "^");
	walk_notice(notice(p), c->width, c, y + i, rows - i, style);
}

void prompt_draw(const struct prompt *p, struct canvas *c, int y, int rows)
{
	struct geometry g = measure(p, c->width);

	assert(p->open);
	for (int i = 0; i < rows; i++)
		canvas_fill(c, 0, y + i, c->width, STYLE_PROMPT);
	draw_line(p, c, y, &g);
	if (rows > 1 && g.beside)
		draw_beside(p, c, y + 1, g.place);
	else if (rows > 1)
		draw_notice(p, c, y + 1, rows - 1, g.place);
}
