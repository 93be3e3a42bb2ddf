/*
 * table_end.c: how flows end by themselves. There are no lists: a hand goes
 * over the dense stamps, 20 bytes a flow, so that a packet only stores a
 * stamp. A sweep that comes late changes no record: whether a flow was over
 * before a packet is asked of its times when the packet comes.
 */
#include "flow/table_inner.h"

#include <assert.h>

/* A table this small is searched whole for the longest idle flow. */
#define EVICT_EXACT_MAX 64
/* In others, how many are looked at for one that is idle long enough. */
#define EVICT_LOOKS_MAX 16
/* How many entries ahead the index is asked for at the end. */
#define END_PREFETCH 16
/* Passes over all flows begin at most this often. */
#define SWEEP_PASS_NS CLOCK_NS_PER_S

uint64_t table_last_ns(const struct entry_hot *hot)
{
	uint64_t a = entry_get(&hot->side[0][ENTRY_LAST]);
	uint64_t b = entry_get(&hot->side[1][ENTRY_LAST]);

	return a > b ? a : b;
}

bool table_host_alone(const struct flow_table *t, uint32_t entry)
{
	const struct entry_hot *hot = &t->hot[entry];
	uint64_t packets = entry_get(&hot->side[0][ENTRY_PACKETS]) |
			   entry_get(&hot->side[1][ENTRY_PACKETS]);

	return (packets & ENTRY_PACKETS_MASK) == 0;
}

/* A flow stays so long in any case: what the host shows waits for the wire,
 * and a verdict for its grace. */
static uint64_t end_least_ns(const struct flow_table *t, uint32_t entry)
{
	if (table_host_alone(t, entry))
		return TABLE_HOST_ALONE_NS;
	return t->verdict ? VERDICT_GRACE_NS : 0;
}

/* Why a flow ends that was idle for so long, if it ends. */
static enum flow_end end_of_idle(const struct flow_table *t, uint32_t entry,
				 uint64_t idle_ns)
{
	uint32_t seen = entry_get_u32(&t->pulse[entry].seen);
	bool over = (seen & PULSE_OVER) != 0;
	uint64_t limit_ns =
		over ? t->config.closed_linger_ns : t->config.idle_timeout_ns;

	if (limit_ns < end_least_ns(t, entry))
		limit_ns = end_least_ns(t, entry);
	if (idle_ns <= limit_ns)
		return FLOW_END_NONE;
	return over ? FLOW_END_CLOSED : FLOW_END_IDLE;
}

/*
 * By the stamps, which follow the table's clock, and by the flow's own times:
 * where packets come late, neither alone would do.
 */
enum flow_end table_expired(const struct flow_table *t, uint32_t entry)
{
	uint32_t seen = entry_get_u32(&t->pulse[entry].seen);
	uint32_t limit = seen & PULSE_OVER ? t->linger_stamps : t->idle_stamps;

	if (table_age(t, seen) + 1 < limit)
		return FLOW_END_NONE;
	return end_of_idle(
		t, entry,
		table_idle_ns(t, entry, table_last_ns(&t->hot[entry])));
}

/*
 * Over if a sweep would say so, whether one has come by or not. Far from the
 * clock, the packet's own time may say it as well: in a file with few packets
 * each is far from the one before.
 */
enum flow_end table_expired_before(const struct flow_table *t, uint32_t entry,
				   uint64_t time_ns, bool near)
{
	uint64_t last_ns = table_last_ns(&t->hot[entry]);
	enum flow_end end = table_expired(t, entry);

	if (near || end != FLOW_END_NONE || time_ns <= last_ns)
		return end;
	return end_of_idle(t, entry, time_ns - last_ns);
}

void table_sweep(struct flow_table *t, uint32_t entries)
{
	uint32_t extent = atom_load_relaxed_u32(&t->extent);
	uint32_t at = t->sweep_hand, end;

	if (at == TABLE_NONE) {
		if (t->now_ns < t->sweep_next_ns)
			return;
		t->sweep_next_ns = t->now_ns + SWEEP_PASS_NS;
		at = 0;
	}
	end = extent - at < entries ? extent : at + entries;
	for (; at < end; at++) {
		uint32_t seen = entry_get_u32(&t->pulse[at].seen);
		uint32_t limit =
			seen & PULSE_OVER ? t->linger_stamps : t->idle_stamps;
		enum flow_end why;

		if (seen == 0 || table_age(t, seen) + 1 < limit)
			continue;
		why = table_expired(t, at);
		if (why != FLOW_END_NONE)
			table_end(t, at, why);
	}
	t->sweep_hand = at < extent ? at : TABLE_NONE;
}

void table_note_over(struct flow_table *t, uint32_t entry)
{
	struct table_over *row;

	/* Full: the oldest is forgotten, and leaves by its linger time. */
	if (t->over_count == TABLE_OVER_MAX) {
		t->over_head = (t->over_head + 1) % TABLE_OVER_MAX;
		t->over_count--;
	}
	row = &t->over[(t->over_head + t->over_count) % TABLE_OVER_MAX];
	row->entry = entry;
	row->generation = entry_get_u32(&t->cold[entry].generation);
	t->over_count++;
}

/* The connection that was over first, or TABLE_NONE. */
static uint32_t evict_over(struct flow_table *t)
{
	while (t->over_count > 0) {
		struct table_over row = t->over[t->over_head];
		uint32_t seen = entry_get_u32(&t->pulse[row.entry].seen);

		t->over_head = (t->over_head + 1) % TABLE_OVER_MAX;
		t->over_count--;
		if ((seen & PULSE_OVER) &&
		    entry_get_u32(&t->cold[row.entry].generation) ==
			    row.generation)
			return row.entry;
	}
	return TABLE_NONE;
}

static uint32_t evict_longest_idle(const struct flow_table *t)
{
	uint32_t best = 0;
	uint64_t best_ns = 0;

	for (uint32_t i = 0; i < t->config.max_flows; i++) {
		uint64_t idle_ns =
			table_idle_ns(t, i, table_last_ns(&t->hot[i]));

		if (idle_ns > best_ns) {
			best = i;
			best_ns = idle_ns;
		}
	}
	return best;
}

/*
 * The next flow that is idle at least as long as the last ones evicted were;
 * else the longest idle of those looked at, and the measure is lowered. Under
 * a flood this finds its victim at the first look, and never in a flow that
 * has had packets since the hand came by.
 */
static uint32_t evict_next(struct flow_table *t)
{
	uint32_t best = t->evict_hand, best_age = 0;

	for (unsigned i = 0; i < EVICT_LOOKS_MAX; i++) {
		uint32_t at = t->evict_hand;
		uint32_t age = table_age(t, entry_get_u32(&t->pulse[at].seen));

		t->evict_hand = at + 1 < t->config.max_flows ? at + 1 : 0;
		if (age >= t->evict_age) {
			t->evict_age += (age - t->evict_age + 1) / 2;
			return at;
		}
		if (age >= best_age) {
			best = at;
			best_age = age;
		}
	}
	t->evict_age = best_age;
	return best;
}

void table_evict(struct flow_table *t)
{
	uint32_t entry = evict_over(t);

	assert(t->c.live == t->config.max_flows);
	if (entry == TABLE_NONE)
		entry = t->config.max_flows <= EVICT_EXACT_MAX
				? evict_longest_idle(t)
				: evict_next(t);
	table_end(t, entry, FLOW_END_EVICTED);
}

void table_foresee_eviction(const struct flow_table *t, uint32_t count)
{
	uint32_t at = t->evict_hand;

	for (uint32_t i = 0; i < count; i++) {
		__builtin_prefetch(&t->hot[at], 1);
		__builtin_prefetch((const char *)&t->hot[at] + 64, 1);
		__builtin_prefetch(&t->cold[at], 1);
		at = at + 1 < t->config.max_flows ? at + 1 : 0;
	}
	at = t->evict_hand;
	for (uint32_t i = 0; i < count; i++) {
		table_index_prefetch(&t->index,
				     entry_get_u32(&t->cold[at].hash));
		at = at + 1 < t->config.max_flows ? at + 1 : 0;
	}
}

void flow_table_end_all(struct flow_table *t, enum flow_end end)
{
	uint32_t extent = atom_load_relaxed_u32(&t->extent);

	table_clock_finish(t);
	for (uint32_t i = 0; i < extent; i++) {
		enum flow_end why;

		/* Entries lie in a row, their places in the index do not. */
		if (i + END_PREFETCH < extent)
			table_index_prefetch(
				&t->index,
				entry_get_u32(&t->cold[i + END_PREFETCH].hash));
		if (entry_get_u32(&t->pulse[i].seen) == 0)
			continue;
		why = table_expired(t, i);
		table_end(t, i, why != FLOW_END_NONE ? why : end);
	}
	table_show_counts(t);
}
