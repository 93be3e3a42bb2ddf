/*
 * The made source: deterministic traffic, as fast as it is taken or, with a
 * rate, paced by the clock and stamped with real time.
 */
#include "base/clock.h"
#include "port/file_filter.h"
#include "port/made_gen.h"
#include "wire/link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define MADE_BLOCKS	    16
#define MADE_BLOCK_PACKETS  1024
#define MADE_BLOCK_BYTES    ((size_t)256 << 10)
#define MADE_FILTER_IN_USER 2
/* A paced source fills its blocks for so long at most … */
#define MADE_GATHER_NS CLOCK_NS_PER_MS
/* … and what its reader could not take for so long is not made up for. */
#define MADE_LAG_MAX_NS CLOCK_NS_PER_S
/* After so many blocks without a wanted packet the caller gets a word. */
#define MADE_ROUNDS_MAX 64

struct made_source {
	struct source source;
	struct source_made_config config;
	struct made_gen *gen;
	struct file_filter filter;
	struct block_pool pool;
	struct block *idle[MADE_BLOCKS];
	unsigned idle_count;
	uint64_t made;

	/* Pacing: packet pace_made was due at pace_ns (monotonic). */
	uint64_t pace_ns;
	uint64_t pace_made;
	uint64_t real_ahead_ns; /* real time less monotonic time, then */
	uint64_t gathered_ns;	/* when the last block was made */
};

static struct made_source *made_of(struct source *s)
{
	return (struct made_source *)s;
}

/* The time that passes while `n` packets come. */
static uint64_t made_span_ns(const struct made_source *m, uint64_t n)
{
	uint64_t rate = m->config.rate_packets;

	return n / rate * CLOCK_NS_PER_S + n % rate * CLOCK_NS_PER_S / rate;
}

static void made_start_pace(struct made_source *m, uint64_t now_ns)
{
	m->pace_ns = now_ns;
	m->pace_made = m->made;
	m->real_ahead_ns = clock_real_ns() - now_ns;
	m->gathered_ns = now_ns;
}

/* How many packets are due now. */
static uint64_t made_due(struct made_source *m, uint64_t now_ns)
{
	uint64_t rate = m->config.rate_packets;
	uint64_t spent_ns;

	if (m->pace_ns == 0 ||
	    now_ns > m->pace_ns + MADE_LAG_MAX_NS +
			     made_span_ns(m, m->made - m->pace_made))
		made_start_pace(m, now_ns);
	spent_ns = now_ns - m->pace_ns;
	/* The packet at the beginning of the time counts as well. */
	return spent_ns / CLOCK_NS_PER_S * rate +
	       spent_ns % CLOCK_NS_PER_S * rate / CLOCK_NS_PER_S + 1 -
	       (m->made - m->pace_made);
}

/* The time from now until a packet is due; 0 when one is. */
static uint64_t made_until_due_ns(const struct made_source *m, uint64_t now_ns)
{
	uint64_t due_ns = m->pace_ns + made_span_ns(m, m->made - m->pace_made);

	return due_ns > now_ns ? due_ns - now_ns : 0;
}

/* Waits for packets to be due, and at high rates for a good block of them;
 * returns how many, 0 when the timeout comes first. */
static uint64_t made_wait_due(struct made_source *m, unsigned timeout_ms)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t end_ns = now_ns + timeout_ms * CLOCK_NS_PER_MS;
	uint64_t due = made_due(m, now_ns);

	while (due < MADE_BLOCK_PACKETS && now_ns < end_ns &&
	       (due == 0 || now_ns < m->gathered_ns + MADE_GATHER_NS)) {
		uint64_t nap_ns = made_until_due_ns(m, now_ns);

		if (nap_ns < MADE_GATHER_NS)
			nap_ns = MADE_GATHER_NS;
		if (nap_ns > end_ns - now_ns)
			nap_ns = end_ns - now_ns;
		clock_nap_ns(nap_ns);
		now_ns = clock_monotonic_ns();
		due = made_due(m, now_ns);
	}
	m->gathered_ns = now_ns;
	return due;
}

static uint64_t made_stamp_ns(const struct made_source *m)
{
	if (m->config.rate_packets == 0)
		return made_time_ns(&m->config, m->made);
	return m->pace_ns + m->real_ahead_ns +
	       made_span_ns(m, m->made - m->pace_made);
}

/* Fills the block with at most `wanted` packets. */
static void made_fill(struct made_source *m, struct block *b, uint64_t wanted)
{
	uint32_t frame_max = made_gen_frame_max(m->gen);
	size_t used = 0;

	b->count = 0;
	while (b->count < b->capacity && b->count < wanted &&
	       b->data_size - used >= frame_max) {
		uint32_t size = made_gen_frame(m->gen, b->data + used);

		b->packets[b->count++] = (struct packet){
			.data = b->data + used,
			.time_ns = made_stamp_ns(m),
			.caplen = size,
			.len = size,
			.link = LINK_ETHERNET,
			.flags = PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN,
		};
		used += size;
		m->made++;
	}
	assert(b->count > 0);
}

/* False when no packet of the block is wanted, or *failed. */
static bool made_keep(struct made_source *m, struct block *b, bool *failed,
		      struct err *e)
{
	struct source_counts *counts = &m->source.counts;
	uint32_t made = b->count;
	uint64_t bytes = 0;

	*failed = !file_filter_keep(&m->filter, b->packets, &b->count, e);
	if (*failed)
		return false;
	atom_count_u64(&counts->seen, made);
	atom_count_u64(&counts->filtered, made - b->count);
	if (b->count == 0)
		return false;
	for (uint32_t i = 0; i < b->count; i++)
		bytes += b->packets[i].len;
	b->sequence = atom_load_relaxed_u64(&counts->blocks);
	atom_count_u64(&counts->delivered, b->count);
	atom_count_u64(&counts->bytes, bytes);
	atom_count_u64(&counts->blocks, 1);
	return true;
}

static enum source_take made_next(struct source *s, struct block **block,
				  unsigned timeout_ms, struct err *e)
{
	struct made_source *m = made_of(s);
	bool failed;

	for (unsigned i = 0; i < MADE_ROUNDS_MAX; i++) {
		uint64_t wanted = m->config.packets - m->made;
		uint64_t due;

		if (m->config.packets == 0)
			wanted = UINT64_MAX;
		if (wanted == 0)
			return SOURCE_END;
		if (m->idle_count == 0)
			return SOURCE_NOTHING;
		due = m->config.rate_packets ? made_wait_due(m, timeout_ms)
					     : UINT64_MAX;
		if (due == 0)
			return SOURCE_NOTHING;
		*block = m->idle[m->idle_count - 1];
		made_fill(m, *block, wanted < due ? wanted : due);
		if (made_keep(m, *block, &failed, e)) {
			m->idle_count--;
			return SOURCE_BLOCK;
		}
		if (failed)
			return SOURCE_FAILED;
	}
	return SOURCE_NOTHING;
}

static void made_release(struct source *s, struct block *block)
{
	struct made_source *m = made_of(s);

	assert(m->idle_count < MADE_BLOCKS);
	m->idle[m->idle_count++] = block;
}

static bool made_set_filter(struct source *s, struct port_filter *filter,
			    struct err *e)
{
	if (!file_filter_set(&made_of(s)->filter, filter, e))
		return false;
	atom_store_relaxed_u32(&s->filter_place,
			       filter != NULL ? MADE_FILTER_IN_USER : 0);
	return true;
}

static void made_close(struct source *s)
{
	struct made_source *m = made_of(s);

	made_gen_close(m->gen);
	file_filter_close(&m->filter);
	block_pool_close(&m->pool);
	free(m);
}

static const struct source_ops made_ops = {
	.name = "made",
	.help = "deterministic traffic, for trying and measuring",
	.patient = true,
	.next = made_next,
	.release = made_release,
	.set_filter = made_set_filter,
	.close = made_close,
};

static void made_note(struct made_source *m)
{
	const struct source_made_config *c = &m->config;

	snprintf(m->source.label, sizeof(m->source.label), "made seed %llu",
		 (unsigned long long)c->seed);
	if (c->flows == 0)
		snprintf(m->source.note, sizeof(m->source.note),
			 "flood, %u to %u bytes", c->size_min, c->size_max);
	else
		snprintf(m->source.note, sizeof(m->source.note),
			 "%u flows, zipf %.2f, %u to %u bytes", c->flows,
			 c->zipf, c->size_min, c->size_max);
}

struct source *source_made_open(const struct source_made_config *config,
				struct port_filter *filter, struct err *e)
{
	struct made_source *m = calloc(1, sizeof(*m));

	if (!m) {
		err_set(e, EXIT_USAGE, "made traffic: no memory");
		return NULL;
	}
	m->source.ops = &made_ops;
	m->source.block_count = MADE_BLOCKS;
	m->config = *config;
	atom_store_relaxed_u32(&m->source.up, 1);
	made_note(m);
	m->gen = made_gen_open(config, e);
	if (!m->gen ||
	    !block_pool_open(&m->pool, MADE_BLOCKS, MADE_BLOCK_PACKETS,
			     MADE_BLOCK_BYTES, e) ||
	    !made_set_filter(&m->source, filter, e)) {
		made_close(&m->source);
		return NULL;
	}
	for (unsigned i = 0; i < MADE_BLOCKS; i++)
		m->idle[m->idle_count++] = &m->pool.blocks[i];
	return &m->source;
}
