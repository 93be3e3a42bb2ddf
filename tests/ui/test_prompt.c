#include "ui/event.h"
#include "ui/prompt.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static void type(struct prompt *p, const char *text)
{
	for (; *text != '\0'; text++)
		prompt_key(p, (uint8_t)*text);
}

static void utf8(void)
{
	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL);
}

Test(prompt, a_character_of_several_bytes_is_one_for_every_key, .init = utf8)
{
	struct prompt p = {0};

	prompt_open(&p, PROMPT_FILTER, "");
	prompt_key(&p, 0xe9); /* é */
	prompt_key(&p, 0x4e16);
	prompt_key(&p, 0x1f600);
	cr_expect_str_eq(p.text, "é世😀");
	prompt_key(&p, CODE_ARROW_LEFT);
	prompt_key(&p, CODE_ARROW_LEFT);
	prompt_key(&p, 'x');
	cr_expect_str_eq(p.text, "éx世😀");
	prompt_key(&p, CODE_ERASE);
	prompt_key(&p, CODE_ERASE);
	cr_expect_str_eq(p.text, "世😀");
	prompt_key(&p, CODE_REMOVE);
	cr_expect_str_eq(p.text, "😀");
}

Test(prompt, the_keys_of_a_line_editor_do_what_hands_expect, .init = utf8)
{
	struct prompt p = {0};

	prompt_open(&p, PROMPT_BPF, "udp port 53");
	prompt_key(&p, 'W' & CODE_CTRL);
	cr_expect_str_eq(p.text, "udp port ");
	prompt_key(&p, 'A' & CODE_CTRL);
	prompt_key(&p, CODE_ARROW_RIGHT);
	prompt_key(&p, 'K' & CODE_CTRL);
	cr_expect_str_eq(p.text, "u");
	prompt_key(&p, CODE_LINE_END);
	prompt_key(&p, 'U' & CODE_CTRL);
	cr_expect_str_eq(p.text, "");
	cr_expect_eq(prompt_key(&p, CODE_ENTER), PROMPT_ACCEPTED);
	cr_expect_eq(prompt_key(&p, CODE_ESC), PROMPT_CANCELLED);
	cr_expect_eq(prompt_key(&p, CODE_TAB), PROMPT_COMPLETE);
}

Test(prompt, control_characters_never_enter_the_text, .init = utf8)
{
	struct prompt p = {0};

	prompt_open(&p, PROMPT_FILTER, "");
	for (uint32_t code = 0; code < 0x20; code++) {
		if (code != CODE_ENTER && code != CODE_ESC && code != CODE_TAB)
			prompt_key(&p, code);
	}
	prompt_key(&p, 0x9b);
	prompt_key(&p, CODE_PAGE_UP);
	cr_expect_str_eq(p.text, "");
}

Test(prompt, a_full_line_takes_no_more_and_stays_whole, .init = utf8)
{
	struct prompt p = {0};

	prompt_open(&p, PROMPT_FILTER, "");
	for (int i = 0; i < 1000; i++)
		prompt_key(&p, 0x4e16);
	cr_expect_eq(p.len, (PROMPT_TEXT_SIZE - 1) / 3 * 3);
	cr_expect_eq(strlen(p.text), p.len);
}

Test(prompt, history_comes_back_and_the_draft_is_kept, .init = utf8)
{
	struct prompt p = {0};

	prompt_open(&p, PROMPT_FILTER, "one");
	prompt_close(&p, true);
	prompt_open(&p, PROMPT_FILTER, "two");
	prompt_close(&p, true);
	prompt_open(&p, PROMPT_BPF, "other kind");
	prompt_close(&p, true);
	prompt_open(&p, PROMPT_FILTER, "");
	type(&p, "dra");
	prompt_key(&p, CODE_ARROW_UP);
	cr_expect_str_eq(p.text, "two");
	prompt_key(&p, CODE_ARROW_UP);
	cr_expect_str_eq(p.text, "one");
	cr_expect_eq(prompt_key(&p, CODE_ARROW_UP), PROMPT_NOTHING);
	prompt_key(&p, CODE_ARROW_DOWN);
	prompt_key(&p, CODE_ARROW_DOWN);
	cr_expect_str_eq(p.text, "dra");
}

Test(prompt, history_is_bounded_and_forgets_the_oldest, .init = utf8)
{
	struct prompt p = {0};

	for (int i = 0; i < 3 * PROMPT_HISTORY; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", i);
		prompt_open(&p, PROMPT_FILTER, text);
		prompt_close(&p, true);
	}
	cr_expect_eq(p.history[PROMPT_FILTER].count, PROMPT_HISTORY);
	cr_expect_str_eq(p.history[PROMPT_FILTER].text[PROMPT_HISTORY - 1],
			 "47");
}

static const char *draw(struct prompt *p, struct canvas *c, int y)
{
	static char buf[1024];
	struct text t;
	int rows = prompt_rows(p, c->width);

	canvas_clear(c);
	prompt_draw(p, c, 0, rows);
	text_init(&t, buf, sizeof(buf));
	canvas_print_row(c, y, &t);
	return buf;
}

Test(prompt, an_error_stands_under_its_place, .init = utf8)
{
	struct prompt p = {0};
	struct canvas c;

	canvas_open(&c, false);
	cr_assert(canvas_resize(&c, 60, 5));
	prompt_open(&p, PROMPT_FILTER, "世 port:x");
	snprintf(p.error, sizeof(p.error), "not a port");
	p.error_at = strlen("世 port:");
	p.error_placed = true;
	cr_expect_str_eq(draw(&p, &c, 0), "filter: 世 port:x");
	cr_expect_str_eq(draw(&p, &c, 1), "                ^ not a port");
	cr_expect_eq(canvas_cell(&c, 16, 0)->style, STYLE_ERROR);
	cr_expect_eq(canvas_cell(&c, 15, 0)->style, STYLE_PROMPT);
	/* No room to its right: then to its left, then below. */
	cr_assert(canvas_resize(&c, 22, 5));
	cr_expect_str_eq(draw(&p, &c, 1), "     not a port ^");
	snprintf(p.error, sizeof(p.error), "this is no port!");
	cr_expect_str_eq(draw(&p, &c, 1), "                ^");
	cr_expect_str_eq(draw(&p, &c, 2), "this is no port!");
	canvas_close(&c);
}

Test(prompt, the_cursor_is_always_on_the_canvas, .init = utf8)
{
	struct prompt p = {0};
	struct canvas c;

	canvas_open(&c, false);
	prompt_open(&p, PROMPT_BPF, "host 世界 and a long expression");
	snprintf(p.error, sizeof(p.error), "what\nis\nwrong");
	p.error_placed = true;
	for (int width = 1; width < 60; width++) {
		cr_assert(canvas_resize(&c, width, 5));
		prompt_key(&p, 'E' & CODE_CTRL);
		for (int i = 0; i < 40; i++) {
			draw(&p, &c, 0);
			cr_assert(c.cursor_x >= 0 && c.cursor_x < width);
			prompt_key(&p, CODE_ARROW_LEFT);
		}
	}
	canvas_close(&c);
}
