#include "port/pcap_ahead.h"

#define AHEAD_HEAD 16
/* Chains at once: as many as hide the memory's latency. */
#define AHEAD_CHAINS 8
/* Smaller windows are not worth it. */
#define AHEAD_BYTES_MIN ((size_t)64 << 10)
/* How far a record is looked for: more than a frame of an Ethernet. */
#define AHEAD_SEARCH_BYTES 4096
/* Times of neighbours: so many seconds apart at most. */
#define AHEAD_SECONDS 3600
#define AHEAD_LINE    64 /* of the cache */

/* Could this be a record, by the time of one nearby? */
static inline bool ahead_is_likely(const struct pcap_file *f, const uint8_t *at,
				   uint32_t seconds)
{
	uint32_t caplen = file_u32(at + 8, false);

	return file_u32(at, false) - seconds + AHEAD_SECONDS <=
		       2 * AHEAD_SECONDS &&
	       file_u32(at + 4, false) < 1000000000 / f->fraction_ns &&
	       caplen <= f->caplen_max && caplen <= file_u32(at + 12, false);
}

/* Where two likely records stand one behind the other, from `at` on; `end`
 * when there are none nearby. */
static size_t ahead_find(const struct pcap_file *f, const struct file_walk *w,
			 size_t at, size_t end)
{
	uint32_t seconds = file_u32(w->bytes + w->pos, false);
	size_t last = at + AHEAD_SEARCH_BYTES;

	for (; at < last && at + AHEAD_HEAD <= end; at++) {
		size_t next;

		if (!ahead_is_likely(f, w->bytes + at, seconds))
			continue;
		next = at + AHEAD_HEAD + file_u32(w->bytes + at + 8, false);
		if (next + AHEAD_HEAD <= end &&
		    ahead_is_likely(f, w->bytes + next, seconds))
			return at;
	}
	return end;
}

void pcap_ahead_ask(const struct pcap_file *f, const struct file_walk *w)
{
	size_t step = (w->fill - w->pos) / AHEAD_CHAINS;
	size_t at[AHEAD_CHAINS];
	unsigned alive;

	if (w->fill - w->pos < AHEAD_BYTES_MIN || !pcap_file_is_plain(f))
		return;
	at[0] = w->pos;
	for (unsigned i = 1; i < AHEAD_CHAINS; i++)
		at[i] = ahead_find(f, w, w->pos + i * step, w->fill);
	do {
		alive = 0;
		for (unsigned i = 0; i < AHEAD_CHAINS; i++) {
			size_t end = w->pos + (i + 1) * step;
			uint32_t caplen;

			if (at[i] + AHEAD_HEAD > end)
				continue;
			__builtin_prefetch(w->bytes + at[i] + AHEAD_LINE);
			caplen = file_u32(w->bytes + at[i] + 8, false);
			if (caplen > f->caplen_max)
				caplen = f->caplen_max;
			at[i] += AHEAD_HEAD + (size_t)caplen;
			alive++;
		}
	} while (alive > 0);
}
