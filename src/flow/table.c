#include "flow/table_inner.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

/* The least age in stamps of what has waited for longer than a timeout. */
static uint32_t table_stamps(uint64_t timeout_ns)
{
	uint64_t stamps = timeout_ns / TABLE_STAMP_NS + 1;

	return stamps < PULSE_STAMP_MASK ? (uint32_t)stamps : PULSE_STAMP_MASK;
}

static bool table_map(struct flow_table *t, struct err *e)
{
	size_t n = t->config.max_flows;

	if (!table_index_open(&t->index, t->config.max_flows, e))
		return false;
	t->hot = memory_map(n * sizeof(t->hot[0]), "the flow table", e);
	if (!t->hot)
		return false;
	t->cold = memory_map(n * sizeof(t->cold[0]), "the flow table", e);
	if (!t->cold)
		return false;
	t->pulse = memory_map(n * sizeof(t->pulse[0]), "the flow rates", e);
	if (!t->pulse)
		return false;
	t->rare = memory_map(n * sizeof(t->rare[0]), "the flow table", e);
	if (!t->rare)
		return false;
	t->over = memory_map(TABLE_OVER_MAX * sizeof(t->over[0]),
			     "the flow table", e);
	if (!t->over)
		return false;
	if (!memo_open(&t->fragments, TABLE_FRAGMENT_SETS, "the fragments", e))
		return false;
	if (!memo_open(&t->early, TABLE_EARLY_SETS, "the copies", e))
		return false;
	if (!t->config.verdicts)
		return true;
	t->verdict = memory_map(n * sizeof(t->verdict[0]), "the verdicts", e);
	return t->verdict && table_host_open(t, e);
}

struct flow_table *flow_table_open(const struct flow_table_config *config,
				   struct err *e)
{
	struct flow_table *t;

	if (config->max_flows == 0 ||
	    config->max_flows > UINT32_C(1) << TABLE_ENTRY_BITS) {
		err_set(e, EXIT_USAGE,
			"cannot keep %u flows in a table: 1 to %u are possible",
			config->max_flows, UINT32_C(1) << TABLE_ENTRY_BITS);
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		err_system(e, EXIT_USAGE, "cannot take memory for flows");
		return NULL;
	}
	t->config = *config;
	if (config->idle_timeout_ns == 0)
		t->config.idle_timeout_ns = UINT64_MAX;
	t->free_head = TABLE_NONE;
	t->sweep_hand = TABLE_NONE;
	t->evict_age = PULSE_STAMP_MASK; /* the first victim sets it */
	t->idle_stamps = table_stamps(t->config.idle_timeout_ns);
	t->linger_stamps = table_stamps(config->closed_linger_ns);
	hash_key_make(&t->key, config->secret);
	if (!table_map(t, e)) {
		flow_table_close(t);
		return NULL;
	}
	return t;
}

void flow_table_close(struct flow_table *t)
{
	size_t n;

	if (!t)
		return;
	n = t->config.max_flows;
	table_host_close(t);
	memory_unmap(t->verdict, n * sizeof(t->verdict[0]));
	memo_close(&t->early);
	memo_close(&t->fragments);
	memory_unmap(t->over, TABLE_OVER_MAX * sizeof(t->over[0]));
	memory_unmap(t->rare, n * sizeof(t->rare[0]));
	memory_unmap(t->pulse, n * sizeof(t->pulse[0]));
	memory_unmap(t->cold, n * sizeof(t->cold[0]));
	memory_unmap(t->hot, n * sizeof(t->hot[0]));
	table_index_close(&t->index);
	free(t);
}

size_t flow_table_memory_bytes(const struct flow_table *t)
{
	size_t n = t->config.max_flows;
	size_t each =
		sizeof(t->hot[0]) + sizeof(t->cold[0]) + sizeof(t->pulse[0]);

	if (atom_load_relaxed_u32(&t->rare_used))
		each += sizeof(t->rare[0]);
	if (t->verdict)
		each += sizeof(t->verdict[0]);
	return sizeof(*t) + n * each + table_index_bytes(&t->index) +
	       TABLE_OVER_MAX * sizeof(t->over[0]) + memo_bytes(&t->fragments) +
	       memo_bytes(&t->early) + table_host_bytes(t);
}

uint32_t table_find(const struct flow_table *t, uint32_t hash,
		    const struct flow_key *key)
{
	struct index_search s = table_index_search(&t->index, hash);
	uint32_t entry;

	do {
		entry = table_index_next(&t->index, &s);
	} while (entry != INDEX_NOTHING && !entry_matches(&t->hot[entry], key));
	return entry;
}

uint32_t table_id_alive(const struct flow_table *t, uint64_t id)
{
	uint32_t entry = table_id_entry(id);

	if (entry >= atom_load_relaxed_u32(&t->extent) ||
	    entry_get(&t->hot[entry].tuple) == 0)
		return TABLE_NONE;
	if (entry_get_u32(&t->cold[entry].generation) !=
	    table_id_generation(id))
		return TABLE_NONE;
	return entry;
}

void table_show_counts(struct flow_table *t)
{
	atom_store_relaxed_u64(&t->now_shown, t->now_ns);
#define TABLE_COUNT(name, label, help)                                         \
	atom_store_relaxed_u64(&t->shown_##name, t->c.name);
#include "flow/table_counts.def"
#undef TABLE_COUNT
}

void flow_table_tick(struct flow_table *t, uint64_t now_ns)
{
	/* An eighth of the flows: at ten calls a second, each flow's time is
	 * looked at about once a second. */
	uint32_t most = 1u << 18;
	uint32_t part = atom_load_relaxed_u32(&t->extent) / 8 + 1024;

	table_clock_tick(t, now_ns);
	table_sweep(t, part < most ? part : most);
	table_host_match(t);
	table_show_counts(t);
}

bool flow_table_put_quoted(struct flow_table *t, struct flow_facts *quoted,
			   uint8_t icmp_type, uint8_t icmp_code)
{
	uint64_t errors;
	unsigned side = quoted->direction;
	struct entry_rare *rare;
	uint32_t entry;

	quoted->hash = table_hash(t, &quoted->key);
	entry = table_find(t, quoted->hash, &quoted->key);
	if (entry == TABLE_NONE)
		return false;
	rare = &t->rare[entry];
	entry_begin(&t->hot[entry]);
	table_use_rare(t, entry);
	errors = entry_get(&rare->word[RARE_ERRORS + side]) & UINT32_MAX;
	errors += errors < UINT32_MAX;
	/* The top bit says which direction's error came last. */
	entry_put(&rare->word[RARE_ERRORS + side],
		  errors | (uint64_t)icmp_type << 32 |
			  (uint64_t)icmp_code << 40 | UINT64_C(1) << 63);
	entry_put(&rare->word[RARE_ERRORS + !side],
		  entry_get(&rare->word[RARE_ERRORS + !side]) << 1 >> 1);
	entry_end(&t->hot[entry]);
	t->c.quoted++;
	table_show_counts(t);
	return true;
}

void flow_table_note_loss(struct flow_table *t, uint64_t now_ns)
{
	table_clock_tick(t, now_ns);
	atom_store_relaxed_u64(&t->loss_ns, t->now_ns);
}
