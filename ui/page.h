/*
 * page.h: lines of text, made anew at every refresh and scrolled: details,
 * health, help. Lines that are too long for the screen go on below,
 * indented.
 */
#ifndef RAWTOP_UI_PAGE_H
#define RAWTOP_UI_PAGE_H

#include "ui/canvas.h"
#include "ui/keys.h"

#define PAGE_LINES_MAX 1024
#define PAGE_BYTES_MAX 65536

struct page_line {
	uint32_t start; /* in bytes */
	uint16_t label; /* cells of the column of labels; 0: none */
	uint8_t style;
};

struct page {
	struct page_line *lines; /* owned */
	char *bytes;		 /* owned; texts with their NUL */
	struct text text;	 /* of the line being written */
	uint32_t count;
	uint32_t used;
	int top;    /* the first row shown */
	int rows;   /* all rows at the last drawing */
	int height; /* rows shown at the last drawing */
};

bool page_open(struct page *p);
void page_close(struct page *p);

/* Empties it; the place shown stays. */
void page_clear(struct page *p);

/*
 * Begins a line and gives the text to write it to, until the next line
 * begins. A full page writes nowhere.
 */
struct text *page_line(struct page *p, uint8_t style);

/* A line that starts with a label, in a column of its own. */
struct text *page_field(struct page *p, uint8_t style, const char *label);

/* An empty line, and a heading. */
void page_section(struct page *p, const char *heading);

/* Draws rows y … y + height - 1. */
void page_draw(struct page *p, struct canvas *c, int y, int height);

/* Carries out a movement; false when the command is none. */
bool page_move(struct page *p, struct command command);

#endif
