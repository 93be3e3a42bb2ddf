/*
 * table_read.c: what any thread may ask.
 */
#include "flow/table_inner.h"

#include <assert.h>

/* How often a reader begins again that the clock has interrupted. */
#define READ_TRIES_MAX 4

void flow_table_read_counts(const struct flow_table *t,
			    struct flow_table_counts *counts)
{
#define TABLE_COUNT(name, label, help)                                         \
	counts->name = atom_load_relaxed_u64(&t->shown_##name);
#include "flow/table_counts.def"
#undef TABLE_COUNT
}

uint64_t flow_table_now_ns(const struct flow_table *t)
{
	return atom_load_relaxed_u64(&t->now_shown);
}

uint32_t flow_table_extent(const struct flow_table *t)
{
	return atom_load_acquire_u32(&t->extent);
}

/* Bytes of each side in the last whole window; P3. */
static void read_rates(const struct flow_table *t, uint32_t entry,
		       uint32_t bytes[2])
{
	for (unsigned i = 0; i < READ_TRIES_MAX; i++) {
		uint32_t window = atom_load_relaxed_u32(&t->window_shown);

		(void)table_whole_bytes(&t->pulse[entry], window, bytes);
		if (atom_load_relaxed_u32(&t->window_shown) == window)
			return;
	}
}

uint32_t flow_table_rate_bytes(const struct flow_table *t, uint32_t index)
{
	uint32_t bytes[2];

	assert(index < t->config.max_flows);
	read_rates(t, index, bytes);
	return bytes[0] + bytes[1] >= bytes[0] ? bytes[0] + bytes[1]
					       : UINT32_MAX;
}

void table_complete(const struct flow_table *t, uint32_t entry,
		    const struct entry_copy *copy, uint64_t now_ns,
		    struct flow *flow)
{
	unsigned initiator = entry_initiator(copy->misc);
	uint32_t rates[2];

	entry_unpack(copy, flow);
	flow->id = table_id(t, entry, copy->generation);
	read_rates(t, entry, rates);
	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &flow->side[s];
		unsigned entry_side = s ^ initiator;

		side->rate_bits = (uint64_t)rates[entry_side] * 8;
		side->iface = atom_load_acquire_u32(&t->ifaces[side->iface]);
		if (copy->misc & ENTRY_MISC_VERDICT)
			table_rule_verdict(t, copy->verdict[entry_side], now_ns,
					   side);
	}
}

bool flow_table_read(const struct flow_table *t, uint32_t index,
		     struct flow *flow)
{
	struct entry_place place;
	struct entry_copy copy;

	assert(index < t->config.max_flows);
	place = table_place(t, index);
	if (!entry_read(&place, &copy))
		return false;
	table_complete(t, index, &copy, atom_load_relaxed_u64(&t->now_shown),
		       flow);
	return true;
}

bool flow_table_read_id(const struct flow_table *t, uint64_t id,
			struct flow *flow)
{
	uint32_t entry = table_id_entry(id);

	return entry < flow_table_extent(t) &&
	       flow_table_read(t, entry, flow) && flow->id == id;
}
