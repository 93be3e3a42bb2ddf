/*
 * filter_text.h: filters by their text, as tests name them.
 */
#ifndef RAWTOP_TESTS_PORT_FILTER_TEXT_H
#define RAWTOP_TESTS_PORT_FILTER_TEXT_H

#include "port/filter.h"
#include "port/source.h"

#include <stdio.h>
#include <stdlib.h>

/* Compiles, and ends the test when that fails; "" and NULL are none. The
 * caller releases it. */
static inline struct port_filter *filter_text(const char *expression)
{
	struct port_filter *f;
	struct err e;

	if (expression == NULL || expression[0] == '\0')
		return NULL;
	f = port_filter_open(expression, &e);
	if (f == NULL) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	return f;
}

/* Exchanges a source's filter; false with *e when the text is wrong or the
 * source will not have it. */
static inline bool filter_text_set(struct source *s, const char *expression,
				   struct err *e)
{
	struct port_filter *f = NULL;
	bool set;

	if (expression[0] != '\0') {
		f = port_filter_open(expression, e);
		if (f == NULL)
			return false;
	}
	set = s->ops->set_filter(s, f, e);
	port_filter_release(f);
	return set;
}

/* Is it understood? Else *e says why. */
static inline bool filter_text_check(const char *expression, struct err *e)
{
	struct port_filter *f = port_filter_open(expression, e);

	port_filter_release(f);
	return f != NULL;
}

#endif
