/*
 * file_block.c: the bytes of the input and the blocks over them. A file that
 * can be mapped is walked where it is; of all others a block's buffer is
 * filled, and what is left behind the last whole record begins the next one.
 */
#include "base/clock.h"
#include "port/file_inner.h"
#include "port/pcap_ahead.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So much of a map is asked for at a time: some thousand records, which the
 * cache still holds when they are decoded. */
#define FILE_MAP_RECORDS   1536
#define FILE_MAP_BYTES_MIN ((size_t)128 << 10)
#define FILE_MAP_BYTES_MAX ((size_t)1024 << 10)

/* In a window of the map or in buffers? */
static bool file_is_mapped(const struct file_source *f)
{
	return f->map.bytes != NULL;
}

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

bool file_take_block(struct file_source *f)
{
	struct block *b;

	if (f->block)
		return true;
	if (f->idle_count == 0)
		return false;
	b = f->idle[--f->idle_count];
	b->count = 0;
	f->block = b;
	f->w.packets = b->packets;
	f->w.capacity = b->capacity;
	f->w.count = 0;
	if (file_is_mapped(f))
		return true;
	/* Without a block, w.bytes is `rest`. */
	if (f->w.fill > 0)
		memcpy(b->data, f->w.bytes, f->w.fill);
	f->w.bytes = b->data;
	return true;
}

/* The block borrows what was walked of the map. */
static void file_lend_map(struct file_source *f)
{
	struct block *b = f->block;

	b->data = f->map.bytes + f->map_begin;
	b->data_size = f->w.pos - f->map_begin;
	f->map_begin = f->w.pos;
	f->map_out++;
}

/* Keeps what is behind the last whole record for the next block. */
static void file_keep_rest(struct file_source *f)
{
	size_t tail = f->w.fill - f->w.pos;

	assert(tail <= FILE_WINDOW_BYTES);
	if (tail > 0)
		memcpy(f->rest, f->w.bytes + f->w.pos, tail);
	f->w.bytes = f->rest;
	f->w.offset += f->w.pos;
	f->w.pos = 0;
	f->w.fill = tail;
}

void file_hand_out(struct file_source *f, struct block **block)
{
	struct source_counts *counts = &f->source.counts;
	struct block *b = f->block;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < f->w.count; i++)
		bytes += f->w.packets[i].len;
	b->count = f->w.count;
	b->sequence = atom_load_relaxed_u64(&counts->blocks);
	atom_count_u64(&counts->delivered, b->count);
	atom_count_u64(&counts->bytes, bytes);
	atom_count_u64(&counts->blocks, 1);
	if (file_is_mapped(f))
		file_lend_map(f);
	else
		file_keep_rest(f);
	f->w.count = 0;
	f->block = NULL;
	*block = b;
}

void file_take_back(struct file_source *f, struct block *b)
{
	assert(f->idle_count < FILE_BLOCKS);
	/* While there is a map, no block has a buffer of its own size. */
	if (file_is_mapped(f)) {
		size_t from = (size_t)(b->data - f->map.bytes);

		file_map_drop(&f->map, from, from + b->data_size);
		b->data = b->cookie;
		b->data_size = FILE_WINDOW_BYTES;
		f->map_out--;
	}
	file_make_small(f, b);
	f->idle[f->idle_count++] = b;
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
			clock_nap_ns(FILE_NAP_NS);
		return FILE_READ_NOTHING;
	}
	how = file_input_read(&f->in, f->block->data + w->fill,
			      f->block->data_size - w->fill, timeout_ms, &got,
			      e);
	w->fill += got;
	return how;
}

/* By the mean length of the records so far. */
static size_t file_map_step(const struct file_source *f)
{
	const struct file_walk *w = &f->w;
	uint64_t step = FILE_MAP_BYTES_MIN;

	if (w->records > 0)
		step = w->pos / w->records * FILE_MAP_RECORDS;
	if (step < FILE_MAP_BYTES_MIN)
		return FILE_MAP_BYTES_MIN;
	return step < FILE_MAP_BYTES_MAX ? (size_t)step : FILE_MAP_BYTES_MAX;
}

/* Asks for the window behind the one that is to be walked now. Only a wish:
 * what fails is asked for again when its turn comes. */
static void file_map_look_ahead(struct file_source *f)
{
	struct file_walk *w = &f->w;
	size_t more = file_map_step(f);

	if (f->format != FILE_FORMAT_PCAP)
		return;
	if (more > f->in.left)
		more = (size_t)f->in.left;
	if (more > 0 && file_map_ask(&f->map, w->fill, w->fill + more))
		f->map_asked = w->fill + more;
	pcap_ahead_begin(&f->ahead, &f->as.pcap, w, w->fill, f->map_asked);
	w->ahead = &f->ahead;
}

/* Asks for the pages of `more` bytes, or of all that were asked for ahead. */
static enum file_read file_map_ask_on(struct file_source *f, size_t more)
{
	struct file_walk *w = &f->w;
	size_t fill = w->fill + more;

	if (f->map_asked < w->fill)
		f->map_asked = w->fill;
	if (fill < f->map_asked)
		fill = f->map_asked;
	if (f->map_asked < fill && !file_map_ask(&f->map, f->map_asked, fill)) {
		f->map_over = true;
		return FILE_READ_NOTHING;
	}
	f->map_asked = fill;
	if (w->ahead)
		pcap_ahead_finish(w->ahead, w->bytes);
	f->in.left -= fill - w->fill;
	w->fill = fill;
	file_map_look_ahead(f);
	return FILE_READ_BYTES;
}

/* Goes on over what no walker wants to see, or asks for more of the map. */
static enum file_read file_map_on(struct file_source *f)
{
	struct file_walk *w = &f->w;
	uint64_t more = w->skip;

	if (f->in.left == 0)
		return FILE_READ_END;
	if (more == 0 && w->need > w->fill - w->pos)
		more = w->need - (w->fill - w->pos);
	if (w->skip == 0 && more < file_map_step(f))
		more = file_map_step(f);
	if (more > f->in.left)
		more = f->in.left;
	if (w->skip == 0)
		return file_map_ask_on(f, (size_t)more);
	assert(w->pos == w->fill);
	w->pos += (size_t)more;
	w->fill = w->pos;
	w->skip -= more;
	f->in.left -= more;
	return FILE_READ_BYTES;
}

enum file_read file_read_more(struct file_source *f, unsigned timeout_ms,
			      struct err *e)
{
	if (file_is_mapped(f))
		return file_map_on(f);
	if (f->w.skip > 0)
		return file_pass_over(f, timeout_ms, e);
	return file_read_on(f, timeout_ms, e);
}

/* --- from reading to the map and back --- */

/* The window becomes the map; what was read ahead is seen again in it. */
static void file_enter_map(struct file_source *f)
{
	struct file_walk *w = &f->w;

	f->map_tried = true;
	/* A file whose length may change, or that was not at its beginning,
	 * is read. */
	if (!f->in.regular || f->in.size == 0 ||
	    w->offset + w->fill + f->in.left != f->in.size ||
	    !file_map_open(&f->map, f->in.fd, f->in.size))
		return;
	f->in.left += w->fill - w->pos;
	w->pos += (size_t)w->offset;
	w->fill = w->pos;
	w->offset = 0;
	w->bytes = f->map.bytes;
	f->map_begin = w->pos;
	f->map_asked = w->pos;
}

/* No block borrows from the map: the rest is read. */
static void file_leave_map(struct file_source *f)
{
	struct file_walk *w = &f->w;
	off_t at;

	assert(f->map_out == 0 && w->count == 0);
	w->ahead = NULL;
	file_map_close(&f->map);
	f->in.left += w->fill - w->pos;
	w->offset = w->pos;
	w->pos = 0;
	w->fill = 0;
	w->bytes = f->block ? f->block->data : f->rest;
	at = lseek(f->in.fd, (off_t)w->offset, SEEK_SET);
	assert(at >= 0); /* it is a regular file */
	(void)at;
}

bool file_settle_map(struct file_source *f, unsigned timeout_ms)
{
	if (!f->map_tried)
		file_enter_map(f);
	if (!file_is_mapped(f))
		return true;
	if (!f->map_over && file_map_is_quiet(&f->map))
		return true;
	f->map_over = true;
	if (f->map_out > 0) {
		if (timeout_ms > 0)
			clock_nap_ns(FILE_NAP_NS);
		return false;
	}
	file_leave_map(f);
	return true;
}

void file_end_map(struct file_source *f)
{
	if (f->map_out == 0)
		file_map_close(&f->map);
}

void file_close_blocks(struct file_source *f)
{
	if (f->block)
		file_make_small(f, f->block);
	file_map_close(&f->map);
	block_pool_close(&f->pool);
	free(f->rest);
}
