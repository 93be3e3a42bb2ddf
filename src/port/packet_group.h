/*
 * packet_group.h: the packet fanout that the wire sources of one interface
 * share, so that the kernel gives each packet to one of them. The kernel picks
 * the group's number when the first socket joins (nobody else can have it) and
 * again when all have left and one comes back: by then the old number may be
 * another program's, which would take half of the packets. Any thread.
 */
#ifndef RAWTOP_PORT_PACKET_GROUP_H
#define RAWTOP_PORT_PACKET_GROUP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct packet_group;

/* A group of one owner and no socket; NULL with *e set: no memory. */
struct packet_group *packet_group_make(struct err *e);

/* One owner more; returns g. */
struct packet_group *packet_group_share(struct packet_group *g);

/* One owner less; the last one frees it. NULL is allowed. */
void packet_group_drop(struct packet_group *g);

/* Puts a bound AF_PACKET socket into the fanout, by flow hash. False with *e
 * set, and then the socket is no member. */
bool packet_group_join(struct packet_group *g, int fd, struct err *e);

/* Closes a member. */
void packet_group_close_member(struct packet_group *g, int fd);

#endif
