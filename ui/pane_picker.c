#include "ui/pane.h"
#include "ui/ui.h"

static int column_rows(int body_height)
{
	return body_height > 1 ? body_height - 1 : 1;
}

static struct command ask(const struct ui *u, const struct event *event)
{
	struct ui_areas a = ui_areas(u);
	int row = event->y - a.body_y - 1;

	if (event->type == EVENT_CLICK && row >= 0 && row < a.body_height - 1 &&
	    u->picker.first + (uint32_t)row < COLUMN_COUNT)
		return (struct command){COMMAND_ROW,
					(int)u->picker.first + row};
	return (struct command){COMMAND_NONE, 0};
}

static void refresh(struct ui *u)
{
	list_fit(&u->picker, COLUMN_COUNT,
		 (uint32_t)column_rows(ui_areas(u).body_height));
	pane_flows.refresh(u);
}

static bool move(struct ui *u, struct command command)
{
	return list_move(&u->picker, command);
}

static void draw(struct ui *u, struct canvas *c, int y, int height)
{
	if (height < 1)
		return;
	list_fit(&u->picker, COLUMN_COUNT, (uint32_t)column_rows(height));
	canvas_put(c, 0, y, c->width, STYLE_SECTION, "Order the list by");
	for (int i = 0; i < height - 1; i++) {
		uint32_t rank = u->picker.first + (uint32_t)i;
		const struct column_info *info;
		int at = y + 1 + i;

		if (rank >= COLUMN_COUNT)
			break;
		info = &column_table[rank];
		canvas_put(c, 0, at, 1, STYLE_NORMAL,
			   rank == u->rows.sort ? "*" : " ");
		canvas_put(c, 2, at, 13, STYLE_NORMAL, info->title);
		canvas_put(c, 16, at, c->width - 16, STYLE_LABEL, info->help);
		if (rank == u->picker.cursor)
			canvas_select_row(c, at);
	}
}

const struct pane pane_picker = {
	.name = "order",
	.help = "Choose the column that orders the list of flows; * marks the "
		"one that does now.",
	.ask = ask,
	.refresh = refresh,
	.draw = draw,
	.move = move,
};
