/*
 * service.h: what the lab's TCP ports do: the bytes that a connection sends,
 * by their position, and what becomes of those that it receives.
 */
#ifndef RAWTOP_LAB_SERVICE_H
#define RAWTOP_LAB_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVICE_BUF_SIZE 4096

struct service {
	uint8_t kind;  /* enum service_kind of service.c */
	bool answered; /* HTTP: the request is complete */
	bool finished; /* nothing comes behind `end` */
	uint64_t end;  /* bytes from position 0 to here may be sent */
	/* buf[0] has this position; what lies behind buf is a pattern. */
	uint64_t buf_base;
	size_t buf_len;
	uint8_t buf[SERVICE_BUF_SIZE];
};

/* Is a port open? */
bool service_exists(uint16_t port);

/* Starts the service of an open port on a zeroed record. */
void service_start(struct service *v, uint16_t port);

/* How many more bytes it takes: the window to advertise, below 65536. */
size_t service_room(const struct service *v);

/* Takes at most n bytes from the peer; returns how many. */
size_t service_take(struct service *v, const uint8_t *bytes, size_t n);

/* The peer has closed its side; we have sent up to here. */
void service_end(struct service *v, uint64_t sent);

/* The bytes before this position will not be asked for again. */
void service_forget(struct service *v, uint64_t position);

/* Copies n bytes from `position` on; they lie before `end`. */
void service_read(const struct service *v, uint64_t position, uint8_t *out,
		  size_t n);

#endif
