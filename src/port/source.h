/*
 * source.h: where packets come from. A source is one record of functions and
 * a state of its own; everything but `stats` is called by one thread, the
 * source's own (or, for a patient source, the worker's).
 */
#ifndef RAWTOP_PORT_SOURCE_H
#define RAWTOP_PORT_SOURCE_H

#include "base/atom.h"
#include "base/err.h"
#include "pipe/block.h"

#include <stdbool.h>
#include <stdint.h>

enum source_take {
	SOURCE_BLOCK,	/* *block is filled, count > 0 */
	SOURCE_NOTHING, /* nothing came within the timeout */
	SOURCE_END,	/* the input is complete */
	SOURCE_FAILED,	/* *e says what; packets before it were delivered */
};

/* What a source counts; written by its thread, read by anybody. */
struct source_counts {
#define SOURCE_COUNT(name, label, help) atom_u64 name;
#include "port/source_counts.def"
#undef SOURCE_COUNT
};

struct source;
struct port_filter;

struct source_ops {
	const char *name; /* "host", "wire", "file", "made" */
	const char *help;
	/* It can wait for its reader: nothing is lost when nobody takes. */
	bool patient;
	/*
	 * Waits at most timeout_ms for packets. On SOURCE_BLOCK the caller
	 * owns *block's contents until it calls release with it. A source that
	 * is not patient and has no empty block left drops, and counts it.
	 */
	enum source_take (*next)(struct source *s, struct block **block,
				 unsigned timeout_ms, struct err *e);
	/* Gives a block back, in any order. */
	void (*release)(struct source *s, struct block *block);
	/* Exchanges the filter, which the source holds; NULL takes all. On
	 * false nothing is changed and *e says why. */
	bool (*set_filter)(struct source *s, struct port_filter *filter,
			   struct err *e);
	/* While on, the source takes nothing and lets its packets go, counted
	 * as shed. NULL when it never sheds. */
	void (*shed)(struct source *s, bool on);
	/* Closes descriptors and frees all; every block has been released. */
	void (*close)(struct source *s);
};

#define SOURCE_NOTE_SIZE 160

struct source {
	const struct source_ops *ops;
	char label[64]; /* "wire eth0", "host tcp", "file x.pcap" */
	struct source_counts counts;
	/* 1: the filter runs in the kernel, 2: in user space, 0: none */
	atom_u32 filter_place;
	atom_u32 up;	      /* 0: the interface is down or gone */
	uint32_t block_count; /* how many blocks it has in all */
	/* Set once before the first block, then read by anybody: what it is
	 * about ("ring 64 x 256 KiB, fanout 1 of 2"). */
	char note[SOURCE_NOTE_SIZE];
};

#endif
