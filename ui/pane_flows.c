#include "ui/layout.h"
#include "ui/pane.h"
#include "ui/put.h"
#include "ui/ui.h"

#include "base/clock.h"

#include <string.h>

#define CELL_SIZE 512

/* Without a packet for this long, the time since is marked. */
#define STALE_NS (30 * CLOCK_NS_PER_S)

/* Rows of flows in a body of some height: the first line is the header. */
static int row_count(int body_height)
{
	return body_height > 1 ? body_height - 1 : 0;
}

static struct command ask(const struct ui *u, const struct event *event)
{
	struct ui_areas a = ui_areas(u);
	struct layout layout;
	int row = event->y - a.body_y - 1, cell;

	if (event->type != EVENT_CLICK || a.tiny)
		return (struct command){COMMAND_NONE, 0};
	if (row == -1) {
		layout_make(&layout, u->width, u->rows.sort);
		cell = layout_find(&layout, event->x);
		if (cell >= 0)
			return (struct command){COMMAND_SORT_BY,
						(int)layout.cell[cell].column};
	} else if (row >= 0 && row < row_count(a.body_height) &&
		   u->rows.list.first + (uint32_t)row < u->rows.list.total) {
		return (struct command){COMMAND_ROW,
					(int)u->rows.list.first + row};
	}
	return (struct command){COMMAND_NONE, 0};
}

static void refresh(struct ui *u)
{
	struct ui_areas a = ui_areas(u);
	int rows = a.tiny ? 1 : row_count(a.body_height);

	rows_refresh(&u->rows, &u->world, u->live,
		     (uint32_t)(rows > 0 ? rows : 1), u->paused);
}

static bool move(struct ui *u, struct command command)
{
	return list_move(&u->rows.list, command);
}

static void draw_header(const struct ui *u, struct canvas *c, int y,
			const struct layout *layout)
{
	const char *arrow = rows_descending(&u->rows) ? (u->ascii ? "v" : "▼")
						      : (u->ascii ? "^" : "▲");

	canvas_fill(c, 0, y, c->width, STYLE_HEADER);
	for (int i = 0; i < layout->count; i++) {
		const struct layout_cell *cell = &layout->cell[i];
		const struct column_info *info = &column_table[cell->column];
		bool sorted = cell->column == u->rows.sort;
		char buf[CELL_SIZE];
		struct text t;

		text_init(&t, buf, sizeof(buf));
		put_cut(&t, info->title, cell->width - (sorted ? 1 : 0),
			u->ascii);
		if (sorted)
			text_put(&t, arrow);
		if (info->right)
			canvas_put_right(c, cell->x, y, cell->width,
					 sorted ? STYLE_SORTED : STYLE_HEADER,
					 buf);
		else
			canvas_put(c, cell->x, y, cell->width,
				   sorted ? STYLE_SORTED : STYLE_HEADER, buf);
	}
}

static uint8_t cell_style(const struct ui *u, enum column column,
			  const struct flow *flow, bool faded)
{
	uint64_t now_ns = u->shown->now_ns;

	if (column == COLUMN_REFUSED &&
	    flow->side[0].refused + flow->side[1].refused > 0)
		return STYLE_ERROR;
	if (faded)
		return STYLE_FADED;
	if (column == COLUMN_RATE_OUT)
		return flow->side[0].rate_bits > 0 ? STYLE_OUT : STYLE_FADED;
	if (column == COLUMN_RATE_IN)
		return flow->side[1].rate_bits > 0 ? STYLE_IN : STYLE_FADED;
	if (column == COLUMN_IDLE && now_ns > flow->last_ns + STALE_NS)
		return STYLE_STALE;
	return STYLE_NORMAL;
}

/* A flow that is over, though its row is still shown. */
static bool is_over(const struct flow *flow)
{
	return flow->state == FLOW_CLOSED || flow->state == FLOW_RESET;
}

static void draw_row(const struct ui *u, struct canvas *c, int y,
		     const struct layout *layout, uint32_t rank)
{
	const struct flow *flow = rows_at(&u->rows, rank);
	bool gone = rows_gone(&u->rows, rank);

	if (flow == NULL)
		return;
	for (int i = 0; i < layout->count; i++) {
		const struct layout_cell *cell = &layout->cell[i];
		struct column_style style = ui_column_style(u, cell->width);
		uint8_t look = cell_style(u, cell->column, flow,
					  gone || is_over(flow));
		char buf[CELL_SIZE];
		struct text t;

		text_init(&t, buf, sizeof(buf));
		if (gone && cell->column == COLUMN_STATE)
			text_put(&t, "gone");
		else
			column_print(&t, cell->column, flow, &style);
		if (column_table[cell->column].right)
			canvas_put_right(c, cell->x, y, cell->width, look, buf);
		else
			canvas_put(c, cell->x, y, cell->width, look, buf);
	}
	if (rank == u->rows.list.cursor)
		canvas_select_row(c, y);
}

/* Why nothing is shown. */
static void draw_emptiness(const struct ui *u, struct canvas *c, int y)
{
	const char *why = "no packets yet";

	if (u->filter[0] != '\0')
		why = "no flow passes the filter; Esc clears it";
	else if (u->shown->flows.added > 0)
		why = u->rows.closed ? "no flows now"
				     : "no open flows now; t shows closed ones";
	else if (u->shown->account.decoded > 0)
		why = "packets came, but none with an IP header";
	else if (u->shown->finished)
		why = "there were no packets";
	canvas_put(c, 2, y, c->width - 2, STYLE_LABEL, why);
}

static void draw(struct ui *u, struct canvas *c, int y, int height)
{
	struct layout layout;
	int rows = row_count(height);

	if (height < 1)
		return;
	if (ui_areas(u).tiny) {
		ui_draw_totals(u, c, y);
		return;
	}
	layout_make(&layout, c->width, u->rows.sort);
	draw_header(u, c, y, &layout);
	for (int i = 0; i < rows; i++)
		draw_row(u, c, y + 1 + i, &layout,
			 u->rows.list.first + (uint32_t)i);
	if (rows > 1 && u->rows.list.total == 0)
		draw_emptiness(u, c, y + 2);
}

const struct pane pane_flows = {
	.name = "flows",
	.help = "Who talks to whom, one conversation a line. Source is who began "
		"it. Refused counts packets that were seen on the wire but that "
		"this host did not accept: its firewall, a reverse-path check or "
		"a bad checksum swallowed them.",
	.ask = ask,
	.refresh = refresh,
	.draw = draw,
	.move = move,
};
