/*
 * column_rank.h: inside this room: the number that orders flows by a column,
 * inline, so that a scan over all flows for one column is a loop of its own.
 */
#ifndef RAWTOP_FLOW_COLUMN_RANK_H
#define RAWTOP_FLOW_COLUMN_RANK_H

#include "base/bits.h"
#include "flow/column_parts.h"

#include <assert.h>

static inline unsigned column_levels_of(enum column column)
{
	assert(column < COLUMN_COUNT);
	return column == COLUMN_SRC || column == COLUMN_DST ? 3 : 1;
}

/* The FLOW_PART_… that column_rank_of reads. */
static inline unsigned column_parts_of(enum column column)
{
	switch (column) {
	case COLUMN_PROTO:
		return FLOW_PART_NONE;
	case COLUMN_STATE:
		return FLOW_PART_STATE;
	case COLUMN_SRC:
	case COLUMN_DST:
		return FLOW_PART_ENDS;
	case COLUMN_RATE_OUT:
	case COLUMN_RATE_IN:
	case COLUMN_RATE:
		return FLOW_PART_RATES;
	case COLUMN_TOTAL:
	case COLUMN_PACKETS:
		return FLOW_PART_COUNTS;
	case COLUMN_REFUSED:
		return FLOW_PART_VERDICTS | FLOW_PART_FIRST | FLOW_PART_LAST;
	case COLUMN_AGE:
		return FLOW_PART_FIRST;
	case COLUMN_IDLE:
		return FLOW_PART_LAST;
	case COLUMN_LAST:
		return FLOW_PART_HEADERS | FLOW_PART_LAST;
	case COLUMN_COUNT:
		break;
	}
	assert(column < COLUMN_COUNT);
	return FLOW_PART_NONE;
}

/* Version, address, port as three numbers; IPv4 sorts before IPv6. */
static inline __attribute__((always_inline)) uint64_t
column_rank_end(const struct flow *f, unsigned end, unsigned level)
{
	const struct flow_side *s = &f->side[end];

	switch (level) {
	case 0:
		return (uint64_t)f->version << 56 | bits_be64(s->addr) >> 8;
	case 1:
		return bits_be64(s->addr + 7);
	default:
		return (uint64_t)s->addr[15] << 16 | s->port;
	}
}

/* Connections by how far they are, then what ICMP asks, by number. */
static inline __attribute__((always_inline)) uint64_t
column_rank_state(const struct flow *f)
{
	if (!flow_has_icmp(f->proto))
		return f->state;
	return UINT64_C(1) << 32 | (uint64_t)f->version << 16 |
	       (uint64_t)f->icmp_type << 8 | f->icmp_code;
}

static inline __attribute__((always_inline)) uint64_t
column_rank_refused(const struct flow *f)
{
	/* Equal counts order by verdict, so that `?` is not among `-`. */
	return flow_refused(f) << 3 | (uint64_t)column_verdict(f);
}

static inline __attribute__((always_inline)) uint64_t
column_rank_last(const struct flow *f)
{
	const struct flow_side *s = flow_side_newest(f);

	return (uint64_t)s->ttl << 40 | (uint64_t)s->tcp_flags << 32 | s->seq;
}

static inline __attribute__((always_inline)) uint64_t
column_rank_of(enum column column, const struct flow *flow, uint64_t now_ns,
	       unsigned level)
{
	assert(level < column_levels_of(column));
	switch (column) {
	case COLUMN_PROTO:
		return flow->proto;
	case COLUMN_SRC:
		return column_rank_end(flow, 0, level);
	case COLUMN_DST:
		return column_rank_end(flow, 1, level);
	case COLUMN_STATE:
		return column_rank_state(flow);
	case COLUMN_RATE_OUT:
		return flow->side[0].rate_bits;
	case COLUMN_RATE_IN:
		return flow->side[1].rate_bits;
	case COLUMN_RATE:
		return flow_rate_bits(flow);
	case COLUMN_TOTAL:
		return flow_bytes(flow);
	case COLUMN_PACKETS:
		return flow_packets(flow);
	case COLUMN_REFUSED:
		return column_rank_refused(flow);
	case COLUMN_AGE:
		return column_since_ns(now_ns, flow->first_ns);
	case COLUMN_IDLE:
		return column_since_ns(now_ns, flow->last_ns);
	case COLUMN_LAST:
		return column_rank_last(flow);
	case COLUMN_COUNT:
		break;
	}
	return 0;
}

#endif
