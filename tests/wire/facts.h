/*
 * facts.h: header facts of a decoded packet as text, in the words of the
 * reference's columns, for comparison.
 */
#ifndef RAWTOP_TESTS_WIRE_FACTS_H
#define RAWTOP_TESTS_WIRE_FACTS_H

#include "base/text.h"
#include "wire/view.h"

#include <stddef.h>

struct fact {
	const char *column;
	/* Appends the fact; nothing when the packet has none. `which` is the
	 * table's. */
	void (*write)(struct text *t, const struct view *v, int which);
	int which;
};

extern const struct fact fact_table[];
extern const size_t fact_count;

#endif
