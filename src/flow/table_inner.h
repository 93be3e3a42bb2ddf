/*
 * table_inner.h: what the files of the flow table share; nobody else reads
 * it. table.c opens, table_batch.c and table_put.c credit, table_clock.c says
 * what time it is, table_add.c gives entries out and takes them back,
 * table_end.c lets flows end, table_host.c minds the host vantage, table_read.c
 * is what other threads call.
 */
#ifndef RAWTOP_FLOW_TABLE_INNER_H
#define RAWTOP_FLOW_TABLE_INNER_H

#include "flow/datagram.h"
#include "flow/hash.h"
#include "flow/memo.h"
#include "flow/table.h"
#include "flow/table_entry.h"
#include "flow/table_index.h"
#include "flow/verdict.h"

/* The clock of expiry and rates ticks sixteen times a second. */
#define TABLE_STAMP_SHIFT 4
#define TABLE_STAMP_NS	  (CLOCK_NS_PER_S >> TABLE_STAMP_SHIFT)
/* A time further than this from the clock is far: one packet alone does not
 * move the clock there. */
#define TABLE_NEAR_NS (300 * CLOCK_NS_PER_S)
/* So many in a row, all ahead or all behind, move it. */
#define TABLE_FAR_PACKETS 3

/*
 * What is scanned over all flows: 20 bytes each. `seen` is 0 for a free
 * entry, else the stamp of the last packet, with the top bit for connections
 * that are over. Stamps run modulo 2^31 (four years).
 *
 * Bytes are counted in two windows of a second, by the window's parity: the
 * one that counts now and the last whole one. A window is cleared when the
 * entry is first touched in it, so `seen` tells which windows mean something.
 *   P1 the table's window is stored (relaxed) before
 *   P2 an entry's bytes are cleared or added to for it (release), then `seen`
 *      is stored (release);
 *   P3 a reader loads the window, then `seen` and bytes (acquire, pair with
 *      P2), then the window again: if it saw bytes of a later window than
 *      the first load gave, the second load shows that.
 */
struct table_pulse {
	atom_u32 seen;
	atom_u32 bytes[2][2]; /* by parity of the window, by side; while the
				 entry is free, [0][0] is the next free one */
};
_Static_assert(sizeof(struct table_pulse) == 20, "part of the memory promised");

#define PULSE_OVER	 (UINT32_C(1) << 31)
#define PULSE_STAMP_MASK (PULSE_OVER - 1)

/*
 * Bytes by the entry's sides in the last whole window, where `window` counts
 * now, and the entry's `seen`; P3, but for the second look at the window. A
 * mask, not a branch: which flows are at rest is not to be guessed.
 */
__attribute__((always_inline)) static inline uint32_t
table_whole_bytes(const struct table_pulse *p, uint32_t window,
		  uint32_t bytes[2])
{
	uint32_t seen = atom_load_acquire_u32(&p->seen);
	uint32_t last = (seen & PULSE_STAMP_MASK) >> TABLE_STAMP_SHIFT;
	const atom_u32 *whole = p->bytes[(window - 1) & 1];
	uint32_t mask = 0u - (uint32_t)(seen != 0 &&
					(last == window || last + 1 == window));

	bytes[0] = atom_load_acquire_u32(&whole[0]) & mask;
	bytes[1] = atom_load_acquire_u32(&whole[1]) & mask;
	return seen;
}

/* Entry numbers fit the id: 4 bits of table, 32 of generation, 28 of entry. */
#define TABLE_ENTRY_BITS  28
#define TABLE_NONE	  INDEX_NOTHING
#define TABLE_IFACES	  256 /* slot 0: none */
#define TABLE_LOCAL_SLOTS (4 * FLOW_LOCAL_MAX)
/* Fragments: 4096 rows of 30 s (RFC 8200, 4.5, gives up after 60). */
/* Copies that come before their flow; the packet follows at once. */
#define TABLE_EARLY_SETS       256
#define TABLE_EARLY_LIFE_NS    CLOCK_NS_PER_S
#define TABLE_FRAGMENT_SETS    1024
#define TABLE_FRAGMENT_LIFE_NS (30 * CLOCK_NS_PER_S)
#define TABLE_DATAGRAM_SETS    1024
#define TABLE_WIRE_ONLY_SETS   1024
#define TABLE_HOST_ONLY_MAX    256
#define TABLE_OVER_MAX	       4096

/* A direction of a flow as it was: entry, generation, side in one number. */
struct table_host_only {
	uint64_t id;
	uint64_t time_ns;
	uint8_t side;
};

/* What follows the host vantage; only where verdicts are wanted. */
struct table_host {
	struct flow_local_addr local[TABLE_LOCAL_SLOTS]; /* version 0: none */
	uint8_t protos[32]; /* bits: the protocols the host vantage reads */
	struct datagrams datagrams; /* for us, in fragments, not whole yet */
	struct memo wire_only; /* sender → id of a flow new on the wire */
	/* Flows new at the host that the wire has not seen; a queue. */
	struct table_host_only only[TABLE_HOST_ONLY_MAX];
	uint32_t only_head;
	uint32_t only_count;
};

/* Connections that are over, for eviction; a queue of entry and generation. */
struct table_over {
	uint32_t entry;
	uint32_t generation;
};

/*
 * What the index gave for a hash of late: most packets are of few flows, and
 * this finds their entries without a search. Like the index it gives what is
 * likely; the caller compares keys.
 */
#define TABLE_RECENT 8192
struct table_recent {
	uint32_t hash;
	uint32_t entry;
};

struct flow_table {
	struct flow_table_config config;
	struct hash_key key;
	struct table_index index;
	struct entry_hot *hot;
	struct entry_cold *cold;
	struct table_pulse *pulse;
	struct entry_rare *rare;
	struct entry_verdict *verdict; /* NULL: no verdicts */
	struct table_host *host;       /* NULL: no verdicts */
	struct memo fragments;
	struct memo early;    /* copies of flows that are not there yet */
	uint32_t early_iface; /* where the last one was; 0: none yet */
	struct table_over *over;
	uint32_t over_head;
	uint32_t over_count;

	/* The clock: the highest time there was since it was set back. */
	uint64_t now_ns;
	uint64_t stamp_end_ns; /* until then `stamp` holds; 0: no time yet */
	uint64_t stamps;       /* all that have passed */
	uint32_t stamp;	       /* their low 31 bits */
	uint32_t window;       /* stamp >> TABLE_STAMP_SHIFT */
	atom_u64 now_shown;
	atom_u32 window_shown;
	atom_u64 loss_ns; /* when a vantage lost packets last; 0: never */
	uint64_t tick_ns; /* live: the last tick; 0: none yet, or a file */
	uint64_t back_ns; /* how far the clock was set back; 0: it was not */
	/* Packets in a row that are far from the clock, on one side. */
	uint32_t far_count;
	bool far_ahead;
	uint64_t far_ns;		       /* the highest time among them */
	uint32_t far_entry[TABLE_FAR_PACKETS]; /* where they were credited */

	uint32_t free_head; /* a chain through pulse.bytes[0][0] */
	uint32_t free_count;
	uint32_t evict_hand;
	uint32_t evict_age;  /* stamps: what was old enough last time */
	uint32_t sweep_hand; /* TABLE_NONE: no pass is on */
	uint64_t sweep_next_ns;
	uint32_t idle_stamps;
	uint32_t linger_stamps;
	atom_u32 extent; /* entries given out so far */

	struct table_recent recent[TABLE_RECENT];

	atom_u32 ifaces[TABLE_IFACES];
	uint32_t iface_count;
	uint32_t iface_last;
	uint8_t iface_last_slot;

	atom_u32 rare_used;
	struct flow_table_counts c; /* the writer's; shown after a batch */
#define TABLE_COUNT(name, label, help) atom_u64 shown_##name;
#include "flow/table_counts.def"
#undef TABLE_COUNT
};

static inline struct entry_place table_place(const struct flow_table *t,
					     uint32_t entry)
{
	return (struct entry_place){
		&t->hot[entry],
		&t->cold[entry],
		&t->rare[entry],
		t->verdict ? &t->verdict[entry] : NULL,
	};
}

/* A key's hash, whose upper bits say where the index has it. */
static inline uint32_t table_hash(const struct flow_table *t,
				  const struct flow_key *key)
{
	const uint64_t word[HASH_INPUT_WORDS] = {
		flow_key_word(key, 0), flow_key_word(key, 1),
		flow_key_word(key, 2), flow_key_word(key, 3),
		flow_key_word(key, 4),
	};

	return (uint32_t)(hash_words(&t->key, word) >> 32);
}

static inline uint64_t table_id(const struct flow_table *t, uint32_t entry,
				uint32_t generation)
{
	return (uint64_t)(t->config.number & 0xf) << 60 |
	       (uint64_t)generation << TABLE_ENTRY_BITS | entry;
}

static inline uint32_t table_id_entry(uint64_t id)
{
	return (uint32_t)(id & ((UINT32_C(1) << TABLE_ENTRY_BITS) - 1));
}

static inline uint32_t table_id_generation(uint64_t id)
{
	return (uint32_t)(id >> TABLE_ENTRY_BITS);
}

/*
 * Any thread: the ruling as of now_ns over a side's words, where first_ns and
 * last_ns of the side are read. Packets were lost in its life if it began
 * before the last loss; or is of a time that is still to come, by a clock that
 * has been set back, which counts as a loss.
 */
__attribute__((always_inline)) static inline void
table_rule_verdict(const struct flow_table *t,
		   const uint64_t word[VERDICT_WORDS], uint64_t now_ns,
		   struct flow_side *side)
{
	uint64_t loss_ns = atom_load_relaxed_u64(&t->loss_ns);
	bool lossy =
		loss_ns != 0 && (loss_ns + VERDICT_GRACE_NS >= side->first_ns ||
				 (side->first_ns > now_ns &&
				  side->first_ns - now_ns > VERDICT_GRACE_NS));
	struct verdict_ruling r =
		verdict_rule(word, side->last_ns, now_ns, lossy);

	side->verdict = (uint8_t)r.verdict;
	side->refused = r.refused;
}

/* The entry of an id, or TABLE_NONE when that flow is gone. Writer. */
uint32_t table_id_alive(const struct flow_table *t, uint64_t id);

/* Stamps since an entry was seen. */
static inline uint32_t table_age(const struct flow_table *t, uint32_t seen)
{
	return (t->stamp - seen) & PULSE_STAMP_MASK;
}

/* table.c: the entry of a key, or TABLE_NONE. */
uint32_t table_find(const struct flow_table *t, uint32_t hash,
		    const struct flow_key *key);

/*
 * table_clock.c: a packet of this time comes. False when it is far from the
 * clock (TABLE_NEAR_NS), which then says nothing of it: the packet's time is
 * compared with its flow's alone.
 */
bool table_clock_follow(struct flow_table *t, uint64_t time_ns);

/* table_clock.c: a packet of a time that was far has been credited there. */
void table_clock_note_entry(struct flow_table *t, uint32_t entry);

/* table_clock.c: no packet, but time goes on; see flow_table_tick. */
void table_clock_tick(struct flow_table *t, uint64_t now_ns);

/* table_clock.c: the last packets are in: what they said of the time is not
 * going to be contradicted. */
void table_clock_finish(struct flow_table *t);

/* table.c: shows the counters to readers. */
void table_show_counts(struct flow_table *t);

/*
 * table_add.c: an entry for a new flow, in the index; TABLE_NONE when there is
 * no room. Left as entry_begin leaves it: the caller credits the first packet
 * and calls entry_end.
 */
uint32_t table_add(struct flow_table *t, const struct flow_facts *f);

/*
 * table_add.c: the same with the first packet credited, all in one go: a whole
 * packet of the wire, where there are no verdicts. False when there is no
 * room.
 */
bool table_add_seen(struct flow_table *t, const struct flow_facts *f,
		    uint8_t iface_slot);

/*
 * table_put.c: credits one packet, whose entry is probably `guess`, or which,
 * when it is `absent`, certainly has none.
 */
void table_put(struct flow_table *t, struct flow_facts *f, uint32_t guess,
	       bool absent);

/* table_add.c: one flow ends and another one of the same key begins, in the
 * same entry, left as table_add leaves it. */
void table_restart(struct flow_table *t, uint32_t entry,
		   const struct flow_facts *f, enum flow_end end);

/* table_add.c: a flow ends: record, count, index, free list. */
void table_end(struct flow_table *t, uint32_t entry, enum flow_end end);

/* table_add.c: the active timeout, if it is reached: a record of what there
 * was, the counters begin again, the flow goes on. */
void table_cut_if_due(struct flow_table *t, uint32_t entry, uint64_t now_ns);

/* table_add.c: sets the flag and clears the words, under the entry's lock. */
void table_use_rare(struct flow_table *t, uint32_t entry);
void table_use_verdict(struct flow_table *t, uint32_t entry);

/* table_put.c: a hash for the datagram that a fragment is of. */
uint64_t table_datagram_hash(const struct flow_table *t,
			     const struct flow_facts *f);

/* table_end.c: is the flow past its idle or linger time by the clock? Else
 * FLOW_END_NONE. */
enum flow_end table_expired(const struct flow_table *t, uint32_t entry);

/* table_end.c: the same before a packet of this time, near the clock or not. */
enum flow_end table_expired_before(const struct flow_table *t, uint32_t entry,
				   uint64_t time_ns, bool near);

/* What has passed at least since an entry was seen, whatever clocks say. */
static inline uint64_t table_passed_ns(const struct flow_table *t,
				       uint32_t entry)
{
	uint32_t age = table_age(t, entry_get_u32(&t->pulse[entry].seen));

	return age > 0 ? (age - 1) * TABLE_STAMP_NS : 0;
}

/*
 * How long an entry whose last packet is from last_ns has been idle. The
 * stamps alone tell where last_ns is beyond the clock: it is wild, or from
 * before the clock was set back.
 */
static inline uint64_t table_idle_ns(const struct flow_table *t, uint32_t entry,
				     uint64_t last_ns)
{
	uint64_t passed_ns = table_passed_ns(t, entry);

	if (last_ns > t->now_ns || t->now_ns - last_ns < passed_ns)
		return passed_ns;
	return t->now_ns - last_ns;
}

/* Is a packet from before last_ns, as far as clocks tell? */
static inline bool table_is_late(const struct flow_table *t, uint64_t time_ns,
				 uint64_t last_ns)
{
	return time_ns < last_ns && last_ns <= t->now_ns;
}

/* table_end.c: the time of an entry's last packet, in either direction. */
uint64_t table_last_ns(const struct entry_hot *hot);

/* table_end.c: has the wire shown nothing of the flow (since its last cut)?
 * Such a flow is not over before TABLE_HOST_ALONE_NS have passed. */
#define TABLE_HOST_ALONE_NS (2 * CLOCK_NS_PER_S)
bool table_host_alone(const struct flow_table *t, uint32_t entry);

/* table_end.c: ends the flow that can best be missed. */
void table_evict(struct flow_table *t);

/* table_end.c: asks for the memory of the next `count` victims. */
void table_foresee_eviction(const struct flow_table *t, uint32_t count);

/* table_end.c: notes a connection that is over. */
void table_note_over(struct flow_table *t, uint32_t entry);

/* table_end.c: looks at up to `entries` entries for flows that are over. */
void table_sweep(struct flow_table *t, uint32_t entries);

/* table_host.c */
bool table_host_open(struct flow_table *t, struct err *e);
void table_host_close(struct flow_table *t);
size_t table_host_bytes(const struct flow_table *t);
/* A sight of a packet on the wire, on the interface of slot `slot`; `home`:
 * where the flow's packets count. Under the entry's lock. */
void table_host_put_wire(struct flow_table *t, uint32_t entry,
			 const struct flow_facts *f, uint8_t slot, bool home);
/* The same, where its packets count, before it is credited. */
void table_host_foresee_wire(struct flow_table *t, uint32_t entry,
			     const struct flow_facts *f);
/* A packet of the host vantage; under the entry's lock. */
void table_host_put_host(struct flow_table *t, uint32_t entry,
			 const struct flow_facts *f);
/* Marks the flows whose packets arrive elsewhere. */
void table_host_match(struct flow_table *t);
/* The clock was set: forgets the flows that wait for table_host_match. */
void table_host_forget(struct flow_table *t);

/* table_read.c: what the table knows of a copied entry; verdicts are as of
 * now_ns. */
void table_complete(const struct flow_table *t, uint32_t entry,
		    const struct entry_copy *copy, uint64_t now_ns,
		    struct flow *flow);

#endif
