#include "ui/layout.h"

#include <assert.h>
#include <stdbool.h>

/* Less says nothing. */
#define WIDTH_MIN 5

static int priority_of(enum column column, enum column sorted)
{
	return column == sorted ? 0 : column_table[column].priority;
}

/* The width of all columns up to a priority, a blank between them. */
static int width_up_to(int priority, enum column sorted)
{
	int sum = -1;

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (priority_of(i, sorted) <= priority)
			sum += column_table[i].width + 1;
	}
	return sum;
}

static int choose_priority(int width, enum column sorted)
{
	int best = 0;

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		int priority = priority_of(i, sorted);

		if (priority > best && width_up_to(priority, sorted) <= width)
			best = priority;
	}
	return best;
}

static int shares_of(const struct layout *l)
{
	int shares = 0;

	for (int i = 0; i < l->count; i++)
		shares += column_table[l->cell[i].column].grow;
	return shares;
}

/*
 * Shares out the spare width; what remains of it goes to the first. Where it
 * is negative, those that can grow shrink instead.
 */
static void share_out(struct layout *l, int spare)
{
	int shares = shares_of(l), rest = spare;
	int step = spare < 0 ? -1 : 1;

	if (shares == 0)
		return;
	for (int i = 0; i < l->count; i++) {
		int share = column_table[l->cell[i].column].grow;
		int more = spare * share / shares;

		l->cell[i].width += more;
		rest -= more;
	}
	for (int i = 0; i < l->count && rest != 0; i++) {
		if (column_table[l->cell[i].column].grow == 0)
			continue;
		l->cell[i].width += step;
		rest -= step;
	}
	for (int i = 0; i < l->count; i++) {
		if (l->cell[i].width < WIDTH_MIN)
			l->cell[i].width = WIDTH_MIN;
	}
}

static void place(struct layout *l)
{
	int x = 0;

	for (int i = 0; i < l->count; i++) {
		l->cell[i].x = x;
		x += l->cell[i].width + 1;
	}
}

void layout_make(struct layout *l, int width, enum column sorted)
{
	int priority = choose_priority(width, sorted);

	assert(width >= 1 && sorted < COLUMN_COUNT);
	l->count = 0;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (priority_of(i, sorted) > priority)
			continue;
		l->cell[l->count++] = (struct layout_cell){
			.column = i,
			.width = column_table[i].width,
		};
	}
	share_out(l, width - width_up_to(priority, sorted));
	place(l);
	/* Too narrow even for these: what begins beyond the edge goes. */
	while (l->count > 1 && l->cell[l->count - 1].x >= width)
		l->count--;
	if (l->cell[l->count - 1].x + l->cell[l->count - 1].width > width)
		l->cell[l->count - 1].width = width - l->cell[l->count - 1].x;
}

int layout_find(const struct layout *l, int x)
{
	for (int i = 0; i < l->count; i++) {
		if (x >= l->cell[i].x && x <= l->cell[i].x + l->cell[i].width)
			return i;
	}
	return -1;
}
