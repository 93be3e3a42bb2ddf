/*
 * hosts.h: the hosts of the lab, played over "read an IP packet, write an IP
 * packet". An address is a network and a number: 10.0.0.2 and fd00::2 are
 * host 2 of network 0, 10.9.0.9 and fd00:9::9 host 9 of network 9.
 */
#ifndef RAWTOP_LAB_HOSTS_H
#define RAWTOP_LAB_HOSTS_H

#include "lab/datagram.h"

#include <stdbool.h>
#include <stdint.h>

#define HOSTS_NET_LAB	0
#define HOSTS_NET_CHAIN 9 /* host N is N hops away */
#define HOSTS_CHAIN_LEN 9

#define HOSTS_SELF     1 /* this side, 10.0.0.1 */
#define HOSTS_FRIENDLY 2
#define HOSTS_CUSTOM   3 /* answers IP protocols 253 and 254 */
#define HOSTS_WALLED   4 /* behind a firewall */
#define HOSTS_SILENT   5

/* UDP that host 2 sends to this side: the first port is dropped by a rule. */
#define HOSTS_PORT_DROPPED  7777
#define HOSTS_PORT_ACCEPTED 8888

struct hosts;

/* NULL when there is no memory. `out` is copied. */
struct hosts *hosts_open(const struct datagram_out *out);
void hosts_close(struct hosts *h);

/* Takes one packet that was sent to the hosts; answers go out by `out`. The
 * bytes may be changed. */
void hosts_take(struct hosts *h, uint8_t *bytes, size_t len, uint64_t now_ns);

/* Time passes; call it about ten times a second while hosts_busy. */
void hosts_tick(struct hosts *h, uint64_t now_ns);
bool hosts_busy(const struct hosts *h);

/* Host 2 sends a UDP datagram to a port of this side. */
void hosts_send_inbound(struct hosts *h, uint16_t port);

/* The address of a host: 4 or 16 bytes, the rest of out is zeroed. */
void hosts_put_address(uint8_t out[16], uint8_t version, uint8_t network,
		       uint8_t number);

#endif
