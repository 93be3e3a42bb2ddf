/*
 * target.h: an address of the lab as the socket calls want it.
 */
#ifndef RAWTOP_LAB_TARGET_H
#define RAWTOP_LAB_TARGET_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

struct target {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

/* Host `number` of a network (see hosts.h), port in host order. */
struct target target_make(uint8_t version, uint8_t network, uint8_t number,
			  uint16_t port);

const struct sockaddr *target_address(const struct target *t);
socklen_t target_size(const struct target *t);

/* A socket of the family, not blocking; -1 when it cannot be had. */
int target_open(uint8_t version, int type, int proto);

#endif
