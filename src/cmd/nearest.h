/*
 * nearest.h: which of some names a mistyped word was meant to be.
 */
#ifndef RAWTOP_CMD_NEAREST_H
#define RAWTOP_CMD_NEAREST_H

#include <stdbool.h>
#include <stddef.h>

struct nearest {
	const char *word;
	const char *name; /* the best so far, borrowed; NULL: none is near */
	unsigned distance;
};

/* Begins the search for what comes near to `word` (borrowed). */
void nearest_start(struct nearest *n, const char *word);

/* Offers one name; it is kept when it is nearer than all before and not
 * further off than a third of the word, at least one letter. A name that
 * begins with the word counts as one letter off. */
void nearest_offer(struct nearest *n, const char *name);

/* How many letters must change, go or come to make b of a (either case);
 * names above 31 letters count as far apart. */
unsigned nearest_distance(const char *a, const char *b);

#endif
