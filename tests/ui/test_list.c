#include "ui/layout.h"
#include "ui/list.h"

#include <criterion/criterion.h>

static void do_move(struct list *l, enum keys_command what, int number)
{
	cr_assert(list_move(l, (struct command){what, number}));
}

/* The cursor is on a row, and the row is shown. */
static void check(const struct list *l)
{
	cr_assert(l->total == 0 ? l->cursor == 0 : l->cursor < l->total);
	cr_assert(l->cursor >= l->first);
	cr_assert(l->cursor - l->first < l->height);
	cr_assert(l->first == 0 || l->first + l->height <= l->total);
}

Test(list, any_movements_at_any_size_keep_the_cursor_on_a_shown_row)
{
	struct list l = {.height = 1};
	unsigned seed = 5;

	for (int i = 0; i < 200000; i++) {
		seed = seed * 1103515245 + 12345;
		switch (seed >> 16 & 7) {
		case 0:
			list_fit(&l, seed >> 20 & 63, seed >> 8 & 15);
			break;
		case 1:
			do_move(&l, COMMAND_ROW, (int)(seed >> 20 & 127));
			break;
		case 2:
			do_move(&l, COMMAND_SCROLL,
				(int)(seed >> 20 & 31) - 16);
			break;
		case 3:
			list_found(&l, seed >> 20 & 127);
			break;
		default:
			do_move(&l, COMMAND_UP + (seed >> 20) % 6, 0);
			break;
		}
		check(&l);
	}
}

Test(list, bottom_of_a_million_rows_shows_the_last_ones)
{
	struct list l = {.height = 1};

	list_fit(&l, 1000000, 20);
	do_move(&l, COMMAND_BOTTOM, 0);
	cr_expect_eq(l.cursor, 999999);
	cr_expect_eq(l.first, 999980);
	do_move(&l, COMMAND_TOP, 0);
	cr_expect_eq(l.first, 0);
	cr_expect_not(l.follows);
}

Test(list, the_wheel_moves_the_rows_and_not_the_choice)
{
	struct list l = {.height = 1};

	list_fit(&l, 100, 10);
	do_move(&l, COMMAND_ROW, 5);
	list_settle(&l, 77);
	do_move(&l, COMMAND_SCROLL, 3);
	cr_expect_eq(l.cursor, 5);
	cr_expect_eq(l.id, 77);
	do_move(&l, COMMAND_SCROLL, 3);
	cr_expect_eq(l.cursor, 6, "its row has left: the first one shown");
	cr_expect_eq(l.id, 0);
}

Test(list, other_commands_are_no_movements)
{
	struct list l = {.height = 1};

	cr_expect_not(list_move(&l, (struct command){COMMAND_QUIT, 0}));
}

static bool has(const struct layout *l, enum column column)
{
	for (int i = 0; i < l->count; i++) {
		if (l->cell[i].column == column)
			return true;
	}
	return false;
}

Test(layout, columns_never_overlap_nor_leave_the_screen)
{
	for (unsigned sorted = 0; sorted < COLUMN_COUNT; sorted++) {
		for (int width = 1; width <= 300; width++) {
			struct layout l;
			int x = 0;

			layout_make(&l, width, sorted);
			cr_assert(l.count >= 1);
			for (int i = 0; i < l.count; i++) {
				cr_assert(l.cell[i].x >= x);
				cr_assert(l.cell[i].width >= 1);
				x = l.cell[i].x + l.cell[i].width;
				cr_assert(x <= width);
				x++;
			}
		}
	}
}

Test(layout, columns_leave_by_priority_as_the_width_shrinks)
{
	for (int width = 300; width > 47; width--) {
		struct layout l;

		layout_make(&l, width, COLUMN_RATE);
		for (unsigned a = 0; a < COLUMN_COUNT; a++) {
			for (unsigned b = 0; b < COLUMN_COUNT; b++) {
				if (column_table[a].priority >
					    column_table[b].priority &&
				    a != COLUMN_RATE && has(&l, a))
					cr_assert(has(&l, b), "%s but no %s",
						  column_table[a].name,
						  column_table[b].name);
			}
		}
	}
}

Test(layout, the_column_that_orders_stays)
{
	struct layout l;

	layout_make(&l, 80, COLUMN_LAST);
	cr_expect(has(&l, COLUMN_LAST));
	cr_expect(has(&l, COLUMN_SRC));
	cr_expect(has(&l, COLUMN_DST));
}

Test(layout, a_wide_screen_has_every_column_and_uses_all_its_width)
{
	struct layout l;

	layout_make(&l, 200, COLUMN_RATE);
	cr_expect_eq(l.count, COLUMN_COUNT);
	cr_expect_eq(l.cell[l.count - 1].x + l.cell[l.count - 1].width, 200);
	cr_expect_eq(layout_find(&l, 0), 0);
	cr_expect_eq(layout_find(&l, 199), l.count - 1);
	cr_expect_eq(layout_find(&l, 999), -1);
}
