/*
 * text.h: text built in a bounded buffer, never past its end, and the one
 * place where bytes from outside become safe to show.
 */
#ifndef RAWTOP_BASE_TEXT_H
#define RAWTOP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A borrowed buffer of `size` bytes, always NUL-terminated (size >= 1). */
struct text {
	char *buf;
	size_t size;
	size_t len; /* bytes in use, without the NUL */
	bool cut;   /* something did not fit */
};

/*
 * The code point at the start of n bytes of UTF-8, n >= 1, and in *used how
 * many bytes it takes; TEXT_RUNE_INVALID and 1 for what RFC 3629 does not
 * allow: lone continuation bytes, overlong forms, surrogates, above 0x10ffff,
 * cut short.
 */
#define TEXT_RUNE_INVALID UINT32_MAX
uint32_t text_read_rune(const void *bytes, size_t n, size_t *used);

/* Starts an empty text in buf[size]. */
void text_init(struct text *t, char *buf, size_t size);

/* Empties it. */
void text_clear(struct text *t);

/* Appends n bytes as they are: only for text that rawtop itself made. */
void text_put_bytes(struct text *t, const char *s, size_t n);

/* Appends a string that rawtop itself made. */
void text_put(struct text *t, const char *s);
void text_put_char(struct text *t, char c);

/* Appends formatted text; %s only for strings that rawtop itself made. */
void text_printf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends an unsigned number in decimal; much faster than text_printf. */
void text_put_u64(struct text *t, uint64_t x);

/*
 * Appends n bytes from outside: printable UTF-8 stays; control characters
 * (C0, C1, DEL), escape sequences, bidirectional overrides and invalid UTF-8
 * become visible escapes (\x1b, \u{202e}). What comes out is valid UTF-8 and
 * holds no control character. With ascii, everything above 0x7e is escaped.
 */
void text_put_safe(struct text *t, const void *bytes, size_t n, bool ascii);

/* Appends n bytes from outside as a JSON string, quotes included (RFC 8259):
 * always valid UTF-8; invalid bytes become \u00XX. */
void text_put_json(struct text *t, const void *bytes, size_t n);

/* Appends an IPv4 address, dotted. */
void text_put_ipv4(struct text *t, const uint8_t addr[4]);

/* Appends an IPv6 address as RFC 5952 says. */
void text_put_ipv6(struct text *t, const uint8_t addr[16]);

/* Appends a MAC address, colon-separated lower-case hexadecimal. */
void text_put_mac(struct text *t, const uint8_t addr[6]);

/* Appends a time as RFC 3339 in UTC with nine digits of a second. */
void text_put_time_rfc3339(struct text *t, uint64_t time_ns);

#endif
