#include "tests/ui/screen.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "screen: %s\n", what);
	abort();
}

void screen_open(struct screen *s, uint32_t flows, bool ascii)
{
	struct err e = {0};

	must(setlocale(LC_ALL, ascii ? "C" : "C.UTF-8") != NULL, "no locale");
	setenv("TZ", "UTC", 1);
	tzset();
	*s = (struct screen){
		.config = {.title = "a made-up world", .sort = COLUMN_RATE}};
	must(fake_open(&s->fake, flows, flows + 40000), "no memory");
	s->fake.still = true;
	s->world = fake_world(&s->fake);
	s->ui = ui_open(&s->world, &s->config, ascii, &e);
	must(s->ui != NULL, e.text);
	/* Those built in: /etc/services differs from machine to machine. */
	column_services_free(s->ui->services);
	s->ui->services = column_services_load("/nonexistent");
	s->text = malloc(SCREEN_TEXT_MAX);
	must(s->text != NULL, "no memory");
	canvas_open(&s->canvas, ascii);
	screen_resize(s, 80, 24);
}

void screen_close(struct screen *s)
{
	ui_close(s->ui);
	canvas_close(&s->canvas);
	fake_close(&s->fake);
	free(s->text);
}

void screen_resize(struct screen *s, int width, int height)
{
	struct event event = {.type = EVENT_RESIZED};

	must(canvas_resize(&s->canvas, width, height), "no memory");
	ui_event(s->ui, &event);
	ui_resize(s->ui, s->canvas.width, s->canvas.height);
	screen_look(s);
}

void screen_press(struct screen *s, uint32_t code)
{
	struct event event = {.type = EVENT_KEY, .key = code};

	ui_event(s->ui, &event);
	screen_look(s);
}

void screen_type(struct screen *s, const char *keys)
{
	for (; *keys != '\0'; keys++)
		screen_press(s, (uint8_t)*keys);
}

void screen_mouse(struct screen *s, enum event_type type, int x, int y)
{
	struct event event = {.type = type, .x = x, .y = y};

	ui_event(s->ui, &event);
	screen_look(s);
}

const char *screen_look(struct screen *s)
{
	struct text t;

	ui_refresh(s->ui);
	ui_draw(s->ui, &s->canvas);
	text_init(&t, s->text, SCREEN_TEXT_MAX);
	for (int y = 0; y < s->canvas.height; y++) {
		canvas_print_row(&s->canvas, y, &t);
		text_put_char(&t, '\n');
	}
	must(!t.cut, "the screen is larger than its text");
	return s->text;
}

const char *screen_line(const struct screen *s, int y, char *buf, size_t size)
{
	const char *line = s->text;

	for (; y > 0 && line != NULL; y--) {
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	snprintf(buf, size, "%.*s", line != NULL ? (int)strcspn(line, "\n") : 0,
		 line != NULL ? line : "");
	return buf;
}

static bool write_golden(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	bool ok = f != NULL && fputs(text, f) >= 0;

	return f != NULL && fclose(f) == 0 && ok;
}

bool screen_is_golden(struct screen *s, const char *name)
{
	const char *now = screen_look(s);
	char path[512];
	char *golden = calloc(1, SCREEN_TEXT_MAX);
	FILE *f;
	bool same;

	must(golden != NULL, "no memory");
	snprintf(path, sizeof(path), "%s/%s.txt", UI_GOLDEN_DIR, name);
	if (getenv("UI_GOLDEN_WRITE") != NULL)
		must(write_golden(path, now), path);
	f = fopen(path, "r");
	if (f != NULL) {
		size_t n = fread(golden, 1, SCREEN_TEXT_MAX - 1, f);

		golden[n] = '\0';
		fclose(f);
	}
	same = strcmp(golden, now) == 0;
	if (!same)
		fprintf(stderr,
			"%s differs (UI_GOLDEN_WRITE=1 writes it anew)\n"
			"--- golden\n%s--- now\n%s---\n",
			path, golden, now);
	free(golden);
	return same;
}
