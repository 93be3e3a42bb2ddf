#include "flow/memo.h"

#include "base/memory.h"

#include <assert.h>

bool memo_open(struct memo *m, uint32_t sets, const char *what, struct err *e)
{
	assert(sets > 0);
	m->sets = sets;
	m->rows = memory_map(memo_bytes(m), what, e);
	return m->rows != NULL;
}

void memo_close(struct memo *m)
{
	memory_unmap(m->rows, memo_bytes(m));
	m->rows = NULL;
}

size_t memo_bytes(const struct memo *m)
{
	return (size_t)m->sets * MEMO_WAYS * sizeof(struct memo_row);
}

static struct memo_row *memo_set(const struct memo *m, uint64_t hash)
{
	return &m->rows[(size_t)((hash >> 32) * m->sets >> 32) * MEMO_WAYS];
}

/* How far from now a row was noted, in either direction: times jump. An empty
 * row is further than any. */
static uint64_t memo_distance(const struct memo_row *row, uint64_t now_ns)
{
	if (row->value == 0)
		return UINT64_MAX;
	return now_ns > row->time_ns ? now_ns - row->time_ns
				     : row->time_ns - now_ns;
}

void memo_put(struct memo *m, uint64_t hash, uint64_t value, uint64_t now_ns)
{
	struct memo_row *row = memo_set(m, hash), *take = row;

	assert(value != 0);
	for (unsigned i = 0; i < MEMO_WAYS; i++) {
		if (row[i].value != 0 && row[i].hash == hash) {
			take = &row[i];
			break;
		}
		if (memo_distance(&row[i], now_ns) >
		    memo_distance(take, now_ns))
			take = &row[i];
	}
	*take = (struct memo_row){hash, value, now_ns};
}

static struct memo_row *memo_row_of(const struct memo *m, uint64_t hash)
{
	struct memo_row *row = memo_set(m, hash);

	for (unsigned i = 0; i < MEMO_WAYS; i++)
		if (row[i].value != 0 && row[i].hash == hash)
			return &row[i];
	return NULL;
}

uint64_t memo_find(const struct memo *m, uint64_t hash, uint64_t now_ns,
		   uint64_t life_ns)
{
	const struct memo_row *row = memo_row_of(m, hash);

	return row && memo_distance(row, now_ns) <= life_ns ? row->value : 0;
}

uint64_t memo_take(struct memo *m, uint64_t hash, uint64_t now_ns,
		   uint64_t life_ns)
{
	uint64_t value = memo_find(m, hash, now_ns, life_ns);
	struct memo_row *row = memo_row_of(m, hash);

	if (row)
		row->value = 0;
	return value;
}
