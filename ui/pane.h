/*
 * pane.h: a view as a constant record. A pane draws the state, and says what
 * an event asks for; what it asks for is carried out elsewhere (ui_act.c).
 */
#ifndef RAWTOP_UI_PANE_H
#define RAWTOP_UI_PANE_H

#include "ui/canvas.h"
#include "ui/event.h"
#include "ui/keys.h"

struct ui;

struct pane {
	const char *name;
	const char *help;
	/* What the event asks for; the state is not touched. NULL: what the
	 * table of keys says. */
	struct command (*ask)(const struct ui *u, const struct event *event);
	/* Reads what will be drawn from the world; NULL: nothing. */
	void (*refresh)(struct ui *u);
	/* Draws rows y … y + height - 1; height may be 0. */
	void (*draw)(struct ui *u, struct canvas *c, int y, int height);
	/* Carries out a movement in the pane; false when it is none. */
	bool (*move)(struct ui *u, struct command command);
};

extern const struct pane pane_flows;
extern const struct pane pane_health;
extern const struct pane pane_detail;
extern const struct pane pane_picker;
extern const struct pane pane_help;

/* Indexed by enum pane_id. */
extern const struct pane *const pane_table[PANE_COUNT];

#endif
