#include "flow/datagram.h"

#include "base/memory.h"

#include <assert.h>

#define DATAGRAM_WAYS 4

bool datagrams_open(struct datagrams *d, uint32_t sets, const char *what,
		    struct err *e)
{
	assert(sets > 0);
	d->sets = sets;
	d->rows = memory_map(datagrams_bytes(d), what, e);
	return d->rows != NULL;
}

void datagrams_close(struct datagrams *d)
{
	memory_unmap(d->rows, datagrams_bytes(d));
	d->rows = NULL;
}

size_t datagrams_bytes(const struct datagrams *d)
{
	return (size_t)d->sets * DATAGRAM_WAYS * sizeof(struct datagram_row);
}

static bool datagram_is_old(const struct datagram_row *row, uint64_t now_ns)
{
	return now_ns > row->time_ns &&
	       now_ns - row->time_ns > DATAGRAM_LIFE_NS;
}

/* The datagram's row, or an empty or the oldest one, begun anew. */
static struct datagram_row *datagram_row(struct datagrams *d, uint64_t hash,
					 uint64_t now_ns)
{
	struct datagram_row *row =
		&d->rows[(size_t)((hash >> 32) * d->sets >> 32) *
			 DATAGRAM_WAYS];
	struct datagram_row *take = row;

	for (unsigned i = 0; i < DATAGRAM_WAYS; i++) {
		if (row[i].time_ns != 0 && row[i].hash == hash) {
			take = &row[i];
			if (!datagram_is_old(take, now_ns))
				return take;
			break;
		}
		/* An empty row's time is 0: older than any. */
		if (row[i].time_ns < take->time_ns)
			take = &row[i];
	}
	*take = (struct datagram_row){.hash = hash, .time_ns = now_ns};
	return take;
}

/* Does the piece agree with where the datagram ends, as far as that is known?
 * The last one says it. */
static bool datagram_fits(struct datagram_row *row,
			  const struct datagram_piece *p)
{
	uint32_t end = p->begin + p->bytes;

	if (p->bytes == 0 || end > UINT16_MAX || (p->more && p->bytes % 8 != 0))
		return false;
	if (p->more)
		return row->end == 0 || end <= row->end;
	for (unsigned i = 0; i < row->run_count; i++)
		if (row->run[i].end > end)
			return false;
	if (row->end != 0 && row->end != end)
		return false;
	row->end = (uint16_t)end;
	return true;
}

/* Takes run number i out. */
static void datagram_remove_run(struct datagram_row *row, unsigned i)
{
	row->run[i] = row->run[--row->run_count];
}

/* Adds the piece's bytes to the runs; false when it overlaps one, or when
 * there are too many. */
static bool datagram_add_run(struct datagram_row *row,
			     const struct datagram_piece *p)
{
	struct datagram_run fresh = {(uint16_t)p->begin,
				     (uint16_t)(p->begin + p->bytes)};
	unsigned i = 0;

	while (i < row->run_count) {
		struct datagram_run old = row->run[i];

		if (fresh.begin >= old.begin && fresh.end <= old.end)
			return true; /* it came twice */
		if (fresh.begin < old.end && fresh.end > old.begin)
			return false;
		if (fresh.begin != old.end && fresh.end != old.begin) {
			i++;
			continue;
		}
		/* They touch: one run. */
		if (old.begin < fresh.begin)
			fresh.begin = old.begin;
		if (old.end > fresh.end)
			fresh.end = old.end;
		datagram_remove_run(row, i);
	}
	if (row->run_count == DATAGRAM_RUNS)
		return false;
	row->run[row->run_count++] = fresh;
	return true;
}

uint64_t datagrams_add(struct datagrams *d, uint64_t hash,
		       const struct datagram_piece *piece, uint64_t flow,
		       uint64_t now_ns)
{
	struct datagram_row *row = datagram_row(d, hash, now_ns);

	if (flow != 0)
		row->flow = flow;
	if (row->spoiled)
		return 0;
	if (!datagram_fits(row, piece) || !datagram_add_run(row, piece)) {
		row->spoiled = true;
		return 0;
	}
	if (row->end == 0 || row->run_count != 1 || row->run[0].begin != 0 ||
	    row->run[0].end != row->end)
		return 0;
	flow = row->flow;
	*row = (struct datagram_row){0};
	return flow;
}
