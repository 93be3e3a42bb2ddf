/*
 * message.h: what passes between the two processes, inside this room. One
 * SOCK_SEQPACKET message each way; a descriptor rides on the reply.
 */
#ifndef RAWTOP_PRIV_MESSAGE_H
#define RAWTOP_PRIV_MESSAGE_H

#include <stdint.h>

/* More than any kernel ring or socket needs; beyond it a request is refused. */
#define PRIV_RECEIVE_BUFFER_MAX_BYTES (64u << 20)
/* So many sockets are given out, and one more for every second that passes
 * (interfaces come and go in a long run): beyond it EDQUOT. */
#define PRIV_SOCKETS_MAX 1024

struct priv_message {
	uint32_t id; /* comes back in the reply */
	uint32_t receive_buffer_bytes;
	uint8_t kind; /* enum priv_request_kind */
	uint8_t proto;
	uint16_t zero;
};
_Static_assert(sizeof(struct priv_message) == 12, "no padding crosses");

struct priv_reply {
	uint32_t id;   /* of the request; 0: the greeting */
	int32_t error; /* errno of socket(), 0 when a descriptor rides along */
};
_Static_assert(sizeof(struct priv_reply) == 8, "no padding crosses");

#endif
