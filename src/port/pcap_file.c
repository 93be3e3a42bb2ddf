#include "port/pcap_file.h"

#include "base/clock.h"
#include "port/pcap_ahead.h"

#define MAGIC_US       0xa1b2c3d4u
#define MAGIC_NS       0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u

#define RECORD_HEAD	     16
#define RECORD_HEAD_MODIFIED 24

/* The lower half is the type; above it stand the length of the frame check
 * sequence and reserved bits. */
#define LINKTYPE_MASK 0xffffu

static bool pcap_file_magic(uint32_t magic)
{
	return magic == MAGIC_US || magic == MAGIC_NS ||
	       magic == MAGIC_MODIFIED;
}

bool pcap_file_recognise(const uint8_t magic[4])
{
	return pcap_file_magic(file_u32(magic, false)) ||
	       pcap_file_magic(file_u32(magic, true));
}

static enum pcap_file_lengths pcap_file_order(unsigned major, unsigned minor)
{
	/* 543.0 is what DG/UX's tcpdump wrote. */
	if (major == 543 || minor < 3)
		return PCAP_FILE_LENGTHS_TURNED;
	return minor == 3 ? PCAP_FILE_LENGTHS_EITHER : PCAP_FILE_LENGTHS;
}

bool pcap_file_begin(struct pcap_file *f, const char *name,
		     const uint8_t head[PCAP_FILE_HEAD_SIZE], struct err *e)
{
	bool swap = !pcap_file_magic(file_u32(head, false));
	uint32_t magic = file_u32(head, swap);
	uint32_t linktype = file_u32(head + 20, swap) & LINKTYPE_MASK;
	uint16_t major = file_u16(head + 4, swap);
	uint16_t minor = file_u16(head + 6, swap);

	if (major != 2 && !(major == 543 && minor == 0))
		return err_set(e, EXIT_USAGE,
			       "%s is a pcap file of version %u.%u; version 2 "
			       "is what can be read",
			       name, major, minor);
	*f = (struct pcap_file){
		.swap = swap,
		.nanoseconds = magic == MAGIC_NS,
		.link = (uint8_t)link_from_linktype(linktype),
		.record_head = magic == MAGIC_MODIFIED ? RECORD_HEAD_MODIFIED
						       : RECORD_HEAD,
		.lengths = pcap_file_order(major, minor),
		.fraction_ns = magic == MAGIC_NS ? 1 : 1000,
		.snaplen = file_u32(head + 16, swap),
		.caplen_max = file_caplen_max(file_u32(head + 16, swap)),
		.linktype = linktype,
		.version_major = major,
		.version_minor = minor,
	};
	return true;
}

/* Which of the two lengths is which, in files before 2.4. */
static void pcap_file_turn(const struct pcap_file *f, uint32_t *caplen,
			   uint32_t *len)
{
	uint32_t first = *caplen;

	if (f->lengths == PCAP_FILE_LENGTHS_TURNED ||
	    (f->lengths == PCAP_FILE_LENGTHS_EITHER && *caplen > *len)) {
		*caplen = *len;
		*len = first;
	}
}

static inline void pcap_file_describe(struct packet *p, const uint8_t *data,
				      uint64_t time_ns, uint32_t caplen,
				      uint32_t len, uint8_t link)
{
	p->data = data;
	p->time_ns = time_ns;
	p->caplen = caplen;
	/* A len below caplen is seen in the wild: the bytes are there. */
	p->len = len < caplen ? caplen : len;
	p->iface = 0;
	p->link = link;
	p->flags = PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN;
	p->worker = 0;
	p->quoted_worker = 0;
}

/*
 * Inlined once for each combination of `swap`, `odd` (a longer record head or
 * turned lengths) and `ahead` (records to come are asked for), so that the
 * common walk holds no question about them.
 */
static inline __attribute__((always_inline)) enum file_step
pcap_file_walk_as(const struct pcap_file *f, struct file_walk *w, struct err *e,
		  bool swap, bool odd, bool ahead)
{
	const size_t head = odd ? f->record_head : RECORD_HEAD;
	const uint64_t fraction_ns = f->fraction_ns;
	const uint32_t caplen_max = f->caplen_max;
	const uint8_t link = f->link;
	const uint8_t *at = w->bytes + w->pos;
	size_t left = w->fill - w->pos;
	enum file_step step = FILE_FULL;
	uint32_t n = w->count;
	uint32_t caplen = 0;
	uint32_t len;

	while (n < w->capacity) {
		if (left < head) {
			step = file_walk_need(w, head, head);
			break;
		}
		caplen = file_u32(at + 8, swap);
		len = file_u32(at + 12, swap);
		if (odd)
			pcap_file_turn(f, &caplen, &len);
		if (caplen > caplen_max) {
			step = FILE_DAMAGED;
			break;
		}
		if (caplen > left - head) {
			step = file_walk_need(w, head + (uint64_t)caplen, head);
			break;
		}
		if (ahead)
			pcap_ahead_step(w->ahead, w->bytes);
		pcap_file_describe(&w->packets[n++], at + head,
				   file_u32(at, swap) * CLOCK_NS_PER_S +
					   file_u32(at + 4, swap) * fraction_ns,
				   caplen, len, link);
		at += head + caplen;
		left -= head + caplen;
	}
	w->records += n - w->count;
	w->count = n;
	w->pos = w->fill - left;
	if (step == FILE_DAMAGED)
		file_walk_too_long(w, caplen, caplen_max, e);
	return step;
}

static bool pcap_file_is_odd(const struct pcap_file *f)
{
	return f->record_head != RECORD_HEAD || f->lengths != PCAP_FILE_LENGTHS;
}

bool pcap_file_is_plain(const struct pcap_file *f)
{
	return !f->swap && !pcap_file_is_odd(f);
}

enum file_step pcap_file_walk(const struct pcap_file *f, struct file_walk *w,
			      struct err *e)
{
	if (pcap_file_is_odd(f))
		return pcap_file_walk_as(f, w, e, f->swap, true, false);
	if (f->swap)
		return pcap_file_walk_as(f, w, e, true, false, false);
	if (w->ahead)
		return pcap_file_walk_as(f, w, e, false, false, true);
	return pcap_file_walk_as(f, w, e, false, false, false);
}
