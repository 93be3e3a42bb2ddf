/*
 * prompt.h: one line that the user types: the filter, the BPF expression, a
 * command. It edits text (UTF-8, never half a character), remembers what was
 * typed before, and shows what is wrong and where.
 */
#ifndef RAWTOP_UI_PROMPT_H
#define RAWTOP_UI_PROMPT_H

#include "ui/canvas.h"

#include <stddef.h>

enum prompt_kind {
	PROMPT_FILTER,
	PROMPT_BPF,
	PROMPT_COMMAND,
	PROMPT_KINDS,
};

#define PROMPT_TEXT_SIZE  256
#define PROMPT_ERROR_SIZE 768
#define PROMPT_HISTORY	  16
#define PROMPT_ROWS_MAX	  8

/* What was accepted before, the newest last. */
struct prompt_history {
	char text[PROMPT_HISTORY][PROMPT_TEXT_SIZE];
	int count;
};

struct prompt {
	bool open;
	enum prompt_kind kind;
	char text[PROMPT_TEXT_SIZE];
	size_t len;
	size_t cursor; /* byte position, between two characters */
	char error[PROMPT_ERROR_SIZE]; /* "" for none; may have more lines */
	size_t error_at;	       /* byte position of what is wrong */
	bool error_placed;	       /* error_at means something */
	char hint[PROMPT_ERROR_SIZE];  /* completions */
	char draft[PROMPT_TEXT_SIZE];  /* what was typed before going back */
	int recall;		       /* steps back in the history */
	struct prompt_history history[PROMPT_KINDS];
};

enum prompt_result {
	PROMPT_NOTHING, /* the key means nothing here */
	PROMPT_MOVED,
	PROMPT_EDITED,
	PROMPT_COMPLETE, /* Tab */
	PROMPT_ACCEPTED, /* Enter */
	PROMPT_CANCELLED,
};

/* Opens it with a text, the cursor at its end. */
void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text);

/* Closes it; what was accepted is remembered. */
void prompt_close(struct prompt *p, bool remember);

/* Carries out a key on the text and tells what became of it. */
enum prompt_result prompt_key(struct prompt *p, uint32_t code);

/* Replaces the text; the cursor goes to its end. */
void prompt_set_text(struct prompt *p, const char *text);

/* Rows that it takes on a screen of this width: the line, and below it what is
 * wrong. */
int prompt_rows(const struct prompt *p, int width);

/* Draws in the rows from y on, and places the terminal's cursor. */
void prompt_draw(const struct prompt *p, struct canvas *c, int y, int rows);

#endif
