#include "flow/table_index.h"

#include "base/memory.h"

#include <assert.h>
#include <string.h>

static uint32_t index_homes(uint32_t capacity)
{
	return capacity + capacity / 4 + 1;
}

static size_t index_slot_count(uint32_t capacity)
{
	/* The last home's run may be as long as any; then an empty slot. */
	return (size_t)index_homes(capacity) + INDEX_PROBE_MAX + 1;
}

size_t table_index_bytes(uint32_t capacity)
{
	return index_slot_count(capacity) * sizeof(struct index_slot);
}

bool table_index_open(struct table_index *x, uint32_t capacity, struct err *e)
{
	x->homes = index_homes(capacity);
	x->count = 0;
	x->slots = memory_map(table_index_bytes(capacity), "the flow index", e);
	return x->slots != NULL;
}

void table_index_close(struct table_index *x)
{
	memory_unmap(x->slots, (size_t)(x->homes + INDEX_PROBE_MAX + 1) *
				       sizeof(struct index_slot));
	x->slots = NULL;
}

bool table_index_add(struct table_index *x, uint32_t hash, uint32_t entry)
{
	uint32_t home = table_index_home(x, hash);
	uint32_t at = home, end;

	while (x->slots[at].entry != 0 && x->slots[at].hash <= hash)
		at++;
	for (end = at; x->slots[end].entry != 0 && end - home < INDEX_PROBE_MAX;
	     end++)
		;
	if (end - home >= INDEX_PROBE_MAX)
		return false;
	if (end > at)
		memmove(&x->slots[at + 1], &x->slots[at],
			(end - at) * sizeof(x->slots[0]));
	x->slots[at] = (struct index_slot){hash, entry + 1};
	x->count++;
	return true;
}

void table_index_remove(struct table_index *x, uint32_t hash, uint32_t entry)
{
	uint32_t at = table_index_find(x, hash), end;

	assert(at != INDEX_NOTHING);
	while (x->slots[at].entry != entry + 1) {
		at++;
		assert(x->slots[at].entry != 0 && x->slots[at].hash == hash);
	}
	/* Those behind it that are not at home move up by one. */
	for (end = at + 1; x->slots[end].entry != 0 &&
			   table_index_home(x, x->slots[end].hash) < end;
	     end++)
		;
	if (end > at + 1)
		memmove(&x->slots[at], &x->slots[at + 1],
			(end - at - 1) * sizeof(x->slots[0]));
	x->slots[end - 1] = (struct index_slot){0, 0};
	x->count--;
}
