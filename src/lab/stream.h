/*
 * stream.h: the TCP of the lab's hosts: small but real (RFC 9293 without
 * options but MSS): connections are made, data is acknowledged and sent again
 * when it is lost, and both sides close. At most STREAM_MAX connections; when
 * all are taken the one that was silent longest goes.
 */
#ifndef RAWTOP_LAB_STREAM_H
#define RAWTOP_LAB_STREAM_H

#include "lab/datagram.h"

#include <stdbool.h>
#include <stdint.h>

#define STREAM_MAX 1024

struct streams;

/* Takes its memory at once; NULL when there is none. `out` is borrowed. */
struct streams *streams_open(const struct datagram_out *out);
void streams_close(struct streams *s);

/*
 * Takes a TCP segment, whole or not. `serve`: the host has services (else
 * every port is closed and answers RST).
 */
void streams_take(struct streams *s, const struct datagram *d, bool serve,
		  uint64_t now_ns);

/* Sends again what was not acknowledged, forgets what is silent. Call it
 * every tenth of a second or so while streams_busy. */
void streams_tick(struct streams *s, uint64_t now_ns);

/* Is there any connection? */
bool streams_busy(const struct streams *s);

#endif
