#include "port/pcap_ahead.h"

#include "port/pcap_file.h"

/* Smaller windows are not worth it. */
#define AHEAD_BYTES_MIN ((size_t)64 << 10)
/* How far a record is looked for: more than a frame of an Ethernet. */
#define AHEAD_SEARCH_BYTES 4096
/* Times of neighbours: so many seconds apart at most. */
#define AHEAD_SECONDS 3600

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
static size_t ahead_find(const struct pcap_file *f, const uint8_t *bytes,
			 uint32_t seconds, size_t at, size_t end)
{
	size_t last = at + AHEAD_SEARCH_BYTES;

	for (; at < last && at + PCAP_AHEAD_HEAD <= end; at++) {
		size_t next;

		if (!ahead_is_likely(f, bytes + at, seconds))
			continue;
		next = at + PCAP_AHEAD_HEAD + file_u32(bytes + at + 8, false);
		if (next + PCAP_AHEAD_HEAD <= end &&
		    ahead_is_likely(f, bytes + next, seconds))
			return at;
	}
	return end;
}

void pcap_ahead_begin(struct pcap_ahead *a, const struct pcap_file *f,
		      const struct file_walk *w, size_t from, size_t to)
{
	size_t step = (to - from) / PCAP_AHEAD_CHAINS;
	uint32_t seconds;

	*a = (struct pcap_ahead){.caplen_max = f->caplen_max};
	if (to - from < AHEAD_BYTES_MIN || !pcap_file_is_plain(f) ||
	    w->fill - w->pos < PCAP_AHEAD_HEAD)
		return;
	/* What stands at w->pos is a record, for all that is known. */
	seconds = file_u32(w->bytes + w->pos, false);
	for (unsigned i = 0; i < PCAP_AHEAD_CHAINS; i++) {
		size_t begin = from + i * step;

		a->end[i] = begin + step;
		a->at[i] = ahead_find(f, w->bytes, seconds, begin, to);
	}
}

void pcap_ahead_finish(struct pcap_ahead *a, const uint8_t *bytes)
{
	bool more;

	do {
		more = false;
		for (unsigned i = 0; i < PCAP_AHEAD_CHAINS; i++) {
			pcap_ahead_step(a, bytes);
			more |= a->at[i] + PCAP_AHEAD_HEAD <= a->end[i];
		}
	} while (more);
}
