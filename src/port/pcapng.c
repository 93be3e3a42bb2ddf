#include "port/pcapng.h"

#include "base/clock.h"
#include "port/pcapng_time.h"

#include <assert.h>
#include <stdlib.h>

#define BLOCK_SECTION  0x0a0d0d0au /* reads the same in both orders */
#define BLOCK_IFACE    1u
#define BLOCK_PACKET   2u /* obsolete */
#define BLOCK_SIMPLE   3u
#define BLOCK_ENHANCED 6u

#define BYTE_ORDER_MAGIC 0x1a2b3c4du

#define BLOCK_FRAME   12 /* type, length, length again */
#define SECTION_MIN   28
#define IFACE_MIN     20
#define SIMPLE_MIN    16
#define PACKET_MIN    32
#define SECTION_BYTES 12 /* up to the magic that tells the byte order */

/* Of blocks that are no packets, so much is looked at; the rest is passed. */
#define BLOCK_HOLD_BYTES 65536

#define OPTION_END	0
#define OPTION_FLAGS	2
#define OPTION_TSRESOL	9
#define OPTION_TSOFFSET 14

#define FLAGS_DIRECTION 3u
#define FLAGS_INBOUND	1u
#define FLAGS_OUTBOUND	2u
#define FLAGS_PARTIAL	(1u << 9) /* "checksum not ready" */

struct pcapng_option {
	uint16_t code;
	uint16_t size;
	const uint8_t *value;
};

bool pcapng_recognise(const uint8_t magic[4])
{
	return file_u32(magic, false) == BLOCK_SECTION;
}

static bool pcapng_damaged(const struct pcapng *g, const struct file_walk *w,
			   const char *what, struct err *e)
{
	return err_set(e, EXIT_INPUT,
		       "%s: block %llu at byte %llu %s: the file is damaged "
		       "from there on",
		       w->name, (unsigned long long)g->blocks + 1,
		       (unsigned long long)file_walk_offset(w), what);
}

/* Takes the next option from [*at, end); false at the end of the list. */
static bool pcapng_take_option(const struct pcapng *g, const uint8_t **at,
			       const uint8_t *end, struct pcapng_option *o)
{
	size_t left = (size_t)(end - *at);
	size_t padded;

	if (left < 4)
		return false;
	o->code = file_u16(*at, g->swap);
	o->size = file_u16(*at + 2, g->swap);
	o->value = *at + 4;
	padded = ((size_t)o->size + 3) & ~(size_t)3;
	if (o->code == OPTION_END || o->size > left - 4)
		return false;
	*at += padded > left - 4 ? left : 4 + padded;
	return true;
}

bool pcapng_begin(struct pcapng *g, const char *name,
		  const uint8_t head[PCAPNG_HEAD_SIZE], struct err *e)
{
	uint32_t magic = file_u32(head + 8, false);
	bool swap = magic != BYTE_ORDER_MAGIC;
	uint16_t major = file_u16(head + 12, swap);
	uint16_t minor = file_u16(head + 14, swap);

	if (swap && magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return err_set(e, EXIT_USAGE,
			       "%s begins as a pcapng file does, but its byte "
			       "order cannot be told: it is damaged",
			       name);
	/* 1.2 was written by mistake and means 1.0 (the draft, 4.1). */
	if (major != 1 || (minor != 0 && minor != 2))
		return err_set(e, EXIT_USAGE,
			       "%s is a pcapng file of version %u.%u; version "
			       "1.0 is what can be read",
			       name, major, minor);
	*g = (struct pcapng){.caplen_max = FILE_PACKET_BYTES_MAX};
	return true;
}

void pcapng_end(struct pcapng *g)
{
	free(g->ifaces);
	g->ifaces = NULL;
	g->iface_count = 0;
	g->iface_room = 0;
}

static bool pcapng_section(struct pcapng *g, const struct file_walk *w,
			   const uint8_t *block, struct err *e)
{
	struct pcapng section;
	struct err version;

	if (!pcapng_begin(&section, w->name, block, &version))
		return pcapng_damaged(
			g, w, "begins a section of an unknown version", e);
	g->iface_base += g->iface_count;
	g->iface_count = 0;
	return true;
}

static bool pcapng_make_room(struct pcapng *g)
{
	uint32_t room = g->iface_room ? g->iface_room * 2 : 8;
	struct pcapng_iface *more;

	if (g->iface_count < g->iface_room)
		return true;
	more = realloc(g->ifaces, room * sizeof(*more));
	if (!more)
		return false;
	g->ifaces = more;
	g->iface_room = room;
	return true;
}

static void pcapng_iface_options(const struct pcapng *g,
				 struct pcapng_iface *iface, const uint8_t *at,
				 const uint8_t *end)
{
	struct pcapng_option o;

	while (pcapng_take_option(g, &at, end, &o)) {
		if (o.code == OPTION_TSRESOL && o.size >= 1) {
			iface->binary = (o.value[0] & 0x80) != 0;
			iface->exponent = o.value[0] & 0x7f;
		} else if (o.code == OPTION_TSOFFSET && o.size >= 8) {
			iface->offset_s = (int64_t)file_u64(o.value, g->swap);
		}
	}
}

/* An interface description; `held` bytes of it are in the window. */
static bool pcapng_iface(struct pcapng *g, const struct file_walk *w,
			 const uint8_t *block, uint32_t total, size_t held,
			 struct err *e)
{
	struct pcapng_iface *iface;
	uint32_t snaplen;

	if (g->iface_base + g->iface_count >= PCAPNG_IFACES_MAX)
		return pcapng_damaged(g, w, "is one interface too many", e);
	if (!pcapng_make_room(g))
		return pcapng_damaged(g, w, "finds no memory", e);
	snaplen = file_u32(block + 12, g->swap);
	iface = &g->ifaces[g->iface_count++];
	*iface = (struct pcapng_iface){
		.link = (uint8_t)link_from_linktype(
			file_u16(block + 8, g->swap)),
		.exponent = 6,
		.snaplen = snaplen,
		.caplen_max = file_caplen_max(snaplen),
	};
	if (iface->caplen_max > g->caplen_max)
		g->caplen_max = iface->caplen_max;
	pcapng_iface_options(g, iface, block + 16,
			     block + (held == total ? held - 4 : held));
	pcapng_time_prepare(iface);
	return true;
}

/* What the flags option of a packet says. */
static uint8_t pcapng_flags(const struct pcapng *g, const uint8_t *at,
			    const uint8_t *end)
{
	struct pcapng_option o;
	uint8_t flags = PACKET_FLAG_OFFLINE;
	uint32_t said = 0;

	while (pcapng_take_option(g, &at, end, &o))
		if (o.code == OPTION_FLAGS && o.size >= 4)
			said = file_u32(o.value, g->swap);
	if ((said & FLAGS_DIRECTION) == FLAGS_INBOUND)
		flags |= PACKET_CLASS_HOST;
	else if ((said & FLAGS_DIRECTION) == FLAGS_OUTBOUND)
		flags |= PACKET_CLASS_OUTGOING;
	else
		flags |= PACKET_CLASS_UNKNOWN;
	if (said & FLAGS_PARTIAL)
		flags |= PACKET_FLAG_CHECKSUM_PARTIAL;
	return flags;
}

static void pcapng_describe(struct file_walk *w, const struct pcapng *g,
			    uint32_t number, const uint8_t *data,
			    uint32_t caplen, uint32_t len)
{
	struct packet *p = &w->packets[w->count++];

	*p = (struct packet){
		.data = data,
		.caplen = caplen,
		.len = len < caplen ? caplen : len,
		.iface = g->iface_base + number,
		.link = g->ifaces[number].link,
		.flags = PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN,
	};
	w->records++;
}

/* An enhanced packet block, or the obsolete one that came before it; the
 * whole block is in the window. */
static bool pcapng_packet(const struct pcapng *g, struct file_walk *w,
			  const uint8_t *block, uint32_t type, uint32_t total,
			  struct err *e)
{
	uint32_t number = type == BLOCK_ENHANCED ? file_u32(block + 8, g->swap)
						 : file_u16(block + 8, g->swap);
	uint64_t units = (uint64_t)file_u32(block + 12, g->swap) << 32 |
			 file_u32(block + 16, g->swap);
	uint32_t caplen = file_u32(block + 20, g->swap);
	uint32_t len = file_u32(block + 24, g->swap);
	const uint8_t *data = block + 28;
	const uint8_t *end = block + total - 4;
	size_t padded = ((size_t)caplen + 3) & ~(size_t)3;
	struct packet *p = &w->packets[w->count];

	if (number >= g->iface_count)
		return pcapng_damaged(
			g, w, "names an interface that was not described", e);
	if (padded > (size_t)(end - data))
		return pcapng_damaged(g, w, "is shorter than its packet", e);
	if (caplen > g->ifaces[number].caplen_max)
		return file_walk_too_long(w, caplen,
					  g->ifaces[number].caplen_max, e);
	pcapng_describe(w, g, number, data, caplen, len);
	p->time_ns = pcapng_time_ns(&g->ifaces[number], units);
	if (data + padded != end)
		p->flags = pcapng_flags(g, data + padded, end);
	return true;
}

/* A simple packet block: interface 0, no time. */
static bool pcapng_simple(const struct pcapng *g, struct file_walk *w,
			  const uint8_t *block, uint32_t total, struct err *e)
{
	uint32_t len = file_u32(block + 8, g->swap);
	uint32_t caplen = len;

	if (g->iface_count == 0)
		return pcapng_damaged(g, w, "is a packet before any interface",
				      e);
	if (g->ifaces[0].snaplen && g->ifaces[0].snaplen < caplen)
		caplen = g->ifaces[0].snaplen;
	if (caplen > total - SIMPLE_MIN)
		return pcapng_damaged(g, w, "is shorter than its packet", e);
	if (caplen > g->ifaces[0].caplen_max)
		return file_walk_too_long(w, caplen, g->ifaces[0].caplen_max,
					  e);
	pcapng_describe(w, g, 0, block + 12, caplen, len);
	return true;
}

/* The fewest bytes of a block of this type. */
static uint32_t pcapng_block_min(uint32_t type)
{
	switch (type) {
	case BLOCK_SECTION:
		return SECTION_MIN;
	case BLOCK_IFACE:
		return IFACE_MIN;
	case BLOCK_SIMPLE:
		return SIMPLE_MIN;
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		return PACKET_MIN;
	default:
		return BLOCK_FRAME;
	}
}

static bool pcapng_is_packet(uint32_t type)
{
	return type == BLOCK_ENHANCED || type == BLOCK_SIMPLE ||
	       type == BLOCK_PACKET;
}

struct pcapng_frame {
	const uint8_t *block;
	uint32_t type;
	uint32_t total;
	uint32_t held; /* of them in the window: total, except of big blocks
			  that are no packets */
};

/* Checks that the frame of the next block can be believed. */
static bool pcapng_check_frame(const struct pcapng *g,
			       const struct file_walk *w,
			       const struct pcapng_frame *f, struct err *e)
{
	if (f->total < pcapng_block_min(f->type))
		return pcapng_damaged(
			g, w, "announces fewer bytes than it must have", e);
	if (f->total % 4 != 0)
		return pcapng_damaged(
			g, w, "announces a length that is no multiple of 4", e);
	if (pcapng_is_packet(f->type) &&
	    f->total > g->caplen_max + FILE_AROUND_BYTES_MAX)
		return file_walk_too_long(
			w, f->total, g->caplen_max + FILE_AROUND_BYTES_MAX, e);
	return true;
}

/* A section tells its byte order itself, before its length can be read. */
static bool pcapng_turn(struct pcapng *g, const struct file_walk *w,
			const uint8_t *block, struct err *e)
{
	uint32_t magic = file_u32(block + 8, false);

	if (magic != BYTE_ORDER_MAGIC &&
	    magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return pcapng_damaged(
			g, w, "begins a section without a byte order", e);
	g->swap = magic != BYTE_ORDER_MAGIC;
	return true;
}

/* Finds the next block in the window. FILE_FULL: it is in *f. */
static enum file_step pcapng_take_frame(struct pcapng *g, struct file_walk *w,
					struct pcapng_frame *f, struct err *e)
{
	size_t left = w->fill - w->pos;

	if (left < SECTION_BYTES)
		return file_walk_need(w, BLOCK_FRAME, BLOCK_FRAME);
	f->block = w->bytes + w->pos;
	f->type = file_u32(f->block, g->swap);
	if (f->type == BLOCK_SECTION && !pcapng_turn(g, w, f->block, e))
		return FILE_DAMAGED;
	f->total = file_u32(f->block + 4, g->swap);
	f->held = f->total;
	if (!pcapng_check_frame(g, w, f, e))
		return FILE_DAMAGED;
	if (f->held > BLOCK_HOLD_BYTES && !pcapng_is_packet(f->type))
		f->held = BLOCK_HOLD_BYTES;
	if (f->held > left) {
		file_walk_need(w, f->held, 0);
		w->announced = f->total;
		return FILE_MORE;
	}
	if (f->held == f->total &&
	    file_u32(f->block + f->total - 4, g->swap) != f->total) {
		pcapng_damaged(g, w,
			       "does not end with the length it began with", e);
		return FILE_DAMAGED;
	}
	return FILE_FULL;
}

static bool pcapng_read_block(struct pcapng *g, struct file_walk *w,
			      const struct pcapng_frame *f, struct err *e)
{
	switch (f->type) {
	case BLOCK_ENHANCED:
	case BLOCK_PACKET:
		return pcapng_packet(g, w, f->block, f->type, f->total, e);
	case BLOCK_SIMPLE:
		return pcapng_simple(g, w, f->block, f->total, e);
	case BLOCK_IFACE:
		return pcapng_iface(g, w, f->block, f->total, f->held, e);
	case BLOCK_SECTION:
		return pcapng_section(g, w, f->block, e);
	default:
		return true;
	}
}

enum file_step pcapng_walk(struct pcapng *g, struct file_walk *w, struct err *e)
{
	while (w->count < w->capacity) {
		struct pcapng_frame f;
		enum file_step step = pcapng_take_frame(g, w, &f, e);

		if (step != FILE_FULL)
			return step;
		if (!pcapng_read_block(g, w, &f, e))
			return FILE_DAMAGED;
		g->blocks++;
		if (f.total > w->fill - w->pos) {
			/* The reader passes over what nobody looks at. */
			w->skip = f.total - (w->fill - w->pos);
			w->need = 0;
			w->pos = w->fill;
			return FILE_MORE;
		}
		w->pos += f.total;
	}
	return FILE_FULL;
}
