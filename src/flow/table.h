/*
 * table.h: one worker's flows. One thread writes; any thread reads single
 * entries under their sequence locks, and sums and orders under none.
 *
 * Memory is taken at the start: an index of hash tags and entry numbers over
 * dense entries, and dense arrays of the bytes per rate window. The hash is
 * keyed by the secret, so whoever chooses five-tuples cannot make chains;
 * probing is bounded.
 */
#ifndef RAWTOP_FLOW_TABLE_H
#define RAWTOP_FLOW_TABLE_H

#include "base/err.h"
#include "flow/flow.h"

#include <stdint.h>

#define FLOW_BATCH_MAX 64

struct flow_table;

struct flow_table_config {
	uint32_t max_flows;
	uint64_t idle_timeout_ns;   /* a flow without packets ends; 0: never */
	uint64_t active_timeout_ns; /* a long flow's record is cut; 0: never */
	uint64_t closed_linger_ns;  /* a closed TCP flow without packets is
				       kept this long */
	uint8_t secret[16];	    /* for the hash */
	bool verdicts; /* both vantages run: follow what the host accepts */
	bool live;     /* ticks tell the time, not the packets */
	/*
	 * Called by the writing thread when a record is made; `flow` is
	 * borrowed for the call. NULL: nobody wants records, and the active
	 * timeout does nothing, so that the flows on a screen stay whole.
	 *
	 * A record tells what came since the last one of the same flow (same
	 * id), so the records of a flow add up to it: counters, times and TCP
	 * flags begin again behind a cut; state and ends do not.
	 */
	void (*ended)(void *context, const struct flow *flow);
	void *context;
	/* Below 16, different for each table of a run, so that a flow's id
	 * says which table it is in. */
	uint8_t number;
};

/* Counters of a table; one writer, read by anybody. */
struct flow_table_counts {
#define TABLE_COUNT(name, label, help) uint64_t name;
#include "flow/table_counts.def"
#undef TABLE_COUNT
};

/* NULL with *e set when the memory is not to be had. Close frees it. */
struct flow_table *flow_table_open(const struct flow_table_config *config,
				   struct err *e);
void flow_table_close(struct flow_table *t);

/*
 * Writer: credits a batch of at most FLOW_BATCH_MAX packets to their flows,
 * in order: hashes, prefetches, finds or adds, updates. Facts are scratch
 * after the call. A packet's time also moves the table's clock: at once when
 * it is ahead by at most five minutes. A time further off, in either
 * direction, is followed when three packets in a row are; and live, never.
 */
void flow_table_put(struct flow_table *t, struct flow_facts *batch,
		    unsigned count);

/*
 * Writer: credits an ICMP error to the flow that it quotes, if that is there.
 * True when it was.
 */
bool flow_table_put_quoted(struct flow_table *t, struct flow_facts *quoted,
			   uint8_t icmp_type, uint8_t icmp_code);

/*
 * Writer: moves the clock to now_ns: rate windows turn, idle and closed flows
 * end. Bounded work per call. Call it at least ten times a second when the
 * source is live. Then now_ns is the system's time, which is followed in both
 * directions (a step back of up to a second is waited out); else it is the
 * time of some packet, which moves the clock ahead by five minutes at most.
 * Ages of flows and rates stay what they are when the clock goes back.
 */
void flow_table_tick(struct flow_table *t, uint64_t now_ns);

/* Writer: tells that a vantage lost packets around now: open verdicts of
 * flows alive now become unsure. */
void flow_table_note_loss(struct flow_table *t, uint64_t now_ns);

/* Writer: ends every flow with `end`, calling config.ended for each. */
void flow_table_end_all(struct flow_table *t, enum flow_end end);

/* Writer: the IPv4/IPv6 addresses of this host, so that a verdict is given
 * only where this host is the receiver. Copied; FLOW_LOCAL_MAX are kept. */
#define FLOW_LOCAL_MAX 4096
struct flow_local_addr {
	uint8_t version;
	uint8_t addr[16];
};
void flow_table_set_local(struct flow_table *t,
			  const struct flow_local_addr *addrs, unsigned count);

/*
 * Writer: the IP protocols that the host vantage reads (one raw socket each),
 * so that no verdict is given for others. Until it is called: all.
 */
void flow_table_set_host_protos(struct flow_table *t, const uint8_t *protos,
				unsigned count);

/* Any thread. */
void flow_table_read_counts(const struct flow_table *t,
			    struct flow_table_counts *counts);

/* Any thread: the table's clock; 0: no packet yet. */
uint64_t flow_table_now_ns(const struct flow_table *t);

/* Any thread: entry numbers are below this (entries may be free). */
uint32_t flow_table_extent(const struct flow_table *t);

/* Any thread: copies entry `index` if a flow is there; false if it is free.
 * Never blocks the writer; retries while the entry is being written. */
bool flow_table_read(const struct flow_table *t, uint32_t index,
		     struct flow *flow);

/* Any thread: the flow with this id if it is still there. The id holds the
 * entry number and a generation. */
bool flow_table_read_id(const struct flow_table *t, uint64_t id,
			struct flow *flow);

/* Any thread: bytes in both directions in the last whole rate window of one
 * second, by entry; a dense scan without locks. Free entries read 0. */
uint32_t flow_table_rate_bytes(const struct flow_table *t, uint32_t index);

/*
 * Bytes of memory taken, for the health view: under 200 a flow. Two arrays
 * are reserved too, whose pages are touched only where they are needed, and
 * are counted from then on: 64 bytes a flow for fragments, copies, ICMP errors
 * and host counts, and with config.verdicts 128 bytes more.
 */
size_t flow_table_memory_bytes(const struct flow_table *t);

#endif
