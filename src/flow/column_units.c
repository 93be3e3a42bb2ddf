#include "base/clock.h"
#include "flow/columns.h"

#define PREFIX_COUNT 6

/* k, M, … and what they stand for; the empty one is a single unit. */
static const char prefixes[] = "\0kMGTPE";

/* x / step, rounded to the nearest. */
static uint64_t divide_rounded(uint64_t x, uint64_t step)
{
	return x / step + (x % step >= step - step / 2);
}

/* "d.dd", "dd.d" or "ddd" of x / unit, rounded; false when that is 1000. */
static bool put_three_digits(struct text *t, uint64_t x, uint64_t unit)
{
	uint64_t hundredths = divide_rounded(x, unit / 100);
	uint64_t tenths = divide_rounded(x, unit / 10);
	uint64_t whole = divide_rounded(x, unit);

	if (hundredths < 1000) {
		text_put_u64(t, hundredths / 100);
		text_put_char(t, '.');
		text_put_char(t, (char)('0' + hundredths / 10 % 10));
		text_put_char(t, (char)('0' + hundredths % 10));
	} else if (tenths < 1000) {
		text_put_u64(t, tenths / 10);
		text_put_char(t, '.');
		text_put_char(t, (char)('0' + tenths % 10));
	} else if (whole < 1000) {
		text_put_u64(t, whole);
	} else {
		return false;
	}
	return true;
}

/* "999 ", "1.23 M", "12.3 M", "123 M": what follows is the unit's name. */
static void put_si(struct text *t, uint64_t x)
{
	uint64_t unit = 1000;
	unsigned prefix = 1;

	if (x < 1000) {
		text_put_u64(t, x);
		text_put_char(t, ' ');
		return;
	}
	while (!put_three_digits(t, x, unit) && prefix < PREFIX_COUNT) {
		unit *= 1000;
		prefix++;
	}
	text_put_char(t, ' ');
	text_put_char(t, prefixes[prefix]);
}

void column_put_rate(struct text *t, uint64_t bits_per_s,
		     const struct column_style *style)
{
	put_si(t, style->bytes ? bits_per_s / 8 : bits_per_s);
	text_put(t, style->bytes ? "B/s" : "b/s");
}

void column_put_total(struct text *t, uint64_t bytes)
{
	put_si(t, bytes);
	text_put_char(t, 'B');
}

void column_put_count(struct text *t, uint64_t count)
{
	if (count < 100000000)
		text_put_u64(t, count);
	else
		put_si(t, count);
}

void column_put_short_count(struct text *t, uint64_t count)
{
	if (count < 1000000)
		text_put_u64(t, count);
	else
		put_si(t, count);
}

/* Two digits with a leading zero. */
static void put_two(struct text *t, uint64_t x)
{
	text_put_char(t, (char)('0' + x / 10 % 10));
	text_put_char(t, (char)('0' + x % 10));
}

void column_put_age(struct text *t, uint64_t ns)
{
	/* The two greatest units that say something. */
	static const struct {
		uint64_t s;
		char name, minor;
		unsigned minor_s;
	} units[] = {
		{86400, 'd', 'h', 3600},
		{3600, 'h', 'm', 60},
		{60, 'm', 's', 1},
	};
	uint64_t s = ns / CLOCK_NS_PER_S;

	/* No flow lives so long; a clock that was wrong gives such ages. */
	if (s >= UINT64_C(1000) * 86400) {
		text_put_u64(t, s / (UINT64_C(365) * 86400));
		text_put_char(t, 'y');
		return;
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (s < units[i].s)
			continue;
		text_put_u64(t, s / units[i].s);
		text_put_char(t, units[i].name);
		/* From 100 days on the hours would not fit, nor matter. */
		if (s < UINT64_C(100) * 86400) {
			put_two(t, s % units[i].s / units[i].minor_s);
			text_put_char(t, units[i].minor);
		}
		return;
	}
	text_put_u64(t, s);
	text_put_char(t, 's');
}

void column_put_idle(struct text *t, uint64_t ns)
{
	uint64_t tenths = ns / (CLOCK_NS_PER_S / 10);

	if (tenths >= 100) {
		column_put_age(t, ns);
		return;
	}
	text_put_u64(t, tenths / 10);
	text_put_char(t, '.');
	text_put_char(t, (char)('0' + tenths % 10));
	text_put_char(t, 's');
}
