#include "flow/icmp.h"

#include <stddef.h>

#define ICMP_PROTO   1
#define ICMPV6_PROTO 58

/* RFC 792, RFC 950, RFC 4443 and RFC 8335. */
static const struct {
	uint8_t proto;
	uint8_t request;
	uint8_t answer;
	bool code_tells; /* the answer's code is its own */
} icmp_pairs[] = {
	{ICMP_PROTO, 8, 0, false},	 /* echo */
	{ICMP_PROTO, 13, 14, false},	 /* timestamp */
	{ICMP_PROTO, 15, 16, false},	 /* information */
	{ICMP_PROTO, 17, 18, false},	 /* address mask */
	{ICMP_PROTO, 42, 43, true},	 /* extended echo */
	{ICMPV6_PROTO, 128, 129, false}, /* echo */
	{ICMPV6_PROTO, 160, 161, true},	 /* extended echo */
};

#define ICMP_PAIRS (sizeof(icmp_pairs) / sizeof(icmp_pairs[0]))

enum icmp_role icmp_role_of(uint8_t proto, uint8_t type)
{
	for (size_t i = 0; i < ICMP_PAIRS; i++) {
		if (icmp_pairs[i].proto != proto)
			continue;
		if (icmp_pairs[i].request == type)
			return ICMP_REQUEST;
		if (icmp_pairs[i].answer == type)
			return ICMP_ANSWER;
	}
	return ICMP_ALONE;
}

uint8_t icmp_request_type(uint8_t proto, uint8_t type)
{
	for (size_t i = 0; i < ICMP_PAIRS; i++)
		if (icmp_pairs[i].proto == proto &&
		    icmp_pairs[i].answer == type)
			return icmp_pairs[i].request;
	return type;
}

uint8_t icmp_request_code(uint8_t proto, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < ICMP_PAIRS; i++)
		if (icmp_pairs[i].proto == proto &&
		    icmp_pairs[i].answer == type && icmp_pairs[i].code_tells)
			return 0;
	return code;
}
