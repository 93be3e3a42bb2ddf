/*
 * What commands do. Panes and keys only say what is asked for.
 */
#include "ui/layout.h"
#include "ui/ui.h"

#include <assert.h>

/* The first of the views that one chooses from: what lies below the rest. */
static enum pane_id base_view(const struct ui *u)
{
	return u->depth > 0 ? u->under[0] : u->view;
}

static void show_view(struct ui *u, enum pane_id view)
{
	u->depth = 0;
	u->view = view;
}

static void next_view(struct ui *u)
{
	/* Two of them: the next is the one before, too. */
	show_view(u, base_view(u) == PANE_FLOWS ? PANE_HEALTH : PANE_FLOWS);
}

static void show_help(struct ui *u)
{
	if (u->view == PANE_HELP)
		return;
	u->help_view = u->view;
	ui_push_view(u, PANE_HELP);
}

static void go_back(struct ui *u)
{
	if (ui_pop_view(u))
		return;
	if (u->view != PANE_FLOWS)
		show_view(u, PANE_FLOWS);
	else if (u->filter[0] != '\0')
		ui_filter_clear(u);
}

static void show_details(struct ui *u)
{
	const struct flow *flow = rows_selected(&u->rows);

	if (flow == NULL) {
		ui_tell(u, true, "there is no flow under the cursor");
		return;
	}
	u->detail = *flow;
	u->detail_gone = rows_gone(&u->rows, u->rows.list.cursor);
	ui_push_view(u, PANE_DETAIL);
}

static void tell_order(struct ui *u)
{
	ui_tell(u, false, "ordered by %s, %s first",
		column_table[u->rows.sort].name,
		rows_descending(&u->rows) ? "greatest" : "least");
}

static void sort_by(struct ui *u, enum column column)
{
	bool invert = column == u->rows.sort ? !u->rows.invert : false;

	rows_set_sort(&u->rows, column, invert);
	tell_order(u);
}

/* Orders by the column shown to the left or the right. */
static void sort_beside(struct ui *u, int way)
{
	struct layout layout;
	int at = 0;

	layout_make(&layout, u->width, u->rows.sort);
	while (at < layout.count && layout.cell[at].column != u->rows.sort)
		at++;
	at += way;
	if (at < 0 || at >= layout.count)
		return;
	rows_set_sort(&u->rows, layout.cell[at].column, false);
	tell_order(u);
}

static void open_picker(struct ui *u)
{
	u->picker.cursor = u->rows.sort;
	list_fit(&u->picker, COLUMN_COUNT, u->picker.height);
	ui_push_view(u, PANE_PICKER);
}

static void choose_column(struct ui *u)
{
	rows_set_sort(&u->rows, u->picker.cursor, false);
	ui_pop_view(u);
	tell_order(u);
}

static void invert(struct ui *u)
{
	rows_set_sort(&u->rows, u->rows.sort, !u->rows.invert);
	tell_order(u);
}

static void toggle_pause(struct ui *u)
{
	u->paused = !u->paused;
	if (!u->paused)
		return;
	u->paused_decoded = u->shown->account.decoded;
	/* Asks once more for the rows around, to have them to scroll over. */
	u->rows.stale = true;
}

static void toggle_frozen(struct ui *u)
{
	struct err e;
	bool frozen = u->rows.freeze == NULL;

	if (!rows_set_frozen(&u->rows, &u->world, frozen, u->live->now_ns, &e))
		ui_tell(u, true, "%s", e.text);
	else if (frozen && freeze_bounded(u->rows.freeze))
		ui_tell(u, false, "the first %d flows are held in this order",
			FREEZE_MAX);
}

static void toggle_closed(struct ui *u)
{
	rows_set_closed(&u->rows, !u->rows.closed);
	ui_tell(u, false, "closed flows are %s",
		u->rows.closed ? "shown too" : "not shown");
}

static void toggle_ports(struct ui *u)
{
	u->port_names = !u->port_names;
	ui_tell(u, false, "ports are shown as %s",
		u->port_names ? "services" : "numbers");
}

static void toggle_bytes(struct ui *u)
{
	u->bytes = !u->bytes;
	ui_tell(u, false, "rates are in %s per second",
		u->bytes ? "bytes" : "bits");
}

static void open_bpf(struct ui *u)
{
	if (u->live->finished)
		ui_tell(u, true,
			"the capture has ended: no packet would come by an "
			"expression");
	else
		ui_prompt_open(u, PROMPT_BPF);
}

static void act_on_flows(struct ui *u, struct command command)
{
	switch ((int)command.what) {
	case COMMAND_DETAILS:
		show_details(u);
		return;
	case COMMAND_FILTER:
		ui_prompt_open(u, PROMPT_FILTER);
		return;
	case COMMAND_SORT:
		open_picker(u);
		return;
	case COMMAND_SORT_LEFT:
		sort_beside(u, -1);
		return;
	case COMMAND_SORT_RIGHT:
		sort_beside(u, 1);
		return;
	case COMMAND_SORT_BY:
		assert(command.number >= 0 && command.number < COLUMN_COUNT);
		sort_by(u, (enum column)command.number);
		return;
	case COMMAND_INVERT:
		invert(u);
		return;
	case COMMAND_FREEZE:
		toggle_frozen(u);
		return;
	case COMMAND_CLOSED:
		toggle_closed(u);
		return;
	case COMMAND_CHOOSE:
		choose_column(u);
		return;
	default:
		return;
	}
}

static void act_on_screen(struct ui *u, struct command command)
{
	switch ((int)command.what) {
	case COMMAND_QUIT:
		u->quit = true;
		return;
	case COMMAND_HELP:
		show_help(u);
		return;
	case COMMAND_BACK:
		go_back(u);
		return;
	case COMMAND_REDRAW:
		u->redraw = true;
		return;
	case COMMAND_COMMAND:
		ui_prompt_open(u, PROMPT_COMMAND);
		return;
	case COMMAND_FLOWS:
		show_view(u, PANE_FLOWS);
		return;
	case COMMAND_HEALTH:
		show_view(u, PANE_HEALTH);
		return;
	case COMMAND_NEXT:
	case COMMAND_PREVIOUS:
		next_view(u);
		return;
	case COMMAND_BPF:
		open_bpf(u);
		return;
	case COMMAND_PAUSE:
		toggle_pause(u);
		return;
	case COMMAND_BYTES:
		toggle_bytes(u);
		return;
	case COMMAND_PORTS:
		toggle_ports(u);
		return;
	default:
		act_on_flows(u, command);
		return;
	}
}

void ui_act(struct ui *u, struct command command)
{
	const struct pane *pane = pane_table[u->view];

	if (command.what == COMMAND_NONE)
		return;
	if (pane->move == NULL || !pane->move(u, command))
		act_on_screen(u, command);
}
