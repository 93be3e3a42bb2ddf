#include "ui/put.h"

#include "base/clock.h"
#include "ui/glyph.h"

#include <string.h>
#include <time.h>

void put_count(struct text *t, uint64_t n)
{
	char digits[32];
	struct text d;

	text_init(&d, digits, sizeof(digits));
	text_put_u64(&d, n);
	for (size_t i = 0; i < d.len; i++) {
		if (i > 0 && (d.len - i) % 3 == 0)
			text_put_char(t, ',');
		text_put_char(t, digits[i]);
	}
}

void put_gauge(struct text *t, double share, int cells, bool ascii)
{
	int full = (int)(share * cells);

	if (share > 0 && full == 0)
		full = 1;
	if (share < 1 && full >= cells)
		full = cells - 1;
	if (full > cells)
		full = cells;
	for (int i = 0; i < cells; i++) {
		if (ascii)
			text_put_char(t, i < full ? '#' : '.');
		else
			text_put(t, i < full ? "█" : "░");
	}
}

void put_clock(struct text *t, uint64_t time_ns)
{
	time_t s = (time_t)(time_ns / CLOCK_NS_PER_S);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL)
		return;
	text_printf(t, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void put_memory(struct text *t, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double x = (double)bytes;
	unsigned unit = 0;

	while (x >= 1024 && unit < 4) {
		x /= 1024;
		unit++;
	}
	text_printf(t, "%.*f %s", unit > 0 && x < 100 ? 1 : 0, x, units[unit]);
}

void put_cut(struct text *t, const char *s, int cells, bool ascii)
{
	size_t n = strlen(s), i = 0, used;
	int width = 0;

	if (glyph_text_width(s) <= cells) {
		text_put(t, s);
		return;
	}
	while (i < n) {
		int more = glyph_width(glyph_read(s + i, n - i, &used));

		if (width + more > cells - 1)
			break;
		width += more;
		i += used;
	}
	text_put_bytes(t, s, i);
	text_put(t, ascii ? "~" : "…");
}
