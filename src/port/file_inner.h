/*
 * file_inner.h: what the files of the file source share; nobody else reads
 * it. file.c opens and goes from step to step, file_block.c has the bytes and
 * the blocks, file_say.c the words.
 */
#ifndef RAWTOP_PORT_FILE_INNER_H
#define RAWTOP_PORT_FILE_INNER_H

#include "port/file_filter.h"
#include "port/file_input.h"
#include "port/file_map.h"
#include "port/pcap_ahead.h"
#include "port/pcap_file.h"
#include "port/pcapng.h"
#include "port/source.h"

/* One block and what the worker needs stay in the second-level cache. */
#define FILE_WINDOW_BYTES  ((size_t)128 << 10)
#define FILE_BLOCK_PACKETS 2048
#define FILE_BLOCKS	   16
/* How long to nap while a block that must come home is out. */
#define FILE_NAP_NS (100 * UINT64_C(1000))

enum file_format { FILE_FORMAT_UNTOLD, FILE_FORMAT_PCAP, FILE_FORMAT_PCAPNG };

/*
 * The window that is walked (w) is the filling block's own buffer, or one of
 * its own size for a large record; or, while the file is mapped, all of the
 * map, where `fill` is how far its pages have been asked for.
 */
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

	struct file_map map;
	bool map_tried;
	bool map_over;	  /* to be left when its blocks are home */
	unsigned map_out; /* blocks that borrow from the map */
	size_t map_begin; /* of the block that is being filled */
	size_t map_asked; /* whose pages are there, w.fill or beyond */
	struct pcap_ahead ahead;

	bool over; /* `end` is the answer from now on */
	enum source_take end;
	struct err error;
};

/* Has a block to fill; false when all are out. */
bool file_take_block(struct file_source *f);

/* Hands the filled block out. */
void file_hand_out(struct file_source *f, struct block **block);

/* Takes a block back. */
void file_take_back(struct file_source *f, struct block *block);

/* Gets more bytes: those of the record that w.need says, or over those that
 * w.skip says nobody wants. */
enum file_read file_read_more(struct file_source *f, unsigned timeout_ms,
			      struct err *e);

/*
 * Maps the file if that can be, or goes back to reading if it may not stay
 * so. False while that waits for blocks that are out.
 */
bool file_settle_map(struct file_source *f, unsigned timeout_ms);

/* Nothing more is to be read: gives the map up when its last block is home. */
void file_end_map(struct file_source *f);

/* Frees them all, and the map. */
void file_close_blocks(struct file_source *f);

/* Writes the source's note, once, at the opening: others read it while we read
 * on. The header of a pipe has not come then. */
void file_note(struct file_source *f);

/* Says that the input ended within a record, of which `here` bytes are there.
 */
void file_say_cut(const struct file_source *f, uint64_t here, struct err *e);

#endif
