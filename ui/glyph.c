#include "ui/glyph.h"

#include "base/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

static bool rune_is_control(uint32_t rune)
{
	return rune < 0x20 || (rune >= 0x7f && rune < 0xa0);
}

uint32_t glyph_read(const char *text, size_t n, size_t *used)
{
	uint32_t rune = text_read_rune(text, n, used);

	if (rune == TEXT_RUNE_INVALID || rune_is_control(rune))
		return GLYPH_REPLACEMENT;
	return rune;
}

size_t glyph_write(char to[4], uint32_t rune)
{
	assert(rune <= 0x10ffff);
	if (rune < 0x80) {
		to[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		to[0] = (char)(0xc0 | rune >> 6);
		to[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		to[0] = (char)(0xe0 | rune >> 12);
		to[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		to[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | rune >> 18);
	to[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	to[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	to[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

int glyph_width(uint32_t rune)
{
	int width;

	if (rune < 0x7f)
		return 1;
	width = wcwidth((wchar_t)rune);
	return width < 0 || width > 2 ? 1 : width;
}

size_t glyph_fit(const char *text, size_t n, int width)
{
	size_t blank = 0, i = 0;
	int cells = 0;

	while (i < n) {
		size_t used;
		int more = glyph_width(glyph_read(text + i, n - i, &used));

		if (cells + more > width && i > 0)
			return blank > 0 ? blank : i;
		if (text[i] == ' ' && i > 0)
			blank = i;
		cells += more;
		i += used;
	}
	return n;
}

int glyph_text_width(const char *text)
{
	size_t n = strlen(text);
	int width = 0;

	for (size_t i = 0, used; i < n; i += used)
		width += glyph_width(glyph_read(text + i, n - i, &used));
	return width;
}
