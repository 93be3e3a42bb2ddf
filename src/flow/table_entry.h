/*
 * table_entry.h: how a flow lies in memory. Per flow: 128 bytes that every
 * packet may touch (two cache lines), 40 that mark its beginning, and two
 * side arrays whose pages are not touched until a flow needs them: `rare`
 * for what few flows have (fragments, ICMP errors, the host vantage), and
 * `verdict` where both vantages run.
 *
 * Numbers are packed where no packet can tell the difference. Counters either
 * have bits enough for any run (packets 48, bytes 56: 65 days at 100 Gbit/s)
 * or stop at their highest value; none wraps.
 *
 * The sequence lock of an entry: one writer, any number of readers, no fence.
 *   E1 the writer makes `lock` odd (relaxed);
 *   E2 stores the words that change (release);
 *   E3 makes `lock` even (release);
 *   E4 a reader loads `lock` (acquire, pairs with E3),
 *   E5 loads the words (acquire, each pairs with the E2 of the same word),
 *   E6 loads `lock` again (relaxed): if E5 saw any word of a later write, it
 *      happens after that write's E1, so E6 cannot give E4's value.
 */
#ifndef RAWTOP_FLOW_TABLE_ENTRY_H
#define RAWTOP_FLOW_TABLE_ENTRY_H

#include "base/atom.h"
#include "flow/flow.h"
#include "flow/key.h"
#include "flow/tcp.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

/* The words of one direction; the low bits first. */
enum entry_word {
	ENTRY_BYTES,   /* 56: IP bytes, 8: ttl */
	ENTRY_PACKETS, /* 48: packets, 16: window */
	ENTRY_LAST,    /* the latest time */
	ENTRY_SEQ,     /* 32: seq, 32: ack */
	ENTRY_HEADERS, /* 28: link bytes beyond IP's, modulo; 20: IPv4's id or
			  IPv6's flow label; 8: flags ored; 8: tos */
	ENTRY_SIDE_WORDS
};

#define ENTRY_BYTES_MASK    ((UINT64_C(1) << 56) - 1)
#define ENTRY_PACKETS_MASK  ((UINT64_C(1) << 48) - 1)
#define ENTRY_OVERHEAD_BITS 28
#define ENTRY_OVERHEAD_MASK ((UINT64_C(1) << ENTRY_OVERHEAD_BITS) - 1)
#define ENTRY_FLAGS_MASK    (UINT64_C(0xff) << 48)

struct entry_hot {
	atom_u32 lock;
	atom_u32 misc;	  /* ENTRY_MISC_… */
	atom_u64 addr[4]; /* the key's bytes */
	atom_u64 tuple;	  /* 16: port[0], 16: port[1], 8: version, 8: proto,
			     16: vlan; 0 when the entry is free */
	alignas(8) atom_u64 side[2][ENTRY_SIDE_WORDS];
};
_Static_assert(sizeof(struct entry_hot) == 128, "two cache lines");

#define ENTRY_TUPLE_KEY_MASK ((UINT64_C(1) << 48) - 1)

/* The word of what the headers said last, with a frame's part beyond IP. */
static inline uint64_t entry_headers(const struct flow_facts *f,
				     uint64_t overhead)
{
	/* Of flow label and identification one is 0. */
	return (overhead & ENTRY_OVERHEAD_MASK) |
	       (uint64_t)((f->flow_label | f->ip_id) & 0xfffff) << 28 |
	       (uint64_t)f->tcp_flags << 48 | (uint64_t)f->tos << 56;
}

/* What `misc` holds. */
#define ENTRY_MISC_SENT(side)  (TCP_SENT_BITS * (side)) /* shift: tcp_sent */
#define ENTRY_MISC_SENT_BOTH   ((1u << 2 * TCP_SENT_BITS) - 1)
#define ENTRY_MISC_BASE(side)  (1u << (10 + (side))) /* base_seq is known */
#define ENTRY_MISC_INITIATOR   (1u << 12)	     /* it is end b */
#define ENTRY_MISC_RARE	       (1u << 13) /* the rare words are in use */
#define ENTRY_MISC_VERDICT     (1u << 14) /* the verdict words are */
#define ENTRY_MISC_IFACE(side) (16u + 8u * (side)) /* shift: interface slot */

struct entry_cold {
	atom_u64 first[2];    /* 0: no packet yet */
	atom_u32 base[2];     /* TCP: sequence number of the SYN */
	atom_u32 overhead[2]; /* signed: the part above ENTRY_OVERHEAD_BITS */
	atom_u32 generation;  /* how often the entry was given out */
	atom_u32 hash;
};
_Static_assert(sizeof(struct entry_cold) == 40, "part of the memory promised");

enum rare_word {
	RARE_HOST_PACKETS, /* two of each, by direction */
	RARE_HOST_BYTES = 2,
	RARE_FRAGMENTS_COPIES = 4, /* 32: later fragments, 32: copies */
	RARE_ERRORS = 6, /* 32: ICMP errors, 8: last type, 8: last code; the
			    top bit: later than the other direction's */
	RARE_WORDS = 8
};

struct entry_rare {
	atom_u64 word[RARE_WORDS];
};

/* By direction; see verdict.h. */
enum verdict_word {
	VERDICT_ELIGIBLE, /* datagrams on the wire that were meant for us */
	VERDICT_ACCEPTED, /* datagrams the host vantage saw */
	VERDICT_MARK,	  /* eligible at the time of the mark */
	VERDICT_MARK_ACCEPTED, /* accepted, with stamps up to the mark */
	VERDICT_MARK_NS,
	VERDICT_SETTLED, /* eligible ones past their grace */
	VERDICT_REFUSED, /* 54: of the settled; 8: the slot of the interface
			    that verdicts are by; above: redirected, shown */
	VERDICT_HOST_NS, /* the latest stamp of the host vantage */
	VERDICT_WORDS
};
#define VERDICT_REDIRECTED (UINT64_C(1) << 63) /* signs say: elsewhere */
#define VERDICT_SHOWN	   (UINT64_C(1) << 62) /* the host has shown some */
#define VERDICT_FLAGS	   (VERDICT_REDIRECTED | VERDICT_SHOWN)
#define VERDICT_HOME_SHIFT 54
#define VERDICT_HOME_MASK  (UINT64_C(0xff) << VERDICT_HOME_SHIFT)
/* What stands beside the count. */
#define VERDICT_KEPT (VERDICT_FLAGS | VERDICT_HOME_MASK)

struct entry_verdict {
	atom_u64 word[2][VERDICT_WORDS];
};

/* A whole entry, copied out. */
struct entry_copy {
	uint32_t misc;
	uint32_t generation;
	uint64_t addr[4];
	uint64_t tuple;
	uint64_t side[2][ENTRY_SIDE_WORDS];
	uint64_t first[2];
	uint32_t base[2];
	uint32_t overhead[2];
	uint64_t rare[RARE_WORDS];
	uint64_t verdict[2][VERDICT_WORDS];
};

/* Where entry number i lies in the arrays. */
struct entry_place {
	struct entry_hot *hot;
	struct entry_cold *cold;
	struct entry_rare *rare;
	struct entry_verdict *verdict; /* NULL: no verdicts */
};

/* Writer: E1 and E3. */
static inline void entry_begin(struct entry_hot *h)
{
	atom_store_relaxed_u32(&h->lock, atom_load_relaxed_u32(&h->lock) + 1);
}

static inline void entry_end(struct entry_hot *h)
{
	atom_store_release_u32(&h->lock, atom_load_relaxed_u32(&h->lock) + 1);
}

/* Writer: E2, between entry_begin and entry_end. */
static inline void entry_put(atom_u64 *word, uint64_t x)
{
	atom_store_release_u64(word, x);
}

static inline void entry_put_u32(atom_u32 *word, uint32_t x)
{
	atom_store_release_u32(word, x);
}

/* Writer: its own words. */
static inline uint64_t entry_get(const atom_u64 *word)
{
	return atom_load_relaxed_u64(word);
}

static inline uint32_t entry_get_u32(const atom_u32 *word)
{
	return atom_load_relaxed_u32(word);
}

/* The last word of a key: ports, version and protocol as `tuple` has them on a
 * little-endian machine; vlan 0. */
static inline uint64_t entry_tuple(const struct flow_key *key)
{
	return flow_key_word(key, 4);
}
_Static_assert(sizeof(struct flow_key) == 5 * sizeof(uint64_t) &&
		       offsetof(struct flow_key, port) == 32 &&
		       offsetof(struct flow_key, version) == 36 &&
		       offsetof(struct flow_key, proto) == 37,
	       "the words of a key are those of an entry");

/* Writer: 0 when it is the flow of the key. */
static inline uint64_t entry_differs(const struct entry_hot *h,
				     const struct flow_key *key)
{
	return (entry_get(&h->addr[0]) ^ flow_key_word(key, 0)) |
	       (entry_get(&h->addr[1]) ^ flow_key_word(key, 1)) |
	       (entry_get(&h->addr[2]) ^ flow_key_word(key, 2)) |
	       (entry_get(&h->addr[3]) ^ flow_key_word(key, 3)) |
	       ((entry_get(&h->tuple) & ENTRY_TUPLE_KEY_MASK) ^
		entry_tuple(key));
}

/* Writer: is this the flow of the key? */
static inline bool entry_matches(const struct entry_hot *h,
				 const struct flow_key *key)
{
	return entry_differs(h, key) == 0;
}

static inline uint8_t entry_sent(uint32_t misc, unsigned side)
{
	return (uint8_t)(misc >> ENTRY_MISC_SENT(side) & TCP_SENT_MASK);
}

static inline uint8_t entry_proto(uint64_t tuple)
{
	return (uint8_t)(tuple >> 40);
}

/* Any thread: copies an entry in a state that it had; false when it is free
 * or, after many tries, still being written. */
bool entry_read(const struct entry_place *place, struct entry_copy *copy);

/* Writer: the same without the lock. */
void entry_copy_own(const struct entry_place *place, struct entry_copy *copy);

/*
 * Turns a copy into a flow, initiator first. Left to the caller: id, rates,
 * interfaces (side[].iface holds the slot), verdicts, end.
 */
void entry_unpack(const struct entry_copy *copy, struct flow *flow);

/* The side of the initiator: 0 or 1. */
static inline unsigned entry_initiator(uint32_t misc)
{
	return (misc & ENTRY_MISC_INITIATOR) != 0;
}

/* The state of an entry's connection. */
static inline enum flow_state entry_state(uint64_t tuple, uint32_t misc)
{
	if (entry_proto(tuple) != 6)
		return FLOW_ACTIVE;
	return tcp_state(entry_sent(misc, 0), entry_sent(misc, 1));
}

#endif
