/*
 * table_put.c: one packet is credited to its flow, whatever it is. Most never
 * come here: see table_batch.c and table_quick.h.
 */
#include "flow/table_inner.h"
#include "flow/table_quick.h"

#include <assert.h>

/* A side's home interface may change when it is silent there for so long. */
#define PUT_HOME_NS CLOCK_NS_PER_S

static bool put_has_tcp(const struct flow_facts *f)
{
	return f->key.proto == 6 && f->transport_known;
}

/* The slot of an interface number; 0 when there are too many. */
static uint8_t put_iface_slot(struct flow_table *t, uint32_t iface)
{
	uint32_t slot;

	if (t->iface_last_slot != 0 && t->iface_last == iface)
		return t->iface_last_slot;
	for (slot = 1; slot <= t->iface_count; slot++)
		if (entry_get_u32(&t->ifaces[slot]) == iface)
			break;
	if (slot == TABLE_IFACES)
		return 0;
	if (slot > t->iface_count) {
		t->iface_count = slot;
		entry_put_u32(&t->ifaces[slot], iface);
	}
	t->iface_last = iface;
	t->iface_last_slot = (uint8_t)slot;
	return (uint8_t)slot;
}

/* Adds bytes to the window that counts now; P2. */
static void put_pulse(struct flow_table *t, uint32_t entry, unsigned side,
		      uint32_t bytes, bool over)
{
	struct table_pulse *p = &t->pulse[entry];
	uint32_t seen = entry_get_u32(&p->seen) & PULSE_STAMP_MASK;
	uint32_t parity = t->window & 1, old = seen >> TABLE_STAMP_SHIFT, sum;
	atom_u32 *now = p->bytes[parity];

	if (old != t->window) {
		atom_store_release_u32(&now[0], 0);
		atom_store_release_u32(&now[1], 0);
		if (old + 1 != t->window) {
			atom_store_release_u32(&p->bytes[!parity][0], 0);
			atom_store_release_u32(&p->bytes[!parity][1], 0);
		}
	}
	if (bytes > 0) {
		sum = entry_get_u32(&now[side]);
		sum = sum + bytes >= sum ? sum + bytes : UINT32_MAX;
		atom_store_release_u32(&now[side], sum);
	}
	atom_store_release_u32(&p->seen, t->stamp | (over ? PULSE_OVER : 0));
}

/*
 * Live, the host vantage may show an answer before the wire's block with the
 * question in it is read: whoever spoke first by the kernel's clock began.
 */
static void put_initiator(struct flow_table *t, uint32_t entry,
			  const struct flow_facts *f)
{
	atom_u32 *misc = &t->hot[entry].misc;
	uint32_t rest = entry_get_u32(misc) & ~ENTRY_MISC_INITIATOR;
	uint64_t other_ns = entry_get(&t->cold[entry].first[!f->direction]);

	if (!(f->packet_flags & PACKET_FLAG_OFFLINE) &&
	    table_is_late(t, f->time_ns, other_ns))
		entry_put_u32(misc, rest | (f->direction == FLOW_BA
						    ? ENTRY_MISC_INITIATOR
						    : 0));
}

/* The time of a packet as the first or last of its direction. */
static void put_times(struct flow_table *t, uint32_t entry,
		      const struct flow_facts *f)
{
	atom_u64 *last = &t->hot[entry].side[f->direction][ENTRY_LAST];
	atom_u64 *first = &t->cold[entry].first[f->direction];
	uint64_t last_ns = entry_get(last), time_ns = f->time_ns;

	if (time_ns > last_ns) {
		entry_put(last, time_ns);
		if (last_ns == 0) {
			put_initiator(t, entry, f);
			entry_put(first, time_ns);
		}
	} else if (time_ns < entry_get(first)) {
		entry_put(first, time_ns);
	}
}

/* Adds what a frame has beyond the IP packet; it may be less than none. */
static uint64_t put_overhead(struct flow_table *t, uint32_t entry,
			     unsigned side, uint64_t low,
			     const struct flow_facts *f)
{
	int64_t sum = (int64_t)low + (int64_t)f->frame_bytes - f->bytes;
	atom_u32 *high = &t->cold[entry].overhead[side];

	if (sum < 0 || sum > (int64_t)ENTRY_OVERHEAD_MASK)
		entry_put_u32(high, entry_get_u32(high) +
					    (uint32_t)((uint64_t)sum >>
						       ENTRY_OVERHEAD_BITS));
	return (uint64_t)sum & ENTRY_OVERHEAD_MASK;
}

/*
 * What the packet's headers say becomes the direction's last word; and, where
 * it counts, the packet is added. Each word is stored once.
 */
static inline void put_side(struct flow_table *t, uint32_t entry,
			    const struct flow_facts *f, bool counts)
{
	atom_u64 *word = t->hot[entry].side[f->direction];
	uint64_t bytes = entry_get(&word[ENTRY_BYTES]) & ENTRY_BYTES_MASK;
	uint64_t packets = entry_get(&word[ENTRY_PACKETS]);
	uint64_t headers = entry_get(&word[ENTRY_HEADERS]);
	uint64_t low = headers & ENTRY_OVERHEAD_MASK;

	if (counts) {
		bytes = bytes + f->bytes <= ENTRY_BYTES_MASK ? bytes + f->bytes
							     : ENTRY_BYTES_MASK;
		packets += (packets & ENTRY_PACKETS_MASK) != ENTRY_PACKETS_MASK;
		low = put_overhead(t, entry, f->direction, low, f);
	}
	if (f->transport_known) {
		packets = (packets & ENTRY_PACKETS_MASK) | (uint64_t)f->window
								   << 48;
		entry_put(&word[ENTRY_SEQ], f->seq | (uint64_t)f->ack << 32);
	}
	entry_put(&word[ENTRY_BYTES], bytes | (uint64_t)f->ttl << 56);
	entry_put(&word[ENTRY_PACKETS], packets);
	entry_put(&word[ENTRY_HEADERS],
		  entry_headers(f, low) | (headers & ENTRY_FLAGS_MASK));
}

/* Where each end began to count, by the first segment that tells. */
static uint32_t put_tcp_base(struct flow_table *t, uint32_t entry,
			     uint32_t misc, const struct flow_facts *f)
{
	struct entry_cold *cold = &t->cold[entry];
	unsigned side = f->direction;
	bool syn = (f->tcp_flags & TCP_FLAG_SYN) != 0;

	if (!(misc & ENTRY_MISC_BASE(side))) {
		entry_put_u32(&cold->base[side], syn ? f->seq : f->seq - 1);
		misc |= ENTRY_MISC_BASE(side);
	} else if (syn && (f->tcp_flags & TCP_FLAG_ACK) &&
		   entry_get_u32(&cold->base[side]) != f->seq) {
		entry_put_u32(&cold->base[side], f->seq);
	}
	if ((f->tcp_flags & TCP_FLAG_ACK) && !(misc & ENTRY_MISC_BASE(!side))) {
		entry_put_u32(&cold->base[!side], f->ack - 1);
		misc |= ENTRY_MISC_BASE(!side);
	}
	return misc;
}

/* Is a connection that was over asked for once more? Interfaces are read one
 * after the other: what is older than the last segment asks for nothing. */
static bool put_tcp_again(const struct flow_table *t, uint32_t entry,
			  const struct flow_facts *f)
{
	const struct entry_hot *hot = &t->hot[entry];
	uint64_t last_ns =
		f->packet_flags & PACKET_FLAG_OFFLINE
			? entry_get(&hot->side[f->direction][ENTRY_LAST])
			: table_last_ns(hot);

	return tcp_flags_open(f->tcp_flags) &&
	       !table_is_late(t, f->time_ns, last_ns);
}

/* The connection moves on; true when it is over. */
static bool put_tcp(struct flow_table *t, uint32_t entry,
		    const struct flow_facts *f)
{
	struct entry_hot *hot = &t->hot[entry];
	uint32_t old = entry_get_u32(&hot->misc);
	uint32_t misc = put_tcp_base(t, entry, old, f);
	unsigned shift = ENTRY_MISC_SENT(f->direction);
	bool over = (entry_get_u32(&t->pulse[entry].seen) & PULSE_OVER) != 0;
	uint8_t sent;

	if (over && put_tcp_again(t, entry, f)) {
		misc &= ~ENTRY_MISC_SENT_BOTH;
		over = false;
	}
	sent = entry_sent(misc, f->direction);
	misc &= ~((uint32_t)TCP_SENT_MASK << shift);
	misc |= (uint32_t)tcp_sent_add(sent, f->tcp_flags) << shift;
	if (misc == old)
		return over;
	entry_put_u32(&hot->misc, misc);
	if (over || !tcp_state_over(tcp_state(entry_sent(misc, 0),
					      entry_sent(misc, 1))))
		return over;
	table_note_over(t, entry);
	return true;
}

/* Adds to either half of the word of fragments and copies. */
static void put_rare_count(struct flow_table *t, uint32_t entry, unsigned side,
			   unsigned shift, uint64_t count)
{
	atom_u64 *word = &t->rare[entry].word[RARE_FRAGMENTS_COPIES + side];
	uint64_t x;

	table_use_rare(t, entry);
	x = entry_get(word);
	if (count > UINT32_MAX - (uint32_t)(x >> shift))
		count = UINT32_MAX - (uint32_t)(x >> shift);
	entry_put(word, x + (count << shift));
}

static void put_wire(struct flow_table *t, uint32_t entry,
		     const struct flow_facts *f)
{
	unsigned side = f->direction;
	bool over = (entry_get_u32(&t->pulse[entry].seen) & PULSE_OVER) != 0;

	put_side(t, entry, f, true);
	put_times(t, entry, f);
	if (put_has_tcp(f))
		over = put_tcp(t, entry, f);
	if (f->fragment == VIEW_FRAGMENT_LATER)
		put_rare_count(t, entry, side, 0, 1);
	put_pulse(t, entry, side, f->bytes, over);
	t->c.wire_packets++;
	t->c.bytes += f->bytes;
}

/*
 * The host vantage says what was accepted. Times and headers are the wire's
 * to tell, which sees the packets first and in order; the host's stand where
 * the wire shows nothing of the direction.
 */
static void put_host(struct flow_table *t, uint32_t entry,
		     const struct flow_facts *f)
{
	unsigned side = f->direction;
	atom_u64 *word = t->rare[entry].word;
	uint64_t wire = entry_get(&t->hot[entry].side[side][ENTRY_PACKETS]);
	bool over = (entry_get_u32(&t->pulse[entry].seen) & PULSE_OVER) != 0;

	table_use_rare(t, entry);
	entry_put(&word[RARE_HOST_PACKETS + side],
		  entry_get(&word[RARE_HOST_PACKETS + side]) + 1);
	entry_put(&word[RARE_HOST_BYTES + side],
		  entry_get(&word[RARE_HOST_BYTES + side]) + f->bytes);
	if ((wire & ENTRY_PACKETS_MASK) == 0) {
		put_times(t, entry, f);
		put_side(t, entry, f, false);
		if (put_has_tcp(f))
			over = put_tcp(t, entry, f);
	}
	if (t->verdict)
		table_host_put_host(t, entry, f);
	put_pulse(t, entry, side, 0, over);
	t->c.host_packets++;
}

/*
 * Is this a sight of the direction on an interface that is not its home? Each
 * packet of a direction counts on one interface: a bridge and its port, or a
 * VLAN and its carrier, show it twice.
 */
static bool put_is_foreign(struct flow_table *t, uint32_t entry,
			   const struct flow_facts *f, uint8_t slot)
{
	struct entry_hot *hot = &t->hot[entry];
	unsigned shift = ENTRY_MISC_IFACE(f->direction);
	uint32_t misc = entry_get_u32(&hot->misc);
	uint8_t home = (uint8_t)(misc >> shift);
	uint64_t last_ns;

	if (home == slot)
		return false;
	last_ns = entry_get(&hot->side[f->direction][ENTRY_LAST]);
	if (home != 0 && !(f->packet_flags & PACKET_FLAG_OFFLINE) &&
	    (last_ns <= t->now_ns ? f->time_ns <= last_ns + PUT_HOME_NS
				  : table_passed_ns(t, entry) <= PUT_HOME_NS))
		return true;
	misc &= ~(UINT32_C(0xff) << shift);
	entry_put_u32(&hot->misc, misc | (uint32_t)slot << shift);
	return false;
}

static void put_sight(struct flow_table *t, uint32_t entry,
		      const struct flow_facts *f)
{
	uint8_t slot = put_iface_slot(t, f->iface);
	bool home = !put_is_foreign(t, entry, f, slot);

	if (home) {
		if (t->verdict)
			table_host_foresee_wire(t, entry, f);
		put_wire(t, entry, f);
	} else {
		put_rare_count(t, entry, f->direction, 32, 1);
		t->c.copies++;
	}
	if (t->verdict)
		table_host_put_wire(t, entry, f, slot, home);
}

/* Credits a packet to its entry, which entry_begin has been called for. */
static void put_credit(struct flow_table *t, uint32_t entry,
		       const struct flow_facts *f)
{
	if (f->packet_flags & PACKET_FLAG_HOST_VANTAGE)
		put_host(t, entry, f);
	else
		put_sight(t, entry, f);
	entry_end(&t->hot[entry]);
}

/* A hash for one direction of a flow that may not be there yet. */
static uint64_t put_early_hash(const struct flow_table *t,
			       const struct flow_facts *f, unsigned side)
{
	uint64_t word[HASH_INPUT_WORDS] = {
		flow_key_word(&f->key, 0), flow_key_word(&f->key, 1),
		flow_key_word(&f->key, 2), flow_key_word(&f->key, 3),
		flow_key_word(&f->key, 4),
	};

	return hash_words(&t->key, word) ^ side;
}

/* A copy whose flow is not there: on a loopback interface each packet's copy
 * comes first. The flow has it when it begins. */
static void put_early_copy(struct flow_table *t, const struct flow_facts *f)
{
	uint64_t hash = put_early_hash(t, f, f->direction);
	uint64_t count =
		memo_find(&t->early, hash, f->time_ns, TABLE_EARLY_LIFE_NS);

	t->early_iface = f->iface;
	memo_put(&t->early, hash, count + 1, f->time_ns);
}

/* May there be copies from before this flow? The host vantage names no
 * interface that could be compared. */
static bool put_has_early(const struct flow_table *t,
			  const struct flow_facts *f)
{
	return t->early_iface != 0 &&
	       (t->early_iface == f->iface ||
		(f->packet_flags & PACKET_FLAG_HOST_VANTAGE));
}

/* Gives a new flow the copies that came before it; under its lock. */
static void put_take_early(struct flow_table *t, uint32_t entry,
			   const struct flow_facts *f)
{
	for (unsigned side = 0; side < 2; side++) {
		uint64_t count =
			memo_take(&t->early, put_early_hash(t, f, side),
				  f->time_ns, TABLE_EARLY_LIFE_NS);

		if (count > 0)
			put_rare_count(t, entry, side, 32, count);
	}
}

/* A further sight of a packet that counts elsewhere; it makes no flow. */
static void put_copy(struct flow_table *t, uint32_t entry,
		     const struct flow_facts *f)
{
	t->c.copies++;
	if (entry == TABLE_NONE) {
		put_early_copy(t, f);
		return;
	}
	entry_begin(&t->hot[entry]);
	put_rare_count(t, entry, f->direction, 32, 1);
	entry_end(&t->hot[entry]);
}

/* Does a SYN begin another connection in the flow's place? */
static bool put_opens_anew(const struct flow_table *t, uint32_t entry,
			   const struct flow_facts *f)
{
	const struct entry_hot *hot = &t->hot[entry];
	const unsigned side = f->direction;
	uint32_t misc = entry_get_u32(&hot->misc);
	uint64_t last_ns = table_last_ns(hot);

	if (!put_has_tcp(f) || !tcp_flags_open(f->tcp_flags) ||
	    (f->packet_flags & PACKET_FLAG_HOST_VANTAGE))
		return false;
	/* Interfaces are read one after the other: a late sight of a packet
	 * that has been counted. */
	if (!(f->packet_flags & PACKET_FLAG_OFFLINE) && last_ns <= t->now_ns &&
	    f->time_ns <= last_ns + (table_host_alone(t, entry)
					     ? TABLE_HOST_ALONE_NS
					     : 0))
		return false;
	return tcp_syn_is_new((misc & ENTRY_MISC_BASE(side)) != 0,
			      entry_get_u32(&t->cold[entry].base[side]),
			      f->seq);
}

/* The flow of a packet goes on, or another one of the same key begins. */
static void put_continue(struct flow_table *t, uint32_t entry,
			 const struct flow_facts *f, bool near)
{
	uint32_t seen = entry_get_u32(&t->pulse[entry].seen);
	enum flow_end end = table_expired_before(t, entry, f->time_ns, near);

	if (end == FLOW_END_NONE && put_opens_anew(t, entry, f))
		end = FLOW_END_CLOSED;
	if (end != FLOW_END_NONE) {
		table_restart(t, entry, f, end);
		return;
	}
	/* Looked at a few times a second: the beginning is not at hand. */
	if (t->config.active_timeout_ns != 0 && t->config.ended &&
	    (seen & PULSE_STAMP_MASK) != t->stamp)
		table_cut_if_due(t, entry, near ? f->time_ns : t->now_ns);
	entry_begin(&t->hot[entry]);
}

/*
 * A hash for the datagram that a fragment is of: addresses in the order of
 * sending, protocol, identification. Between two equal addresses the key's
 * order hangs on ports, which later fragments have not.
 */
uint64_t table_datagram_hash(const struct flow_table *t,
			     const struct flow_facts *f)
{
	const struct flow_key *k = &f->key;
	bool loop = memcmp(k->addr[0], k->addr[1], sizeof(k->addr[0])) == 0;
	bool host = (f->packet_flags & PACKET_FLAG_HOST_VANTAGE) != 0;
	uint64_t word[HASH_INPUT_WORDS];

	memcpy(word, k->addr, sizeof(k->addr));
	word[4] = (uint64_t)f->fragment_id << 32 | (uint64_t)k->proto << 16 |
		  (uint64_t)k->version << 8 | (uint64_t)host << 1 |
		  (!loop && f->direction == FLOW_BA);
	return hash_words(&t->key, word);
}

/* What is noted of a first fragment: its flow, and its direction there. */
#define PUT_NOTE	   (UINT64_C(1) << 63)
#define PUT_NOTE_DIRECTION (UINT64_C(1) << 62)

static void put_note_datagram(struct flow_table *t, uint32_t entry,
			      const struct flow_facts *f)
{
	uint32_t generation = entry_get_u32(&t->cold[entry].generation);
	uint64_t note = (uint64_t)generation << TABLE_ENTRY_BITS | entry;

	if (f->direction == FLOW_BA)
		note |= PUT_NOTE_DIRECTION;
	memo_put(&t->fragments, table_datagram_hash(t, f), note | PUT_NOTE,
		 f->time_ns);
}

/* The flow that a later fragment's datagram began in, or TABLE_NONE. */
static uint32_t put_find_datagram(struct flow_table *t, struct flow_facts *f,
				  bool near)
{
	uint64_t note = memo_find(&t->fragments, table_datagram_hash(t, f),
				  f->time_ns, TABLE_FRAGMENT_LIFE_NS);
	uint32_t entry = note != 0 ? table_id_alive(t, note) : TABLE_NONE;

	/* A flow whose time is over may have been swept away as well. */
	if (entry != TABLE_NONE &&
	    table_expired_before(t, entry, f->time_ns, near) != FLOW_END_NONE)
		entry = TABLE_NONE;
	if (entry != TABLE_NONE) {
		f->hash = entry_get_u32(&t->cold[entry].hash);
		f->direction = note & PUT_NOTE_DIRECTION ? FLOW_BA : FLOW_AB;
	}
	if (f->packet_flags & PACKET_FLAG_COPY)
		return entry;
	if (entry != TABLE_NONE)
		t->c.fragments_joined++;
	else
		t->c.fragments_alone++;
	return entry;
}

void table_put(struct flow_table *t, struct flow_facts *f, uint32_t guess,
	       bool absent)
{
	uint32_t entry = TABLE_NONE;
	bool near;

	/* Some files have no times; 0 is for what there was not. */
	if (f->time_ns == 0)
		f->time_ns = t->now_ns != 0 ? t->now_ns : 1;
	near = table_clock_follow(t, f->time_ns);
	if (f->fragment == VIEW_FRAGMENT_LATER)
		entry = put_find_datagram(t, f, near);
	if (entry == TABLE_NONE && guess != TABLE_NONE &&
	    entry_matches(&t->hot[guess], &f->key))
		entry = guess;
	if (entry == TABLE_NONE && !absent)
		entry = table_find(t, f->hash, &f->key);
	if (f->packet_flags & PACKET_FLAG_COPY) {
		put_copy(t, entry, f);
		return;
	}
	if (entry != TABLE_NONE) {
		put_continue(t, entry, f, near);
	} else if (near && quick_is_plain(t, f) && !put_has_early(t, f)) {
		if (!table_add_seen(t, f, put_iface_slot(t, f->iface)))
			t->c.no_room++;
		return;
	} else {
		entry = table_add(t, f);
		if (entry == TABLE_NONE) {
			t->c.no_room++;
			return;
		}
		if (put_has_early(t, f))
			put_take_early(t, entry, f);
	}
	put_credit(t, entry, f);
	if (!near)
		table_clock_note_entry(t, entry);
	if (f->fragment == VIEW_FRAGMENT_FIRST)
		put_note_datagram(t, entry, f);
}
