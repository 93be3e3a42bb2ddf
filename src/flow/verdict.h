/*
 * verdict.h: what became of the packets that the wire brought for this host.
 * Datagrams are compared, not packets: the wire side counts whole ones and
 * those of which it has shown every fragment (datagram.h), the host side what
 * the kernel put together.
 *
 * A datagram has a second of grace until it counts as refused. Marks make
 * that cheap: a mark holds both counts as of its time; once it is a second
 * old, what it holds is settled, and the next mark is set. Both vantages
 * stamp a packet within microseconds of each other, so a host packet belongs
 * to the mark by its time stamp, however late it is read.
 */
#ifndef RAWTOP_FLOW_VERDICT_H
#define RAWTOP_FLOW_VERDICT_H

#include "base/clock.h"
#include "flow/table_entry.h"

#define VERDICT_GRACE_NS CLOCK_NS_PER_S
/* The two stamps of one packet differ by less. */
#define VERDICT_SKEW_NS (20 * CLOCK_NS_PER_MS)
/* When a flow that only the host sees is looked into; below the grace, so
 * that a redirected flow is not called refused first. */
#define VERDICT_REDIRECT_NS (500 * CLOCK_NS_PER_MS)

/*
 * Writer, under the entry's lock: is the interface of slot `slot` the one that
 * this direction's verdict is by? The first one that shows what is meant for us
 * becomes that, and another one when it was silent for a second at least: a
 * mark that is two seconds old says so. It need not be the one where packets
 * count: a bridge's port shows them before the bridge, for another address.
 */
bool verdict_take_home(struct entry_verdict *v, unsigned side, uint8_t slot,
		       uint64_t time_ns);

/* Writer, under the entry's lock: one more datagram for this host was on the
 * wire (or, the other one, was accepted) in this direction. */
void verdict_count_wire(struct entry_verdict *v, unsigned side,
			uint64_t time_ns);
void verdict_count_host(struct entry_verdict *v, unsigned side,
			uint64_t time_ns);

/* Writer, under the entry's lock: a packet comes after more than the grace, the
 * one before was of last_ns. What is settled by that silence remains so. */
void verdict_end_silence(struct entry_verdict *v, unsigned side,
			 uint64_t last_ns);

/* Writer, under the entry's lock: is a packet of the host still to come that
 * the wire has shown, beyond those that are refused by now? */
bool verdict_is_owed(const struct entry_verdict *v, unsigned side,
		     uint64_t last_ns, uint64_t now_ns);

/* Writer, under the entry's lock: takes out what a record has told. */
void verdict_cut(struct entry_verdict *v, unsigned side, uint64_t last_ns,
		 uint64_t now_ns);

/* As now_ns: no more is to come, so that nothing has grace. */
#define VERDICT_FINAL UINT64_MAX

struct verdict_ruling {
	enum flow_verdict verdict;
	uint64_t refused;
};

/*
 * Any thread: the ruling at now_ns over a copy of one side's words; last_ns
 * is the time of the side's last packet, lossy says that a vantage lost
 * packets in the flow's life.
 */
struct verdict_ruling verdict_rule(const uint64_t word[VERDICT_WORDS],
				   uint64_t last_ns, uint64_t now_ns,
				   bool lossy);

#endif
