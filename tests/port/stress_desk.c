/*
 * stress_desk.c: desks that begin, ask, give up and close at every moment of
 * a compiler that takes more or less time. Run under a sanitizer, which tells
 * of races, of what is used when freed, and of what is never freed.
 *
 *   stress_desk [ROUNDS]
 */
#include "base/clock.h"
#include "port/filter_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAP_MAX_NS 400000

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* The expression says how long it takes. */
static struct port_filter *compile(const char *expression, struct err *e)
{
	unsigned long nap_ns = strtoul(expression + strlen("port "), NULL, 10);

	clock_nap_ns(nap_ns * (NAP_MAX_NS / 1000));
	if (nap_ns % 3 == 0) {
		err_set(e, EXIT_USAGE, "refused");
		return NULL;
	}
	return port_filter_open(expression, e);
}

static uint32_t round_of(struct filter_desk *d, uint32_t *state)
{
	struct port_filter *f = NULL;
	char expression[32];
	uint32_t done = 0;
	struct err e;

	snprintf(expression, sizeof(expression), "port %u",
		 next_random(state) % 1000 + 1);
	if (!filter_desk_begin(d, expression, &e)) {
		clock_nap_ns(NAP_MAX_NS);
		return 0;
	}
	clock_nap_ns(next_random(state) % NAP_MAX_NS);
	switch (next_random(state) % 3) {
	case 0:
		filter_desk_cancel(d);
		break;
	case 1:
		if (filter_desk_ask(d, 0, &f, &e) == FILTER_DESK_DONE)
			done = f->expression[0] == 'p';
		break;
	default:
		while (filter_desk_ask(d, 1, &f, &e) == FILTER_DESK_BUSY)
			;
		done = f != NULL && f->expression[0] == 'p';
		break;
	}
	port_filter_release(f);
	return done;
}

int main(int argc, char **argv)
{
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 2000;
	struct filter_desk *d = NULL;
	uint32_t state = 1, done = 0;
	struct err e;

	for (unsigned i = 0; i < rounds; i++) {
		if (i % 5 == 0) {
			filter_desk_close(d);
			d = filter_desk_open(compile, NAP_MAX_NS, &e);
			if (d == NULL)
				return 1;
		}
		done += round_of(d, &state);
	}
	filter_desk_close(d);
	/* The threads that were given up end. */
	clock_nap_ns(CLOCK_NS_PER_S);
	printf("ok   %u rounds, %u compiled\n", rounds, done);
	return done > 0 ? 0 : 1;
}
