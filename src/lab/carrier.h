/*
 * carrier.h: what the hosts' packets travel on. Either way a descriptor is
 * read and written by whole IP packets.
 */
#ifndef RAWTOP_LAB_CARRIER_H
#define RAWTOP_LAB_CARRIER_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct carrier {
	int fd;	       /* not blocking */
	int far_index; /* veth: the far end's interface; TUN: 0 */
	uint8_t near_mac[6];
};

/* Makes the TUN interface `name` in this namespace; its other side is the
 * descriptor. False with *e set; e->number says why. */
bool carrier_open_tun(struct carrier *c, const char *name, struct err *e);

/* Opens the far end `name` of a veth pair, which is in this namespace, and
 * sets it up. near_mac: the address of the near end. */
bool carrier_open_far(struct carrier *c, const char *name,
		      const uint8_t near_mac[6], struct err *e);

/* Switches off what makes one packet of many, or leaves sums open, so that a
 * veth pair carries what a wire would. Kernels that refuse are left alone. */
void carrier_plain(const char *name);

/* One IP packet: its length, 0 when none waits, -1 when the carrier has
 * gone. */
ssize_t carrier_read(struct carrier *c, uint8_t *bytes, size_t size);

/* Writes one IP packet; what the kernel has no room for is lost, as on a
 * wire. */
void carrier_write(struct carrier *c, const uint8_t *bytes, size_t len);

void carrier_close(struct carrier *c);

#endif
