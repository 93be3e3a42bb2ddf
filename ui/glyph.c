#include "ui/glyph.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* How many bytes the character that starts with `lead` has; 0: none does. */
static size_t glyph_length(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

static bool rune_is_control(uint32_t rune)
{
	return rune < 0x20 || (rune >= 0x7f && rune < 0xa0);
}

/* RFC 3629: overlong forms, surrogates and what lies above are not allowed. */
static bool rune_is_valid(uint32_t rune, size_t length)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};

	return rune >= least[length] && rune <= 0x10ffff &&
	       !(rune >= 0xd800 && rune <= 0xdfff);
}

uint32_t glyph_read(const char *text, size_t n, size_t *used)
{
	uint8_t lead = (uint8_t)text[0];
	size_t length = glyph_length(lead);
	uint32_t rune;

	assert(n >= 1);
	*used = 1;
	if (length == 0 || length > n)
		return GLYPH_REPLACEMENT;
	rune = length == 1 ? lead : lead & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		uint8_t next = (uint8_t)text[i];

		if ((next & 0xc0) != 0x80)
			return GLYPH_REPLACEMENT;
		rune = rune << 6 | (next & 0x3f);
	}
	if (!rune_is_valid(rune, length))
		return GLYPH_REPLACEMENT;
	*used = length;
	return rune_is_control(rune) ? GLYPH_REPLACEMENT : rune;
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
