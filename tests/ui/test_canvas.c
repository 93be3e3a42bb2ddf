#include "ui/canvas.h"
#include "ui/glyph.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static char row_buf[1024];

static const char *row(const struct canvas *c, int y)
{
	struct text t;

	text_init(&t, row_buf, sizeof(row_buf));
	canvas_print_row(c, y, &t);
	return row_buf;
}

static void open_utf8(struct canvas *c, int width, int height)
{
	cr_assert(setlocale(LC_ALL, "C.UTF-8") != NULL);
	canvas_open(c, false);
	cr_assert(canvas_resize(c, width, height));
}

Test(canvas, text_outside_is_clipped_on_every_side)
{
	struct canvas c;

	open_utf8(&c, 5, 2);
	canvas_put(&c, 0, -1, 5, STYLE_NORMAL, "above");
	canvas_put(&c, 0, 2, 5, STYLE_NORMAL, "below");
	canvas_put(&c, 5, 0, 5, STYLE_NORMAL, "right");
	canvas_put(&c, -1, 0, 5, STYLE_NORMAL, "left");
	canvas_fill(&c, -9, 0, 100, STYLE_ERROR);
	cr_expect_str_eq(row(&c, 0), "");
	cr_expect_str_eq(row(&c, 1), "");
	cr_expect_eq(canvas_cell(&c, 4, 0)->style, STYLE_ERROR);
	canvas_close(&c);
}

Test(canvas, what_does_not_fit_is_cut_and_the_cut_is_marked)
{
	struct canvas c;

	open_utf8(&c, 10, 1);
	cr_expect_eq(canvas_put(&c, 0, 0, 4, STYLE_NORMAL, "12345"), 4);
	cr_expect_str_eq(row(&c, 0), "123…");
	canvas_clear(&c);
	cr_expect_eq(canvas_put(&c, 0, 0, 5, STYLE_NORMAL, "12345"), 5);
	cr_expect_str_eq(row(&c, 0), "12345");
	canvas_close(&c);
}

Test(canvas, ascii_only_holds_nothing_above_0x7e)
{
	struct canvas c;

	canvas_open(&c, true);
	cr_assert(canvas_resize(&c, 6, 1));
	canvas_put(&c, 0, 0, 6, STYLE_NORMAL, "é▼世界 and more");
	cr_expect_str_eq(row(&c, 0), "???? ~");
	canvas_close(&c);
}

Test(canvas, a_wide_character_takes_two_cells_and_is_never_halved)
{
	struct canvas c;

	open_utf8(&c, 5, 1);
	cr_expect_eq(canvas_put(&c, 0, 0, 5, STYLE_NORMAL, "世界x"), 5);
	cr_expect_eq(canvas_cell(&c, 0, 0)->width, 2);
	cr_expect_eq(canvas_cell(&c, 1, 0)->width, 0);
	/* Its right half is written over: the left half goes too. */
	canvas_put(&c, 1, 0, 1, STYLE_NORMAL, "y");
	cr_expect_str_eq(row(&c, 0), " y界x");
	/* And the other way round. */
	canvas_put(&c, 2, 0, 1, STYLE_NORMAL, "z");
	cr_expect_str_eq(row(&c, 0), " yz x");
	/* At the edge there is room for half of it only. */
	canvas_clear(&c);
	canvas_put(&c, 4, 0, 9, STYLE_NORMAL, "世");
	cr_expect_str_eq(row(&c, 0), "    …");
	canvas_close(&c);
}

Test(canvas, widths_of_a_row_always_add_up_to_its_cells)
{
	static const char *const parts[] = {"a",	 "世", "é",
					    "e\xcc\x81", "…",  "😀"};
	struct canvas c;
	unsigned seed = 1;

	open_utf8(&c, 17, 1);
	for (int i = 0; i < 20000; i++) {
		int sum = 0;

		seed = seed * 1103515245 + 12345;
		canvas_put(&c, (int)(seed >> 16) % 17, 0,
			   (int)(seed >> 8) % 4 + 1, STYLE_NORMAL,
			   parts[seed >> 20 & 3]);
		for (int x = 0; x < 17; x++) {
			const struct canvas_cell *cell = canvas_cell(&c, x, 0);

			sum += cell->width;
			if (cell->width == 2) {
				cr_assert(x < 16);
				cr_assert_eq(canvas_cell(&c, x + 1, 0)->width,
					     0);
			}
		}
		cr_assert_eq(sum, 17);
	}
	canvas_close(&c);
}

Test(canvas, a_combining_mark_joins_the_character_before)
{
	struct canvas c;

	open_utf8(&c, 4, 1);
	cr_expect_eq(canvas_put(&c, 0, 0, 4, STYLE_NORMAL, "e\xcc\x81x"), 2);
	cr_expect_eq(canvas_cell(&c, 0, 0)->mark, 0x301u);
	cr_expect_str_eq(row(&c, 0), "e\xcc\x81x");
	/* Nothing stands before: there is nothing to join. */
	canvas_clear(&c);
	cr_expect_eq(canvas_put(&c, 0, 0, 4, STYLE_NORMAL, "\xcc\x81"), 0);
	canvas_close(&c);
}

Test(canvas, no_bytes_whatever_make_a_control_character)
{
	struct canvas c;
	char text[64];
	unsigned seed = 7;

	open_utf8(&c, 40, 1);
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i + 1 < sizeof(text); i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = (char)(seed >> 16 | 1);
		}
		text[sizeof(text) - 1] = '\0';
		canvas_put(&c, 0, 0, 40, STYLE_NORMAL, text);
		for (int x = 0; x < 40; x++) {
			uint32_t rune = canvas_cell(&c, x, 0)->rune;

			cr_assert(rune >= 0x20 && rune != 0x7f);
			cr_assert(rune < 0x80 || rune >= 0xa0);
		}
	}
	canvas_close(&c);
}

Test(canvas, right_aligned_text_ends_at_the_right)
{
	struct canvas c;

	open_utf8(&c, 8, 1);
	canvas_put_right(&c, 0, 0, 8, STYLE_NORMAL, "42 ▼");
	cr_expect_str_eq(row(&c, 0), "    42 ▼");
	canvas_close(&c);
}

Test(canvas, absurd_sizes_are_brought_to_what_is_drawable)
{
	struct canvas c;

	open_utf8(&c, -3, 0);
	cr_expect_eq(c.width, 1);
	cr_expect_eq(c.height, 1);
	cr_assert(canvas_resize(&c, 1 << 30, 1 << 30));
	cr_expect_eq(c.width, CANVAS_WIDTH_MAX);
	cr_expect_eq(c.height, CANVAS_HEIGHT_MAX);
	canvas_close(&c);
}

Test(glyph, bytes_that_are_not_utf8_are_replaced_one_by_one)
{
	static const char *const bad[] = {
		"\xff",	    "\x80",	    "\xc0\x80",
		"\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\x1b",	    "\x7f",	    "\xc2\x9b",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		size_t used;

		cr_expect_eq(glyph_read(bad[i], strlen(bad[i]), &used),
			     GLYPH_REPLACEMENT, "case %zu", i);
		cr_expect(used >= 1 && used <= 2);
	}
}

Test(glyph, what_is_written_is_read_back)
{
	for (uint32_t rune = 0xa0; rune <= 0x10ffff; rune += 7) {
		char bytes[4];
		size_t used, n;

		if (rune >= 0xd800 && rune <= 0xdfff)
			continue;
		n = glyph_write(bytes, rune);
		cr_assert_eq(glyph_read(bytes, n, &used), rune);
		cr_assert_eq(used, n);
	}
}
