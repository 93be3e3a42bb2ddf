/*
 * list.h: a list that is longer than the screen: which rank is the first row
 * shown, and which row the cursor is on. The cursor follows what it stands
 * on by its identifier, not by its rank.
 */
#ifndef RAWTOP_UI_LIST_H
#define RAWTOP_UI_LIST_H

#include "ui/keys.h"

#include <stdbool.h>
#include <stdint.h>

struct list {
	uint64_t id;	 /* of the row under the cursor; 0: not known */
	uint32_t cursor; /* its rank */
	uint32_t first;	 /* rank of the first row shown */
	uint32_t total;
	uint32_t height; /* rows shown at once, at least 1 */
	bool follows;	 /* the user chose the row: stay on its id */
};

/* Sets total and height; cursor and first stay within. */
void list_fit(struct list *l, uint32_t total, uint32_t height);

/*
 * Carries out a movement (COMMAND_UP …, COMMAND_ROW with a rank,
 * COMMAND_SCROLL). False when the command is no movement. When the cursor comes
 * to another row its id is not known: see list_settle.
 */
bool list_move(struct list *l, struct command command);

/* The row under the cursor is the one with this id. */
void list_settle(struct list *l, uint64_t id);

/* What the cursor follows has moved to this rank. The screen goes along. */
void list_found(struct list *l, uint32_t rank);

/* Forgets what the cursor follows and goes to the first row. */
void list_reset(struct list *l);

#endif
