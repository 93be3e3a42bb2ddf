/*
 * The file source. A walker makes descriptors over the whole records in a
 * window of the input, and the block is handed out as soon as it holds a
 * packet, so that a slow pipe is seen live.
 */
#include "port/file.h"

#include "base/clock.h"
#include "base/fault.h"
#include "port/file_inner.h"
#include "port/file_kind.h"
#include "port/sources.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After so many windows without a wanted packet the caller gets a word. */
#define FILE_ROUNDS_MAX	    64
#define FILE_FILTER_IN_USER 2

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

/* --- the header --- */

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

static enum source_take file_more(struct file_source *f, unsigned timeout_ms,
				  struct err *e)
{
	uint64_t unread = f->in.left == UINT64_MAX ? 0 : f->in.left;
	uint64_t tail = f->w.fill - f->w.pos;
	enum file_read how = file_read_more(f, timeout_ms, e);

	switch (how) {
	case FILE_READ_BYTES:
		return SOURCE_BLOCK;
	case FILE_READ_NOTHING:
		return SOURCE_NOTHING;
	case FILE_READ_END:
		/* Who still reads in the map may meet that it was cut. */
		if (f->map_out > 0) {
			if (timeout_ms > 0)
				clock_nap_ns(FILE_NAP_NS);
			return SOURCE_NOTHING;
		}
		return file_end(f, tail + unread, e);
	case FILE_READ_FAILED:
		break;
	}
	if (tail > 0 || f->w.skip > 0)
		file_count_damage(f);
	return file_finish(f, SOURCE_FAILED, e);
}

/* What is left of a map that was cut is nobody's. */
static enum source_take file_give_up(struct file_source *f, struct err *e)
{
	f->w.count = 0;
	file_count_damage(f);
	err_set(e, EXIT_INPUT,
		"%s was cut off while it was read, near byte %llu: packets "
		"there were read as zeros, and the rest is gone",
		f->in.name, (unsigned long long)f->map_begin);
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
	if (file_map_is_cut(&f->map)) {
		*take = file_give_up(f, e);
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

static enum source_take file_step_on(struct file_source *f,
				     struct block **block, unsigned timeout_ms,
				     struct err *e)
{
	uint64_t deadline_ns =
		f->in.regular
			? 0
			: clock_monotonic_ns() + timeout_ms * CLOCK_NS_PER_MS;
	enum source_take take = SOURCE_BLOCK;

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

static enum source_take file_next(struct source *s, struct block **block,
				  unsigned timeout_ms, struct err *e)
{
	struct file_source *f = file_of(s);
	enum source_take take;

	if (f->over) {
		if (f->end == SOURCE_FAILED)
			*e = f->error;
		return f->end;
	}
	if (file_map_is_cut(&f->map)) {
		take = file_give_up(f, e);
		file_end_map(f);
		return take;
	}
	if (!file_settle_map(f, timeout_ms) || !file_take_block(f))
		return SOURCE_NOTHING;
	take = file_step_on(f, block, timeout_ms, e);
	if (f->over)
		file_end_map(f);
	return take;
}

static void file_release(struct source *s, struct block *block)
{
	struct file_source *f = file_of(s);

	file_take_back(f, block);
	if (f->over)
		file_end_map(f);
}

static bool file_set_filter(struct source *s, struct port_filter *filter,
			    struct err *e)
{
	struct file_source *f = file_of(s);

	if (!file_filter_set(&f->filter, filter, e))
		return false;
	atom_store_relaxed_u32(&s->filter_place,
			       filter != NULL ? FILE_FILTER_IN_USER : 0);
	return true;
}

static void file_close(struct source *s)
{
	struct file_source *f = file_of(s);

	if (f->format == FILE_FORMAT_PCAPNG)
		pcapng_end(&f->as.pcapng);
	file_filter_close(&f->filter);
	file_close_blocks(f);
	file_input_close(&f->in);
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

static struct source *file_open(struct file_input *in,
				struct port_filter *filter, struct err *e)
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
	fault_watch();
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

struct source *source_file_take(int fd, const char *path,
				struct port_filter *filter, struct err *e)
{
	struct file_input in;

	if (!file_input_take(&in, fd, path, e))
		return NULL;
	return file_open(&in, filter, e);
}

struct source *source_file_open(const char *path, struct port_filter *filter,
				struct err *e)
{
	int fd = source_file_descriptor(path, e);

	return fd < 0 ? NULL : source_file_take(fd, path, filter, e);
}

struct source *source_file_open_fd(int fd, const char *name,
				   struct port_filter *filter, struct err *e)
{
	struct file_input in;

	if (!file_input_open_fd(&in, fd, name, e))
		return NULL;
	return file_open(&in, filter, e);
}
