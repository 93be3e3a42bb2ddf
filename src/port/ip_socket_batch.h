/*
 * ip_socket_batch.h: up to 64 messages received by one call, and packed one
 * behind the other into a block.
 *
 * They are received into slots of their own and copied from there, which are
 * warm, because only then is it known how much room each needs: for IPv6 its
 * headers go in front, and a slot must hold the largest packet, a block the
 * usual ones.
 */
#ifndef RAWTOP_PORT_IP_SOCKET_BATCH_H
#define RAWTOP_PORT_IP_SOCKET_BATCH_H

#include "base/err.h"
#include "pipe/block.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define IP_BATCH_MESSAGES 64
/* No IP packet is larger, but those that receive offload puts together
 * beyond it: these are cut. */
#define IP_BATCH_SLOT_MAX 65600u
/* An odd number of cache lines apart, so that slots do not share sets. */
#define IP_BATCH_CONTROL_BYTES 4160

/* One raw IP socket of a host source. */
struct ip_socket {
	int fd;
	uint8_t proto;
	bool ipv6;
	bool user_filter; /* its expression runs in user space */
	bool ready;	  /* may have packets */
	uint32_t drops;	  /* its kernel's count, as far as it is accounted */
};

struct ip_batch {
	const struct ip_socket *from;
	unsigned count; /* received, */
	unsigned next;	/* of which those before this one are packed */
	uint32_t snaplen;
	uint32_t slot_bytes;
	size_t slot_stride;
	uint8_t *slots;
	size_t slots_bytes;
	struct mmsghdr messages[IP_BATCH_MESSAGES];
	struct iovec iov[IP_BATCH_MESSAGES];
	struct sockaddr_in6 names[IP_BATCH_MESSAGES];
	uint8_t control[IP_BATCH_MESSAGES][IP_BATCH_CONTROL_BYTES];
};

/* Takes the memory. False with *e set. */
bool ip_batch_open(struct ip_batch *b, uint32_t snaplen, struct err *e);
void ip_batch_close(struct ip_batch *b);

/* Receives what is there; the batch was packed whole. How many: fewer than
 * IP_BATCH_MESSAGES means that the socket is drained. */
unsigned ip_batch_receive(struct ip_batch *b, const struct ip_socket *from);

/* The most bytes that a packet may take in a block's own buffer. */
size_t ip_batch_room(const struct ip_batch *b);

/*
 * Packs the next message at `data`, which has ip_batch_room bytes, and
 * describes it in *p. How many bytes were written. *drops is the socket's
 * count of drops, if the message tells it, else unchanged.
 */
size_t ip_batch_pack(struct ip_batch *b, uint8_t *data, struct packet *p,
		     uint32_t *drops);

#endif
