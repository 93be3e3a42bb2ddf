#include "port/made_gen.h"

#include "base/clock.h"
#include "base/memory.h"
#include "port/made_frame.h"
#include "port/made_pick.h"

#include <stdlib.h>
#include <string.h>

/* The choices of so many packets are known ahead, so that the flows they are
 * about have come into the cache. */
#define AHEAD 16

#define CLIENT_MASK 0xffffffu /* 10.0.0.0/8 */
#define SERVER_MASK 0xfffu

#define HANDSHAKE 3u /* steps of a connection before its rounds */
#define ROUND	  4u
#define GOODBYE	  3u

/* Headers at their longest: IPv6 and a TCP SYN. */
#define HEADERS_MAX 82

struct made_flow {
	uint32_t seq[2]; /* the next of the client, of the server */
	uint32_t step;
	uint16_t ip_id[2];
};

struct made_gen {
	struct source_made_config config;
	uint64_t state; /* of the random numbers */
	uint64_t made;
	uint32_t rounds; /* of a connection; 0: without end */
	struct made_flow *flows;
	struct made_pick pick;
	uint64_t drawn[AHEAD];	/* random numbers that will choose */
	uint32_t chosen[AHEAD]; /* flows that were chosen by them */
	struct made_payload payload;
};

/* S. Vigna's splitmix64: one step of it, and its mixer alone. */
static inline uint64_t made_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t made_random(struct made_gen *g)
{
	g->state += UINT64_C(0x9e3779b97f4a7c15);
	return made_mix(g->state);
}

uint64_t made_time_ns(const struct source_made_config *config, uint64_t n)
{
	uint64_t rate = config->rate_packets;

	if (rate == 0)
		return MADE_START_NS + n * 1000;
	return MADE_START_NS + n / rate * CLOCK_NS_PER_S +
	       n % rate * CLOCK_NS_PER_S / rate;
}

uint32_t made_gen_frame_max(const struct made_gen *g)
{
	return g->config.size_max > HEADERS_MAX ? g->config.size_max
						: HEADERS_MAX;
}

/* --- who speaks --- */

static uint8_t made_choose_proto(const struct source_made_config *c,
				 uint32_t random)
{
	uint32_t percent = (uint32_t)((uint64_t)random * 100 >> 32);

	if (percent < c->udp_percent)
		return MADE_UDP;
	if (percent < (uint32_t)c->udp_percent + c->icmp_percent)
		return MADE_ICMP;
	return MADE_TCP;
}

static uint16_t made_choose_service(uint8_t proto, unsigned random)
{
	static const uint16_t tcp[8] = {443, 443, 443, 80, 22, 993, 5432, 8080};
	static const uint16_t udp[8] = {53, 53, 443, 443, 123, 514, 5060, 4500};

	if (proto == MADE_UDP)
		return udp[random % 8];
	return proto == MADE_TCP ? tcp[random % 8] : 0;
}

/*
 * The five-tuple of flow i. Client and port together tell i: four flows of
 * each client, or, in a flood, each packet of a client that has not been met
 * for 2^24 packets.
 */
static struct made_tuple made_tuple_of(const struct made_gen *g, uint64_t i)
{
	const struct source_made_config *c = &g->config;
	uint64_t hash = made_mix(c->seed ^ made_mix(i + 1));
	struct made_tuple t = {
		.ipv6 = (hash >> 32) * 100 >> 32 < c->ipv6_percent,
		.proto = made_choose_proto(c, (uint32_t)hash),
		.server = (hash >> 20 & SERVER_MASK) + 1,
		.flow_label = (uint32_t)(hash >> 40) & 0xfffff,
	};

	t.service = made_choose_service(t.proto, (unsigned)(hash >> 8) & 7);
	if (c->flows > 0) {
		t.client = (uint32_t)(i >> 2) + 1;
		t.port = (uint16_t)(0x8000u | (i & 3) << 13 |
				    (hash >> 50 & 0x1fff));
	} else {
		/* An odd factor leaves no client out and takes none twice. */
		t.client = (uint32_t)(i * 0x9e3779b1u) & CLIENT_MASK;
		t.port = (uint16_t)(1024 + (i >> 24) % 64512);
	}
	return t;
}

/* --- what they say --- */

static uint32_t made_choose_size(struct made_gen *g)
{
	const struct source_made_config *c = &g->config;
	uint64_t span = (uint64_t)c->size_max - c->size_min + 1;

	if (span == 1)
		return c->size_min;
	return c->size_min + (uint32_t)((made_random(g) >> 32) * span >> 32);
}

/* One step of a connection: who speaks, with which flags, with data or not. */
struct made_step {
	bool reply;
	uint8_t flags;
	bool payload;
};

/* Which step of a connection this is: reply, flags, whether it has data. */
static void made_say_tcp(const struct made_gen *g, struct made_flow *f,
			 struct made_words *w)
{
	static const struct made_step
		opening[HANDSHAKE] =
			{
				{false, MADE_SYN, false},
				{true, MADE_SYN | MADE_ACK, false},
				{false, MADE_ACK, false},
			},
		talking[ROUND] =
			{
				{false, MADE_PSH | MADE_ACK, true},
				{true, MADE_ACK, true},
				{true, MADE_PSH | MADE_ACK, true},
				{false, MADE_ACK, false},
			},
		closing[GOODBYE] = {
			{false, MADE_FIN | MADE_ACK, false},
			{true, MADE_FIN | MADE_ACK, false},
			{false, MADE_ACK, false},
		};
	const struct made_step *now;
	uint32_t talked = f->step - HANDSHAKE;

	if (f->step < HANDSHAKE)
		now = &opening[f->step];
	else if (g->rounds == 0 || talked < g->rounds * ROUND)
		now = &talking[talked % ROUND];
	else
		now = &closing[talked - g->rounds * ROUND];
	w->reply = now->reply;
	w->flags = now->flags;
	w->payload = now->payload;
}

/* Moves the connection on after a packet with this much payload. */
static void made_move_tcp(struct made_gen *g, struct made_flow *f,
			  const struct made_words *w, uint32_t carried)
{
	f->seq[w->reply] += carried;
	if (w->flags & (MADE_SYN | MADE_FIN))
		f->seq[w->reply]++;
	f->step++;
	if (g->rounds == 0 && f->step == HANDSHAKE + ROUND)
		f->step = HANDSHAKE;
	if (g->rounds > 0 &&
	    f->step == HANDSHAKE + g->rounds * ROUND + GOODBYE) {
		/* A new connection begins well above the old one's numbers,
		 * as RFC 9293 asks (3.4.1). */
		f->step = 0;
		f->seq[0] += 64000 + (uint32_t)(made_random(g) >> 48);
		f->seq[1] += 64000 + (uint32_t)(made_random(g) >> 48);
	}
}

static uint32_t made_speak(struct made_gen *g, struct made_flow *f,
			   const struct made_tuple *t, uint8_t *frame)
{
	struct made_words w = {.tuple = t, .payload = true};
	uint32_t headers;
	uint32_t size;

	if (t->proto == MADE_TCP) {
		made_say_tcp(g, f, &w);
		w.seq = f->seq[w.reply];
		w.ack = w.flags & MADE_ACK ? f->seq[!w.reply] : 0;
		w.payload_from = w.seq;
	} else {
		/* UDP answers two of three, ICMP echo every one. */
		w.reply = t->proto == MADE_UDP ? f->step % 3 == 1
					       : f->step % 2 == 1;
		w.icmp_seq = (uint16_t)(f->step / 2);
		w.payload_from = t->proto == MADE_UDP ? f->step * 2 : 0;
	}
	w.ip_id = f->ip_id[w.reply]++;
	w.size = w.payload ? made_choose_size(g) : g->config.size_min;
	headers = made_frame_headers(&w);
	size = made_frame_write(frame, &w, &g->payload);
	if (t->proto == MADE_TCP)
		made_move_tcp(g, f, &w, w.payload ? size - headers : 0);
	else
		f->step++;
	return size;
}

/* --- the generator --- */

/* Draws a number for a packet to come and makes it come into the cache. */
static uint32_t made_choose(struct made_gen *g)
{
	unsigned at = (unsigned)(g->made % AHEAD);
	uint32_t i = g->chosen[at];

	g->chosen[at] = made_pick_choose(&g->pick, g->drawn[at]);
	__builtin_prefetch(&g->flows[g->chosen[at]], 1);
	g->drawn[at] = made_random(g);
	made_pick_prefetch(&g->pick, g->drawn[at]);
	return i;
}

static void made_begin_flow(struct made_flow *f, uint64_t hash)
{
	f->seq[0] = (uint32_t)hash;
	f->seq[1] = (uint32_t)(hash >> 32);
	f->step = 0;
	f->ip_id[0] = (uint16_t)(hash >> 16);
	f->ip_id[1] = (uint16_t)(hash >> 24);
}

uint32_t made_gen_frame(struct made_gen *g, uint8_t *frame)
{
	struct made_flow once;
	struct made_tuple t;
	uint64_t i = g->made;

	if (g->config.flows == 0) {
		made_begin_flow(&once, made_random(g));
		t = made_tuple_of(g, i);
		g->made++;
		return made_speak(g, &once, &t, frame);
	}
	i = made_choose(g);
	t = made_tuple_of(g, i);
	g->made++;
	return made_speak(g, &g->flows[i], &t, frame);
}

static bool made_prepare_flows(struct made_gen *g, struct err *e)
{
	uint32_t count = g->config.flows;

	if (count == 0)
		return true;
	if (!made_pick_open(&g->pick, count, g->config.zipf, e))
		return false;
	g->flows = memory_map(count * sizeof(*g->flows), "made flows", e);
	if (!g->flows)
		return false;
	for (uint32_t i = 0; i < count; i++)
		made_begin_flow(&g->flows[i], made_random(g));
	for (unsigned i = 0; i < AHEAD; i++) {
		g->chosen[i] = made_pick_choose(&g->pick, made_random(g));
		g->drawn[i] = made_random(g);
	}
	return true;
}

struct made_gen *made_gen_open(const struct source_made_config *config,
			       struct err *e)
{
	struct made_gen *g;

	if (!made_config_check(config, e))
		return NULL;
	g = calloc(1, sizeof(*g));
	if (!g || !made_payload_open(&g->payload, config->seed)) {
		err_set(e, EXIT_USAGE, "made traffic: no memory");
		free(g);
		return NULL;
	}
	g->config = *config;
	g->state = made_mix(config->seed);
	/* Three data segments in each round. */
	g->rounds = config->segments / 3 + (config->segments % 3 > 0);
	if (!made_prepare_flows(g, e)) {
		made_gen_close(g);
		return NULL;
	}
	return g;
}

void made_gen_close(struct made_gen *g)
{
	if (!g)
		return;
	made_pick_close(&g->pick);
	memory_unmap(g->flows, g->config.flows * sizeof(*g->flows));
	made_payload_close(&g->payload);
	free(g);
}
