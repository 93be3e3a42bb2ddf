/*
 * packet_filter.h: the wire source's BPF expression, for all link types at
 * once, in the kernel where that is possible and else in user space.
 */
#ifndef RAWTOP_PORT_PACKET_FILTER_H
#define RAWTOP_PORT_PACKET_FILTER_H

#include "base/err.h"
#include "pipe/block.h"
#include "port/filter.h"
#include "port/filter_code.h"

struct packet_filter {
	struct port_filter *held; /* NULL: takes all */
	bool user;		  /* it runs in user space */
	uint32_t snaplen;
};

/* Holds the filter; NULL takes all. Undo with packet_filter_close. False with
 * *e set, and nothing held. */
bool packet_filter_open(struct packet_filter *f, struct port_filter *filter,
			uint32_t snaplen, struct err *e);
void packet_filter_close(struct packet_filter *f);

/*
 * Puts it into the socket in place of the one before; where the kernel will
 * not have it the socket takes all and f->user is set. False with *e set when
 * neither can be.
 */
bool packet_filter_attach(struct packet_filter *f, int fd, struct err *e);

/* Takes nothing any more until the next attach. */
bool packet_filter_attach_nothing(int fd, struct err *e);

/* Does it take this packet? Only when f->user. */
bool packet_filter_takes(const struct packet_filter *f, const struct packet *p);

/* What struct source says of it: 0 none, 1 in the kernel, 2 in user space. */
uint32_t packet_filter_place(const struct packet_filter *f);

#endif
