/*
 * The wire vantage: AF_PACKET with a TPACKET_V3 ring.
 *
 * The kernel's blocks are handed on as they are; when all are out and none
 * comes back the kernel has nowhere to write, drops, and counts that
 * (dropped_kernel): the ring is the only queue, so dropped_ring stays 0.
 * `seen` is what was taken plus what the kernel says it dropped, so the law of
 * source_counts.def holds at every instant.
 *
 * A named interface may go down (the kernel keeps the socket bound and feeds
 * it again when it is back up) or vanish (this source then closes its socket,
 * once every block is home, and opens a new one when the name is back).
 */
#include "base/clock.h"
#include "port/live_iface.h"
#include "port/packet_filter.h"
#include "port/packet_group.h"
#include "port/ring_packet.h"
#include "port/sources.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIRE_RING_BYTES	    (32u << 20) /* shared by the sockets of a fanout */
#define WIRE_RING_BYTES_MIN (4u << 20)
#define WIRE_SNAPLEN_MAX    262144u
#define WIRE_STATS_NS	    (50 * CLOCK_NS_PER_MS)
#define WIRE_CHECK_NS	    CLOCK_NS_PER_S
/* A vanished interface's last block comes by time: wait for it. */
#define WIRE_GONE_NS (4 * RING_PACKET_RETIRE_MS * CLOCK_NS_PER_MS)
/* A busy ring is looked at so often, or when an eighth of it is full, in place
 * of one wake-up per block. */
#define WIRE_BUSY_NAP_NS (10 * CLOCK_NS_PER_MS)
#define WIRE_BUSY_SHARE	 8
/* poll says "readable" for as long as the last block is with a worker. */
#define WIRE_HELD_NAP_NS CLOCK_NS_PER_MS

struct wire {
	struct source base; /* first: a source is a wire */
	struct priv *priv;
	char iface[IF_NAMESIZE]; /* "" for all */
	uint32_t ring_bytes;
	struct packet_group *group; /* NULL: no fanout */
	unsigned fanout_size;

	int fd;		/* -1: the interface is gone, or cannot be had yet */
	bool is_member; /* of the group */
	uint32_t index;
	struct ring_packet ring;
	struct packet_filter filter;
	struct block_pool pool;
	uint32_t outstanding;
	uint64_t sequence;
	uint64_t stats_ns; /* when it was last asked */
	uint64_t check_ns;
	uint64_t gone_ns; /* since when the interface is gone, or 0 */
};

static struct wire *wire_of(struct source *s)
{
	return (struct wire *)s;
}

/* ---- opening ---- */

static bool wire_bind(struct wire *w, struct err *e)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(ETH_P_ALL),
		.sll_ifindex = (int)w->index,
	};

	if (bind(w->fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	return err_system(e, EXIT_USAGE,
			  "binding an AF_PACKET socket to interface %s",
			  w->iface[0] != '\0' ? w->iface : "(all)");
}

static bool wire_join_fanout(struct wire *w, struct err *e)
{
	w->is_member = packet_group_join(w->group, w->fd, e);
	return w->is_member;
}

/* Everything that a fresh socket needs, in the order that neither loses nor
 * doubles a packet among the sockets of a fanout. */
static bool wire_set_up(struct wire *w, struct err *e)
{
	bool fanout = w->group != NULL;

	return ring_packet_open(&w->ring, w->fd, w->ring_bytes, e) &&
	       (fanout ? packet_filter_attach_nothing(w->fd, e)
		       : packet_filter_attach(&w->filter, w->fd, e)) &&
	       wire_bind(w, e) &&
	       (!fanout || (wire_join_fanout(w, e) &&
			    packet_filter_attach(&w->filter, w->fd, e)));
}

static void wire_shut(struct wire *w)
{
	assert(w->outstanding == 0);
	ring_packet_close(&w->ring);
	if (w->is_member)
		packet_group_close_member(w->group, w->fd);
	else if (w->fd >= 0)
		close(w->fd);
	w->is_member = false;
	w->fd = -1;
	w->index = 0;
	w->gone_ns = 0;
}

static bool wire_open_socket(struct wire *w, uint32_t index, struct err *e)
{
	struct priv_request request = {.kind = PRIV_PACKET};

	w->fd = priv_open(w->priv, &request, e);
	if (w->fd < 0)
		return false;
	w->index = index;
	if (!wire_set_up(w, e)) {
		wire_shut(w);
		return false;
	}
	/* A later ring has at most as many blocks: there are descriptors for
	 * these. */
	w->ring_bytes = w->ring.block_count * RING_PACKET_BLOCK_BYTES;
	atom_store_relaxed_u32(&w->base.filter_place,
			       packet_filter_place(&w->filter));
	return true;
}

/* ---- the interface's coming and going ---- */

/* Older kernels join a fanout only on an interface that is up. */
static bool wire_can_open(const struct wire *w, const struct live_iface *i)
{
	return i->index != 0 && (i->up || w->group == NULL);
}

/* The socket is closed: opens a new one when the interface is there. False
 * with *e set when that can never be again. */
static bool wire_try_again(struct wire *w, struct err *e)
{
	struct live_iface i = live_iface_by_name(w->iface);

	if (!wire_can_open(w, &i))
		return true;
	if (wire_open_socket(w, i.index, e))
		atom_store_relaxed_u32(&w->base.up, i.up);
	/* Else it may have gone meanwhile: asked again in a second. */
	return w->fd >= 0 || priv_alive(w->priv);
}

static bool wire_check_iface(struct wire *w, uint64_t now_ns, struct err *e)
{
	struct live_iface i;

	w->check_ns = now_ns;
	if (w->iface[0] == '\0')
		return true;
	if (w->fd < 0)
		return wire_try_again(w, e);
	if (w->gone_ns != 0)
		return true;
	i = live_iface_by_index(w->index);
	atom_store_relaxed_u32(&w->base.up, i.up);
	if (i.index == 0)
		w->gone_ns = now_ns;
	return true;
}

/* ---- counting ---- */

static void wire_read_stats(struct wire *w, uint64_t now_ns)
{
	struct tpacket_stats_v3 stats = {0};
	socklen_t size = sizeof(stats);

	w->stats_ns = now_ns;
	/* Reading clears them. tp_packets counts what is still in the ring,
	 * which is seen here when it is taken. */
	if (w->fd < 0 || getsockopt(w->fd, SOL_PACKET, PACKET_STATISTICS,
				    &stats, &size) != 0)
		return;
	if (stats.tp_drops == 0)
		return;
	atom_count_u64(&w->base.counts.seen, stats.tp_drops);
	atom_count_u64(&w->base.counts.dropped_kernel, stats.tp_drops);
}

/* Leaves in the block what the filter takes, and counts it. */
static void wire_account(struct wire *w, struct block *b)
{
	uint32_t seen = b->count;
	uint32_t kept = 0;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < seen; i++) {
		if (w->filter.user &&
		    !packet_filter_takes(&w->filter, &b->packets[i]))
			continue;
		if (kept != i)
			b->packets[kept] = b->packets[i];
		bytes += b->packets[kept++].len;
	}
	b->count = kept;
	atom_count_u64(&w->base.counts.seen, seen);
	atom_count_u64(&w->base.counts.filtered, seen - kept);
	atom_count_u64(&w->base.counts.delivered, kept);
	atom_count_u64(&w->base.counts.bytes, bytes);
}

/* ---- taking ---- */

static bool wire_ready(const struct wire *w)
{
	/* A block that is still out looks ready too: once around the ring. */
	return w->fd >= 0 && w->pool.blocks[w->ring.next].cookie == NULL &&
	       ring_packet_is_ready(&w->ring);
}

/* The kernel's next block, unless nothing in it passes the filter. */
static struct block *wire_take(struct wire *w)
{
	struct block *b = &w->pool.blocks[w->ring.next];
	uint32_t number = ring_packet_take(&w->ring, b);

	wire_account(w, b);
	if (b->count == 0) {
		ring_packet_give_back(&w->ring, number);
		return NULL;
	}
	w->outstanding++;
	b->cookie = w;
	b->sequence = w->sequence++;
	b->source = 0;
	atom_count_u64(&w->base.counts.blocks, 1);
	return b;
}

static struct block *wire_take_ready(struct wire *w)
{
	uint64_t now_ns;

	/* At most once around the ring: it may be refilled all the time. */
	for (uint32_t i = 0; i < w->ring.block_count && wire_ready(w); i++) {
		struct block *b = wire_take(w);

		now_ns = clock_monotonic_ns();
		if (now_ns - w->stats_ns > WIRE_STATS_NS)
			wire_read_stats(w, now_ns);
		if (b != NULL)
			return b;
	}
	return NULL;
}

/* The chores between blocks; false with *e set when the source is lost. */
static bool wire_upkeep(struct wire *w, struct err *e)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (now_ns - w->check_ns > WIRE_CHECK_NS &&
	    !wire_check_iface(w, now_ns, e))
		return false;
	if (w->gone_ns != 0 && now_ns - w->gone_ns > WIRE_GONE_NS &&
	    w->outstanding == 0) {
		wire_read_stats(w, now_ns);
		wire_shut(w);
	}
	return true;
}

static bool wire_wait(struct wire *w, unsigned timeout_ms, struct err *e)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	int number = 0;
	socklen_t size = sizeof(number);

	/* A descriptor of -1 is left out: poll then only sleeps. */
	if (poll(&p, 1, (int)timeout_ms) <= 0 || wire_ready(w))
		return true;
	if ((p.revents & POLLERR) != 0) {
		/* Asking clears it; ENETDOWN is what comes here. */
		getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &number, &size);
		if (!wire_check_iface(w, clock_monotonic_ns(), e))
			return false;
	}
	clock_nap_ns(WIRE_HELD_NAP_NS);
	return true;
}

/* Waits the whole time out before it says that nothing came: poll's word is
 * also about a block that a worker holds, or in which nothing passes. */
static enum source_take wire_await(struct wire *w, struct block **block,
				   unsigned timeout_ms, struct err *e)
{
	uint64_t start_ns = clock_monotonic_ns();
	uint64_t spent_ms = 0;

	do {
		if (!wire_wait(w, timeout_ms - (unsigned)spent_ms, e))
			return SOURCE_FAILED;
		*block = wire_take_ready(w);
		if (*block != NULL)
			return SOURCE_BLOCK;
		spent_ms = (clock_monotonic_ns() - start_ns) / CLOCK_NS_PER_MS;
	} while (spent_ms < timeout_ms);
	return SOURCE_NOTHING;
}

/* Lets some blocks come together when they come fast. */
static void wire_nap(struct wire *w)
{
	uint64_t nap_ns =
		w->ring.fill_ns * w->ring.block_count / WIRE_BUSY_SHARE;

	w->ring.fill_ns = 0;
	clock_nap_ns(nap_ns < WIRE_BUSY_NAP_NS ? nap_ns : WIRE_BUSY_NAP_NS);
}

static enum source_take wire_next(struct source *s, struct block **block,
				  unsigned timeout_ms, struct err *e)
{
	struct wire *w = wire_of(s);
	enum source_take took;

	*block = wire_take_ready(w);
	if (*block != NULL)
		return SOURCE_BLOCK;
	if (w->ring.fill_ns != 0) {
		wire_nap(w);
		*block = wire_take_ready(w);
		if (*block != NULL)
			return SOURCE_BLOCK;
	}
	if (!wire_upkeep(w, e))
		return SOURCE_FAILED;
	took = wire_await(w, block, timeout_ms, e);
	if (took == SOURCE_NOTHING)
		wire_read_stats(w, clock_monotonic_ns());
	return took;
}

static void wire_release(struct source *s, struct block *block)
{
	struct wire *w = wire_of(s);

	assert(w->outstanding > 0 && block->cookie == w);
	w->outstanding--;
	block->cookie = NULL;
	ring_packet_give_back(&w->ring, (uint32_t)(block - w->pool.blocks));
}

static bool wire_set_filter(struct source *s, struct port_filter *filter,
			    struct err *e)
{
	struct wire *w = wire_of(s);
	struct packet_filter fresh;

	if (!packet_filter_open(&fresh, filter, w->filter.snaplen, e))
		return false;
	if (w->fd >= 0 && !packet_filter_attach(&fresh, w->fd, e)) {
		packet_filter_close(&fresh);
		return false;
	}
	packet_filter_close(&w->filter);
	w->filter = fresh;
	atom_store_relaxed_u32(&w->base.filter_place,
			       packet_filter_place(&w->filter));
	return true;
}

static void wire_close(struct source *s)
{
	struct wire *w = wire_of(s);

	wire_shut(w);
	packet_group_drop(w->group);
	packet_filter_close(&w->filter);
	if (w->pool.count > 0)
		block_pool_close(&w->pool);
	free(w);
}

static const struct source_ops wire_ops = {
	.name = "wire",
	.help = "AF_PACKET: both directions, with link headers",
	.patient = false,
	.next = wire_next,
	.release = wire_release,
	.set_filter = wire_set_filter,
	.shed = NULL,
	.close = wire_close,
};

static uint32_t wire_ring_bytes(const struct source_wire_config *config)
{
	uint32_t bytes = WIRE_RING_BYTES;

	if (config->ring_bytes != 0)
		return config->ring_bytes < RING_PACKET_BYTES_MIN
			       ? RING_PACKET_BYTES_MIN
			       : config->ring_bytes;
	if (config->fanout_size > 1)
		bytes /= config->fanout_size;
	return bytes < WIRE_RING_BYTES_MIN ? WIRE_RING_BYTES_MIN : bytes;
}

static uint32_t wire_snaplen(const struct source_wire_config *config)
{
	return config->snaplen == 0 || config->snaplen > WIRE_SNAPLEN_MAX
		       ? WIRE_SNAPLEN_MAX
		       : config->snaplen;
}

static void wire_write_note(struct wire *w)
{
	int n = snprintf(w->base.note, sizeof(w->base.note), "ring %u x %u KiB",
			 w->pool.count, RING_PACKET_BLOCK_BYTES >> 10);

	if (n > 0 && (size_t)n < sizeof(w->base.note) && w->group != NULL)
		snprintf(w->base.note + n, sizeof(w->base.note) - (size_t)n,
			 ", one of %u by flow hash", w->fanout_size);
}

/* May this program open such sockets at all? */
static bool wire_is_allowed(struct wire *w, struct err *e)
{
	struct priv_request request = {.kind = PRIV_PACKET};
	int fd = priv_open(w->priv, &request, e);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool wire_start(struct wire *w, const char *iface, struct err *e)
{
	struct live_iface i = {.up = true};
	bool opened;

	if (iface != NULL) {
		i = live_iface_by_name(iface);
		if (i.index == 0)
			return live_iface_unknown(iface, e);
		snprintf(w->iface, sizeof(w->iface), "%s", iface);
	}
	if (iface == NULL || wire_can_open(w, &i))
		opened = wire_open_socket(w, i.index, e);
	else
		opened = wire_is_allowed(w, e);
	if (!opened ||
	    !block_pool_open(&w->pool, w->ring_bytes / RING_PACKET_BLOCK_BYTES,
			     RING_PACKET_FRAMES_MAX, 0, e))
		return false;
	atom_store_relaxed_u32(&w->base.up, w->fd >= 0 && i.up);
	w->base.block_count = w->pool.count;
	wire_write_note(w);
	return true;
}

static void wire_write_label(struct wire *w,
			     const struct source_wire_config *config)
{
	const char *iface = config->iface != NULL ? config->iface : "all";

	if (w->group == NULL)
		snprintf(w->base.label, sizeof(w->base.label), "wire %.*s",
			 IF_NAMESIZE, iface);
	else
		snprintf(w->base.label, sizeof(w->base.label), "wire %.*s #%u",
			 IF_NAMESIZE, iface, config->fanout_index + 1);
}

static bool wire_take_group(struct wire *w,
			    const struct source_wire_config *config,
			    struct err *e)
{
	const void *first = config->fanout_with;

	w->fanout_size = config->fanout_size;
	if (w->fanout_size < 2)
		return true;
	if (first != NULL) {
		assert(config->fanout_with->ops == &wire_ops);
		w->group =
			packet_group_share(((const struct wire *)first)->group);
	} else {
		w->group = packet_group_make(e);
	}
	return w->group != NULL;
}

struct source *source_wire_open(struct priv *priv,
				const struct source_wire_config *config,
				struct err *e)
{
	struct wire *w = calloc(1, sizeof(*w));

	assert(priv != NULL);
	if (w == NULL) {
		err_set(e, EXIT_USAGE, "opening a wire source: no memory");
		return NULL;
	}
	w->base.ops = &wire_ops;
	w->priv = priv;
	w->fd = -1;
	w->ring_bytes = wire_ring_bytes(config);
	if (!wire_take_group(w, config, e)) {
		free(w);
		return NULL;
	}
	wire_write_label(w, config);
	if (!packet_filter_open(&w->filter, config->filter,
				wire_snaplen(config), e)) {
		packet_group_drop(w->group);
		free(w);
		return NULL;
	}
	if (!wire_start(w, config->iface, e)) {
		wire_close(&w->base);
		return NULL;
	}
	return &w->base;
}
