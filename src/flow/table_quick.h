/*
 * table_quick.h: the credit of most packets in one straight line: a whole
 * packet of a flow that was seen within the same tick of the clock, on the
 * interface where it counts, in order, and that changes no connection's
 * state. Every doubt is table_put.c's; what is done here is what it would do,
 * with no function called and no word stored twice.
 */
#ifndef RAWTOP_FLOW_TABLE_QUICK_H
#define RAWTOP_FLOW_TABLE_QUICK_H

#include "flow/table_inner.h"

/* Counted over a batch, before it goes into the table's counters. */
struct quick_sums {
	uint64_t packets;
	uint64_t bytes;
};

/* Does a TCP segment leave the connection's state, as `misc` says it, as it
 * is? Both ends' numbers are known, and its sender has sent such ones. */
static inline bool quick_keeps_state(uint32_t misc, const struct flow_facts *f)
{
	uint32_t known = ENTRY_MISC_BASE(0) | ENTRY_MISC_BASE(1) |
			 (uint32_t)TCP_SENT_OTHER
				 << ENTRY_MISC_SENT(f->direction);

	if (f->key.proto != 6 || !f->transport_known)
		return true;
	return (f->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)) ==
		       0 &&
	       (misc & known) == known;
}

static inline bool quick_is_plain(const struct flow_table *t,
				  const struct flow_facts *f)
{
	const uint8_t others = PACKET_FLAG_COPY | PACKET_FLAG_HOST_VANTAGE;

	return f->fragment == VIEW_WHOLE && (f->packet_flags & others) == 0 &&
	       !t->verdict;
}

/* Is the flow where and when it was, so that nothing ends, turns or begins? */
static inline bool quick_is_here(const struct flow_table *t, uint32_t entry,
				 const struct flow_facts *f)
{
	const struct entry_hot *hot = &t->hot[entry];
	uint32_t misc = entry_get_u32(&hot->misc);
	uint8_t home = (uint8_t)(misc >> ENTRY_MISC_IFACE(f->direction));
	uint64_t last_ns = entry_get(&hot->side[f->direction][ENTRY_LAST]);

	return last_ns != 0 && f->time_ns >= last_ns &&
	       f->time_ns < t->stamp_end_ns && t->idle_stamps > 1 &&
	       entry_get_u32(&t->pulse[entry].seen) == t->stamp && home != 0 &&
	       home == t->iface_last_slot && f->iface == t->iface_last &&
	       quick_keeps_state(misc, f);
}

/* The bytes of the window that counts; P2 with `seen` as it is. */
static inline void quick_pulse(struct flow_table *t, uint32_t entry,
			       const struct flow_facts *f)
{
	atom_u32 *now = &t->pulse[entry].bytes[t->window & 1][f->direction];
	uint32_t sum = entry_get_u32(now) + f->bytes;

	atom_store_release_u32(now, sum >= f->bytes ? sum : UINT32_MAX);
}

/*
 * Credits a packet whose entry is probably `entry`, and counts it in *sums;
 * false, and nothing done, when it is not as simple as that.
 */
static inline bool quick_put(struct flow_table *t, const struct flow_facts *f,
			     const uint64_t key[HASH_INPUT_WORDS],
			     uint32_t entry, struct quick_sums *sums)
{
	uint64_t bytes, packets, headers, low;
	struct entry_hot *hot;
	atom_u64 *word;

	if (entry == TABLE_NONE || !quick_is_plain(t, f) ||
	    !entry_matches(&t->hot[entry], key) || !quick_is_here(t, entry, f))
		return false;
	hot = &t->hot[entry];
	word = hot->side[f->direction];
	bytes = (entry_get(&word[ENTRY_BYTES]) & ENTRY_BYTES_MASK) + f->bytes;
	packets = entry_get(&word[ENTRY_PACKETS]) + 1;
	headers = entry_get(&word[ENTRY_HEADERS]);
	low = (headers & ENTRY_OVERHEAD_MASK) + f->frame_bytes - f->bytes;
	if (bytes > ENTRY_BYTES_MASK || (packets & ENTRY_PACKETS_MASK) == 0 ||
	    low > ENTRY_OVERHEAD_MASK)
		return false;
	if (f->transport_known)
		packets = (packets & ENTRY_PACKETS_MASK) | (uint64_t)f->window
								   << 48;
	headers = low | (headers & ENTRY_FLAGS_MASK) |
		  (uint64_t)((f->key.version == 6 ? f->flow_label : f->ip_id) &
			     0xfffff)
			  << 28 |
		  (uint64_t)f->tcp_flags << 48 | (uint64_t)f->tos << 56;
	if (f->time_ns > t->now_ns)
		t->now_ns = f->time_ns;
	entry_begin(hot);
	if (f->transport_known)
		entry_put(&word[ENTRY_SEQ], f->seq | (uint64_t)f->ack << 32);
	entry_put(&word[ENTRY_BYTES], bytes | (uint64_t)f->ttl << 56);
	entry_put(&word[ENTRY_PACKETS], packets);
	entry_put(&word[ENTRY_LAST], f->time_ns);
	entry_put(&word[ENTRY_HEADERS], headers);
	entry_end(hot);
	quick_pulse(t, entry, f);
	sums->packets++;
	sums->bytes += f->bytes;
	return true;
}

#endif
