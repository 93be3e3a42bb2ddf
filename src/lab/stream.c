#include "lab/stream.h"

#include "base/bits.h"
#include "base/clock.h"
#include "lab/service.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define STREAM_BUCKETS	    1024
#define STREAM_NONE	    UINT16_MAX
#define STREAM_FLIGHT_MAX   32768
#define STREAM_MSS_DEFAULT  536
#define STREAM_RETRY_NS	    (200 * CLOCK_NS_PER_MS)
#define STREAM_RETRIES_MAX  8
#define STREAM_SILENCE_NS   (300 * CLOCK_NS_PER_S)
#define STREAM_HEADER_SIZE  20
#define STREAM_OPTIONS_SIZE 4 /* MSS, on a SYN */

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

/*
 * One connection. Positions count the bytes that we send, from 0; the FIN has
 * the position behind the last byte. The sequence number of a position is
 * iss + 1 + position.
 */
struct stream {
	struct datagram_ends ends; /* src: the host, dst: the peer */
	uint16_t port;
	uint16_t peer_port;
	uint16_t next; /* in its bucket, or among the free */
	bool used;
	bool established;
	bool peer_finished;
	uint16_t mss;
	uint32_t iss;
	uint32_t receive_next;
	uint32_t window;     /* the peer's */
	uint32_t advertised; /* ours, as last told */
	uint64_t acked;
	uint64_t sent;	  /* >= acked; falls back to it to send again */
	uint64_t highest; /* the greatest `sent` so far */
	uint64_t touched_ns;
	uint64_t retry_ns;
	unsigned retries;
	struct service service;
};

struct streams {
	const struct datagram_out *out;
	uint32_t next_iss;
	uint16_t free;
	uint16_t used;
	uint16_t buckets[STREAM_BUCKETS];
	struct stream streams[STREAM_MAX];
};

/* A received segment; borrows its bytes. */
struct segment {
	uint16_t port, peer_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	uint16_t mss; /* 0: not told */
	const uint8_t *payload;
	size_t len;
};

/* ---- the table ---- */

struct streams *streams_open(const struct datagram_out *out)
{
	struct streams *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->out = out;
	if (getrandom(&s->next_iss, sizeof(s->next_iss), GRND_NONBLOCK) == -1)
		s->next_iss = (uint32_t)clock_real_ns();
	for (unsigned i = 0; i < STREAM_BUCKETS; i++)
		s->buckets[i] = STREAM_NONE;
	for (unsigned i = 0; i < STREAM_MAX; i++)
		s->streams[i].next =
			i + 1 < STREAM_MAX ? (uint16_t)(i + 1) : STREAM_NONE;
	return s;
}

void streams_close(struct streams *s)
{
	free(s);
}

bool streams_busy(const struct streams *s)
{
	return s->used > 0;
}

static uint16_t *streams_bucket(struct streams *s,
				const struct datagram_ends *ends, uint16_t port,
				uint16_t peer_port)
{
	unsigned hash = port * 31u + peer_port +
			ends->src[datagram_address_size(ends->version) - 1];

	return &s->buckets[hash % STREAM_BUCKETS];
}

static struct stream *streams_find(struct streams *s,
				   const struct datagram_ends *ends,
				   const struct segment *g)
{
	uint16_t i = *streams_bucket(s, ends, g->port, g->peer_port);

	while (i != STREAM_NONE) {
		struct stream *c = &s->streams[i];

		if (c->port == g->port && c->peer_port == g->peer_port &&
		    memcmp(&c->ends, ends, sizeof(*ends)) == 0)
			return c;
		i = c->next;
	}
	return NULL;
}

static void streams_free(struct streams *s, struct stream *c)
{
	uint16_t index = (uint16_t)(c - s->streams);
	uint16_t *link = streams_bucket(s, &c->ends, c->port, c->peer_port);

	while (*link != index) {
		assert(*link != STREAM_NONE);
		link = &s->streams[*link].next;
	}
	*link = c->next;
	c->used = false;
	c->next = s->free;
	s->free = index;
	s->used--;
}

static void streams_free_oldest(struct streams *s)
{
	struct stream *oldest = NULL;

	for (unsigned i = 0; i < STREAM_MAX; i++)
		if (s->streams[i].used &&
		    (oldest == NULL ||
		     s->streams[i].touched_ns < oldest->touched_ns))
			oldest = &s->streams[i];
	assert(oldest != NULL);
	streams_free(s, oldest);
}

static struct stream *streams_add(struct streams *s,
				  const struct datagram_ends *ends,
				  const struct segment *g)
{
	uint16_t *bucket = streams_bucket(s, ends, g->port, g->peer_port);
	struct stream *c;
	uint16_t index;

	if (s->free == STREAM_NONE)
		streams_free_oldest(s);
	index = s->free;
	c = &s->streams[index];
	s->free = c->next;
	s->used++;
	memset(c, 0, sizeof(*c));
	c->used = true;
	c->ends = *ends;
	c->port = g->port;
	c->peer_port = g->peer_port;
	c->next = *bucket;
	*bucket = index;
	return c;
}

/* ---- sending ---- */

static uint32_t stream_seq(const struct stream *c, uint64_t position)
{
	return c->iss + 1 + (uint32_t)position;
}

/* Sends one segment: flags, and `len` bytes from `position` on. */
static void stream_send(struct streams *s, struct stream *c, uint8_t flags,
			uint64_t position, size_t len)
{
	uint8_t bytes[DATAGRAM_MTU];
	uint8_t *tcp = bytes + datagram_room(c->ends.version);
	size_t header = STREAM_HEADER_SIZE;

	c->advertised = (uint32_t)service_room(&c->service);
	bits_put_be16(tcp, c->port);
	bits_put_be16(tcp + 2, c->peer_port);
	bits_put_be32(tcp + 4,
		      flags & TCP_SYN ? c->iss : stream_seq(c, position));
	bits_put_be32(tcp + 8, c->receive_next);
	tcp[13] = flags;
	bits_put_be16(tcp + 14, (uint16_t)c->advertised);
	memset(tcp + 16, 0, 4);
	if (flags & TCP_SYN) {
		uint16_t mss = (uint16_t)(DATAGRAM_MTU - header -
					  datagram_room(c->ends.version));

		tcp[header] = 2;
		tcp[header + 1] = STREAM_OPTIONS_SIZE;
		bits_put_be16(tcp + header + 2, mss);
		header += STREAM_OPTIONS_SIZE;
	}
	tcp[12] = (uint8_t)(header / 4 << 4);
	if (len > 0)
		service_read(&c->service, position, tcp + header, len);
	datagram_send(&c->ends, IPPROTO_TCP, bytes, header + len, 16, s->out);
}

/* Answers a segment that belongs to no connection (RFC 9293, 3.10.7.1). */
static void stream_send_reset(struct streams *s,
			      const struct datagram_ends *ends,
			      const struct segment *g)
{
	uint8_t bytes[DATAGRAM_MTU];
	uint8_t *tcp = bytes + datagram_room(ends->version);
	bool acked = g->flags & TCP_ACK;
	uint32_t end = g->seq + (uint32_t)g->len +
		       (g->flags & TCP_SYN ? 1 : 0) +
		       (g->flags & TCP_FIN ? 1 : 0);

	memset(tcp, 0, STREAM_HEADER_SIZE);
	bits_put_be16(tcp, g->port);
	bits_put_be16(tcp + 2, g->peer_port);
	bits_put_be32(tcp + 4, acked ? g->ack : 0);
	bits_put_be32(tcp + 8, acked ? 0 : end);
	tcp[12] = STREAM_HEADER_SIZE / 4 << 4;
	tcp[13] = acked ? TCP_RST : TCP_RST | TCP_ACK;
	datagram_send(ends, IPPROTO_TCP, bytes, STREAM_HEADER_SIZE, 16, s->out);
}

/* Where the stream ends: behind the FIN once the service has finished. */
static uint64_t stream_end(const struct stream *c)
{
	return c->service.end + (c->service.finished ? 1 : 0);
}

/* Sends what the window lets through; false when that was nothing. */
static bool stream_push(struct streams *s, struct stream *c, uint64_t now_ns)
{
	uint64_t limit =
		c->window < STREAM_FLIGHT_MAX ? c->window : STREAM_FLIGHT_MAX;
	bool sent = false;

	if (c->sent == c->acked)
		c->retry_ns = now_ns + (STREAM_RETRY_NS << c->retries);
	while (c->sent < c->service.end && c->sent - c->acked < limit) {
		uint64_t len = c->service.end - c->sent;

		if (len > limit - (c->sent - c->acked))
			len = limit - (c->sent - c->acked);
		if (len > c->mss)
			len = c->mss;
		/* Rather wait than send a part of a segment (RFC 9293,
		 * 3.8.6.2.1). */
		if (len < c->mss && len < c->service.end - c->sent &&
		    c->sent > c->acked)
			break;
		stream_send(s, c, TCP_ACK | TCP_PSH, c->sent, (size_t)len);
		c->sent += len;
		sent = true;
	}
	if (c->service.finished && c->sent == c->service.end) {
		stream_send(s, c, TCP_FIN | TCP_ACK, c->sent, 0);
		c->sent++;
		sent = true;
	}
	if (c->sent > c->highest)
		c->highest = c->sent;
	return sent;
}

/* ---- receiving ---- */

static uint16_t segment_find_mss(const uint8_t *options, size_t len)
{
	size_t at = 0;

	while (at < len && options[at] != 0) {
		if (options[at] == 1) {
			at++;
			continue;
		}
		if (at + 2 > len || options[at + 1] < 2 ||
		    at + options[at + 1] > len)
			return 0;
		if (options[at] == 2 && options[at + 1] == 4)
			return bits_be16(options + at + 2);
		at += options[at + 1];
	}
	return 0;
}

static bool segment_parse(struct segment *g, const struct datagram *d)
{
	const uint8_t *tcp = d->bytes + d->offset;
	size_t len = d->len - d->offset, header;

	if (len < STREAM_HEADER_SIZE)
		return false;
	header = (size_t)(tcp[12] >> 4) * 4;
	if (header < STREAM_HEADER_SIZE || header > len)
		return false;
	g->peer_port = bits_be16(tcp);
	g->port = bits_be16(tcp + 2);
	g->seq = bits_be32(tcp + 4);
	g->ack = bits_be32(tcp + 8);
	g->flags = tcp[13];
	g->window = bits_be16(tcp + 14);
	g->mss = segment_find_mss(tcp + STREAM_HEADER_SIZE,
				  header - STREAM_HEADER_SIZE);
	g->payload = tcp + header;
	g->len = len - header;
	return true;
}

static void stream_accept(struct streams *s, const struct datagram_ends *ends,
			  const struct segment *g, uint64_t now_ns)
{
	struct stream *c = streams_add(s, ends, g);
	uint16_t most = (uint16_t)(DATAGRAM_MTU - STREAM_HEADER_SIZE -
				   datagram_room(ends->version));

	service_start(&c->service, g->port);
	c->iss = s->next_iss;
	s->next_iss += 0x10001;
	c->receive_next = g->seq + 1;
	c->window = g->window;
	c->mss = g->mss == 0 ? STREAM_MSS_DEFAULT : g->mss;
	if (c->mss > most)
		c->mss = most;
	/* Less would make a packet of every byte; RFC 6691 speaks of 536. */
	if (c->mss < 64)
		c->mss = 64;
	c->touched_ns = now_ns;
	c->retry_ns = now_ns + STREAM_RETRY_NS;
	stream_send(s, c, TCP_SYN | TCP_ACK, 0, 0);
}

/* Takes the acknowledgement; false when it is for what we never sent. */
static bool stream_take_ack(struct stream *c, const struct segment *g,
			    uint64_t now_ns)
{
	uint32_t progress = g->ack - stream_seq(c, c->acked);

	if (progress > c->highest - c->acked) {
		/* Old ones are harmless; the rest of the segment counts. */
		return (int32_t)progress < 0 && c->established;
	}
	c->established = true;
	c->window = g->window;
	c->retries = 0;
	if (progress > 0) {
		c->acked += progress;
		if (c->sent < c->acked)
			c->sent = c->acked;
		service_forget(&c->service, c->acked);
		c->retry_ns = now_ns + STREAM_RETRY_NS;
	}
	return true;
}

/* Takes payload and FIN if they come in order; true: an answer is due. */
static bool stream_take_payload(struct stream *c, const struct segment *g)
{
	uint32_t ahead = g->seq - c->receive_next;
	size_t old = 0, taken;

	if (g->len == 0 && (g->flags & TCP_FIN) == 0)
		return g->seq != c->receive_next; /* a probe wants an answer */
	if (ahead != 0) {
		old = (size_t)(uint32_t)-ahead;
		/* A hole before it, or nothing new in it: say where we are. */
		if ((int32_t)ahead > 0 || old > g->len ||
		    (old == g->len && (g->flags & TCP_FIN) == 0))
			return true;
	}
	if (c->peer_finished)
		return true;
	taken = service_take(&c->service, g->payload + old, g->len - old);
	c->receive_next += (uint32_t)taken;
	if ((g->flags & TCP_FIN) && taken == g->len - old) {
		c->receive_next++;
		c->peer_finished = true;
		service_end(&c->service, c->highest);
	}
	return true;
}

static void stream_take(struct streams *s, struct stream *c,
			const struct segment *g, uint64_t now_ns)
{
	bool answer;

	if (g->flags & TCP_RST) {
		if (g->seq == c->receive_next)
			streams_free(s, c);
		return;
	}
	if (g->flags & TCP_SYN) {
		/* Ours was lost, or this is one from another life, which an
		 * ACK makes its sender give up (RFC 5961 section 4). */
		bool again = !c->established && g->seq + 1 == c->receive_next;

		stream_send(s, c, again ? TCP_SYN | TCP_ACK : TCP_ACK, c->sent,
			    0);
		return;
	}
	if ((g->flags & TCP_ACK) == 0)
		return;
	c->touched_ns = now_ns;
	if (!stream_take_ack(c, g, now_ns)) {
		stream_send(s, c, TCP_ACK, c->sent, 0);
		return;
	}
	answer = stream_take_payload(c, g);
	/* A window that was shut has opened again: say so. */
	if (c->advertised < c->mss &&
	    service_room(&c->service) >= 2 * (size_t)c->mss)
		answer = true;
	if (!stream_push(s, c, now_ns) && answer)
		stream_send(s, c, TCP_ACK, c->sent, 0);
	if (c->peer_finished && c->service.finished &&
	    c->acked == stream_end(c))
		streams_free(s, c);
}

void streams_take(struct streams *s, const struct datagram *d, bool serve,
		  uint64_t now_ns)
{
	struct datagram_ends ends = {.version = d->ends.version};
	struct segment g;
	struct stream *c;

	if (!d->first || !segment_parse(&g, d))
		return;
	memcpy(ends.src, d->ends.dst, sizeof(ends.src));
	memcpy(ends.dst, d->ends.src, sizeof(ends.dst));
	c = streams_find(s, &ends, &g);
	if (c != NULL)
		stream_take(s, c, &g, now_ns);
	else if (serve &&
		 (g.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
		 service_exists(g.port))
		stream_accept(s, &ends, &g, now_ns);
	else if ((g.flags & TCP_RST) == 0)
		stream_send_reset(s, &ends, &g);
}

/* ---- time ---- */

static void stream_retry(struct streams *s, struct stream *c, uint64_t now_ns)
{
	bool shut =
		c->established && c->window == 0 && c->acked < c->service.end;

	if (++c->retries > STREAM_RETRIES_MAX) {
		stream_send(s, c, TCP_RST | TCP_ACK, c->acked, 0);
		streams_free(s, c);
		return;
	}
	c->retry_ns =
		now_ns + (STREAM_RETRY_NS << (c->retries < 5 ? c->retries : 5));
	if (!c->established) {
		stream_send(s, c, TCP_SYN | TCP_ACK, 0, 0);
		return;
	}
	c->sent = c->acked;
	if (shut) {
		/* One byte asks whether the window is still shut. */
		stream_send(s, c, TCP_ACK | TCP_PSH, c->sent, 1);
		c->sent++;
		if (c->sent > c->highest)
			c->highest = c->sent;
		return;
	}
	stream_push(s, c, now_ns);
}

void streams_tick(struct streams *s, uint64_t now_ns)
{
	for (unsigned i = 0; i < STREAM_MAX; i++) {
		struct stream *c = &s->streams[i];

		if (!c->used)
			continue;
		if (now_ns > c->touched_ns + STREAM_SILENCE_NS) {
			streams_free(s, c);
			continue;
		}
		if (now_ns >= c->retry_ns &&
		    (!c->established || c->acked < stream_end(c)))
			stream_retry(s, c, now_ns);
	}
}
