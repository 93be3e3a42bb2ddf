/*
 * icmp.h: which ICMP and ICMPv6 messages belong together.
 */
#ifndef RAWTOP_FLOW_ICMP_H
#define RAWTOP_FLOW_ICMP_H

#include <stdbool.h>
#include <stdint.h>

enum icmp_role {
	ICMP_ALONE,   /* neither asks nor answers, or has no identifier */
	ICMP_REQUEST, /* echo, timestamp, information, mask, extended echo */
	ICMP_ANSWER,
};

/* What a message is; `proto` is 1 or 58. */
enum icmp_role icmp_role_of(uint8_t proto, uint8_t type);

/* The type of the request that an answer answers; others stay as they are. */
uint8_t icmp_request_type(uint8_t proto, uint8_t type);

/* The code of the request: that of the answer, but for extended echo
 * (RFC 8335), whose answers say in it how it went. */
uint8_t icmp_request_code(uint8_t proto, uint8_t type, uint8_t code);

#endif
