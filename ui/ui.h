/*
 * ui.h: the whole state of the screen, without a terminal: events go in, a
 * canvas is drawn. The loop (app.c) and the tests drive it.
 */
#ifndef RAWTOP_UI_UI_H
#define RAWTOP_UI_UI_H

#include "base/err.h"
#include "ui/app.h"
#include "ui/canvas.h"
#include "ui/event.h"
#include "ui/page.h"
#include "ui/pane.h"
#include "ui/prompt.h"
#include "ui/rows.h"
#include "ui/world.h"

#define UI_DEPTH_MAX	4
#define UI_MESSAGE_SIZE 256

/* Below this there is room for one line of totals only. */
#define UI_WIDTH_MIN  40
#define UI_HEIGHT_MIN 8

struct ui {
	const struct ui_config *config; /* borrowed */
	struct ui_world world;
	struct column_services *services; /* owned; NULL: none to be had */
	char title[128];		  /* config's, made safe */
	char banner[512];
	bool ascii;
	int width, height; /* of the screen */

	enum pane_id view;
	enum pane_id under[UI_DEPTH_MAX]; /* where Esc goes back to */
	int depth;
	enum pane_id help_view; /* whose help is shown */

	bool quit;
	bool redraw; /* the whole screen, from nothing */
	bool banner_shown;
	bool paused;
	bool bytes;
	bool port_names;
	uint64_t paused_decoded; /* packets, when the pause began */
	uint64_t table_lost;	 /* flows evicted and packets refused */
	uint64_t table_lost_ns;	 /* when they were last more; 0: never */

	struct snapshot *live;	/* owned; as of now */
	struct snapshot *shown; /* owned; as of now, or when paused */
	struct rows rows;
	struct list picker;
	struct page page[PANE_COUNT]; /* of the views that are pages */
	struct flow detail;
	bool detail_gone; /* it has left the table */
	struct prompt prompt;
	bool compiling; /* the prompt waits for its BPF expression */
	char filter[PROMPT_TEXT_SIZE]; /* the text of rows.filter */
	/* The last one that was valid with its last word ended. */
	char filter_whole[PROMPT_TEXT_SIZE];
	char message[UI_MESSAGE_SIZE]; /* until the next key */
	bool message_bad;
};

/* Which rows of the screen are what; a height of 0: not there. */
struct ui_areas {
	bool tiny; /* no title, no status; the flow list is one of totals */
	int banner_y, banner_height;
	int body_y, body_height;
	int prompt_y, prompt_height;
};

/* The owner of *u closes it with ui_close. NULL with *e: no memory. */
struct ui *ui_open(const struct ui_world *world, const struct ui_config *config,
		   bool ascii, struct err *e);
void ui_close(struct ui *u);

/* One event of the terminal. */
void ui_event(struct ui *u, const struct event *event);

/* The screen has this size from now on. */
void ui_resize(struct ui *u, int width, int height);

/* Reads the world: what the next ui_draw shows. */
void ui_refresh(struct ui *u);

/* Draws everything; the canvas has the screen's size. */
void ui_draw(struct ui *u, struct canvas *c);

struct ui_areas ui_areas(const struct ui *u);

/* Carries out a command (ui_act.c). */
void ui_act(struct ui *u, struct command command);

/* What Enter, Tab, Esc and typing do in the prompt (ui_prompt.c). */
void ui_prompt_open(struct ui *u, enum prompt_kind kind);
void ui_prompt_key(struct ui *u, uint32_t code);
/* What became of an expression that was being compiled. */
void ui_prompt_refresh(struct ui *u);
void ui_filter_clear(struct ui *u);

/* Opens a view on top of the one shown; goes back to that below. */
void ui_push_view(struct ui *u, enum pane_id view);
bool ui_pop_view(struct ui *u);

/* Tells the user, until the next key. */
void ui_tell(struct ui *u, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* How cells are printed now, in a column of `width` cells (0: the table's). */
struct column_style ui_column_style(const struct ui *u, int width);

/* The first and last line of the screen, and the line of totals. */
void ui_draw_title(struct ui *u, struct canvas *c, int y);
void ui_draw_status(struct ui *u, struct canvas *c, int y);
void ui_draw_totals(struct ui *u, struct canvas *c, int y);

#endif
