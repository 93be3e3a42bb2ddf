/*
 * bench_decode.c: what view_decode costs per packet, for four stacks, by the
 * CPU time of this process. Prints one line a stack: "name ns"; the packets
 * are spread over more memory than the first cache holds, in order, as a
 * source hands them over.
 */
#include "wire/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PACKETS	     4096
#define PACKET_BYTES 192
#define ROUNDS	     2000
#define RUNS	     5

struct stack {
	const char *name;
	uint32_t len;
	uint8_t bytes[PACKET_BYTES];
};

#define MACS 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define TCP  0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0
#define IP4(total, proto)                                                      \
	0x45, 0, 0, total, 0, 1, 0x40, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, \
		0, 2
#define IP6(payload, next)                                                     \
	0x60, 0, 0, 0, 0, payload, next, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0,  \
		0, 0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 2

static const struct stack stacks[] = {
	{"eth/ipv4/tcp", 60, {MACS, 8, 0, IP4(40, 6), TCP}},
	{"eth/ipv4/udp",
	 60,
	 {MACS, 8, 0, IP4(46, 17), 0x30, 0x39, 0, 53, 0, 26, 0, 0}},
	{"eth/vlan/ipv6/tcp",
	 78,
	 {MACS, 0x81, 0, 0, 7, 0x86, 0xdd, IP6(20, 6), TCP}},
	{"eth/ipv4/udp/vxlan/eth/ipv4/tcp",
	 104,
	 {MACS, 8, 0,	 IP4(90, 17), 0x30, 0x39,	0x12, 0xb5, 0,
	  70,	0, 0,	 8,	      0,    0,		0,    0,    0,
	  7,	0, MACS, 8,	      0,    IP4(40, 6), TCP}},
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The sum keeps the compiler from leaving the work out, and tells whether
 * every packet was decoded whole. */
static uint64_t decode_all(const uint8_t *packets, const struct stack *s)
{
	uint64_t sum = 0;
	struct view v;

	for (unsigned i = 0; i < PACKETS; i++) {
		view_decode(&v, packets + (size_t)i * PACKET_BYTES, s->len,
			    s->len, LINK_ETHERNET);
		sum += v.transport != VIEW_NONE && v.stop == VIEW_PAYLOAD &&
		       v.layer[v.count - 1].proto != PROTO_IPV4;
	}
	return sum;
}

static double measure(const uint8_t *packets, const struct stack *s)
{
	double best = 1e9;

	for (int run = 0; run < RUNS; run++) {
		uint64_t begin = now_ns(), good = 0;
		double ns;

		for (unsigned i = 0; i < ROUNDS; i++)
			good += decode_all(packets, s);
		ns = (double)(now_ns() - begin) / ((double)ROUNDS * PACKETS);
		if (good != (uint64_t)ROUNDS * PACKETS) {
			fprintf(stderr, "%s: not decoded\n", s->name);
			exit(1);
		}
		if (ns < best)
			best = ns;
	}
	return best;
}

int main(void)
{
	uint8_t *packets = malloc((size_t)PACKETS * PACKET_BYTES);

	if (!packets) {
		fprintf(stderr, "no memory\n");
		return 1;
	}
	for (size_t s = 0; s < sizeof(stacks) / sizeof(stacks[0]); s++) {
		for (size_t i = 0; i < PACKETS; i++)
			memcpy(packets + i * PACKET_BYTES, stacks[s].bytes,
			       PACKET_BYTES);
		printf("%-34s %6.1f\n", stacks[s].name,
		       measure(packets, &stacks[s]));
	}
	free(packets);
	return 0;
}
