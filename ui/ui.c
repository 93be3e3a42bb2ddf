#include "ui/ui.h"

#include "ui/glyph.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHEEL_LINES 3

#define BANNER_ROWS_MAX	  3
#define BANNER_HEIGHT_MIN 16

const struct pane *const pane_table[PANE_COUNT] = {
	[PANE_FLOWS] = &pane_flows,   [PANE_HEALTH] = &pane_health,
	[PANE_DETAIL] = &pane_detail, [PANE_PICKER] = &pane_picker,
	[PANE_HELP] = &pane_help,
};

static void put_safe(char *to, size_t size, const char *from, bool ascii)
{
	struct text t;

	text_init(&t, to, size);
	if (from != NULL)
		text_put_safe(&t, from, strlen(from), ascii);
}

static bool take_memory(struct ui *u)
{
	u->live = calloc(1, sizeof(*u->live));
	u->shown = calloc(1, sizeof(*u->shown));
	return u->live != NULL && u->shown != NULL &&
	       page_open(&u->page[PANE_HEALTH]) &&
	       page_open(&u->page[PANE_DETAIL]) &&
	       page_open(&u->page[PANE_HELP]);
}

struct ui *ui_open(const struct ui_world *world, const struct ui_config *config,
		   bool ascii, struct err *e)
{
	struct ui *u = calloc(1, sizeof(*u));

	if (u == NULL || !take_memory(u) ||
	    !rows_open(&u->rows, config->sort, e)) {
		ui_close(u);
		err_set(e, EXIT_USAGE, "no memory for the screen");
		return NULL;
	}
	u->config = config;
	u->world = *world;
	u->ascii = ascii;
	u->rows.closed = config->closed;
	u->services = column_services_load(NULL);
	put_safe(u->title, sizeof(u->title), config->title, ascii);
	put_safe(u->banner, sizeof(u->banner), config->banner, ascii);
	u->banner_shown = u->banner[0] != '\0';
	list_fit(&u->picker, COLUMN_COUNT, 1);
	ui_resize(u, 80, 24);
	return u;
}

void ui_close(struct ui *u)
{
	if (u == NULL)
		return;
	rows_close(&u->rows);
	for (int i = 0; i < PANE_COUNT; i++)
		page_close(&u->page[i]);
	/* After the filter, which borrows them. */
	column_services_free(u->services);
	free(u->live);
	free(u->shown);
	free(u);
}

void ui_tell(struct ui *u, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(u->message, sizeof(u->message), format, args);
	va_end(args);
	u->message_bad = bad;
}

void ui_push_view(struct ui *u, enum pane_id view)
{
	if (u->view == view)
		return;
	assert(u->depth < UI_DEPTH_MAX);
	u->under[u->depth++] = u->view;
	u->view = view;
	u->page[view].top = 0;
}

bool ui_pop_view(struct ui *u)
{
	if (u->depth == 0)
		return false;
	u->view = u->under[--u->depth];
	return true;
}

void ui_resize(struct ui *u, int width, int height)
{
	u->width = width > 1 ? width : 1;
	u->height = height > 1 ? height : 1;
}

/* Walks over the rows of the banner and draws them on *c if there is one; how
 * many they are. */
static int walk_banner(const struct ui *u, struct canvas *c, int y)
{
	size_t left = strlen(u->banner);
	const char *text = u->banner;
	int rows = 0;

	for (; left > 0 && rows < BANNER_ROWS_MAX; rows++) {
		size_t n = glyph_fit(text, left, u->width - 2);
		char row[sizeof(u->banner)];

		if (rows == BANNER_ROWS_MAX - 1)
			n = left; /* the rest is cut, and marked */
		snprintf(row, sizeof(row), "%.*s", (int)n, text);
		if (c != NULL) {
			canvas_fill(c, 0, y + rows, c->width, STYLE_BANNER);
			canvas_put(c, 1, y + rows, c->width - 2, STYLE_BANNER,
				   row);
		}
		n += strspn(text + n, " ");
		text += n;
		left -= n;
	}
	return rows;
}

static int banner_rows(const struct ui *u)
{
	if (!u->banner_shown)
		return 0;
	/* Not at the cost of what it is about. */
	return u->height >= BANNER_HEIGHT_MIN ? walk_banner(u, NULL, 0) : 1;
}

struct ui_areas ui_areas(const struct ui *u)
{
	struct ui_areas a = {
		.tiny = u->width < UI_WIDTH_MIN || u->height < UI_HEIGHT_MIN,
	};
	int y = 0, end = u->height;

	if (!a.tiny) {
		y++;   /* title */
		end--; /* status */
		a.banner_y = y;
		a.banner_height = banner_rows(u);
		y += a.banner_height;
	}
	a.prompt_height = prompt_rows(&u->prompt, u->width);
	if (a.prompt_height > end - y)
		a.prompt_height = end - y;
	a.prompt_y = end - a.prompt_height;
	a.body_y = y;
	a.body_height = a.prompt_y - y;
	assert(a.body_height >= 0 && a.prompt_height >= 0);
	return a;
}

struct column_style ui_column_style(const struct ui *u, int width)
{
	return (struct column_style){
		.now_ns = u->shown->now_ns,
		.bytes = u->bytes,
		.ascii = u->ascii,
		.services = u->port_names ? u->services : NULL,
		.width = (unsigned)width,
	};
}

static struct command ask_pane(const struct ui *u, const struct event *event)
{
	const struct pane *pane = pane_table[u->view];
	struct command none = {COMMAND_NONE, 0};

	if (pane->ask != NULL) {
		struct command command = pane->ask(u, event);

		if (command.what != COMMAND_NONE)
			return command;
	}
	switch (event->type) {
	case EVENT_KEY:
		return (struct command){keys_find(u->view, event->key), 0};
	case EVENT_WHEEL_UP:
		return (struct command){COMMAND_SCROLL, -WHEEL_LINES};
	case EVENT_WHEEL_DOWN:
		return (struct command){COMMAND_SCROLL, WHEEL_LINES};
	case EVENT_NONE:
	case EVENT_CLICK:
	case EVENT_RESIZED:
	case EVENT_QUIT:
	case EVENT_LOST:
		break;
	}
	return none;
}

void ui_event(struct ui *u, const struct event *event)
{
	struct command redraw = {COMMAND_REDRAW, 0};

	if (event->type == EVENT_QUIT || event->type == EVENT_LOST) {
		u->quit = true;
		return;
	}
	if (event->type == EVENT_RESIZED || event->type == EVENT_NONE)
		return;
	u->banner_shown = false;
	u->message[0] = '\0';
	if (!u->prompt.open || event->type != EVENT_KEY)
		ui_act(u, ask_pane(u, event));
	else if (event->key == ('L' & CODE_CTRL))
		ui_act(u, redraw);
	else
		ui_prompt_key(u, event->key);
}

/* Notes when a full table began to cost something, or goes on to. */
static void watch_table(struct ui *u)
{
	uint64_t lost = u->live->flows.evicted + u->live->account.no_room;

	if (lost > u->table_lost)
		u->table_lost_ns = u->live->now_ns;
	u->table_lost = lost;
}

void ui_refresh(struct ui *u)
{
	const struct pane *pane = pane_table[u->view];

	u->world.take(u->world.context, u->live);
	watch_table(u);
	ui_prompt_refresh(u);
	if (!u->paused)
		*u->shown = *u->live;
	if (pane->refresh != NULL)
		pane->refresh(u);
}

void ui_draw(struct ui *u, struct canvas *c)
{
	struct ui_areas a = ui_areas(u);

	canvas_clear(c);
	if (!a.tiny) {
		ui_draw_title(u, c, 0);
		ui_draw_status(u, c, u->height - 1);
	}
	if (a.banner_height > 1) {
		walk_banner(u, c, a.banner_y);
	} else if (a.banner_height > 0) {
		canvas_fill(c, 0, a.banner_y, c->width, STYLE_BANNER);
		canvas_put(c, 1, a.banner_y, c->width - 2, STYLE_BANNER,
			   u->banner);
	}
	pane_table[u->view]->draw(u, c, a.body_y, a.body_height);
	if (a.prompt_height > 0)
		prompt_draw(&u->prompt, c, a.prompt_y, a.prompt_height);
}
