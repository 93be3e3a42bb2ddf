/*
 * glyph.h: one character at a time out of UTF-8 text, and how many cells of a
 * terminal it takes.
 */
#ifndef RAWTOP_UI_GLYPH_H
#define RAWTOP_UI_GLYPH_H

#include <stddef.h>
#include <stdint.h>

/* What stands for bytes that are not UTF-8 and for control characters. */
#define GLYPH_REPLACEMENT 0x3fu

/*
 * Reads the character at text[0..n), n >= 1, and says in *used how many bytes
 * it takes, at least 1. Bytes that are not UTF-8 and control characters (C0,
 * DEL, C1) give GLYPH_REPLACEMENT: what comes out can always be shown.
 */
uint32_t glyph_read(const char *text, size_t n, size_t *used);

/* Writes a character as UTF-8 into to[4]; how many bytes. */
size_t glyph_write(char to[4], uint32_t rune);

/* Cells it takes: 0 (a mark on the character before), 1 or 2. By the locale's
 * LC_CTYPE, as terminals do; what the locale cannot show takes 1. */
int glyph_width(uint32_t rune);

/*
 * How many bytes of text[0..n) go on a line of `width` cells, broken at a
 * blank where there is one; at least one character, so that loops end.
 */
size_t glyph_fit(const char *text, size_t n, int width);

/* The cells of a whole text. */
int glyph_text_width(const char *text);

#endif
