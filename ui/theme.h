/*
 * theme.h: how things look, by what they are. The canvas holds styles; only
 * the terminal turns them into colours.
 *
 * One hue for each direction, yellow and red for staleness and errors only;
 * every style also differs by words or position, so nothing is told by colour
 * alone.
 */
#ifndef RAWTOP_UI_THEME_H
#define RAWTOP_UI_THEME_H

#include <stdint.h>

enum style {
	STYLE_NORMAL,
	STYLE_TITLE,  /* the first line */
	STYLE_CHIP,   /* a state told in the title: a filter, PAUSED */
	STYLE_BANNER, /* the line until the first key */
	STYLE_HEADER, /* titles of columns */
	STYLE_SORTED, /* … of the one that orders */
	STYLE_LABEL,  /* the name before a value */
	STYLE_SECTION,
	STYLE_OUT,   /* from the initiator */
	STYLE_IN,    /* to the initiator */
	STYLE_FADED, /* ended, or gone */
	STYLE_STALE,
	STYLE_ERROR,
	STYLE_STATUS, /* the last line */
	STYLE_STATUS_STALE,
	STYLE_STATUS_ERROR,
	STYLE_PROMPT,
	STYLE_COUNT
};

/* Added to a style: the row under the cursor. */
#define STYLE_SELECTED 0x80

#define THEME_BOLD	0x01
#define THEME_DIM	0x02
#define THEME_REVERSE	0x04
#define THEME_UNDERLINE 0x08

#define THEME_DEFAULT (-1) /* the terminal's own colour */

struct theme_look {
	int8_t ink;   /* 0 … 15, or THEME_DEFAULT */
	int8_t paper; /* 0 … 7, or THEME_DEFAULT */
	uint8_t attributes;
};

extern const struct theme_look theme_looks[STYLE_COUNT];

#endif
