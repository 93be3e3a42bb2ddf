/*
 * file_filter.h: the user's BPF expression in user space, for sources whose
 * packets no kernel filters. What is neither Ethernet nor raw IP it compiles
 * for when the first packet of it comes; its thread waits for that with a
 * bound (filter_desk.h), and fails when it takes longer.
 */
#ifndef RAWTOP_PORT_FILE_FILTER_H
#define RAWTOP_PORT_FILE_FILTER_H

#include "pipe/block.h"
#include "port/filter.h"
#include "wire/link.h"

enum file_filter_state {
	FILE_FILTER_UNTRIED,
	FILE_FILTER_READY,
	FILE_FILTER_NEVER /* it has no meaning there: nothing matches */
};

struct file_filter {
	struct port_filter *held; /* NULL: all packets are kept */
	struct {
		enum file_filter_state state;
		struct port_filter *own;    /* NULL: the program is in held */
		struct bpf_program program; /* borrowed, when ready */
	} links[LINK_COUNT];
};

/*
 * Exchanges the filter that is held (NULL keeps all) in one that was set before
 * or is all zero. It must have a meaning for a link type that was met under the
 * last expression, if any was, and be compiled in time. On false nothing is
 * changed and *e says what and where. Undo with file_filter_close.
 */
bool file_filter_set(struct file_filter *f, struct port_filter *filter,
		     struct err *e);

/*
 * Keeps those of packets[*count] that match, in order, and sets *count.
 * False with *e set, nothing changed, when the expression has no meaning for
 * the first link type that is met, or is not compiled in time for any.
 */
bool file_filter_keep(struct file_filter *f, struct packet *packets,
		      uint32_t *count, struct err *e);

void file_filter_close(struct file_filter *f);

#endif
