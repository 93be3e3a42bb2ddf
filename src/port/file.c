/*
 * The file source. Bytes are read into a block's own buffer, a walker makes
 * descriptors over the whole records in it, and the block is handed out; what
 * is left behind the last whole record begins the next block. A block is
 * handed out as soon as it holds a packet, so that a slow pipe is seen live.
 */
#include "port/file.h"

#include "base/clock.h"
#include "port/file_filter.h"
#include "port/file_input.h"
#include "port/file_kind.h"
#include "port/pcap_file.h"
#include "port/pcapng.h"
#include "port/sources.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One block and what the worker needs stay in the second-level cache. */
#define FILE_WINDOW_BYTES  ((size_t)128 << 10)
#define FILE_BLOCK_PACKETS 2048
#define FILE_BLOCKS	   16
/* How long to nap while the one block that is too big for this is out. */
#define FILE_BIG_NAP_NS (100 * UINT64_C(1000))
/* After so many windows without a wanted packet the caller gets a word. */
#define FILE_ROUNDS_MAX	    64
#define FILE_FILTER_IN_USER 2

enum file_format { FILE_FORMAT_UNTOLD, FILE_FORMAT_PCAP, FILE_FORMAT_PCAPNG };

struct file_source {
	struct source source;
	struct file_input in;
	struct file_filter filter;
	enum file_format format;
	union {
		struct pcap_file pcap;
		struct pcapng pcapng;
	} as;

	struct block_pool pool;
	/* The last one given back is the next one filled: its bytes are still
	 * in the cache. */
	struct block *idle[FILE_BLOCKS];
	unsigned idle_count;
	struct block *block; /* being filled; w is about it */
	bool big_out;	     /* a block with a buffer of its own is out */
	struct file_walk w;
	/* Between two blocks: what follows the last whole record. */
	uint8_t *rest;

	bool over; /* `end` is the answer from now on */
	enum source_take end;
	struct err error;
};

static struct file_source *file_of(struct source *s)
{
	return (struct file_source *)s;
}

static enum source_take file_finish(struct file_source *f, enum source_take end,
				    const struct err *e)
{
	f->over = true;
	f->end = end;
	if (end == SOURCE_FAILED)
		f->error = *e;
	return end;
}

/* A record that cannot be read; before the header there are no records. */
static void file_count_damage(struct file_source *f)
{
	if (f->format == FILE_FORMAT_UNTOLD)
		return;
	atom_count_u64(&f->source.counts.seen, 1);
	atom_count_u64(&f->source.counts.damaged, 1);
}

/* --- blocks and their buffers --- */

static bool file_is_big(const struct block *b)
{
	return b->data != b->cookie;
}

static void file_make_small(struct file_source *f, struct block *b)
{
	if (!file_is_big(b))
		return;
	free(b->data);
	b->data = b->cookie;
	b->data_size = FILE_WINDOW_BYTES;
	f->big_out = false;
}

static bool file_take_block(struct file_source *f)
{
	struct block *b;

	if (f->block)
		return true;
	if (f->idle_count == 0)
		return false;
	b = f->idle[--f->idle_count];
	b->count = 0;
	f->block = b;
	/* Without a block, w.bytes is `rest`. */
	if (f->w.fill > 0)
		memcpy(b->data, f->w.bytes, f->w.fill);
	f->w.bytes = b->data;
	f->w.packets = b->packets;
	f->w.capacity = b->capacity;
	f->w.count = 0;
	return true;
}

static void file_hand_out(struct file_source *f, struct block **block)
{
	struct source_counts *counts = &f->source.counts;
	struct block *b = f->block;
	size_t tail = f->w.fill - f->w.pos;
	uint64_t bytes = 0;

	assert(tail <= FILE_WINDOW_BYTES);
	for (uint32_t i = 0; i < f->w.count; i++)
		bytes += f->w.packets[i].len;
	b->count = f->w.count;
	b->sequence = atom_load_relaxed_u64(&counts->blocks);
	atom_count_u64(&counts->delivered, b->count);
	atom_count_u64(&counts->bytes, bytes);
	atom_count_u64(&counts->blocks, 1);
	if (tail > 0)
		memcpy(f->rest, f->w.bytes + f->w.pos, tail);
	f->w.bytes = f->rest;
	f->w.offset += f->w.pos;
	f->w.pos = 0;
	f->w.fill = tail;
	f->w.count = 0;
	f->block = NULL;
	*block = b;
}

/* Moves what is not read yet to the front. */
static void file_shift(struct file_source *f)
{
	struct file_walk *w = &f->w;
	size_t tail = w->fill - w->pos;

	if (w->pos > 0)
		memmove(f->block->data, f->block->data + w->pos, tail);
	w->offset += w->pos;
	w->pos = 0;
	w->fill = tail;
}

/*
 * Makes room for the record that w.need says. A record larger than a block's
 * buffer gets one of its own size, one at a time. False with *e set when
 * there is no memory; *later: the last one is still out.
 */
static bool file_make_room(struct file_source *f, bool *later, struct err *e)
{
	struct block *b = f->block;
	struct file_walk *w = &f->w;
	uint8_t *big;

	*later = false;
	file_shift(f);
	if (w->need <= FILE_WINDOW_BYTES && file_is_big(b)) {
		assert(w->fill <= FILE_WINDOW_BYTES);
		memcpy(b->cookie, b->data, w->fill);
		file_make_small(f, b);
		w->bytes = b->data;
	}
	if (w->need <= b->data_size)
		return true;
	if (f->big_out) {
		*later = true;
		return true;
	}
	assert(!file_is_big(b));
	big = malloc(w->need);
	if (!big)
		return err_set(e, EXIT_INPUT,
			       "%s: no memory for a packet of %llu bytes",
			       f->in.name, (unsigned long long)w->need);
	memcpy(big, b->data, w->fill);
	b->data = big;
	b->data_size = w->need;
	w->bytes = big;
	f->big_out = true;
	return true;
}

/* --- the header --- */

/* Others read the note while we read on: it is written once, at the opening,
 * where the header of a pipe has not come yet. */
static void file_note(struct file_source *f)
{
	const struct pcap_file *p = &f->as.pcap;

	if (f->format == FILE_FORMAT_UNTOLD)
		snprintf(f->source.note, sizeof(f->source.note),
			 "read as it comes");
	else if (f->format == FILE_FORMAT_PCAPNG)
		snprintf(f->source.note, sizeof(f->source.note), "pcapng");
	else if (p->link == LINK_UNKNOWN)
		snprintf(f->source.note, sizeof(f->source.note),
			 "pcap %u.%u, %s, link type %u, snap length %u",
			 p->version_major, p->version_minor,
			 p->nanoseconds ? "ns" : "us", p->linktype, p->snaplen);
	else
		snprintf(f->source.note, sizeof(f->source.note),
			 "pcap %u.%u, %s, %s, snap length %u", p->version_major,
			 p->version_minor, p->nanoseconds ? "ns" : "us",
			 link_label((enum link_type)p->link), p->snaplen);
}

/* Tells the format; FILE_FULL: it is told and the records can be walked. */
static enum file_step file_begin(struct file_source *f, struct err *e)
{
	struct file_walk *w = &f->w;
	const uint8_t *head = w->bytes + w->pos;
	size_t left = w->fill - w->pos;

	if (left < 4)
		return file_walk_need(w, 4, 4);
	if (pcap_file_recognise(head)) {
		if (left < PCAP_FILE_HEAD_SIZE)
			return file_walk_need(w, PCAP_FILE_HEAD_SIZE,
					      PCAP_FILE_HEAD_SIZE);
		if (!pcap_file_begin(&f->as.pcap, f->in.name, head, e))
			return FILE_DAMAGED;
		w->pos += PCAP_FILE_HEAD_SIZE;
		f->format = FILE_FORMAT_PCAP;
	} else if (pcapng_recognise(head)) {
		if (left < PCAPNG_HEAD_SIZE)
			return file_walk_need(w, PCAPNG_HEAD_SIZE,
					      PCAPNG_HEAD_SIZE);
		if (!pcapng_begin(&f->as.pcapng, f->in.name, head, e))
			return FILE_DAMAGED;
		f->format = FILE_FORMAT_PCAPNG;
	} else {
		file_kind_refuse(f->in.name, head, left, e);
		return FILE_DAMAGED;
	}
	return FILE_FULL;
}

static enum file_step file_walk(struct file_source *f, struct err *e)
{
	if (f->format == FILE_FORMAT_UNTOLD) {
		enum file_step step = file_begin(f, e);

		if (step != FILE_FULL)
			return step;
	}
	if (f->format == FILE_FORMAT_PCAP)
		return pcap_file_walk(&f->as.pcap, &f->w, e);
	return pcapng_walk(&f->as.pcapng, &f->w, e);
}

/* --- the end --- */

static void file_say_cut(const struct file_source *f, uint64_t here,
			 struct err *e)
{
	const struct file_walk *w = &f->w;
	bool ng = f->format == FILE_FORMAT_PCAPNG;
	unsigned long long number = 1 + (ng ? f->as.pcapng.blocks : w->records);
	unsigned long long at = file_walk_offset(w);
	const char *record = ng ? "block" : "record";

	if (w->skip > 0)
		err_set(e, EXIT_INPUT,
			"%s: block %llu, which ends before byte %llu, is cut "
			"short: %llu bytes of it are missing",
			f->in.name, number - 1, at + w->skip,
			(unsigned long long)w->skip);
	else if (f->format == FILE_FORMAT_UNTOLD)
		err_set(e, EXIT_INPUT,
			"%s is cut short within its header: %llu of %llu "
			"bytes are there",
			f->in.name, (unsigned long long)here,
			(unsigned long long)w->need);
	else if (here < w->head || w->need == w->head)
		err_set(e, EXIT_INPUT,
			"%s: %s %llu at byte %llu is cut short within its "
			"header: %llu of %zu bytes are there",
			f->in.name, record, number, at,
			(unsigned long long)here, w->head);
	else
		err_set(e, EXIT_INPUT,
			"%s: %s %llu at byte %llu is cut short: %llu bytes "
			"announced, %llu left",
			f->in.name, record, number, at,
			(unsigned long long)w->announced,
			(unsigned long long)(here - w->head));
}

/* The input has ended; `here` bytes of an unfinished record are there. */
static enum source_take file_end(struct file_source *f, uint64_t here,
				 struct err *e)
{
	bool untold = f->format == FILE_FORMAT_UNTOLD;

	if (here == 0 && f->w.skip == 0 && !untold)
		return file_finish(f, SOURCE_END, NULL);
	if (here == 0 && untold)
		err_set(e, EXIT_USAGE, "%s is empty: there is no capture in it",
			f->in.name);
	else if (untold && f->w.need == 4)
		file_kind_refuse(f->in.name, f->w.bytes, f->w.fill, e);
	else
		file_say_cut(f, here, e);
	file_count_damage(f);
	return file_finish(f, SOURCE_FAILED, e);
}

/* --- reading on --- */

/* Reads over what no walker wants to see. */
static enum file_read file_pass_over(struct file_source *f, unsigned timeout_ms,
				     struct err *e)
{
	struct file_walk *w = &f->w;
	struct block *b = f->block;
	enum file_read how;
	size_t got = 0;

	assert(w->pos == w->fill);
	w->offset += w->fill;
	w->pos = 0;
	w->fill = 0;
	how = file_input_read(&f->in, b->data,
			      w->skip < b->data_size ? (size_t)w->skip
						     : b->data_size,
			      timeout_ms, &got, e);
	w->skip -= got;
	w->offset += got;
	return how;
}

/* Reads more of the record that w.need says. */
static enum file_read file_read_on(struct file_source *f, unsigned timeout_ms,
				   struct err *e)
{
	struct file_walk *w = &f->w;
	enum file_read how;
	size_t got = 0;
	bool later;

	/* For what is not there no room is taken. */
	if (w->need > FILE_WINDOW_BYTES &&
	    w->need - (w->fill - w->pos) > f->in.left)
		return FILE_READ_END;
	if (!file_make_room(f, &later, e))
		return FILE_READ_FAILED;
	if (later) {
		if (timeout_ms > 0)
			clock_nap_ns(FILE_BIG_NAP_NS);
		return FILE_READ_NOTHING;
	}
	how = file_input_read(&f->in, f->block->data + w->fill,
			      f->block->data_size - w->fill, timeout_ms, &got,
			      e);
	w->fill += got;
	return how;
}

static enum source_take file_more(struct file_source *f, unsigned timeout_ms,
				  struct err *e)
{
	uint64_t unread = f->in.left == UINT64_MAX ? 0 : f->in.left;
	uint64_t tail = f->w.fill - f->w.pos;
	enum file_read how = f->w.skip > 0 ? file_pass_over(f, timeout_ms, e)
					   : file_read_on(f, timeout_ms, e);

	switch (how) {
	case FILE_READ_BYTES:
		return SOURCE_BLOCK;
	case FILE_READ_NOTHING:
		return SOURCE_NOTHING;
	case FILE_READ_END:
		return file_end(f, tail + unread, e);
	case FILE_READ_FAILED:
		break;
	}
	if (tail > 0 || f->w.skip > 0)
		file_count_damage(f);
	return file_finish(f, SOURCE_FAILED, e);
}

/*
 * Walks the window and keeps what the expression matches. True when a block
 * is to be handed out; else *take says how to go on, SOURCE_BLOCK: by
 * reading.
 */
static bool file_fill(struct file_source *f, enum source_take *take,
		      struct err *e)
{
	struct source_counts *counts = &f->source.counts;
	enum file_step step = file_walk(f, e);
	uint32_t walked = f->w.count;
	struct err filter_error;

	if (!file_filter_keep(&f->filter, f->w.packets, &f->w.count,
			      &filter_error)) {
		*e = filter_error;
		*take = file_finish(f, SOURCE_FAILED, e);
		return false;
	}
	atom_count_u64(&counts->seen, walked);
	atom_count_u64(&counts->filtered, walked - f->w.count);
	*take = SOURCE_BLOCK;
	if (step == FILE_DAMAGED) {
		file_count_damage(f);
		*take = file_finish(f, SOURCE_FAILED, e);
	}
	if (step == FILE_FULL)
		f->w.need = 0;
	return f->w.count > 0;
}

static unsigned file_left_ms(uint64_t deadline_ns)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (now_ns >= deadline_ns)
		return 0;
	return (unsigned)((deadline_ns - now_ns + CLOCK_NS_PER_MS - 1) /
			  CLOCK_NS_PER_MS);
}

static enum source_take file_next(struct source *s, struct block **block,
				  unsigned timeout_ms, struct err *e)
{
	struct file_source *f = file_of(s);
	uint64_t deadline_ns =
		f->in.regular
			? 0
			: clock_monotonic_ns() + timeout_ms * CLOCK_NS_PER_MS;
	enum source_take take = SOURCE_BLOCK;

	if (f->over) {
		if (f->end == SOURCE_FAILED)
			*e = f->error;
		return f->end;
	}
	if (!file_take_block(f))
		return SOURCE_NOTHING;
	for (unsigned i = 0; i < FILE_ROUNDS_MAX; i++) {
		if (f->w.skip == 0 && file_fill(f, &take, e)) {
			file_hand_out(f, block);
			return SOURCE_BLOCK;
		}
		/* No need: the window held more packets, all unwanted. */
		if (take == SOURCE_BLOCK && f->w.skip + f->w.need > 0)
			take = file_more(f,
					 f->in.regular
						 ? timeout_ms
						 : file_left_ms(deadline_ns),
					 e);
		if (take != SOURCE_BLOCK)
			return take;
	}
	return SOURCE_NOTHING;
}

static void file_release(struct source *s, struct block *block)
{
	struct file_source *f = file_of(s);

	assert(f->idle_count < FILE_BLOCKS);
	file_make_small(f, block);
	f->idle[f->idle_count++] = block;
}

static bool file_set_filter(struct source *s, const char *expression,
			    struct err *e)
{
	struct file_source *f = file_of(s);

	if (!file_filter_set(&f->filter, expression, e))
		return false;
	atom_store_relaxed_u32(&s->filter_place,
			       *expression ? FILE_FILTER_IN_USER : 0);
	return true;
}

static void file_close(struct source *s)
{
	struct file_source *f = file_of(s);

	if (f->block)
		file_make_small(f, f->block);
	if (f->format == FILE_FORMAT_PCAPNG)
		pcapng_end(&f->as.pcapng);
	file_filter_close(&f->filter);
	file_input_close(&f->in);
	block_pool_close(&f->pool);
	free(f->rest);
	free(f);
}

static const struct source_ops file_ops = {
	.name = "file",
	.help = "a pcap or pcapng file, or a pipe that carries one",
	.patient = true,
	.next = file_next,
	.release = file_release,
	.set_filter = file_set_filter,
	.close = file_close,
};

/* Reads the header, as far as that needs no waiting. */
static bool file_prepare(struct file_source *f, struct err *e)
{
	enum file_step step = FILE_MORE;

	while (step == FILE_MORE) {
		step = file_begin(f, e);
		if (step == FILE_MORE && file_more(f, 0, e) != SOURCE_BLOCK)
			return false;
	}
	return step == FILE_FULL;
}

static struct source *file_open(struct file_input *in, const char *filter,
				struct err *e)
{
	struct file_source *f = calloc(1, sizeof(*f));
	const char *slash = strrchr(in->name, '/');

	if (!f) {
		err_set(e, EXIT_USAGE, "no memory to read %s", in->name);
		file_input_close(in);
		return NULL;
	}
	f->source.ops = &file_ops;
	f->source.block_count = FILE_BLOCKS;
	f->in = *in;
	atom_store_relaxed_u32(&f->source.up, 1);
	snprintf(f->source.label, sizeof(f->source.label), "file %.50s",
		 slash && slash[1] ? slash + 1 : in->name);
	f->w.name = f->in.name;
	f->rest = malloc(FILE_WINDOW_BYTES);
	f->w.bytes = f->rest;
	if (!f->rest)
		err_set(e, EXIT_USAGE, "no memory to read %s", in->name);
	if (!f->rest ||
	    !block_pool_open(&f->pool, FILE_BLOCKS, FILE_BLOCK_PACKETS,
			     FILE_WINDOW_BYTES, e) ||
	    !file_set_filter(&f->source, filter, e)) {
		file_close(&f->source);
		return NULL;
	}
	for (unsigned i = 0; i < FILE_BLOCKS; i++) {
		f->pool.blocks[i].cookie = f->pool.blocks[i].data;
		f->idle[f->idle_count++] = &f->pool.blocks[i];
	}
	if (f->in.regular && (!file_take_block(f) || !file_prepare(f, e))) {
		file_close(&f->source);
		return NULL;
	}
	file_note(f);
	return &f->source;
}

int source_file_descriptor(const char *path, struct err *e)
{
	return file_input_descriptor(path, e);
}

struct source *source_file_take(int fd, const char *path, const char *filter,
				struct err *e)
{
	struct file_input in;

	if (!file_input_take(&in, fd, path, e))
		return NULL;
	return file_open(&in, filter, e);
}

struct source *source_file_open(const char *path, const char *filter,
				struct err *e)
{
	int fd = source_file_descriptor(path, e);

	return fd < 0 ? NULL : source_file_take(fd, path, filter, e);
}

struct source *source_file_open_fd(int fd, const char *name, const char *filter,
				   struct err *e)
{
	struct file_input in;

	if (!file_input_open_fd(&in, fd, name, e))
		return NULL;
	return file_open(&in, filter, e);
}
