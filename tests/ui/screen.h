/*
 * screen.h: a screen without a terminal, over a fake world, for tests: press
 * keys, look at the text.
 */
#ifndef RAWTOP_TESTS_SCREEN_H
#define RAWTOP_TESTS_SCREEN_H

#include "tests/ui/fake_world.h"
#include "ui/ui.h"

#define SCREEN_TEXT_MAX 262144

struct screen {
	struct fake_world fake;
	struct ui_world world;
	struct ui_config config;
	struct ui *ui;
	struct canvas canvas;
	char *text; /* owned; what the last look saw */
};

/* 80x24. Time stands still unless s->fake.still is cleared. Sets the locale
 * and the time zone. */
void screen_open(struct screen *s, uint32_t flows, bool ascii);
void screen_close(struct screen *s);

void screen_resize(struct screen *s, int width, int height);

/* One key, by its code. */
void screen_press(struct screen *s, uint32_t code);

/* Each character of a text is a key; "\r" is Enter, "\033" Esc. */
void screen_type(struct screen *s, const char *keys);

void screen_mouse(struct screen *s, enum event_type type, int x, int y);

/* Refreshes, draws, and gives the rows as lines of text. */
const char *screen_look(struct screen *s);

/* Line number y of what the last look saw, in a buffer of the caller. */
const char *screen_line(const struct screen *s, int y, char *buf, size_t size);

/* Compares a look with golden/NAME.txt; says where they differ. With
 * UI_GOLDEN_WRITE set in the environment, writes it instead. */
bool screen_is_golden(struct screen *s, const char *name);

#endif
