/*
 * netlink.h: the few requests of rtnetlink(7) that the lab needs.
 */
#ifndef RAWTOP_LAB_NETLINK_H
#define RAWTOP_LAB_NETLINK_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct netlink {
	int fd;
	uint32_t sequence;
};

/* Opens a socket in this process's network namespace. */
bool netlink_open(struct netlink *n, struct err *e);
void netlink_close(struct netlink *n);

/* Makes a veth pair: `name` here, with this MAC address, and `far_name` in the
 * namespace of process `far`. Neither asks who has an address (NOARP). */
bool netlink_add_veth(struct netlink *n, const char *name, const uint8_t mac[6],
		      const char *far_name, pid_t far, struct err *e);

/* Sets an interface up. */
bool netlink_set_up(struct netlink *n, const char *name, struct err *e);

/* Gives an interface an address (4 or 16 bytes; no duplicate detection). */
bool netlink_add_address(struct netlink *n, const char *name, uint8_t version,
			 const uint8_t *addr, uint8_t prefix, struct err *e);

/* Routes a network over an interface. */
bool netlink_add_route(struct netlink *n, const char *name, uint8_t version,
		       const uint8_t *network, uint8_t prefix, struct err *e);

#endif
