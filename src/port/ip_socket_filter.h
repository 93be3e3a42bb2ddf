/*
 * ip_socket_filter.h: what a host source's sockets let through: the named
 * interfaces and the BPF expression, attached in the kernel where possible.
 */
#ifndef RAWTOP_PORT_IP_SOCKET_FILTER_H
#define RAWTOP_PORT_IP_SOCKET_FILTER_H

#include "base/err.h"
#include "port/filter.h"
#include "port/ip_socket_batch.h"

struct ip_filter {
	struct port_filter *held; /* NULL: takes all */
};

/* Holds the filter, which must have a meaning for raw IP; NULL takes all.
 * Undo with ip_filter_close. False with *e set, and nothing held. */
bool ip_filter_open(struct ip_filter *f, struct port_filter *filter,
		    struct err *e);
void ip_filter_close(struct ip_filter *f);

/* Does it take these bytes, which begin with the IP header? Only when there is
 * an expression. */
bool ip_filter_takes(const struct ip_filter *f, const uint8_t *data,
		     uint32_t len, uint32_t caplen);

/*
 * Puts it into the socket in place of the one before, together with the
 * choice of interfaces (all_ifaces: none is made). Where the kernel will not
 * have the expression, socket->user_filter is set and the rest attached.
 * False with *e set.
 */
bool ip_filter_attach(const struct ip_filter *f, struct ip_socket *socket,
		      bool all_ifaces, const uint32_t *ifaces,
		      unsigned iface_count, struct err *e);

/* Takes nothing until the next attach, and throws away what is queued. */
bool ip_filter_attach_nothing(int fd, struct err *e);

#endif
