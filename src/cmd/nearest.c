#include "cmd/nearest.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#define NEAREST_MAX 31

static unsigned nearest_least(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned nearest_distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	unsigned row[NEAREST_MAX + 1];

	if (a_len > NEAREST_MAX || b_len > NEAREST_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned above = row[j];
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);

			row[j] = nearest_least(above + 1, row[j - 1] + 1,
					       corner + (same ? 0 : 1));
			corner = above;
		}
	}
	return row[b_len];
}

void nearest_start(struct nearest *n, const char *word)
{
	n->word = word;
	n->name = NULL;
	n->distance = UINT_MAX;
}

void nearest_offer(struct nearest *n, const char *name)
{
	unsigned distance = nearest_distance(n->word, name);
	size_t allowed = strlen(n->word) / 3;

	if (allowed < 1)
		allowed = 1;
	/* A beginning of a name was meant to be it. */
	if (strlen(n->word) > 2 &&
	    strncasecmp(n->word, name, strlen(n->word)) == 0)
		distance = 1;
	if (distance <= allowed && distance < n->distance) {
		n->name = name;
		n->distance = distance;
	}
}
