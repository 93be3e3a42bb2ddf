/*
 * keys.h: what keys mean, by one table (keys.def): dispatch, help, `:` and
 * the man page read it.
 */
#ifndef RAWTOP_UI_KEYS_H
#define RAWTOP_UI_KEYS_H

#include "base/text.h"

#include <stdint.h>

enum pane_id {
	PANE_FLOWS,
	PANE_HEALTH,
	PANE_DETAIL,
	PANE_PICKER,
	PANE_HELP,
	PANE_COUNT,
};

enum keys_command {
	COMMAND_NONE,
#define KEY(name, ...) COMMAND_##name,
#include "ui/keys.def"
#undef KEY
	COMMAND_TABLE_END,
	/* Not by a key: what the mouse and `:` ask for; `number` says more. */
	COMMAND_ROW = COMMAND_TABLE_END, /* move the cursor to this row */
	COMMAND_SCROLL,			 /* so many lines down, up if < 0 */
	COMMAND_SORT_BY,		 /* the column */
};

/* What a pane asks for: it never acts itself. */
struct command {
	enum keys_command what;
	int number;
};

struct keys_info {
	const char *name;
	uint32_t views; /* bit 1 << enum pane_id */
	const char *keys;
	const char *help;
};

/* Indexed by enum keys_command; [COMMAND_NONE] is empty. */
extern const struct keys_info keys_table[COMMAND_TABLE_END];

/* The command that a key gives in a view, or COMMAND_NONE. */
enum keys_command keys_find(enum pane_id view, uint32_t code);

/* The command by name, or by the beginning of only one name, among those of
 * the view; COMMAND_NONE when there is none or several. */
enum keys_command keys_find_name(enum pane_id view, const char *name);

/*
 * Completes the beginning of a name in *t as far as all candidates agree, and
 * lists them, separated by blanks, in *candidates.
 */
void keys_complete(enum pane_id view, struct text *t, struct text *candidates);

/*
 * Reads the next key's code from a row's list of keys; 0 at its end. Asserts
 * that the name is known. `*keys` moves on.
 */
uint32_t keys_next_code(const char **keys);

#endif
