/*
 * file_walk.h: what the file source and the walkers of its formats share: a
 * window of the input, and the descriptors that a walker makes over it.
 *
 * A walker reads whole records only. It stops with FILE_MORE when the record
 * at `pos` is not all there, with FILE_FULL when there is no descriptor left
 * and with FILE_DAMAGED (*e set) at a record that cannot be read; `pos` then
 * is the beginning of that record.
 */
#ifndef RAWTOP_PORT_FILE_WALK_H
#define RAWTOP_PORT_FILE_WALK_H

#include "base/err.h"
#include "pipe/block.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a capture file normally allows as one packet, as libpcap says … */
#define FILE_PACKET_BYTES_MAX 262144
/* … and what one is believed that announces a larger snap length. */
#define FILE_SNAPLEN_MAX (128 << 20)
/* What can stand around the bytes of one packet: options of pcapng. */
#define FILE_AROUND_BYTES_MAX (1 << 20)

enum file_step { FILE_MORE, FILE_FULL, FILE_DAMAGED };

struct file_walk {
	const char *name; /* of the input, safe to show */
	const uint8_t *bytes;
	size_t fill;	 /* bytes in the window */
	size_t pos;	 /* where the next record begins; <= fill */
	uint64_t offset; /* where the window begins in the input */

	struct packet *packets;
	uint32_t count;
	uint32_t capacity;

	/* What a walker asks for on the way, or NULL. */
	struct pcap_ahead *ahead;

	uint64_t records; /* packet records read so far, the whole input */

	/* After FILE_MORE: */
	uint64_t need; /* bytes from pos that the record takes, > fill - pos */
	size_t head;   /* how many of them are its header */
	uint64_t announced; /* what that says will follow it */
	uint64_t skip; /* bytes behind the window that nobody needs; then pos
			  is fill and need is 0 */
};

static inline uint64_t file_walk_offset(const struct file_walk *w)
{
	return w->offset + w->pos;
}

static inline enum file_step file_walk_need(struct file_walk *w, uint64_t need,
					    size_t head)
{
	w->need = need;
	w->head = head;
	w->announced = need - head;
	return FILE_MORE;
}

static inline uint16_t file_u16(const uint8_t *p, bool swap)
{
	uint16_t x;

	memcpy(&x, p, sizeof(x));
	return swap ? __builtin_bswap16(x) : x;
}

static inline uint32_t file_u32(const uint8_t *p, bool swap)
{
	uint32_t x;

	memcpy(&x, p, sizeof(x));
	return swap ? __builtin_bswap32(x) : x;
}

static inline uint64_t file_u64(const uint8_t *p, bool swap)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	return swap ? __builtin_bswap64(x) : x;
}

/* The largest packet that is believed under this snap length. */
static inline uint32_t file_caplen_max(uint32_t snaplen)
{
	if (snaplen <= FILE_PACKET_BYTES_MAX || snaplen > FILE_SNAPLEN_MAX)
		return FILE_PACKET_BYTES_MAX;
	return snaplen;
}

/* Says that a record announces an impossible length; returns false. */
static inline bool file_walk_too_long(const struct file_walk *w,
				      uint64_t announced, uint64_t allowed,
				      struct err *e)
{
	return err_set(
		e, EXIT_INPUT,
		"%s: record %llu at byte %llu announces %llu bytes, more than "
		"the %llu that can be: the file is damaged from there on",
		w->name, (unsigned long long)w->records + 1,
		(unsigned long long)file_walk_offset(w),
		(unsigned long long)announced, (unsigned long long)allowed);
}

#endif
