#include "base/bits.h"
#include "flow/filter_parts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

/* A prefix of `bits` bits of the address. */
static void prefix_set(struct filter_prefix *p, const uint8_t addr[16],
		       unsigned bits)
{
	uint8_t mask[16] = {0}, value[16];

	for (unsigned i = 0; i < 16; i++) {
		unsigned rest = bits > 8 * i ? bits - 8 * i : 0;

		mask[i] = (uint8_t)(rest >= 8 ? 0xff : 0xff00 >> rest);
		value[i] = addr[i] & mask[i];
	}
	p->possible = true;
	memcpy(p->value, value, sizeof(value));
	memcpy(p->mask, mask, sizeof(mask));
}

/* The number after the slash of a CIDR, or -1. */
static int parse_prefix_length(const char *text, int max)
{
	int bits = 0;

	if (!*text || strlen(text) > 3)
		return -1;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -1;
		bits = bits * 10 + (*text - '0');
	}
	return bits <= max ? bits : -1;
}

static bool parse_cidr(struct filter_address *a, const char *text,
		       const char *slash, const char **wrong)
{
	char address[FILTER_WORD_MAX] = "";
	uint8_t addr[16] = {0};
	bool v6;
	int bits;

	memcpy(address, text, (size_t)(slash - text));
	v6 = strchr(address, ':') != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, addr) != 1) {
		*wrong = "wants a whole address before /";
		return false;
	}
	bits = parse_prefix_length(slash + 1, v6 ? 128 : 32);
	if (bits < 0) {
		*wrong = v6 ? "wants a number from 0 to 128 after /"
			    : "wants a number from 0 to 32 after /";
		return false;
	}
	prefix_set(v6 ? &a->v6 : &a->v4, addr, (unsigned)bits);
	return true;
}

/* May a decimal number up to 255 start with these digits? Marks which. */
static bool octet_open(struct filter_address *a, const char *digits, size_t n)
{
	char text[4];
	bool any = false;

	for (unsigned x = 0; x < 256; x++) {
		struct text t;

		text_init(&t, text, sizeof(text));
		text_put_u64(&t, x);
		if (t.len < n || memcmp(text, digits, n) != 0)
			continue;
		a->octet_values[x / 64] |= UINT64_C(1) << x % 64;
		any = true;
	}
	return any;
}

/* A whole octet as it is printed: no leading zero. -1 when it is not one. */
static int octet_whole(const char *digits, size_t n)
{
	int x = 0;

	if (n == 0 || n > 3 || (n > 1 && digits[0] == '0'))
		return -1;
	for (size_t i = 0; i < n; i++)
		x = x * 10 + (digits[i] - '0');
	return x <= 255 ? x : -1;
}

/* The start of an IPv4 address: whole octets, then one that may go on. */
static bool parse_start4(struct filter_address *a, const char *text)
{
	uint8_t addr[16] = {0};
	unsigned octets = 0;

	if (text[strspn(text, "0123456789.")] != '\0')
		return false;
	for (;;) {
		size_t n = strcspn(text, ".");
		int x;

		if (text[n] == '\0') {
			a->octet = (uint8_t)octets;
			if (!octet_open(a, text, n))
				return false;
			break;
		}
		x = octet_whole(text, n);
		if (x < 0 || octets == 3)
			return false;
		addr[octets++] = (uint8_t)x;
		text += n + 1;
	}
	prefix_set(&a->v4, addr, 8 * octets);
	return true;
}

/* One group of hexadecimal digits; -1 when there are none or too many. */
static int group_value(const char *digits, size_t n)
{
	int x = 0;

	if (n == 0 || n > 4)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int c = tolower((unsigned char)digits[i]);

		x = x * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return x;
}

/*
 * The start of an IPv6 address. Up to the first zero group or `::` numbers
 * decide; from there on the text does, because zeros may be left out of it.
 */
static bool parse_start6(struct filter_address *a, const char *text)
{
	const char *whole = text;
	uint8_t addr[16] = {0};
	unsigned groups = 0;
	bool by_text = false;

	if (text[strspn(text, "0123456789abcdefABCDEF:")] != '\0')
		return false;
	for (;;) {
		size_t n = strcspn(text, ":");
		int x = group_value(text, n);

		if (x < 0 && n > 0)
			return false;
		if (text[n] == '\0' && n == 0) /* fd00: */
			break;
		if (x <= 0) { /* a zero, or the second colon of :: */
			by_text = true;
			break;
		}
		if (text[n] == '\0') {
			a->group = (uint8_t)groups;
			a->group_value = (uint16_t)x;
			a->group_digits = (uint8_t)n;
			break;
		}
		if (groups == 7)
			return false;
		bits_put_be16(addr + 2 * groups++, (uint16_t)x);
		text += n + 1;
	}
	if (by_text) {
		for (size_t i = 0; whole[i]; i++)
			a->text[i] = (char)tolower((unsigned char)whole[i]);
	}
	prefix_set(&a->v6, addr, 16 * groups);
	return true;
}

bool filter_parse_address(struct filter_address *a, const char *text,
			  const char **wrong)
{
	const char *slash = strchr(text, '/');
	uint8_t addr[16] = {0};
	bool start4, start6;

	*a = (struct filter_address){.octet = 4, .group = 8};
	if (!*text) {
		*wrong = "wants an address, the start of one, or a network "
			 "like 10.0.0.0/8";
		return false;
	}
	if (slash)
		return parse_cidr(a, text, slash, wrong);
	if (inet_pton(AF_INET, text, addr) == 1) {
		prefix_set(&a->v4, addr, 32);
		return true;
	}
	/* fd00:: is an address too, but rather the start of one. */
	if (text[strlen(text) - 1] != ':' &&
	    inet_pton(AF_INET6, text, addr) == 1) {
		prefix_set(&a->v6, addr, 128);
		return true;
	}
	start4 = parse_start4(a, text);
	start6 = parse_start6(a, text);
	if (start4 || start6)
		return true;
	*wrong = "wants an address, the start of one, or a network like "
		 "10.0.0.0/8";
	return false;
}
