/*
 * table_add.c: entries are given out and taken back.
 */
#include "base/bits.h"
#include "flow/icmp.h"
#include "flow/table_inner.h"

#include <assert.h>

/* The side of whoever asked first, as far as one packet tells. */
static unsigned add_initiator(const struct flow_facts *f)
{
	unsigned sender = f->direction;

	if (!f->transport_known)
		return sender;
	if (f->key.proto == 6 && (f->tcp_flags & TCP_FLAG_SYN) &&
	    (f->tcp_flags & TCP_FLAG_ACK))
		return !sender;
	if ((f->key.proto == 1 || f->key.proto == 58) &&
	    icmp_role_of(f->key.proto, f->icmp_type) == ICMP_ANSWER)
		return !sender;
	return sender;
}

/* A new flow in an entry that nobody or another one had. */
static void add_begin_flow(struct flow_table *t, uint32_t entry,
			   const struct flow_facts *f)
{
	struct entry_hot *hot = &t->hot[entry];
	struct entry_cold *cold = &t->cold[entry];
	struct table_pulse *pulse = &t->pulse[entry];

	entry_begin(hot);
	entry_put_u32(&hot->misc, add_initiator(f) ? ENTRY_MISC_INITIATOR : 0);
	for (unsigned s = 0; s < 2; s++) {
		for (unsigned i = 0; i < ENTRY_SIDE_WORDS; i++)
			entry_put(&hot->side[s][i], 0);
		entry_put(&cold->first[s], 0);
		entry_put_u32(&cold->base[s], 0);
		entry_put_u32(&cold->overhead[s], 0);
	}
	entry_put_u32(&cold->generation, entry_get_u32(&cold->generation) + 1);
	entry_put_u32(&cold->hash, f->hash);
	for (unsigned i = 0; i < 4; i++)
		atom_store_release_u32(&pulse->bytes[i / 2][i % 2], 0); /* P2 */
	atom_store_release_u32(&pulse->seen, t->stamp);
	t->c.added++;
}

/* Takes an entry off the free chain, or a fresh one, or somebody's. */
static uint32_t add_take(struct flow_table *t)
{
	uint32_t entry, extent = atom_load_relaxed_u32(&t->extent);

	if (t->free_head == TABLE_NONE && extent == t->config.max_flows)
		table_evict(t);
	entry = t->free_head;
	if (entry != TABLE_NONE) {
		t->free_head = entry_get_u32(&t->pulse[entry].bytes[0][0]);
		t->free_count--;
		return entry;
	}
	assert(extent < t->config.max_flows);
	atom_store_release_u32(&t->extent, extent + 1);
	return extent;
}

static void add_give_back(struct flow_table *t, uint32_t entry)
{
	struct table_pulse *pulse = &t->pulse[entry];

	entry_put_u32(&pulse->seen, 0);
	entry_put_u32(&pulse->bytes[0][0], t->free_head);
	t->free_head = entry;
	t->free_count++;
}

uint32_t table_add(struct flow_table *t, const struct flow_facts *f)
{
	uint32_t entry = add_take(t);
	struct entry_hot *hot = &t->hot[entry];

	if (!table_index_add(&t->index, f->hash, entry)) {
		add_give_back(t, entry);
		return TABLE_NONE;
	}
	add_begin_flow(t, entry, f);
	for (unsigned i = 0; i < 4; i++)
		entry_put(&hot->addr[i], flow_key_word(&f->key, i));
	entry_put(&hot->tuple, entry_tuple(&f->key) | (uint64_t)f->vlan << 48);
	t->c.live++;
	return entry;
}

/* A side without a packet, and one with its first. */
static void add_no_packet(struct flow_table *t, uint32_t entry, unsigned side)
{
	for (unsigned i = 0; i < ENTRY_SIDE_WORDS; i++)
		entry_put(&t->hot[entry].side[side][i], 0);
	entry_put(&t->cold[entry].first[side], 0);
	entry_put_u32(&t->cold[entry].overhead[side], 0);
}

static void add_first_packet(struct flow_table *t, uint32_t entry,
			     const struct flow_facts *f)
{
	atom_u64 *word = t->hot[entry].side[f->direction];
	int64_t overhead = (int64_t)f->frame_bytes - f->bytes;
	uint64_t known = bits_mask(f->transport_known);

	entry_put(&word[ENTRY_SEQ], known & (f->seq | (uint64_t)f->ack << 32));
	entry_put(&word[ENTRY_BYTES], f->bytes | (uint64_t)f->ttl << 56);
	entry_put(&word[ENTRY_PACKETS],
		  1 | (known & ((uint64_t)f->window << 48)));
	entry_put(&word[ENTRY_LAST], f->time_ns);
	entry_put(&word[ENTRY_HEADERS], entry_headers(f, (uint64_t)overhead));
	entry_put(&t->cold[entry].first[f->direction], f->time_ns);
	entry_put_u32(&t->cold[entry].overhead[f->direction],
		      (uint32_t)(overhead >> ENTRY_OVERHEAD_BITS));
}

/* What a connection's first segment says of it, as put_tcp would. */
static uint32_t add_first_segment(struct flow_table *t, uint32_t entry,
				  const struct flow_facts *f)
{
	atom_u32 *base = t->cold[entry].base;
	unsigned side = f->direction;
	bool syn = (f->tcp_flags & TCP_FLAG_SYN) != 0;
	bool ack = (f->tcp_flags & TCP_FLAG_ACK) != 0;
	uint8_t sent = tcp_sent_add(0, f->tcp_flags);

	entry_put_u32(&base[side], syn ? f->seq : f->seq - 1);
	entry_put_u32(&base[!side], ack ? f->ack - 1 : 0);
	return (uint32_t)sent << ENTRY_MISC_SENT(side) | ENTRY_MISC_BASE(side) |
	       (ack ? ENTRY_MISC_BASE(!side) : 0);
}

static void add_first_pulse(struct flow_table *t, uint32_t entry,
			    const struct flow_facts *f, bool over)
{
	struct table_pulse *p = &t->pulse[entry];
	unsigned now = t->window & 1, side = f->direction;

	/* P2 */
	atom_store_release_u32(&p->bytes[!now][0], 0);
	atom_store_release_u32(&p->bytes[!now][1], 0);
	atom_store_release_u32(&p->bytes[now][!side], 0);
	atom_store_release_u32(&p->bytes[now][side], f->bytes);
	atom_store_release_u32(&p->seen, t->stamp | (over ? PULSE_OVER : 0));
}

bool table_add_seen(struct flow_table *t, const struct flow_facts *f,
		    uint8_t iface_slot)
{
	uint32_t entry = add_take(t), misc;
	struct entry_hot *hot = &t->hot[entry];
	struct entry_cold *cold = &t->cold[entry];
	bool tcp = f->key.proto == 6 && f->transport_known, over = false;

	if (!table_index_add(&t->index, f->hash, entry)) {
		add_give_back(t, entry);
		return false;
	}
	entry_begin(hot);
	for (unsigned i = 0; i < 4; i++)
		entry_put(&hot->addr[i], flow_key_word(&f->key, i));
	entry_put(&hot->tuple, entry_tuple(&f->key) | (uint64_t)f->vlan << 48);
	add_no_packet(t, entry, !f->direction);
	add_first_packet(t, entry, f);
	misc = (uint32_t)iface_slot << ENTRY_MISC_IFACE(f->direction) |
	       (add_initiator(f) ? ENTRY_MISC_INITIATOR : 0);
	entry_put_u32(&cold->generation, entry_get_u32(&cold->generation) + 1);
	entry_put_u32(&cold->hash, f->hash);
	if (tcp) {
		misc |= add_first_segment(t, entry, f);
		over = tcp_state_over(
			tcp_state(entry_sent(misc, 0), entry_sent(misc, 1)));
	} else {
		entry_put_u32(&cold->base[0], 0);
		entry_put_u32(&cold->base[1], 0);
	}
	entry_put_u32(&hot->misc, misc);
	add_first_pulse(t, entry, f, over);
	if (over)
		table_note_over(t, entry);
	entry_end(hot);
	t->c.added++;
	t->c.live++;
	t->c.wire_packets++;
	t->c.bytes += f->bytes;
	return true;
}

/*
 * When a last record's verdicts are ruled: at the end of the run all has been
 * read. A flow that ends for another one of its key may still have a late
 * sight at the host, unless the host has shown nothing of it at all.
 */
static uint64_t add_verdict_ns(const struct flow_table *t,
			       const struct entry_copy *copy, enum flow_end end)
{
	uint64_t shown = copy->verdict[0][VERDICT_REFUSED] |
			 copy->verdict[1][VERDICT_REFUSED];

	if (end == FLOW_END_FORCED ||
	    (end == FLOW_END_CLOSED && !(shown & VERDICT_SHOWN)))
		return VERDICT_FINAL;
	return t->now_ns;
}

/* Hands the flow as it is to whoever wants records. */
static void add_record(struct flow_table *t, uint32_t entry, enum flow_end end)
{
	struct entry_place place;
	struct entry_copy copy;
	struct flow flow;

	if (!t->config.ended)
		return;
	place = table_place(t, entry);
	entry_copy_own(&place, &copy);
	table_complete(t, entry, &copy, add_verdict_ns(t, &copy, end), &flow);
	flow.end = (uint8_t)end;
	/* A flow that is over waits for nothing; what is cut goes on. */
	for (unsigned s = 0; s < 2 && end != FLOW_END_ACTIVE; s++)
		if (flow.side[s].verdict == FLOW_VERDICT_WAITING)
			flow.side[s].verdict = FLOW_VERDICT_UNSURE;
	t->config.ended(t->config.context, &flow);
}

static void add_count_end(struct flow_table *t, enum flow_end end)
{
	switch (end) {
	case FLOW_END_IDLE:
		t->c.idle++;
		break;
	case FLOW_END_CLOSED:
		t->c.closed++;
		break;
	case FLOW_END_EVICTED:
		t->c.evicted++;
		break;
	case FLOW_END_FORCED:
		t->c.forced++;
		break;
	case FLOW_END_NONE:
	case FLOW_END_ACTIVE:
	case FLOW_END_COUNT:
		assert(false); /* these end no flow */
	}
}

void table_restart(struct flow_table *t, uint32_t entry,
		   const struct flow_facts *f, enum flow_end end)
{
	add_record(t, entry, end);
	add_count_end(t, end);
	add_begin_flow(t, entry, f);
	entry_put(&t->hot[entry].tuple,
		  (entry_get(&t->hot[entry].tuple) & ENTRY_TUPLE_KEY_MASK) |
			  (uint64_t)f->vlan << 48);
}

void table_end(struct flow_table *t, uint32_t entry, enum flow_end end)
{
	struct entry_hot *hot = &t->hot[entry];

	add_record(t, entry, end);
	add_count_end(t, end);
	table_index_remove(&t->index, entry_get_u32(&t->cold[entry].hash),
			   entry);
	entry_begin(hot);
	entry_put(&hot->tuple, 0);
	entry_put_u32(&hot->misc, 0);
	entry_end(hot);
	add_give_back(t, entry);
	t->c.live--;
}

static void add_cut(struct flow_table *t, uint32_t entry)
{
	struct entry_hot *hot = &t->hot[entry];
	struct entry_cold *cold = &t->cold[entry];
	uint32_t misc = entry_get_u32(&hot->misc);

	add_record(t, entry, FLOW_END_ACTIVE);
	entry_begin(hot);
	for (unsigned s = 0; s < 2; s++) {
		atom_u64 *word = hot->side[s];

		if (misc & ENTRY_MISC_VERDICT)
			verdict_cut(&t->verdict[entry], s,
				    entry_get(&word[ENTRY_LAST]), t->now_ns);
		entry_put(&word[ENTRY_BYTES],
			  entry_get(&word[ENTRY_BYTES]) & ~ENTRY_BYTES_MASK);
		entry_put(&word[ENTRY_PACKETS],
			  entry_get(&word[ENTRY_PACKETS]) &
				  ~ENTRY_PACKETS_MASK);
		entry_put(&word[ENTRY_HEADERS],
			  entry_get(&word[ENTRY_HEADERS]) &
				  ~(ENTRY_OVERHEAD_MASK | ENTRY_FLAGS_MASK));
		entry_put(&word[ENTRY_LAST], 0);
		entry_put(&cold->first[s], 0);
		entry_put_u32(&cold->overhead[s], 0);
	}
	entry_put_u32(&hot->misc, misc & ~ENTRY_MISC_RARE);
	entry_end(hot);
}

void table_cut_if_due(struct flow_table *t, uint32_t entry, uint64_t now_ns)
{
	uint64_t a = entry_get(&t->cold[entry].first[0]);
	uint64_t b = entry_get(&t->cold[entry].first[1]);
	uint64_t first_ns = a == 0 || (b != 0 && b < a) ? b : a;

	if (first_ns != 0 && now_ns > first_ns &&
	    now_ns - first_ns >= t->config.active_timeout_ns)
		add_cut(t, entry);
}

void table_use_rare(struct flow_table *t, uint32_t entry)
{
	uint32_t misc = entry_get_u32(&t->hot[entry].misc);

	if (misc & ENTRY_MISC_RARE)
		return;
	for (unsigned i = 0; i < RARE_WORDS; i++)
		entry_put(&t->rare[entry].word[i], 0);
	entry_put_u32(&t->hot[entry].misc, misc | ENTRY_MISC_RARE);
	atom_store_relaxed_u32(&t->rare_used, 1);
}

void table_use_verdict(struct flow_table *t, uint32_t entry)
{
	uint32_t misc = entry_get_u32(&t->hot[entry].misc);

	if (misc & ENTRY_MISC_VERDICT)
		return;
	for (unsigned i = 0; i < 2 * VERDICT_WORDS; i++)
		entry_put(&t->verdict[entry]
				   .word[i / VERDICT_WORDS][i % VERDICT_WORDS],
			  0);
	entry_put_u32(&t->hot[entry].misc, misc | ENTRY_MISC_VERDICT);
}
