#include "lab/player.h"

#include "base/clock.h"
#include "lab/hosts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define PLAYER_TICK_MS	  100
#define PLAYER_BATCH	  64
#define PLAYER_INBOUND_NS (250 * CLOCK_NS_PER_MS)

struct player {
	struct carrier *carrier;
	struct hosts *hosts;
	uint8_t *buf; /* DATAGRAM_SIZE_MAX bytes */
};

static void player_send(void *context, const uint8_t *bytes, size_t len)
{
	struct player *p = context;

	carrier_write(p->carrier, bytes, len);
}

/* Takes what waits; false when the carrier is gone. */
static bool player_drain(struct player *p)
{
	uint64_t now_ns = clock_monotonic_ns();

	for (unsigned i = 0; i < PLAYER_BATCH; i++) {
		ssize_t len =
			carrier_read(p->carrier, p->buf, DATAGRAM_SIZE_MAX);

		if (len <= 0)
			return len == 0;
		hosts_take(p->hosts, p->buf, (size_t)len, now_ns);
	}
	return true;
}

static void player_loop(struct player *p, int lifeline, bool inbound)
{
	struct pollfd wait[] = {
		{.fd = lifeline, .events = POLLIN},
		{.fd = p->carrier->fd, .events = POLLIN},
	};
	uint64_t tick_ns = 0, inbound_ns = 0;

	for (;;) {
		bool timed = inbound || hosts_busy(p->hosts);
		int ready = poll(wait, 2, timed ? PLAYER_TICK_MS : -1);
		uint64_t now_ns;

		if ((ready == -1 && errno != EINTR) || wait[0].revents != 0)
			return;
		if (wait[1].revents != 0 && !player_drain(p))
			return;
		now_ns = clock_monotonic_ns();
		if (now_ns - tick_ns >= PLAYER_TICK_MS * CLOCK_NS_PER_MS) {
			hosts_tick(p->hosts, now_ns);
			tick_ns = now_ns;
		}
		if (inbound && now_ns - inbound_ns >= PLAYER_INBOUND_NS) {
			hosts_send_inbound(p->hosts, HOSTS_PORT_DROPPED);
			hosts_send_inbound(p->hosts, HOSTS_PORT_ACCEPTED);
			inbound_ns = now_ns;
		}
	}
}

bool player_run(struct carrier *c, int lifeline, bool inbound)
{
	struct player p = {.carrier = c, .buf = malloc(DATAGRAM_SIZE_MAX)};
	struct datagram_out out = {.send = player_send, .context = &p};

	p.hosts = hosts_open(&out);
	if (p.hosts != NULL && p.buf != NULL)
		player_loop(&p, lifeline, inbound);
	if (p.hosts == NULL || p.buf == NULL)
		return false;
	hosts_close(p.hosts);
	free(p.buf);
	return true;
}
