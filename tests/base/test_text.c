#include "base/text.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

/* What one put makes of its input, as a string. */
static char shown[4096];

static const char *safe(const void *bytes, size_t n, bool ascii)
{
	struct text t;

	text_init(&t, shown, sizeof(shown));
	text_put_safe(&t, bytes, n, ascii);
	cr_assert(!t.cut);
	cr_assert_eq(strlen(shown), t.len);
	return shown;
}

static const char *json(const void *bytes, size_t n)
{
	struct text t;

	text_init(&t, shown, sizeof(shown));
	text_put_json(&t, bytes, n);
	cr_assert(!t.cut);
	return shown;
}

#define SAFE(literal) safe(literal, sizeof(literal) - 1, false)
#define JSON(literal) json(literal, sizeof(literal) - 1)

/* UTF-8 by the grammar of RFC 3629, written apart from text.c. */
static size_t utf8_length(const uint8_t *p, size_t n)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t want;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		want = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		want = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		want = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (n < want || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return want;
}

/* Valid UTF-8 without any control character, C1 included. */
static void assert_showable(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;

	for (size_t i = 0; i < n;) {
		size_t used = utf8_length(p + i, n - i);

		cr_assert_neq(used, 0, "not UTF-8 at byte %zu", i);
		cr_assert(p[i] >= 0x20 && p[i] != 0x7f, "control at %zu", i);
		if (used == 2)
			cr_assert(p[i] != 0xc2 || p[i + 1] >= 0xa0, "C1");
		i += used;
	}
}

/* A JSON string by the grammar of RFC 8259, section 7. */
static void assert_json_string(const char *s)
{
	size_t n = strlen(s), i = 1;

	cr_assert_geq(n, 2);
	cr_assert(s[0] == '"' && s[n - 1] == '"', "%s", s);
	while (i < n - 1) {
		cr_assert_neq(s[i], '"', "a bare quote in %s", s);
		if (s[i++] != '\\')
			continue;
		if (s[i] == 'u') {
			cr_assert_geq(strspn(s + i + 1, "0123456789abcdef"), 4);
			i += 5;
		} else {
			cr_assert(strchr("\"\\", s[i]), "%s", s);
			i++;
		}
	}
	cr_assert_eq(i, n - 1, "an escape eats the last quote of %s", s);
}

static size_t utf8_encode(char *to, uint32_t rune)
{
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

Test(text, an_empty_text_is_an_empty_string)
{
	char buf[1] = "x";
	struct text t;

	text_init(&t, buf, sizeof(buf));
	cr_assert_str_empty(buf);
	text_put_bytes(&t, "", 0);
	text_put_safe(&t, NULL, 0, false);
	cr_assert(!t.cut);
	text_put_char(&t, 'a');
	cr_assert(t.cut);
	cr_assert_str_empty(buf);
}

Test(text, never_writes_past_the_end_of_the_buffer)
{
	static const uint8_t ip[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

	for (size_t size = 1; size < 120; size++) {
		char *buf = malloc(size); /* ASan watches the edge */
		struct text t;

		text_init(&t, buf, size);
		text_put(&t, "ab");
		text_put_u64(&t, 1234567);
		text_put_ipv4(&t, ip);
		text_put_ipv6(&t, ip);
		text_put_mac(&t, ip);
		text_put_safe(&t, "x\x1b\xe2\x80\xae\xc3\xa9", 7, false);
		text_put_json(&t, "\"\n\xf3\xa0\x80\x81", 6);
		text_printf(&t, "%d %s", 42, "end");
		text_put_time_rfc3339(&t, UINT64_MAX);
		cr_assert_lt(t.len, size);
		cr_assert_eq(buf[t.len], '\0');
		cr_assert_eq(strlen(buf), t.len);
		free(buf);
	}
}

Test(text, what_is_cut_is_said_and_nothing_follows_the_gap)
{
	char buf[8];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_put(&t, "abcde");
	cr_assert(!t.cut);
	text_put_u64(&t, 12345);
	cr_assert(t.cut);
	text_put(&t, "x");
	text_put_char(&t, 'y');
	text_printf(&t, "z");
	text_put_safe(&t, "z", 1, false);
	cr_assert_str_eq(buf, "abcde");
	text_clear(&t);
	cr_assert(!t.cut);
	text_put(&t, "again");
	cr_assert_str_eq(buf, "again");
}

Test(text, a_cut_leaves_no_half_character_and_no_half_escape)
{
	static const char in[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x1b\xff"
				 "\xe2\x80\xae";

	for (size_t size = 1; size < 40; size++) {
		char buf[40];
		struct text t;

		text_init(&t, buf, size);
		text_put_bytes(&t, in, 10);
		assert_showable(buf, t.len);
		text_init(&t, buf, size);
		text_put_safe(&t, in, sizeof(in) - 1, false);
		assert_showable(buf, t.len);
		cr_assert_eq(strncmp(buf, SAFE(in), t.len), 0);
		/* An escape that has begun has ended. */
		if (strchr(buf, '\\'))
			cr_assert(strstr(buf, "\\x1b"), "%s", buf);
		if (strstr(buf, "\\u"))
			cr_assert(strstr(buf, "\\u{202e}"), "%s", buf);
	}
}

Test(text, numbers_print_as_printf_does)
{
	char want[32], got[32];
	struct text t;
	uint64_t x = 1;

	for (unsigned int i = 0; i < 20000; i++) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		uint64_t y = x >> (i % 64);

		snprintf(want, sizeof(want), "%" PRIu64, y);
		text_init(&t, got, sizeof(got));
		text_put_u64(&t, y);
		cr_assert_str_eq(got, want);
	}
	text_init(&t, got, sizeof(got));
	text_put_u64(&t, 0);
	text_put_char(&t, ' ');
	text_put_u64(&t, UINT64_MAX);
	cr_assert_str_eq(got, "0 18446744073709551615");
	/* Each change of length. */
	for (uint64_t p = 10; p < UINT64_MAX / 10; p *= 10) {
		char both[48];

		snprintf(both, sizeof(both), "%" PRIu64 "%" PRIu64, p - 1, p);
		text_init(&t, shown, sizeof(shown));
		text_put_u64(&t, p - 1);
		text_put_u64(&t, p);
		cr_assert_str_eq(shown, both);
	}
}

Test(text, printf_appends)
{
	char buf[16];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_put(&t, "n=");
	text_printf(&t, "%d,%s", -7, "ok");
	cr_assert_str_eq(buf, "n=-7,ok");
	cr_assert_eq(t.len, 7);
	text_printf(&t, "%s", "much too long");
	cr_assert(t.cut);
	cr_assert_str_eq(buf, "n=-7,okmuch too");
}

Test(text_safe, printable_text_stays_as_it_is)
{
	cr_assert_str_eq(SAFE("plain ~ text!"), "plain ~ text!");
	cr_assert_str_eq(
		SAFE("caf\xc3\xa9 \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac"
		     " \xf0\x9f\x98\x80"),
		"caf\xc3\xa9 \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac"
		" \xf0\x9f\x98\x80");
}

Test(text_safe, control_characters_and_escape_sequences_are_visible)
{
	cr_assert_str_eq(SAFE("\x1b[2J\x07"), "\\x1b[2J\\x07");
	cr_assert_str_eq(SAFE("a\0b\r\n\t"), "a\\x00b\\x0d\\x0a\\x09");
	cr_assert_str_eq(SAFE("\x7f"), "\\x7f");
	cr_assert_str_eq(SAFE("\xc2\x9b"
			      "31m"),
			 "\\u{9b}31m");
	cr_assert_str_eq(SAFE("\x9b"
			      "31m"),
			 "\\x9b31m");
}

Test(text_safe, bidirectional_and_invisible_characters_are_visible)
{
	cr_assert_str_eq(SAFE("a\xe2\x80\xae"
			      "b"),
			 "a\\u{202e}b");
	cr_assert_str_eq(SAFE("\xe2\x81\xa6"), "\\u{2066}");
	cr_assert_str_eq(SAFE("\xe2\x80\x8b"), "\\u{200b}");
	cr_assert_str_eq(SAFE("\xef\xbb\xbf"), "\\u{feff}");
	cr_assert_str_eq(SAFE("\xc2\xad"), "\\u{ad}");
	cr_assert_str_eq(SAFE("\xe2\x80\xa8"), "\\u{2028}");
	cr_assert_str_eq(SAFE("\xf3\xa0\x80\x81"), "\\u{e0001}");
	cr_assert_str_eq(SAFE("\xf4\x8f\xbf\xbf"), "\\u{10ffff}");
}

Test(text_safe, what_is_not_utf8_is_shown_byte_by_byte)
{
	/* Lone continuation, overlong /, overlong NUL, surrogate, too big. */
	cr_assert_str_eq(SAFE("\x80\xbf"), "\\x80\\xbf");
	cr_assert_str_eq(SAFE("\xc0\xaf"), "\\xc0\\xaf");
	cr_assert_str_eq(SAFE("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
	cr_assert_str_eq(SAFE("\xf0\x80\x80\x80"), "\\xf0\\x80\\x80\\x80");
	cr_assert_str_eq(SAFE("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	cr_assert_str_eq(SAFE("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	cr_assert_str_eq(SAFE("\xf8\x88\x80\x80\x80"),
			 "\\xf8\\x88\\x80\\x80\\x80");
	cr_assert_str_eq(SAFE("\xfe\xff"), "\\xfe\\xff");
	/* Cut short, at the end and before another character. */
	cr_assert_str_eq(SAFE("\xe2\x82"), "\\xe2\\x82");
	cr_assert_str_eq(SAFE("\xe2\x82z"), "\\xe2\\x82z");
	cr_assert_str_eq(SAFE("\xf0\x9f\x98"), "\\xf0\\x9f\\x98");
	cr_assert_str_eq(SAFE("\xc3\x1b"), "\\xc3\\x1b");
}

Test(text_safe, a_mark_cannot_climb_onto_the_text_before_it)
{
	cr_assert_str_eq(SAFE("\xcc\xb8x"), "\\u{338}x");
	cr_assert_str_eq(SAFE("e\xcc\x81"), "e\xcc\x81");
}

Test(text_safe, ascii_shows_nothing_above_tilde)
{
	cr_assert_str_eq(safe("\xc3\xa9~\xe2\x82\xac\xff", 7, true),
			 "\\u{e9}~\\u{20ac}\\xff");
}

/*
 * Every code point, alone and behind a letter, against the C library's own
 * idea of what a control character is and what has no width.
 */
Test(text_safe, no_code_point_that_stays_is_a_control_or_starts_without_width)
{
	uint32_t kept = 0;

	cr_assert(setlocale(LC_CTYPE, "C.UTF-8"), "C.UTF-8 is needed");
	for (uint32_t rune = 1; rune <= 0x10ffff; rune++) {
		char in[5] = "a";
		size_t n = 1 + utf8_encode(in + 1, rune);

		safe(in, n, false);
		assert_showable(shown, strlen(shown));
		if (strncmp(shown, in, n) != 0) {
			cr_assert_eq(strncmp(shown, "a\\", 2), 0);
			continue;
		}
		kept++;
		cr_assert(!iswcntrl((wint_t)rune), "U+%04X", rune);
		cr_assert(rune < 0xe000 || rune > 0xf8ff, "U+%04X", rune);
		cr_assert(rune < 0x200b || rune > 0x200f, "U+%04X", rune);
	}
	/* The others are there: Unicode has some 150 000 characters. */
	cr_assert_gt(kept, 140000);
}

Test(text_safe, random_bytes_come_out_showable_and_ascii_when_asked)
{
	uint64_t x = 88172645463325252;

	for (unsigned int round = 0; round < 20000; round++) {
		uint8_t in[48];

		for (size_t i = 0; i < sizeof(in); i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			/* Lean towards lead and continuation bytes. */
			in[i] = (uint8_t)(x & 0x100 ? x | 0x80 : x);
		}
		safe(in, sizeof(in), false);
		assert_showable(shown, strlen(shown));
		safe(in, sizeof(in), true);
		for (const char *p = shown; *p; p++)
			cr_assert(*p >= 0x20 && *p <= 0x7e);
		json(in, sizeof(in));
		assert_showable(shown, strlen(shown));
		assert_json_string(shown);
	}
}

Test(text_json, strings_are_quoted_and_escaped)
{
	cr_assert_str_eq(JSON(""), "\"\"");
	cr_assert_str_eq(JSON("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	cr_assert_str_eq(JSON("\0\n\x1b\x7f"),
			 "\"\\u0000\\u000a\\u001b\\u007f\"");
	cr_assert_str_eq(JSON("\xc3\xa9"), "\"\xc3\xa9\"");
}

Test(text_json, invalid_bytes_and_invisible_characters_become_escapes)
{
	cr_assert_str_eq(JSON("\xff\xc0\xaf"), "\"\\u00ff\\u00c0\\u00af\"");
	cr_assert_str_eq(JSON("\xe2\x80\xae"), "\"\\u202e\"");
	cr_assert_str_eq(JSON("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"");
	cr_assert_str_eq(JSON("\xc2\x9b"), "\"\\u009b\"");
}

static const char *ipv6(const char *from)
{
	uint8_t addr[16];
	struct text t;

	cr_assert_eq(inet_pton(AF_INET6, from, addr), 1, "%s", from);
	text_init(&t, shown, sizeof(shown));
	text_put_ipv6(&t, addr);
	return shown;
}

Test(text_address, ipv6_follows_rfc_5952)
{
	/* Sections 4.1, 4.2.1, 4.2.2, 4.2.3, 4.3 and 5. */
	cr_assert_str_eq(ipv6("2001:0db8::0001"), "2001:db8::1");
	cr_assert_str_eq(ipv6("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
	cr_assert_str_eq(ipv6("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
	cr_assert_str_eq(ipv6("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
	cr_assert_str_eq(ipv6("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
	cr_assert_str_eq(ipv6("2001:DB8::ABCD"), "2001:db8::abcd");
	cr_assert_str_eq(ipv6("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
	cr_assert_str_eq(ipv6("::"), "::");
	cr_assert_str_eq(ipv6("::1"), "::1");
	cr_assert_str_eq(ipv6("fe80::"), "fe80::");
	cr_assert_str_eq(ipv6("1:2:3:4:5:6:0:0"), "1:2:3:4:5:6::");
	cr_assert_str_eq(ipv6("0:0:3:4:5:6:7:8"), "::3:4:5:6:7:8");
	cr_assert_str_eq(ipv6("0:2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
	cr_assert_str_eq(ipv6("1:2:3:4:5:6:7:0"), "1:2:3:4:5:6:7:0");
	cr_assert_str_eq(ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
			 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	/* Compatible addresses are not well-known any more (RFC 4291). */
	cr_assert_str_eq(ipv6("::1.2.3.4"), "::102:304");
}

Test(text_address, ipv6_with_any_zero_groups_reads_back_and_agrees_with_libc)
{
	for (unsigned int mask = 0; mask < 256; mask++) {
		uint8_t addr[16] = {0}, back[16];
		char want[64];
		struct text t;

		for (unsigned int i = 0; i < 8; i++)
			if (mask & 1u << i)
				addr[2 * i + (i & 1)] = (uint8_t)(0x0f + i);
		text_init(&t, shown, sizeof(shown));
		text_put_ipv6(&t, addr);
		cr_assert_eq(inet_pton(AF_INET6, shown, back), 1, "%s", shown);
		cr_assert_arr_eq(addr, back, 16);
		inet_ntop(AF_INET6, addr, want, sizeof(want));
		if (!strchr(want, '.'))
			cr_assert_str_eq(shown, want);
	}
}

Test(text_address, ipv4_and_mac)
{
	static const uint8_t mac[6] = {0x02, 0x00, 0x5e, 0xff, 0x0a, 0xb0};
	struct text t;

	for (unsigned int x = 0; x < 256; x++) {
		uint8_t addr[4] = {(uint8_t)x, 0, 255, (uint8_t)(255 - x)};
		char want[16];

		text_init(&t, shown, sizeof(shown));
		text_put_ipv4(&t, addr);
		inet_ntop(AF_INET, addr, want, sizeof(want));
		cr_assert_str_eq(shown, want);
	}
	text_init(&t, shown, sizeof(shown));
	text_put_mac(&t, mac);
	cr_assert_str_eq(shown, "02:00:5e:ff:0a:b0");
}

Test(text_time, rfc3339_agrees_with_the_calendar_of_libc)
{
	struct text t;

	/* Odd steps walk through days, leap years and centuries to 2554. */
	for (uint64_t s = 0; s < UINT64_MAX / 1000000000; s += 1234577) {
		time_t when = (time_t)s;
		char want[64];
		struct tm tm;

		gmtime_r(&when, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000042Z",
			 &tm);
		text_init(&t, shown, sizeof(shown));
		text_put_time_rfc3339(&t, s * 1000000000 + 42);
		cr_assert_str_eq(shown, want);
	}
	text_init(&t, shown, sizeof(shown));
	text_put_time_rfc3339(&t, UINT64_C(951782399999999999));
	cr_assert_str_eq(shown, "2000-02-28T23:59:59.999999999Z");
}
