#include "lab/talk.h"

#include "base/clock.h"
#include "lab/hosts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TALK_SHORT_MAX	 16
#define TALK_LAST_MAX	 6
#define TALK_PATIENCE_NS (20 * CLOCK_NS_PER_S)
#define TALK_PAUSE_NS	 (2 * CLOCK_NS_PER_S)
#define TALK_READ_MAX	 16384

/* A connection that lasts: what it does and how fast. */
struct talk_plan {
	uint8_t version;
	uint8_t network;
	uint8_t number;
	uint16_t port;
	bool upload;
	unsigned rate_bytes;  /* per second, on average */
	unsigned period_ms;   /* of its rise and fall */
	const char *greeting; /* sent first */
};

static const struct talk_plan talk_plans[TALK_LAST_MAX] = {
	{4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 80, false, 40000, 23000,
	 "GET /bytes/1000000000 HTTP/1.0\r\n\r\n"},
	{4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 443, false, 15000, 11000,
	 "GET /bytes/3000000 HTTP/1.0\r\n\r\n"},
	{6, HOSTS_NET_LAB, HOSTS_FRIENDLY, 80, false, 25000, 17000,
	 "GET /bytes/1000000000 HTTP/1.0\r\n\r\n"},
	{4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 9, true, 20000, 13000, ""},
	{6, HOSTS_NET_LAB, HOSTS_FRIENDLY, 9, true, 8000, 7000, ""},
	{4, HOSTS_NET_LAB, HOSTS_FRIENDLY, 22, true, 150, 5000, ""},
};

struct talk {
	int fd; /* -1: none */
	bool greeted;
	uint64_t since_ns;
	uint64_t again_ns; /* when it may be opened again */
	double credit;	   /* bytes that it may move now */
	char request[64];  /* of a short one */
};

struct talks {
	struct talk lasting[TALK_LAST_MAX];
	struct talk brief[TALK_SHORT_MAX];
	uint64_t then_ns;
	char buf[TALK_READ_MAX];
};

struct talks *talks_open(void)
{
	struct talks *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	for (unsigned i = 0; i < TALK_LAST_MAX; i++)
		t->lasting[i].fd = -1;
	for (unsigned i = 0; i < TALK_SHORT_MAX; i++)
		t->brief[i].fd = -1;
	return t;
}

static void talk_end(struct talk *k)
{
	close(k->fd);
	k->fd = -1;
}

void talks_close(struct talks *t)
{
	for (unsigned i = 0; i < TALK_LAST_MAX; i++)
		if (t->lasting[i].fd != -1)
			talk_end(&t->lasting[i]);
	for (unsigned i = 0; i < TALK_SHORT_MAX; i++)
		if (t->brief[i].fd != -1)
			talk_end(&t->brief[i]);
	free(t);
}

static void talk_begin(struct talk *k, const struct target *to, uint64_t now_ns)
{
	int room = TALK_READ_MAX;

	k->greeted = false;
	k->credit = 0;
	k->since_ns = now_ns;
	k->fd = target_open(to->any.sa_family == AF_INET ? 4 : 6, SOCK_STREAM,
			    0);
	if (k->fd == -1)
		return;
	/* A small window keeps the pace that the reader sets. */
	setsockopt(k->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(k->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (connect(k->fd, target_address(to), target_size(to)) == -1 &&
	    errno != EINPROGRESS)
		talk_end(k);
}

/* Sends the first line once the connection stands; true when it is sent.
 * EAGAIN and ENOTCONN: not yet. Other errors end the connection. */
static bool talk_greet(struct talk *k, const char *text)
{
	size_t len = strlen(text);

	if (k->greeted)
		return true;
	if (send(k->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len) {
		k->greeted = true;
		return true;
	}
	if (errno != EAGAIN && errno != ENOTCONN)
		talk_end(k);
	return false;
}

void talks_fetch(struct talks *t, const struct target *to, unsigned bytes)
{
	for (unsigned i = 0; i < TALK_SHORT_MAX; i++) {
		struct talk *k = &t->brief[i];

		if (k->fd != -1)
			continue;
		snprintf(k->request, sizeof(k->request),
			 "GET /bytes/%u HTTP/1.0\r\n\r\n", bytes);
		talk_begin(k, to, clock_monotonic_ns());
		return;
	}
}

/* Reads or writes what its rate allows; an end or an error closes it. */
static void talk_move(struct talks *t, struct talk *k, bool upload)
{
	while (k->fd != -1 && k->credit >= 1) {
		size_t want = k->credit < TALK_READ_MAX ? (size_t)k->credit
							: TALK_READ_MAX;
		ssize_t n = upload ? send(k->fd, t->buf, want, MSG_NOSIGNAL)
				   : recv(k->fd, t->buf, want, 0);

		if (n == -1 && (errno == EAGAIN || errno == ENOTCONN))
			return;
		if (n <= 0) {
			talk_end(k);
			return;
		}
		k->credit -= (double)n;
	}
}

/* Answers to what is uploaded are read and forgotten. */
static void talk_drain(struct talks *t, struct talk *k)
{
	for (unsigned i = 0; i < 8; i++)
		if (recv(k->fd, t->buf, sizeof(t->buf), 0) <= 0)
			return;
}

/* From 1/4 to 7/4 and back in a period, in straight lines. */
static double talk_swell(uint64_t now_ns, unsigned period_ms)
{
	uint64_t period_ns = period_ms * CLOCK_NS_PER_MS;
	double at = (double)(now_ns % period_ns) / (double)period_ns;

	return at < 0.5 ? 0.25 + 3 * at : 3.25 - 3 * at;
}

static void talk_tick_lasting(struct talks *t, struct talk *k,
			      const struct talk_plan *plan, uint64_t now_ns)
{
	double seconds = (double)(now_ns - t->then_ns) / 1e9;

	if (k->fd == -1) {
		struct target to = target_make(plan->version, plan->network,
					       plan->number, plan->port);

		if (now_ns < k->again_ns)
			return;
		k->again_ns = now_ns + TALK_PAUSE_NS;
		talk_begin(k, &to, now_ns);
		return;
	}
	if (!talk_greet(k, plan->greeting))
		return;
	k->credit += plan->rate_bytes * seconds *
		     talk_swell(now_ns, plan->period_ms);
	/* Never more than a second's worth at once. */
	if (k->credit > plan->rate_bytes)
		k->credit = plan->rate_bytes;
	/* Small writes would be a packet of every few bytes. */
	if (plan->upload && k->credit < plan->rate_bytes / 8.0)
		return;
	talk_move(t, k, plan->upload);
	if (k->fd != -1 && plan->upload)
		talk_drain(t, k);
}

void talks_tick(struct talks *t, uint64_t now_ns)
{
	if (t->then_ns == 0)
		t->then_ns = now_ns;
	for (unsigned i = 0; i < TALK_LAST_MAX; i++)
		talk_tick_lasting(t, &t->lasting[i], &talk_plans[i], now_ns);
	for (unsigned i = 0; i < TALK_SHORT_MAX; i++) {
		struct talk *k = &t->brief[i];

		if (k->fd == -1)
			continue;
		if (now_ns > k->since_ns + TALK_PATIENCE_NS) {
			talk_end(k);
		} else if (talk_greet(k, k->request)) {
			k->credit = TALK_READ_MAX;
			talk_move(t, k, false);
		}
	}
	t->then_ns = now_ns;
}
