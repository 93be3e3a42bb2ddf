/*
 * topk_scan.h: inside this room: reading a million flows for their order.
 * flow_table_read copies all of an entry; an order or a filter wants a few
 * words of it, and then the memory's speed is the bound. What is read here is
 * what flow_table_read reads, word for word (test_topk compares them).
 */
#ifndef RAWTOP_FLOW_TOPK_SCAN_H
#define RAWTOP_FLOW_TOPK_SCAN_H

#include "flow/column_parts.h"
#include "flow/table_inner.h"

/* A loop over a million flows is one function, or it takes twice as long. */
#define TOPK_INLINE static inline __attribute__((always_inline))

/* The dense part alone: is there a flow, is it over, what did it carry in the
 * last whole second. */
struct topk_pulse {
	bool used;
	bool over;
	uint32_t bytes[2]; /* by the entry's sides */
};

/* P3 of table_inner.h. `window` is t->window_shown, read once for a scan: a
 * window that turns meanwhile makes a row or two late by one redraw. */
TOPK_INLINE struct topk_pulse topk_pulse_read(const struct table_pulse *p,
					      uint32_t window)
{
	struct topk_pulse pulse;
	uint32_t seen = table_whole_bytes(p, window, pulse.bytes);

	pulse.used = seen != 0;
	pulse.over = (seen & PULSE_OVER) != 0;
	return pulse;
}

/* Bits per second both ways, as flow_rate_bits of the flow. */
TOPK_INLINE uint64_t topk_pulse_bits(const struct topk_pulse *p)
{
	return ((uint64_t)p->bytes[0] + p->bytes[1]) * 8;
}

/* As many as flow_table_read tries. */
#define TOPK_SCAN_TRIES_MAX 1000

TOPK_INLINE void scan_ends(const struct entry_hot *h, uint64_t tuple,
			   struct flow *flow, unsigned initiator)
{
	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &flow->side[s ^ initiator];
		uint64_t addr[2] = {atom_load_acquire_u64(&h->addr[2 * s]),
				    atom_load_acquire_u64(&h->addr[2 * s + 1])};

		memcpy(side->addr, addr, sizeof(addr));
		side->port = (uint16_t)(tuple >> (16 * s));
		if (flow_has_icmp(flow->proto))
			side->port = 0;
	}
}

TOPK_INLINE void scan_counts(const struct entry_place *place, uint32_t misc,
			     struct flow *flow, unsigned initiator)
{
	for (unsigned s = 0; s < 2; s++) {
		const atom_u64 *word = place->hot->side[s];
		const atom_u64 *rare = place->rare->word;
		struct flow_side *side = &flow->side[s ^ initiator];

		side->bytes = atom_load_acquire_u64(&word[ENTRY_BYTES]) &
			      ENTRY_BYTES_MASK;
		side->packets = atom_load_acquire_u64(&word[ENTRY_PACKETS]) &
				ENTRY_PACKETS_MASK;
		side->host_packets = side->host_bytes = 0;
		/* Only where the wire says nothing is the host asked. */
		if (!(misc & ENTRY_MISC_RARE) || side->packets)
			continue;
		side->host_packets =
			atom_load_acquire_u64(&rare[RARE_HOST_PACKETS + s]);
		side->host_bytes =
			atom_load_acquire_u64(&rare[RARE_HOST_BYTES + s]);
	}
}

TOPK_INLINE void scan_headers(const struct flow_table *t,
			      const struct entry_hot *h, uint32_t misc,
			      struct flow *flow, unsigned initiator)
{
	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &flow->side[s ^ initiator];
		uint64_t headers =
			atom_load_acquire_u64(&h->side[s][ENTRY_HEADERS]);
		uint32_t slot = misc >> ENTRY_MISC_IFACE(s) & 0xff;

		side->ttl = (uint8_t)(atom_load_acquire_u64(
					      &h->side[s][ENTRY_BYTES]) >>
				      56);
		side->seq =
			(uint32_t)atom_load_acquire_u64(&h->side[s][ENTRY_SEQ]);
		side->tos = (uint8_t)(headers >> 56);
		side->tcp_flags = (uint8_t)(headers >> 48);
		side->iface = atom_load_acquire_u32(&t->ifaces[slot]);
	}
}

TOPK_INLINE void scan_last(const struct entry_hot *h, struct flow *flow,
			   unsigned initiator)
{
	uint64_t a = atom_load_acquire_u64(&h->side[0][ENTRY_LAST]);
	uint64_t b = atom_load_acquire_u64(&h->side[1][ENTRY_LAST]);

	flow->side[initiator].last_ns = a;
	flow->side[!initiator].last_ns = b;
	flow->last_ns = a > b ? a : b;
}

TOPK_INLINE void scan_first(const struct entry_cold *c, struct flow *flow,
			    unsigned initiator)
{
	uint64_t a = atom_load_acquire_u64(&c->first[0]);
	uint64_t b = atom_load_acquire_u64(&c->first[1]);

	flow->side[initiator].first_ns = a;
	flow->side[!initiator].first_ns = b;
	/* 0 is none: then it is the other's. */
	flow->first_ns = b == 0 || (a != 0 && a < b) ? a : b;
}

TOPK_INLINE void scan_verdicts(const struct flow_table *t,
			       const struct entry_place *place, uint32_t misc,
			       struct flow *flow, unsigned initiator)
{
	uint64_t now_ns = atom_load_relaxed_u64(&t->now_shown);

	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &flow->side[s ^ initiator];
		uint64_t word[VERDICT_WORDS];

		side->verdict = FLOW_VERDICT_NONE;
		side->refused = 0;
		if (!place->verdict || !(misc & ENTRY_MISC_VERDICT))
			continue;
		for (unsigned i = 0; i < VERDICT_WORDS; i++)
			word[i] = atom_load_acquire_u64(
				&place->verdict->word[s][i]);
		table_rule_verdict(t, word, now_ns, side);
	}
}

TOPK_INLINE void scan_rates(const struct flow_table *t, uint32_t index,
			    uint32_t window, struct flow *flow)
{
	unsigned initiator =
		entry_initiator(atom_load_acquire_u32(&t->hot[index].misc));
	struct topk_pulse p = topk_pulse_read(&t->pulse[index], window);

	flow->side[initiator].rate_bits = (uint64_t)p.bytes[0] * 8;
	flow->side[!initiator].rate_bits = (uint64_t)p.bytes[1] * 8;
}

/* E5 of table_entry.h, for the parts. False: the entry is free. */
TOPK_INLINE bool scan_parts(const struct flow_table *t,
			    const struct entry_place *place, unsigned parts,
			    struct flow *flow)
{
	const struct entry_hot *h = place->hot;
	uint64_t tuple = atom_load_acquire_u64(&h->tuple);
	uint32_t misc = atom_load_acquire_u32(&h->misc);
	unsigned initiator = entry_initiator(misc);

	if (tuple == 0)
		return false;
	flow->version = (uint8_t)(tuple >> 32);
	flow->proto = entry_proto(tuple);
	flow->vlan = (uint16_t)(tuple >> 48);
	flow->icmp_type = (uint8_t)(tuple >> 24);
	flow->icmp_code = (uint8_t)(tuple >> 16);
	if (parts & FLOW_PART_STATE)
		flow->state = (uint8_t)entry_state(tuple, misc);
	if (parts & FLOW_PART_ENDS)
		scan_ends(h, tuple, flow, initiator);
	if (parts & FLOW_PART_COUNTS)
		scan_counts(place, misc, flow, initiator);
	if (parts & FLOW_PART_HEADERS)
		scan_headers(t, h, misc, flow, initiator);
	if (parts & FLOW_PART_LAST)
		scan_last(h, flow, initiator);
	if (parts & FLOW_PART_FIRST)
		scan_first(place->cold, flow, initiator);
	if (parts & FLOW_PART_VERDICTS)
		scan_verdicts(t, place, misc, flow, initiator);
	return true;
}

/* The memory that the entry some way ahead lies in. */
#define TOPK_SCAN_AHEAD 20

TOPK_INLINE void topk_scan_prefetch(const struct flow_table *t, uint32_t index)
{
	/* Past the end is harmless: the address is only hinted at. */
	const char *p = (const char *)((uintptr_t)t->hot +
				       ((uintptr_t)index + TOPK_SCAN_AHEAD) *
					       sizeof(t->hot[0]));

	__builtin_prefetch(p);
	__builtin_prefetch(p + 64);
}

/*
 * Reads the named parts (FLOW_PART_…) of entry `index` into *flow, and version,
 * protocol, VLAN and ICMP type always; the rest of *flow is left as it was.
 * False when no flow is there. Where `parts` is a constant this is a few loads.
 */
TOPK_INLINE bool topk_scan_read(const struct flow_table *t, uint32_t index,
				uint32_t window, unsigned parts,
				struct flow *flow)
{
	struct entry_place place = table_place(t, index);

	for (unsigned i = 0; i < TOPK_SCAN_TRIES_MAX; i++) {
		uint32_t before = atom_load_acquire_u32(&place.hot->lock);
		bool used;

		if (before & 1)
			continue;
		used = scan_parts(t, &place, parts, flow);
		if (used && (parts & FLOW_PART_RATES))
			scan_rates(t, index, window, flow);
		if (atom_load_relaxed_u32(&place.hot->lock) == before)
			return used;
	}
	return false;
}

#endif
