#include "ui/list.h"

#include <assert.h>

static uint32_t at_most(uint32_t x, uint32_t most)
{
	return x < most ? x : most;
}

/* The cursor is one of the rows shown, and no row shown is behind the end
 * while rows before the first are not. */
static void keep_within(struct list *l)
{
	uint32_t last = l->total > 0 ? l->total - 1 : 0;
	uint32_t last_first = l->total > l->height ? l->total - l->height : 0;

	assert(l->height >= 1);
	l->cursor = at_most(l->cursor, last);
	if (l->first > l->cursor)
		l->first = l->cursor;
	if (l->cursor - l->first >= l->height)
		l->first = l->cursor - l->height + 1;
	l->first = at_most(l->first, last_first);
}

void list_fit(struct list *l, uint32_t total, uint32_t height)
{
	l->total = total;
	l->height = height > 0 ? height : 1;
	keep_within(l);
}

static uint32_t moved(uint32_t x, int64_t by, uint32_t total)
{
	int64_t to = (int64_t)x + by;

	if (to < 0 || total == 0)
		return 0;
	return to < total ? (uint32_t)to : total - 1;
}

/* Moves the cursor and the rows shown by a screen. */
static void turn_page(struct list *l, int way)
{
	int64_t by = way * (int64_t)(l->height > 1 ? l->height - 1 : 1);

	l->cursor = moved(l->cursor, by, l->total);
	l->first = moved(l->first, by, l->total);
}

/* Moves the rows shown; the cursor stays on its row while that is shown. */
static void scroll(struct list *l, int by)
{
	uint32_t last_first = l->total > l->height ? l->total - l->height : 0;

	l->first = at_most(moved(l->first, by, l->total), last_first);
	if (l->cursor < l->first)
		l->cursor = l->first;
	if (l->cursor - l->first >= l->height)
		l->cursor = l->first + l->height - 1;
}

bool list_move(struct list *l, struct command command)
{
	uint32_t before = l->cursor;

	switch ((int)command.what) {
	case COMMAND_UP:
		l->cursor = moved(l->cursor, -1, l->total);
		break;
	case COMMAND_DOWN:
		l->cursor = moved(l->cursor, 1, l->total);
		break;
	case COMMAND_PAGE_UP:
		turn_page(l, -1);
		break;
	case COMMAND_PAGE_DOWN:
		turn_page(l, 1);
		break;
	case COMMAND_TOP:
		list_reset(l);
		return true;
	case COMMAND_BOTTOM:
		l->cursor = moved(l->total, -1, l->total);
		break;
	case COMMAND_ROW:
		l->cursor = moved(0, command.number, l->total);
		break;
	case COMMAND_SCROLL:
		scroll(l, command.number);
		break;
	default:
		return false;
	}
	l->follows = true;
	keep_within(l);
	if (l->cursor != before)
		l->id = 0;
	return true;
}

void list_settle(struct list *l, uint64_t id)
{
	l->id = id;
}

void list_found(struct list *l, uint32_t rank)
{
	l->cursor = rank;
	keep_within(l);
}

void list_reset(struct list *l)
{
	l->id = 0;
	l->cursor = l->first = 0;
	l->follows = false;
}
