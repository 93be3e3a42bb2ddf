/*
 * event.h: what the terminal tells: keys, the mouse, and that it changed.
 */
#ifndef RAWTOP_UI_EVENT_H
#define RAWTOP_UI_EVENT_H

#include <stdint.h>

enum event_type {
	EVENT_NONE,
	EVENT_KEY,	/* key */
	EVENT_CLICK,	/* x, y */
	EVENT_WHEEL_UP, /* x, y */
	EVENT_WHEEL_DOWN,
	EVENT_RESIZED,
	EVENT_QUIT, /* a signal asks to end */
	EVENT_LOST, /* the terminal is gone */
};

/* Keys are characters, control characters included, or one of these. */
enum event_code {
	CODE_NONE = 0,
	CODE_CTRL = 0x1f, /* mask: Ctrl-F is 'F' & CODE_CTRL */
	CODE_TAB = '\t',
	CODE_ENTER = '\r',
	CODE_ESC = 0x1b,
	CODE_SPACE = ' ',
	CODE_ERASE = 0x7f, /* Backspace, whatever the terminal sends */
	CODE_NAMED = 0x110000,
	CODE_ARROW_UP,
	CODE_ARROW_DOWN,
	CODE_ARROW_LEFT,
	CODE_ARROW_RIGHT,
	CODE_PAGE_UP,
	CODE_PAGE_DOWN,
	CODE_LINE_START,
	CODE_LINE_END,
	CODE_REMOVE, /* Delete */
	CODE_SHIFT_TAB,
	CODE_FUNCTION, /* F1 is CODE_FUNCTION + 1 … */
	CODE_FUNCTION_LAST = CODE_FUNCTION + 12,
};

struct event {
	enum event_type type;
	uint32_t key;
	int x, y;
};

#endif
