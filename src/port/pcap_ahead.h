/*
 * pcap_ahead.h: getting the records of a mapped pcap file into the cache. The
 * file is a chain: where a record begins is told by the one before it, so a
 * walk waits for the memory once a record, 100 ns where records are long. So
 * while one window of the map is walked, the records of the next one are
 * chased, in several places at once; where they begin there is found by
 * looking for what could be a record. A wrong guess costs a little time:
 * nothing but the cache learns of it. Without this a mapped file of 660-byte
 * records took longer than reading it.
 */
#ifndef RAWTOP_PORT_PCAP_AHEAD_H
#define RAWTOP_PORT_PCAP_AHEAD_H

#include "port/file_walk.h"

/* Places at once: as many as hide the memory's latency. */
#define PCAP_AHEAD_CHAINS 8
#define PCAP_AHEAD_HEAD	  16
#define PCAP_AHEAD_LINE	  64 /* of the cache */

struct pcap_file;

struct pcap_ahead {
	/* Where each chain is, and where it ends; in the map. */
	size_t at[PCAP_AHEAD_CHAINS];
	size_t end[PCAP_AHEAD_CHAINS];
	uint32_t caplen_max;
	unsigned turn;
};

/* Begins with the window from `from` to `to` of w->bytes, whose pages are
 * there; a window too small to be worth it has no chains. */
void pcap_ahead_begin(struct pcap_ahead *a, const struct pcap_file *f,
		      const struct file_walk *w, size_t from, size_t to);

/* Asks for one record's head. The last step on this chain, some records ago,
 * asked for the line that is read now. */
static inline void pcap_ahead_step(struct pcap_ahead *a, const uint8_t *bytes)
{
	unsigned i = a->turn++ % PCAP_AHEAD_CHAINS;
	size_t at = a->at[i];
	uint32_t caplen;

	if (at + PCAP_AHEAD_HEAD > a->end[i])
		return;
	caplen = file_u32(bytes + at + 8, false);
	at += PCAP_AHEAD_HEAD +
	      (size_t)(caplen < a->caplen_max ? caplen : a->caplen_max);
	a->at[i] = at;
	__builtin_prefetch(bytes + at);
	__builtin_prefetch(bytes + at + PCAP_AHEAD_LINE);
}

/* Takes all steps that are left. */
void pcap_ahead_finish(struct pcap_ahead *a, const uint8_t *bytes);

#endif
