#include "flow/columns.h"

#include "base/bits.h"
#include "flow/column_parts.h"

#include <assert.h>
#include <string.h>

const struct column_info column_table[COLUMN_COUNT] = {
#define COLUMN(id, name_, title_, width_, grow_, priority_, right_,            \
	       descending_, help_)                                             \
	[COLUMN_##id] = {                                                      \
		.name = (name_),                                               \
		.title = (title_),                                             \
		.help = (help_),                                               \
		.width = (width_),                                             \
		.grow = (grow_),                                               \
		.priority = (priority_),                                       \
		.right = (right_),                                             \
		.descending = (descending_),                                   \
	},
#include "flow/columns.def"
#undef COLUMN
};

enum column column_find(const char *name)
{
	enum column c = 0;

	while (c < COLUMN_COUNT && strcmp(column_table[c].name, name) != 0)
		c++;
	return c;
}

unsigned column_levels(enum column column)
{
	assert(column < COLUMN_COUNT);
	return column == COLUMN_SRC || column == COLUMN_DST ? 3 : 1;
}

/* Version, address, port as three numbers; IPv4 sorts before IPv6. */
static uint64_t rank_end(const struct flow *f, unsigned end, unsigned level)
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
static uint64_t rank_state(const struct flow *f)
{
	if (!flow_has_icmp(f->proto))
		return f->state;
	return UINT64_C(1) << 32 | (uint64_t)f->version << 16 |
	       (uint64_t)f->icmp_type << 8 | f->icmp_code;
}

static uint64_t rank_refused(const struct flow *f)
{
	/* Equal counts order by verdict, so that `?` is not among `-`. */
	return flow_refused(f) << 3 | (uint64_t)column_verdict(f);
}

static uint64_t rank_last(const struct flow *f)
{
	const struct flow_side *s = flow_side_newest(f);

	return (uint64_t)s->ttl << 40 | (uint64_t)s->tcp_flags << 32 | s->seq;
}

static uint64_t since_ns(uint64_t now_ns, uint64_t then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

uint64_t column_rank_level(enum column column, const struct flow *flow,
			   uint64_t now_ns, unsigned level)
{
	assert(level < column_levels(column));
	switch (column) {
	case COLUMN_PROTO:
		return flow->proto;
	case COLUMN_SRC:
		return rank_end(flow, 0, level);
	case COLUMN_DST:
		return rank_end(flow, 1, level);
	case COLUMN_STATE:
		return rank_state(flow);
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
		return rank_refused(flow);
	case COLUMN_AGE:
		return since_ns(now_ns, flow->first_ns);
	case COLUMN_IDLE:
		return since_ns(now_ns, flow->last_ns);
	case COLUMN_LAST:
		return rank_last(flow);
	case COLUMN_COUNT:
		break;
	}
	return 0;
}

uint64_t column_rank(enum column column, const struct flow *flow,
		     uint64_t now_ns)
{
	return column_rank_level(column, flow, now_ns, 0);
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int column_compare(enum column column, const struct flow *a,
		   const struct flow *b, uint64_t now_ns)
{
	unsigned levels = column_levels(column);

	for (unsigned i = 0; i < levels; i++) {
		int order =
			compare_u64(column_rank_level(column, a, now_ns, i),
				    column_rank_level(column, b, now_ns, i));

		if (order != 0)
			return order;
	}
	return compare_u64(a->id, b->id);
}
