#include "flow/columns.h"

#include "flow/column_rank.h"

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
	return column_levels_of(column);
}

unsigned column_parts(enum column column)
{
	return column_parts_of(column);
}

uint64_t column_rank_level(enum column column, const struct flow *flow,
			   uint64_t now_ns, unsigned level)
{
	return column_rank_of(column, flow, now_ns, level);
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
