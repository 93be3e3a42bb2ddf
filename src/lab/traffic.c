/*
 * traffic.c: what keeps the lab lively: a table of pulses that fire at their
 * periods. The TCP connections are in talk.c.
 */
#include "lab/traffic.h"

#include "base/bits.h"
#include "base/clock.h"
#include "lab/datagram.h"
#include "lab/hosts.h"
#include "lab/talk.h"
#include "lab/target.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRAFFIC_TICK_MS	  50
#define TRAFFIC_NAMES	  4 /* sockets of name queries that are kept open */
#define TRAFFIC_PULSE_MAX 16
#define TRAFFIC_BIG_PING  2800

struct traffic {
	int ping4, ping6, custom; /* raw sockets, or -1 */
	int echo4, echo6;	  /* UDP */
	int trace, closed, listener;
	int names[TRAFFIC_NAMES];
	unsigned name_next;
	unsigned trace_ttl;
	uint16_t sequence;
	uint32_t random; /* of a small generator: sizes only */
	struct talks *talks;
	uint64_t due_ns[TRAFFIC_PULSE_MAX];
};

static uint32_t traffic_pick(struct traffic *t, uint32_t below)
{
	t->random = t->random * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)t->random * below) >> 32);
}

/* Empties a socket's receive queue, boundedly. */
static void traffic_drain(int fd)
{
	uint8_t buf[2048];

	for (unsigned i = 0; fd != -1 && i < 64; i++)
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == -1 &&
		    errno != ECONNREFUSED)
			return;
}

static void traffic_send(int fd, const struct target *to, const void *bytes,
			 size_t len)
{
	if (fd == -1 || sendto(fd, bytes, len, MSG_DONTWAIT, target_address(to),
			       target_size(to)) == -1)
		return; /* a full queue, or the interface is down: never mind */
}

/* ---- pulses ---- */

/* An echo request; the kernel fills in the IP header, and for ICMPv6 the
 * checksum too. */
static void traffic_ping(struct traffic *t, uint8_t version, uint8_t network,
			 uint8_t number, size_t payload)
{
	uint8_t bytes[8 + TRAFFIC_BIG_PING] = {0};
	struct target to = target_make(version, network, number, 0);

	bytes[0] = version == 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
	bits_put_be16(bytes + 4, (uint16_t)(0x1a00 + number));
	bits_put_be16(bytes + 6, ++t->sequence);
	for (size_t i = 0; i < payload; i++)
		bytes[8 + i] = (uint8_t)i;
	bits_put_be16(bytes + 2,
		      datagram_fold(datagram_sum(bytes, 8 + payload, 0)));
	traffic_send(version == 4 ? t->ping4 : t->ping6, &to, bytes,
		     8 + payload);
}

static void pulse_ping(struct traffic *t)
{
	traffic_ping(t, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 56);
	traffic_ping(t, 6, HOSTS_NET_LAB, HOSTS_FRIENDLY, 56);
}

static void pulse_ping_far(struct traffic *t)
{
	traffic_ping(t, 4, HOSTS_NET_LAB, HOSTS_CUSTOM, 56);
	traffic_ping(t, 4, HOSTS_NET_CHAIN, HOSTS_CHAIN_LEN, 56);
	traffic_ping(t, 4, HOSTS_NET_LAB, HOSTS_SILENT, 56);
}

/* Too long for one packet: it goes in fragments, and so do the answers. */
static void pulse_ping_big(struct traffic *t)
{
	traffic_ping(t, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY, TRAFFIC_BIG_PING);
}

static void pulse_echo(struct traffic *t)
{
	struct target to4 = target_make(4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 7);
	struct target to6 = target_make(6, HOSTS_NET_LAB, HOSTS_FRIENDLY, 7);
	uint8_t bytes[800] = {0};

	traffic_send(t->echo4, &to4, bytes, 200 + traffic_pick(t, 600));
	if (traffic_pick(t, 4) == 0)
		traffic_send(t->echo6, &to6, bytes, 80 + traffic_pick(t, 200));
}

/* A query for a name, each from a new port, so each is a flow of its own. */
static void pulse_name(struct traffic *t)
{
	static const char *const labels[] = {"www", "mail", "news", "files",
					     "time"};
	struct target to = target_make(4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 53);
	const char *label = labels[traffic_pick(t, 5)];
	int *fd = &t->names[t->name_next++ % TRAFFIC_NAMES];
	size_t len = strlen(label);
	uint8_t dns[64] = {0};

	bits_put_be16(dns, (uint16_t)traffic_pick(t, 65536));
	dns[2] = 1; /* recursion desired */
	dns[5] = 1; /* one question */
	dns[12] = (uint8_t)len;
	memcpy(dns + 13, label, len);
	memcpy(dns + 13 + len, "\003lab\000\000\001\000\001", 9);
	if (traffic_pick(t, 3) == 0)
		dns[13 + len + 6] = 28; /* AAAA */
	if (*fd != -1)
		close(*fd);
	*fd = target_open(4, SOCK_DGRAM, 0);
	traffic_send(*fd, &to, dns, 22 + len);
}

static void pulse_custom(struct traffic *t)
{
	struct target to = target_make(4, HOSTS_NET_LAB, HOSTS_CUSTOM, 0);
	static const char text[] = "a protocol of one's own";

	traffic_send(t->custom, &to, text, sizeof(text) - 1);
}

/* As traceroute does: a port further with each hop. */
static void pulse_trace(struct traffic *t)
{
	int ttl = (int)(t->trace_ttl++ % HOSTS_CHAIN_LEN) + 1;
	struct target to = target_make(4, HOSTS_NET_CHAIN, HOSTS_CHAIN_LEN,
				       (uint16_t)(33433 + ttl));
	uint8_t bytes[32] = {0};

	if (t->trace != -1 &&
	    setsockopt(t->trace, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)) == 0)
		traffic_send(t->trace, &to, bytes, sizeof(bytes));
}

static void pulse_closed(struct traffic *t)
{
	struct target port =
		target_make(4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 9999);
	struct target wall = target_make(4, HOSTS_NET_LAB, HOSTS_WALLED, 161);

	traffic_send(t->closed, &port, "anybody?", 8);
	traffic_send(t->closed, &wall, "anybody?", 8);
}

static void pulse_fetch(struct traffic *t)
{
	static const uint16_t ports[] = {80, 443, 8080};
	uint8_t version = traffic_pick(t, 3) == 0 ? 6 : 4;
	struct target to = target_make(version, HOSTS_NET_LAB, HOSTS_FRIENDLY,
				       ports[traffic_pick(t, 3)]);

	talks_fetch(t->talks, &to, 500 + traffic_pick(t, 8000));
}

/* Doors that do not open: a closed port, a firewall, nobody at home. */
static void pulse_knock(struct traffic *t)
{
	struct target doors[] = {
		target_make(4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 81),
		target_make(4, HOSTS_NET_LAB, HOSTS_WALLED, 22),
		target_make(4, HOSTS_NET_LAB, HOSTS_SILENT, 80),
		target_make(6, HOSTS_NET_LAB, HOSTS_FRIENDLY, 81),
	};

	talks_fetch(t->talks, &doors[traffic_pick(t, 4)], 100);
}

static void pulse_wall(struct traffic *t)
{
	struct target to = target_make(4, HOSTS_NET_LAB, HOSTS_WALLED, 80);

	talks_fetch(t->talks, &to, 2000);
}

struct traffic_pulse {
	unsigned period_ms;
	void (*fire)(struct traffic *t);
};

static const struct traffic_pulse traffic_pulses[] = {
	{1000, pulse_ping},  {1500, pulse_ping_far}, {5000, pulse_ping_big},
	{120, pulse_echo},   {700, pulse_name},	     {500, pulse_custom},
	{300, pulse_trace},  {2000, pulse_closed},   {900, pulse_fetch},
	{3000, pulse_knock}, {4000, pulse_wall},
};

#define TRAFFIC_PULSE_COUNT (sizeof(traffic_pulses) / sizeof(traffic_pulses[0]))
_Static_assert(TRAFFIC_PULSE_COUNT <= TRAFFIC_PULSE_MAX, "room for each");

/* ---- running ---- */

struct traffic *traffic_open(void)
{
	struct traffic *t = calloc(1, sizeof(*t));
	struct target here =
		target_make(4, HOSTS_NET_LAB, HOSTS_SELF, HOSTS_PORT_ACCEPTED);

	if (t == NULL)
		return NULL;
	t->talks = talks_open();
	if (t->talks == NULL) {
		free(t);
		return NULL;
	}
	t->ping4 = target_open(4, SOCK_RAW, IPPROTO_ICMP);
	t->ping6 = target_open(6, SOCK_RAW, IPPROTO_ICMPV6);
	t->custom = target_open(4, SOCK_RAW, 253);
	t->echo4 = target_open(4, SOCK_DGRAM, 0);
	t->echo6 = target_open(6, SOCK_DGRAM, 0);
	t->trace = target_open(4, SOCK_DGRAM, 0);
	t->closed = target_open(4, SOCK_DGRAM, 0);
	t->listener = target_open(4, SOCK_DGRAM, 0);
	if (t->listener != -1 && bind(t->listener, target_address(&here),
				      target_size(&here)) == -1) {
		close(t->listener);
		t->listener = -1;
	}
	for (unsigned i = 0; i < TRAFFIC_NAMES; i++)
		t->names[i] = -1;
	t->random = (uint32_t)clock_real_ns();
	return t;
}

static void traffic_tick(struct traffic *t, uint64_t now_ns)
{
	int drained[] = {t->ping4, t->ping6, t->custom,
			 t->echo4, t->echo6, t->listener};

	for (size_t i = 0; i < sizeof(drained) / sizeof(drained[0]); i++)
		traffic_drain(drained[i]);
	for (size_t i = 0; i < TRAFFIC_PULSE_COUNT; i++) {
		if (now_ns < t->due_ns[i])
			continue;
		traffic_pulses[i].fire(t);
		t->due_ns[i] =
			now_ns + traffic_pulses[i].period_ms * CLOCK_NS_PER_MS;
	}
	talks_tick(t->talks, now_ns);
}

void traffic_run(struct traffic *t, int lifeline)
{
	struct pollfd wait = {.fd = lifeline, .events = POLLIN};

	for (;;) {
		int ready = poll(&wait, 1, TRAFFIC_TICK_MS);

		if (ready == 1 || (ready == -1 && errno != EINTR))
			return;
		traffic_tick(t, clock_monotonic_ns());
	}
}

void traffic_close(struct traffic *t)
{
	talks_close(t->talks);
	free(t);
}
