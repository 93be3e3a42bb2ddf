#include "ui/bar.h"

#include "ui/glyph.h"

#include <assert.h>

#define GAP 2

void bar_clear(struct bar *b)
{
	b->count = 0;
}

struct text bar_add(struct bar *b, uint8_t style, uint8_t priority, bool right)
{
	struct bar_item *item = &b->item[b->count];
	struct text t;

	assert(b->count < BAR_ITEMS_MAX);
	b->count++;
	item->style = style;
	item->priority = priority;
	item->right = right;
	text_init(&t, item->text, sizeof(item->text));
	return t;
}

/* The most important item that is not chosen yet, or -1. */
static int next_item(const struct bar *b, const bool *seen)
{
	int next = -1;

	for (int i = 0; i < b->count; i++) {
		if (!seen[i] &&
		    (next < 0 || b->item[i].priority < b->item[next].priority))
			next = i;
	}
	return next;
}

/* Chooses what fits, the important first; something is always said. */
static void choose(const struct bar *b, int width, bool *chosen)
{
	bool seen[BAR_ITEMS_MAX] = {false};
	int used = -GAP, i;

	while ((i = next_item(b, seen)) >= 0) {
		int more = glyph_text_width(b->item[i].text) + GAP;

		seen[i] = true;
		chosen[i] = more > GAP && (used < 0 || used + more <= width);
		if (chosen[i])
			used += more;
	}
}

static int draw_side(const struct bar *b, struct canvas *c, int y,
		     const bool *chosen, bool right, int x)
{
	for (int i = 0; i < b->count; i++) {
		const struct bar_item *item = &b->item[i];

		if (item->right != right || !chosen[i])
			continue;
		x += canvas_put(c, x, y, c->width - x, item->style,
				item->text) +
		     GAP;
	}
	return x;
}

static int right_width(const struct bar *b, const bool *chosen)
{
	int sum = 0;

	for (int i = 0; i < b->count; i++) {
		if (b->item[i].right && chosen[i])
			sum += glyph_text_width(b->item[i].text) + GAP;
	}
	return sum > 0 ? sum - GAP : 0;
}

void bar_draw(const struct bar *b, struct canvas *c, int y, uint8_t style)
{
	int inner = c->width >= 40 ? 1 : 0; /* a blank at both ends */
	bool chosen[BAR_ITEMS_MAX] = {false};
	int right, left;

	choose(b, c->width - 2 * inner, chosen);
	right = c->width - inner - right_width(b, chosen);
	canvas_fill(c, 0, y, c->width, style);
	left = draw_side(b, c, y, chosen, false, inner);
	draw_side(b, c, y, chosen, true, right > left ? right : left);
}

void bar_draw_wrapped(const struct bar *b, struct canvas *c, int y,
		      uint8_t style)
{
	int x = 0;

	canvas_fill(c, 0, y, c->width, style);
	for (int i = 0; i < b->count; i++) {
		int width = glyph_text_width(b->item[i].text);

		if (width == 0)
			continue;
		if (x > 0 && x + width > c->width) {
			if (++y >= c->height)
				return;
			canvas_fill(c, 0, y, c->width, style);
			x = 0;
		}
		x += canvas_put(c, x, y, c->width - x, b->item[i].style,
				b->item[i].text) +
		     GAP;
	}
}
