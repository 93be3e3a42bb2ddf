/*
 * table_quick.h: the credit of most packets in one straight line: a whole
 * packet of this tick of the clock, of a flow that is known and not about to
 * end, on the interface where it counts, in order, and that changes no
 * connection's state. Every doubt is table_put.c's; what is done here is what
 * it would do, with no function called and no word stored twice. The doubts are
 * gathered in one word, because a branch on what differs from packet to packet
 * (protocol, direction) costs more than all the arithmetic.
 */
#ifndef RAWTOP_FLOW_TABLE_QUICK_H
#define RAWTOP_FLOW_TABLE_QUICK_H

#include "base/bits.h"
#include "flow/table_inner.h"

/* What holds between two packets that are not quick: the table's words need
 * not be loaded again after each store. */
struct quick_tick {
	uint64_t begin_ns; /* the tick; */
	uint64_t span_ns;  /* 0: no packet is quick */
	uint64_t now_ns;   /* the table's clock, as it becomes */
	uint32_t stamp;
	uint32_t age_end; /* stamps: a flow so old may be over */
	uint32_t iface;
	uint8_t iface_slot;
	uint8_t parity; /* of the window that counts */
	/* Counted here, before it goes into the table's counters. */
	uint64_t packets;
	uint64_t bytes;
	bool open; /* what is above was taken from the table */
};

static inline void quick_enter(struct quick_tick *q, const struct flow_table *t)
{
	/* A packet behind far ones is the clock's to see. */
	bool usable = !t->verdict && t->iface_last_slot != 0 &&
		      t->stamp_end_ns != 0 && t->far_count == 0;
	bool cuts = t->config.active_timeout_ns != 0 && t->config.ended;

	q->begin_ns = t->stamp_end_ns - TABLE_STAMP_NS;
	q->span_ns = usable ? TABLE_STAMP_NS : 0;
	q->now_ns = t->now_ns;
	q->stamp = t->stamp;
	/* The active timeout is looked at in each new stamp of a flow. */
	q->age_end = cuts ? 1 : t->idle_stamps - 1;
	if (t->idle_stamps <= 1)
		q->age_end = 0;
	q->iface = t->iface_last;
	q->iface_slot = t->iface_last_slot;
	q->parity = t->window & 1;
	q->open = true;
}

static inline void quick_leave(struct quick_tick *q, struct flow_table *t)
{
	if (!q->open)
		return;
	q->open = false;
	if (q->now_ns > t->now_ns)
		t->now_ns = q->now_ns;
	t->c.wire_packets += q->packets;
	t->c.bytes += q->bytes;
	q->packets = 0;
	q->bytes = 0;
}

/* A whole packet of the wire, with no verdict to find. */
static inline bool quick_is_plain(const struct flow_table *t,
				  const struct flow_facts *f)
{
	const uint8_t others = PACKET_FLAG_COPY | PACKET_FLAG_HOST_VANTAGE;

	return !t->verdict && f->fragment == VIEW_WHOLE &&
	       (f->packet_flags & others) == 0;
}

/* Does a packet leave the connection's state, as `misc` says it, as it is?
 * Both ends' numbers are known, and its sender has sent such ones. */
static inline bool quick_keeps_state(const struct flow_facts *f, uint32_t misc)
{
	const uint8_t turns = TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST;
	uint64_t is_tcp = bits_mask(f->key.proto == 6);
	uint32_t known = ENTRY_MISC_BASE(0) | ENTRY_MISC_BASE(1) |
			 (uint32_t)TCP_SENT_OTHER
				 << ENTRY_MISC_SENT(f->direction);

	return (is_tcp & ((f->tcp_flags & turns) | (known & ~misc))) == 0;
}

/* Is the flow where and when it was, so that nothing ends or begins? */
static inline bool quick_is_here(const struct quick_tick *q,
				 const struct flow_facts *f, uint64_t last_ns,
				 uint32_t seen, uint32_t misc)
{
	uint8_t home = (uint8_t)(misc >> ENTRY_MISC_IFACE(f->direction));

	/* A time of 0 there, for none, is above all; and the age of a
	 * connection that is over is. */
	return f->time_ns - q->begin_ns < q->span_ns &&
	       last_ns - 1 < f->time_ns && q->stamp - seen < q->age_end &&
	       home == q->iface_slot && f->iface == q->iface;
}

/* The flow's first packet in this tick: perhaps its first in this window. */
static inline void quick_turn(struct table_pulse *p, uint32_t seen,
			      uint32_t stamp)
{
	uint32_t window = stamp >> TABLE_STAMP_SHIFT;
	uint32_t old = seen >> TABLE_STAMP_SHIFT;

	if (old == window)
		return;
	for (unsigned side = 0; side < 2; side++) {
		atom_store_release_u32(&p->bytes[window & 1][side], 0); /* P2 */
		if (old + 1 != window)
			atom_store_release_u32(&p->bytes[!(window & 1)][side],
					       0);
	}
}

/*
 * Credits a packet whose entry is probably `entry`, and counts it in *q;
 * false, and nothing done, when it is not as simple as that.
 */
static inline bool quick_put(struct flow_table *t, struct quick_tick *q,
			     const struct flow_facts *f, uint32_t entry)
{
	struct entry_hot *hot = &t->hot[entry];
	struct table_pulse *pulse = &t->pulse[entry];
	atom_u64 *word = hot->side[f->direction];
	atom_u32 *now = &pulse->bytes[q->parity][f->direction];
	uint32_t misc = entry_get_u32(&hot->misc);
	uint32_t seen = entry_get_u32(&pulse->seen), sum;
	uint64_t bytes, packets, headers, low;

	if (!quick_is_plain(t, f) || !f->transport_known ||
	    !quick_is_here(q, f, entry_get(&word[ENTRY_LAST]), seen, misc) ||
	    !quick_keeps_state(f, misc) || !entry_matches(hot, &f->key))
		return false;
	bytes = (entry_get(&word[ENTRY_BYTES]) & ENTRY_BYTES_MASK) + f->bytes;
	packets = (entry_get(&word[ENTRY_PACKETS]) & ENTRY_PACKETS_MASK) + 1;
	headers = entry_get(&word[ENTRY_HEADERS]);
	low = (headers & ENTRY_OVERHEAD_MASK) + f->frame_bytes - f->bytes;
	if (bytes > ENTRY_BYTES_MASK || packets > ENTRY_PACKETS_MASK ||
	    low > ENTRY_OVERHEAD_MASK)
		return false;
	if (seen != q->stamp)
		quick_turn(pulse, seen, q->stamp);
	sum = entry_get_u32(now) + f->bytes;
	entry_begin(hot);
	entry_put(&word[ENTRY_SEQ], f->seq | (uint64_t)f->ack << 32);
	entry_put(&word[ENTRY_BYTES], bytes | (uint64_t)f->ttl << 56);
	entry_put(&word[ENTRY_PACKETS], packets | (uint64_t)f->window << 48);
	entry_put(&word[ENTRY_LAST], f->time_ns);
	entry_put(&word[ENTRY_HEADERS],
		  entry_headers(f, low) | (headers & ENTRY_FLAGS_MASK));
	entry_end(hot);
	/* P2 */
	atom_store_release_u32(now, sum >= f->bytes ? sum : UINT32_MAX);
	if (seen != q->stamp)
		atom_store_release_u32(&pulse->seen, q->stamp);
	if (f->time_ns > q->now_ns)
		q->now_ns = f->time_ns;
	q->packets++;
	q->bytes += f->bytes;
	return true;
}

#endif
