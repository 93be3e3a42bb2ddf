/*
 * The host vantage: raw IP sockets, which get what the kernel accepts.
 *
 * When every block is out, the packets stay in the sockets' buffers; what
 * does not fit there the kernel drops and counts (dropped_kernel; while
 * shedding: shed). So dropped_ring stays 0. `seen` is what was received plus
 * what was dropped, and the law of source_counts.def holds at every instant.
 *
 * Naps: a raw socket wakes its reader for every packet. When they come
 * faster than one in half a millisecond, the reader sleeps a millisecond
 * after the first one and takes them together. When nothing comes, poll
 * blocks and costs nothing; a lone packet is taken at once.
 */
#include "base/clock.h"
#include "port/ip_socket_batch.h"
#include "port/ip_socket_filter.h"
#include "port/ip_socket_message.h"
#include "port/live_iface.h"
#include "port/sources.h"

#include <assert.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST_BLOCKS	     32u
#define HOST_BLOCK_PACKETS   1024u
#define HOST_BLOCK_BYTES     (256u << 10)
#define HOST_SNAPLEN_MAX     262144u
#define HOST_RECEIVE_BYTES   (8u << 20)
#define HOST_NAP_NS	     CLOCK_NS_PER_MS
#define HOST_NAP_INTERVAL_NS (CLOCK_NS_PER_MS / 2)
#define HOST_DROPS_NS	     (20 * CLOCK_NS_PER_MS)
#define HOST_CHECK_NS	     CLOCK_NS_PER_S
#define HOST_PROTOS_MAX	     255u
#define HOST_IFACES_MAX	     64u
/* What the kernel charges to a socket for a small packet, at most. */
#define HOST_PACKET_CHARGE 4096u
/* Each packet starts so that its IP header is aligned. */
#define HOST_PACKET_ALIGN 16u

struct host {
	struct source base; /* first: a source is a host */
	struct ip_filter filter;
	struct ip_socket sockets[2 * HOST_PROTOS_MAX];
	struct pollfd polls[2 * HOST_PROTOS_MAX];
	unsigned socket_count;
	unsigned turn; /* the socket that is read first */

	unsigned iface_count; /* 0: all */
	char iface_names[HOST_IFACES_MAX][IF_NAMESIZE];
	uint32_t iface_known[HOST_IFACES_MAX]; /* their last index, or 0 */
	uint32_t ifaces[HOST_IFACES_MAX];      /* those that are there */
	unsigned ifaces_there;

	struct ip_batch *batch;
	struct block_pool pool;
	struct block *free_blocks[HOST_BLOCKS]; /* the last used on top */
	unsigned free_count;
	uint64_t sequence;

	bool shedding;
	uint64_t drops_ns;    /* when the kernel's counts were last asked */
	uint64_t check_ns;    /* when the interfaces were last looked at */
	uint64_t fill_ns;     /* when packets were last taken */
	uint64_t interval_ns; /* between two packets, in the mean */
	uint32_t fill_count;  /* packets received by this fill */
	uint32_t nap_packets; /* as many may come during a nap */
};

static struct host *host_of(struct source *s)
{
	return (struct host *)s;
}

/* ---- counting ---- */

/* The kernel's count of a socket, in 32 bits, only grows; that which comes
 * with a packet is as old as the packet. */
static void host_note_drops(struct host *h, struct ip_socket *socket,
			    uint32_t drops)
{
	uint32_t more = drops - socket->drops;

	if (more == 0 || more > INT32_MAX)
		return;
	socket->drops = drops;
	atom_count_u64(&h->base.counts.seen, more);
	atom_count_u64(h->shedding ? &h->base.counts.shed
				   : &h->base.counts.dropped_kernel,
		       more);
}

static void host_ask_drops(struct host *h)
{
	h->drops_ns = clock_monotonic_ns();
	for (unsigned i = 0; i < h->socket_count; i++) {
		uint32_t info[SK_MEMINFO_VARS];
		socklen_t size = sizeof(info);

		if (getsockopt(h->sockets[i].fd, SOL_SOCKET, SO_MEMINFO, info,
			       &size) == 0 &&
		    size > SK_MEMINFO_DROPS * sizeof(info[0]))
			host_note_drops(h, &h->sockets[i],
					info[SK_MEMINFO_DROPS]);
	}
}

/* ---- interfaces ---- */

/* Looks the interfaces up anew. True when the kernel's numbers have changed. */
static bool host_find_ifaces(struct host *h)
{
	uint32_t found[HOST_IFACES_MAX] = {0};
	unsigned count = 0;
	bool changed;
	bool up = h->iface_count == 0;

	for (unsigned i = 0; i < h->iface_count; i++) {
		struct live_iface there =
			live_iface_follow(h->iface_known[i], h->iface_names[i]);

		if (there.index != 0)
			found[count++] = h->iface_known[i] = there.index;
		up = up || there.up;
	}
	changed = count != h->ifaces_there ||
		  memcmp(found, h->ifaces, count * sizeof(found[0])) != 0;
	memcpy(h->ifaces, found, count * sizeof(found[0]));
	h->ifaces_there = count;
	atom_store_relaxed_u32(&h->base.up, up);
	return changed;
}

static bool host_attach(struct host *h, const struct ip_filter *f,
			struct err *e)
{
	bool user = false;

	for (unsigned i = 0; i < h->socket_count; i++) {
		if (!ip_filter_attach(f, &h->sockets[i], h->iface_count == 0,
				      h->ifaces, h->ifaces_there, e))
			return false;
		user = user || h->sockets[i].user_filter;
	}
	atom_store_relaxed_u32(&h->base.filter_place, f->held == NULL ? 0
						      : user	      ? 2
								      : 1);
	return true;
}

/* The chores between blocks. False with *e set when the filter cannot be
 * attached to the sockets any more. */
static bool host_upkeep(struct host *h, struct err *e)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (now_ns - h->drops_ns > HOST_DROPS_NS)
		host_ask_drops(h);
	if (h->iface_count == 0 || now_ns - h->check_ns < HOST_CHECK_NS)
		return true;
	h->check_ns = now_ns;
	return !host_find_ifaces(h) || host_attach(h, &h->filter, e);
}

/* ---- taking ---- */

/* Does the block have room for one more packet, whatever its size? */
static bool host_has_room(const struct host *h, const struct block *b,
			  size_t used)
{
	return b->count < b->capacity &&
	       used + ip_batch_room(h->batch) <= b->data_size;
}

/* Packs what is received and not yet packed; how much of b->data is used. */
static size_t host_pack(struct host *h, struct block *b, size_t used)
{
	struct ip_batch *batch = h->batch;
	uint64_t seen = 0;
	uint64_t bytes = 0;
	uint32_t before = b->count;

	while (batch->next < batch->count && host_has_room(h, b, used)) {
		struct ip_socket *from = &h->sockets[batch->from - h->sockets];
		struct packet *p = &b->packets[b->count];
		uint32_t drops = from->drops;
		size_t n = ip_batch_pack(batch, b->data + used, p, &drops);

		seen++;
		host_note_drops(h, from, drops);
		if (from->user_filter &&
		    !ip_filter_takes(&h->filter, p->data, p->len, p->caplen))
			continue;
		bytes += p->len;
		b->count++;
		used += (n + HOST_PACKET_ALIGN - 1) &
			~(size_t)(HOST_PACKET_ALIGN - 1);
	}
	h->fill_count += (uint32_t)seen;
	atom_count_u64(&h->base.counts.seen, seen);
	atom_count_u64(&h->base.counts.filtered, seen - (b->count - before));
	atom_count_u64(&h->base.counts.delivered, b->count - before);
	atom_count_u64(&h->base.counts.bytes, bytes);
	return used;
}

/* Takes from one socket until it is drained or the block is full. */
static size_t host_drain(struct host *h, struct ip_socket *from,
			 struct block *b, size_t used)
{
	while (from->ready && host_has_room(h, b, used)) {
		if (ip_batch_receive(h->batch, from) < IP_BATCH_MESSAGES)
			from->ready = false;
		used = host_pack(h, b, used);
	}
	return used;
}

static void host_fill(struct host *h, struct block *b)
{
	size_t used;

	b->count = 0;
	h->fill_count = 0;
	/* A full block may have left some of the batch behind. */
	used = host_pack(h, b, 0);
	for (unsigned i = 0;
	     i < h->socket_count && h->batch->next == h->batch->count; i++) {
		unsigned at = (h->turn + i) % h->socket_count;

		used = host_drain(h, &h->sockets[at], b, used);
	}
	/* Under load no socket comes first every time. */
	if (++h->turn >= h->socket_count)
		h->turn = 0;
}

/* Is there something that no poll needs to tell? */
static bool host_has_pending(const struct host *h)
{
	if (h->batch->next < h->batch->count)
		return true;
	for (unsigned i = 0; i < h->socket_count; i++)
		if (h->sockets[i].ready)
			return true;
	return false;
}

/* Lets a batch come together when packets come fast. */
static void host_nap(const struct host *h)
{
	uint64_t nap_ns = h->nap_packets * h->interval_ns;

	if (h->interval_ns > HOST_NAP_INTERVAL_NS)
		return;
	clock_nap_ns(nap_ns < HOST_NAP_NS ? nap_ns : HOST_NAP_NS);
}

/* Waits for packets; true when there are any. */
static bool host_wait(struct host *h, unsigned timeout_ms)
{
	bool pending = host_has_pending(h);
	int n = poll(h->polls, h->socket_count, pending ? 0 : (int)timeout_ms);

	for (unsigned i = 0; n > 0 && i < h->socket_count; i++)
		if (h->polls[i].revents != 0)
			h->sockets[i].ready = true;
	if (n > 0 && !pending)
		host_nap(h);
	return n > 0 || pending;
}

/* Learns how fast packets come: a mean in which each fill has a quarter. */
static void host_learn_interval(struct host *h)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t interval_ns = now_ns - h->fill_ns;

	if (h->fill_count > 0)
		interval_ns /= h->fill_count;
	if (interval_ns > CLOCK_NS_PER_S)
		interval_ns = CLOCK_NS_PER_S;
	h->interval_ns = (3 * h->interval_ns + interval_ns) / 4;
	h->fill_ns = now_ns;
}

/* Sleeps without taking anything; the kernel's counts go on. */
static enum source_take host_rest(struct host *h, unsigned timeout_ms,
				  struct err *e)
{
	poll(NULL, 0, (int)timeout_ms);
	return host_upkeep(h, e) ? SOURCE_NOTHING : SOURCE_FAILED;
}

static enum source_take host_next(struct source *s, struct block **block,
				  unsigned timeout_ms, struct err *e)
{
	struct host *h = host_of(s);
	struct block *b;
	bool came;

	*block = NULL;
	if (h->shedding)
		return host_rest(h, timeout_ms, e);
	if (h->free_count == 0)
		return host_rest(h, timeout_ms < 1 ? timeout_ms : 1, e);
	came = host_wait(h, timeout_ms);
	/* Before the packets are taken: what is counted is delivered. */
	if (!host_upkeep(h, e))
		return SOURCE_FAILED;
	if (!came)
		return SOURCE_NOTHING;
	b = h->free_blocks[h->free_count - 1];
	host_fill(h, b);
	host_learn_interval(h);
	if (b->count == 0)
		return SOURCE_NOTHING;
	h->free_count--;
	b->sequence = h->sequence++;
	b->source = 0;
	atom_count_u64(&h->base.counts.blocks, 1);
	*block = b;
	return SOURCE_BLOCK;
}

static void host_release(struct source *s, struct block *block)
{
	struct host *h = host_of(s);

	assert(h->free_count < HOST_BLOCKS);
	h->free_blocks[h->free_count++] = block;
}

static bool host_set_filter(struct source *s, struct port_filter *filter,
			    struct err *e)
{
	struct host *h = host_of(s);
	struct ip_filter fresh;
	struct err ignored;

	if (!ip_filter_open(&fresh, filter, e))
		return false;
	if (!host_attach(h, &fresh, e)) {
		ip_filter_close(&fresh);
		/* It was attached before. */
		host_attach(h, &h->filter, &ignored);
		return false;
	}
	ip_filter_close(&h->filter);
	h->filter = fresh;
	return true;
}

static void host_shed(struct source *s, bool on)
{
	struct host *h = host_of(s);

	/* What was lost until now belongs to the state until now. */
	host_ask_drops(h);
	h->shedding = on;
}

static void host_close(struct source *s)
{
	struct host *h = host_of(s);

	for (unsigned i = 0; i < h->socket_count; i++)
		close(h->sockets[i].fd);
	ip_filter_close(&h->filter);
	if (h->batch != NULL)
		ip_batch_close(h->batch);
	free(h->batch);
	block_pool_close(&h->pool);
	free(h);
}

static const struct source_ops host_ops = {
	.name = "host",
	.help = "raw IP sockets: what this machine accepted",
	.patient = false,
	.next = host_next,
	.release = host_release,
	.set_filter = host_set_filter,
	.shed = host_shed,
	.close = host_close,
};

/* ---- opening ---- */

static bool host_open_socket(struct host *h, struct priv *priv, uint8_t proto,
			     bool ipv6, struct err *e)
{
	struct ip_socket *to = &h->sockets[h->socket_count];
	struct priv_request request = {
		.kind = ipv6 ? PRIV_RAW_IPV6 : PRIV_RAW_IPV4,
		.proto = proto,
		.receive_buffer_bytes = HOST_RECEIVE_BYTES,
	};
	int fd = priv_open(priv, &request, e);

	if (fd < 0)
		return false;
	if (!ip_filter_attach_nothing(fd, e)) {
		close(fd);
		return false;
	}
	if (!ip_message_request(fd, ipv6)) {
		err_system(e, EXIT_USAGE,
			   "asking a raw socket for control messages");
		close(fd);
		return false;
	}
	*to = (struct ip_socket){.fd = fd, .proto = proto, .ipv6 = ipv6};
	h->polls[h->socket_count].fd = fd;
	h->polls[h->socket_count].events = POLLIN;
	h->socket_count++;
	return true;
}

static void host_append(char *text, size_t size, const char *more)
{
	size_t n = strlen(text);

	snprintf(text + n, size - n, "%s", more);
}

/* "host tcp", "host igmp,gre,253"; cut where the label ends. */
static void host_write_label(struct host *h,
			     const struct source_host_config *config)
{
	snprintf(h->base.label, sizeof(h->base.label), "host");
	for (unsigned i = 0; i < config->proto_count; i++) {
		const char *known =
			config->proto_name != NULL
				? config->proto_name(config->protos[i])
				: NULL;
		char name[32];

		if (known != NULL)
			snprintf(name, sizeof(name), "%s%s", i ? "," : " ",
				 known);
		else
			snprintf(name, sizeof(name), "%s%u", i ? "," : " ",
				 config->protos[i]);
		if (strlen(h->base.label) + strlen(name) + 4 >=
		    sizeof(h->base.label)) {
			host_append(h->base.label, sizeof(h->base.label), ",…");
			return;
		}
		host_append(h->base.label, sizeof(h->base.label), name);
	}
}

/* Opens what can be opened; the first failure is told in the note. */
static bool host_open_sockets(struct host *h, struct priv *priv,
			      const struct source_host_config *config,
			      struct err *e)
{
	struct err first;
	struct err failed;
	unsigned failures = 0;

	for (unsigned i = 0; i < 2 * config->proto_count; i++) {
		if (host_open_socket(h, priv, config->protos[i / 2], i % 2 != 0,
				     &failed))
			continue;
		if (failures++ == 0)
			first = failed;
	}
	snprintf(h->base.note, sizeof(h->base.note), "%u sockets",
		 h->socket_count);
	if (failures == 0)
		return true;
	if (h->socket_count == 0) {
		*e = first;
		return false;
	}
	snprintf(h->base.note, sizeof(h->base.note),
		 "%u sockets, %u not opened: %.100s", h->socket_count, failures,
		 first.text);
	return true;
}

static bool host_name_ifaces(struct host *h,
			     const struct source_host_config *config,
			     struct err *e)
{
	if (config->iface_count > HOST_IFACES_MAX)
		return err_set(e, EXIT_USAGE,
			       "%u interfaces are more than the %u that can "
			       "be named",
			       config->iface_count, HOST_IFACES_MAX);
	for (unsigned i = 0; i < config->iface_count; i++) {
		if (live_iface_by_name(config->ifaces[i]).index == 0)
			return live_iface_unknown(config->ifaces[i], e);
		snprintf(h->iface_names[i], sizeof(h->iface_names[i]), "%s",
			 config->ifaces[i]);
	}
	h->iface_count = config->iface_count;
	host_find_ifaces(h);
	return true;
}

/* How many packets the smallest buffer surely holds, halved. */
static void host_bound_nap(struct host *h)
{
	h->nap_packets = UINT32_MAX;
	for (unsigned i = 0; i < h->socket_count; i++) {
		int bytes = 0;
		socklen_t size = sizeof(bytes);
		uint32_t packets;

		getsockopt(h->sockets[i].fd, SOL_SOCKET, SO_RCVBUF, &bytes,
			   &size);
		packets = (uint32_t)bytes / HOST_PACKET_CHARGE / 2;
		if (packets < h->nap_packets)
			h->nap_packets = packets;
	}
}

static bool host_take_memory(struct host *h, uint32_t snaplen, struct err *e)
{
	if (snaplen == 0 || snaplen > HOST_SNAPLEN_MAX)
		snaplen = HOST_SNAPLEN_MAX;
	h->batch = calloc(1, sizeof(*h->batch));
	if (h->batch == NULL)
		return err_set(e, EXIT_USAGE,
			       "opening a host source: no memory");
	if (!ip_batch_open(h->batch, snaplen, e) ||
	    !block_pool_open(&h->pool, HOST_BLOCKS, HOST_BLOCK_PACKETS,
			     HOST_BLOCK_BYTES, e))
		return false;
	for (unsigned i = HOST_BLOCKS; i > 0; i--)
		h->free_blocks[h->free_count++] = &h->pool.blocks[i - 1];
	h->base.block_count = HOST_BLOCKS;
	return true;
}

struct source *source_host_open(struct priv *priv,
				const struct source_host_config *config,
				struct err *e)
{
	struct host *h = calloc(1, sizeof(*h));

	assert(priv != NULL);
	assert(config->proto_count > 0 &&
	       config->proto_count <= HOST_PROTOS_MAX);
	if (h == NULL) {
		err_set(e, EXIT_USAGE, "opening a host source: no memory");
		return NULL;
	}
	h->base.ops = &host_ops;
	h->interval_ns = CLOCK_NS_PER_S;
	host_write_label(h, config);
	if (!ip_filter_open(&h->filter, config->filter, e) ||
	    !host_name_ifaces(h, config, e) ||
	    !host_take_memory(h, config->snaplen, e) ||
	    !host_open_sockets(h, priv, config, e) ||
	    !host_attach(h, &h->filter, e)) {
		host_close(&h->base);
		return NULL;
	}
	host_bound_nap(h);
	h->fill_ns = clock_monotonic_ns();
	return &h->base;
}
