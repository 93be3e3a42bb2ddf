#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The longest escape: \u{10ffff}, or a JSON surrogate pair. */
#define ESCAPE_MAX 12

static const char hex_digits[16] = "0123456789abcdef";

static const char decimal_pairs[200] = "00010203040506070809"
				       "10111213141516171819"
				       "20212223242526272829"
				       "30313233343536373839"
				       "40414243444546474849"
				       "50515253545556575859"
				       "60616263646566676869"
				       "70717273747576777879"
				       "80818283848586878889"
				       "90919293949596979899";

void text_init(struct text *t, char *buf, size_t size)
{
	assert(size >= 1);
	*t = (struct text){.buf = buf, .size = size};
	buf[0] = '\0';
}

void text_clear(struct text *t)
{
	t->len = 0;
	t->cut = false;
	t->buf[0] = '\0';
}

/* Bytes that still fit. Nothing does once something did not: no gaps. */
static inline size_t text_room(const struct text *t)
{
	return t->cut ? 0 : t->size - 1 - t->len;
}

/* Appends all n bytes or none: an escape or a number is never halved. */
static inline bool text_put_whole(struct text *t, const char *s, size_t n)
{
	if (n > text_room(t)) {
		t->cut = true;
		return false;
	}
	memcpy(t->buf + t->len, s, n);
	t->len += n;
	t->buf[t->len] = '\0';
	return true;
}

void text_put_bytes(struct text *t, const char *s, size_t n)
{
	size_t room = text_room(t);

	if (n > room) {
		/* Do not cut inside a UTF-8 sequence. */
		n = room;
		while (n > 0 && ((uint8_t)s[n] & 0xc0) == 0x80)
			n--;
		if (n > 0)
			text_put_whole(t, s, n);
		t->cut = true;
		return;
	}
	if (n > 0)
		text_put_whole(t, s, n);
}

void text_put(struct text *t, const char *s)
{
	text_put_bytes(t, s, strlen(s));
}

void text_put_char(struct text *t, char c)
{
	text_put_whole(t, &c, 1);
}

void text_printf(struct text *t, const char *format, ...)
{
	size_t room = text_room(t);
	va_list args;
	int n;

	if (t->cut)
		return;
	va_start(args, format);
	n = vsnprintf(t->buf + t->len, room + 1, format, args);
	va_end(args);
	if (n < 0) {
		t->buf[t->len] = '\0';
		t->cut = true;
	} else if ((size_t)n > room) {
		t->len += room;
		t->cut = true;
	} else {
		t->len += (size_t)n;
	}
}

/* Writes x so that it ends before `end`; says where it starts. */
static inline char *decimal_put_before(char *end, uint64_t x)
{
	while (x >= 100) {
		end -= 2;
		memcpy(end, decimal_pairs + 2 * (x % 100), 2);
		x /= 100;
	}
	if (x >= 10) {
		end -= 2;
		memcpy(end, decimal_pairs + 2 * x, 2);
	} else {
		*--end = (char)('0' + x);
	}
	return end;
}

void text_put_u64(struct text *t, uint64_t x)
{
	char digits[20];
	char *end = digits + sizeof(digits);
	char *start = decimal_put_before(end, x);

	text_put_whole(t, start, (size_t)(end - start));
}

uint32_t text_read_rune(const void *bytes, size_t n, size_t *used)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *p = bytes;
	uint32_t rune;
	size_t want;

	assert(n >= 1);
	*used = 1;
	if (p[0] < 0x80)
		return p[0];
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		want = 2;
		rune = p[0] & 0x1f;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		want = 3;
		rune = p[0] & 0x0f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		want = 4;
		rune = p[0] & 0x07;
	} else {
		return TEXT_RUNE_INVALID;
	}
	if (n < want)
		return TEXT_RUNE_INVALID;
	for (size_t i = 1; i < want; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return TEXT_RUNE_INVALID;
		rune = rune << 6 | (p[i] & 0x3f);
	}
	if (rune < least[want] || rune > 0x10ffff ||
	    (rune >= 0xd800 && rune <= 0xdfff))
		return TEXT_RUNE_INVALID;
	*used = want;
	return rune;
}

struct rune_range {
	uint32_t first, last;
};

/*
 * Code points that are valid but never shown as they are, ascending: they are
 * invisible, move the cursor, reorder their neighbours, or have no agreed
 * shape (Unicode 15: Cc, Cf, Zl, Zp, Co, noncharacters, default-ignorable).
 */
static const struct rune_range runes_hidden[] = {
	{0x00, 0x1f},	    {0x7f, 0x9f},	/* C0, DEL, C1 */
	{0xad, 0xad},	    {0x34f, 0x34f},	/* soft hyphen, joiner */
	{0x600, 0x605},	    {0x61c, 0x61c},	/* Arabic signs and mark */
	{0x6dd, 0x6dd},	    {0x70f, 0x70f},	/* ayah, Syriac mark */
	{0x890, 0x891},	    {0x8e2, 0x8e2},	/* Arabic marks */
	{0x115f, 0x1160},   {0x17b4, 0x17b5},	/* fillers */
	{0x180b, 0x180f},   {0x200b, 0x200f},	/* selectors, zero width */
	{0x2028, 0x202e},   {0x2060, 0x206f},	/* lines, bidi, invisible */
	{0x3164, 0x3164},   {0xe000, 0xf8ff},	/* filler, private use */
	{0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},	/* noncharacters, selectors */
	{0xfeff, 0xfeff},   {0xffa0, 0xffa0},	/* byte order mark, filler */
	{0xfff0, 0xfffb},   {0xfffe, 0xffff},	/* specials, noncharacters */
	{0x110bd, 0x110bd}, {0x110cd, 0x110cd}, /* Kaithi signs */
	{0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, /* format controls */
	{0x1d173, 0x1d17a}, {0x1fffe, 0x1ffff}, /* music, noncharacters */
	{0x2fffe, 0x2ffff}, {0x3fffe, UINT32_MAX}, /* planes 4-13, tags */
};

/*
 * Marks that a terminal draws on top of the character before. At the start of
 * a text that character would be rawtop's own.
 */
static const struct rune_range runes_combining[] = {
	{0x300, 0x36f},	  {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
	{0x64b, 0x65f},	  {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
	{0x302a, 0x302f}, {0x3099, 0x309a}, {0xfe20, 0xfe2f},
};

static bool rune_is_in(uint32_t rune, const struct rune_range *r, size_t n)
{
	for (size_t i = 0; i < n && r[i].first <= rune; i++)
		if (rune <= r[i].last)
			return true;
	return false;
}

#define RUNE_IS_IN(rune, table)                                                \
	rune_is_in(rune, table, sizeof(table) / sizeof((table)[0]))

/* May this code point be shown as it is? `first`: nothing stands before. */
static bool rune_is_plain(uint32_t rune, bool first)
{
	if (RUNE_IS_IN(rune, runes_hidden))
		return false;
	return !first || !RUNE_IS_IN(rune, runes_combining);
}

/* Writes `digits` hexadecimal digits of x. */
static size_t hex_put(char *to, uint32_t x, unsigned int digits)
{
	for (unsigned int i = 0; i < digits; i++)
		to[i] = hex_digits[x >> (4 * (digits - 1 - i)) & 0xf];
	return digits;
}

/* Digits that x needs in hexadecimal, at least `least`. */
static unsigned int hex_digits_of(uint32_t x, unsigned int least)
{
	unsigned int n = 1;

	while (n < 8 && x >> (4 * n) != 0)
		n++;
	return n > least ? n : least;
}

/* \xNN for a byte. */
static void text_put_escaped_byte(struct text *t, uint8_t byte)
{
	char out[ESCAPE_MAX] = "\\x";

	text_put_whole(t, out, 2 + hex_put(out + 2, byte, 2));
}

/* \u{N} for a code point. */
static void text_put_escaped_rune(struct text *t, uint32_t rune)
{
	char out[ESCAPE_MAX] = "\\u{";
	size_t n = 3;

	n += hex_put(out + n, rune, hex_digits_of(rune, 2));
	out[n++] = '}';
	text_put_whole(t, out, n);
}

/* \uNNNN for a code point in JSON; a surrogate pair above 0xffff. */
static void text_put_escaped_json(struct text *t, uint32_t rune)
{
	char out[ESCAPE_MAX] = "\\u";
	size_t n = 2;

	if (rune <= 0xffff) {
		n += hex_put(out + n, rune, 4);
	} else {
		rune -= 0x10000;
		n += hex_put(out + n, 0xd800 + (rune >> 10), 4);
		out[n++] = '\\';
		out[n++] = 'u';
		n += hex_put(out + n, 0xdc00 + (rune & 0x3ff), 4);
	}
	text_put_whole(t, out, n);
}

static inline bool byte_is_plain(uint8_t c)
{
	return c >= 0x20 && c <= 0x7e;
}

static inline bool byte_is_plain_json(uint8_t c)
{
	return byte_is_plain(c) && c != '"' && c != '\\';
}

void text_put_safe(struct text *t, const void *bytes, size_t n, bool ascii)
{
	const uint8_t *p = bytes;
	size_t i = 0;

	while (i < n && !t->cut) {
		size_t used = 1, run = i;
		uint32_t rune;

		while (run < n && byte_is_plain(p[run]))
			run++;
		if (run > i) {
			text_put_bytes(t, (const char *)p + i, run - i);
			i = run;
			continue;
		}
		rune = text_read_rune(p + i, n - i, &used);
		if (used == 1)
			text_put_escaped_byte(t, p[i]);
		else if (ascii || !rune_is_plain(rune, i == 0))
			text_put_escaped_rune(t, rune);
		else
			text_put_whole(t, (const char *)p + i, used);
		i += used;
	}
}

/* One byte of a JSON string that may not stand as it is, or a code point. */
static size_t text_put_json_rune(struct text *t, const uint8_t *p, size_t n,
				 bool first)
{
	size_t used;
	uint32_t rune = text_read_rune(p, n, &used);

	if (rune == TEXT_RUNE_INVALID)
		text_put_escaped_json(t, p[0]);
	else if (rune == '"')
		text_put_whole(t, "\\\"", 2);
	else if (rune == '\\')
		text_put_whole(t, "\\\\", 2);
	else if (!rune_is_plain(rune, first))
		text_put_escaped_json(t, rune);
	else
		text_put_whole(t, (const char *)p, used);
	return used;
}

void text_put_json(struct text *t, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t i = 0;

	text_put_whole(t, "\"", 1);
	while (i < n && !t->cut) {
		size_t run = i;

		while (run < n && byte_is_plain_json(p[run]))
			run++;
		if (run > i)
			text_put_bytes(t, (const char *)p + i, run - i);
		i = run;
		if (i < n)
			i += text_put_json_rune(t, p + i, n - i, i == 0);
	}
	text_put_whole(t, "\"", 1);
}

/* One byte in decimal, without leading zeros. */
static inline char *octet_put(char *to, uint8_t x)
{
	if (x >= 100) {
		*to++ = (char)('0' + x / 100);
		memcpy(to, decimal_pairs + 2 * (x % 100), 2);
		return to + 2;
	}
	if (x >= 10) {
		memcpy(to, decimal_pairs + 2 * x, 2);
		return to + 2;
	}
	*to = (char)('0' + x);
	return to + 1;
}

static inline char *ipv4_put(char *to, const uint8_t addr[4])
{
	to = octet_put(to, addr[0]);
	*to++ = '.';
	to = octet_put(to, addr[1]);
	*to++ = '.';
	to = octet_put(to, addr[2]);
	*to++ = '.';
	return octet_put(to, addr[3]);
}

void text_put_ipv4(struct text *t, const uint8_t addr[4])
{
	char out[16];
	char *end = ipv4_put(out, addr);

	text_put_whole(t, out, (size_t)(end - out));
}

/* One 16-bit group in hexadecimal, without leading zeros. */
static inline char *group_put(char *to, uint32_t x)
{
	return to + hex_put(to, x, hex_digits_of(x, 1));
}

/* Finds the longest run of zero groups, the first of equals; *length 0 or
 * above 1: RFC 5952 section 4.2. */
static unsigned int ipv6_zero_run(const uint16_t groups[8],
				  unsigned int *length)
{
	unsigned int best = 0, run = 0;

	*length = 0;
	for (unsigned int i = 0; i < 8; i++) {
		run = groups[i] == 0 ? run + 1 : 0;
		if (run > 1 && run > *length) {
			*length = run;
			best = i + 1 - run;
		}
	}
	return best;
}

void text_put_ipv6(struct text *t, const uint8_t addr[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char out[40], *to = out;
	uint16_t groups[8];
	unsigned int start, length;

	/* RFC 5952 section 5: the dotted form after a well-known prefix. */
	if (memcmp(addr, mapped, sizeof(mapped)) == 0) {
		memcpy(out, "::ffff:", 7);
		to = ipv4_put(out + 7, addr + 12);
		text_put_whole(t, out, (size_t)(to - out));
		return;
	}
	for (unsigned int i = 0; i < 8; i++)
		groups[i] = (uint16_t)(addr[2 * i] << 8 | addr[2 * i + 1]);
	start = ipv6_zero_run(groups, &length);
	for (unsigned int i = 0; i < 8;) {
		if (length > 0 && i == start) {
			*to++ = ':';
			*to++ = ':';
			i += length;
			continue;
		}
		if (i > 0 && to[-1] != ':')
			*to++ = ':';
		to = group_put(to, groups[i++]);
	}
	text_put_whole(t, out, (size_t)(to - out));
}

void text_put_mac(struct text *t, const uint8_t addr[6])
{
	char out[18];

	for (unsigned int i = 0; i < 6; i++) {
		hex_put(out + 3 * i, addr[i], 2);
		out[3 * i + 2] = ':';
	}
	text_put_whole(t, out, 17);
}

/* Fixed-width decimal with leading zeros. */
static char *digits_put(char *to, uint32_t x, unsigned int width)
{
	for (unsigned int i = width; i-- > 0; x /= 10)
		to[i] = (char)('0' + x % 10);
	return to + width;
}

/* "YYYY-MM-DD" of a day since 1970, by the proleptic Gregorian calendar. */
static char *date_put(char *to, uint32_t days)
{
	/* Years that start in March put the leap day last; eras of 400. */
	uint32_t z = days + 719468;
	uint32_t day_of_era = z % 146097;
	uint32_t year_of_era = (day_of_era - day_of_era / 1460 +
				day_of_era / 36524 - day_of_era / 146096) /
			       365;
	uint32_t day_of_year =
		day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t month_from_march = (5 * day_of_year + 2) / 153;
	uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	uint32_t month = month_from_march < 10 ? month_from_march + 3
					       : month_from_march - 9;
	uint32_t year = z / 146097 * 400 + year_of_era + (month <= 2);

	to = digits_put(to, year, 4);
	*to++ = '-';
	to = digits_put(to, month, 2);
	*to++ = '-';
	return digits_put(to, day, 2);
}

void text_put_time_rfc3339(struct text *t, uint64_t time_ns)
{
	uint64_t seconds = time_ns / 1000000000;
	uint32_t of_day = (uint32_t)(seconds % 86400);
	char out[32], *to = out;

	to = date_put(to, (uint32_t)(seconds / 86400));
	*to++ = 'T';
	to = digits_put(to, of_day / 3600, 2);
	*to++ = ':';
	to = digits_put(to, of_day / 60 % 60, 2);
	*to++ = ':';
	to = digits_put(to, of_day % 60, 2);
	*to++ = '.';
	to = digits_put(to, (uint32_t)(time_ns % 1000000000), 9);
	*to++ = 'Z';
	text_put_whole(t, out, (size_t)(to - out));
}
