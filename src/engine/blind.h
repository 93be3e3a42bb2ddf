/*
 * blind.h: the spans in which the two vantages do not look at the same: while
 * the expression is exchanged, one source has the new one and another still
 * the old. What the wire shows then is not for a verdict. By a packet's own
 * time, so that it does not matter when it is read. For one thread.
 */
#ifndef RAWTOP_ENGINE_BLIND_H
#define RAWTOP_ENGINE_BLIND_H

#include "flow/key.h"

#include <stdbool.h>
#include <stdint.h>

/* Older ones are forgotten: no packet waits for so many changes. */
#define BLIND_SPANS 4

struct blind_span {
	uint64_t begin_ns;
	uint64_t end_ns; /* UINT64_MAX: it is open */
};

/* All zero: none yet. */
struct blind {
	struct blind_span span[BLIND_SPANS];
	unsigned last;
};

/* From begin_ns on the vantages differ; one that is open goes on. */
void blind_open(struct blind *b, uint64_t begin_ns);

bool blind_is_open(const struct blind *b);

/* The open one ends at end_ns: later than any packet that was marked. */
void blind_close(struct blind *b, uint64_t end_ns);

/* Gives packets of such a time PACKET_CLASS_UNKNOWN. */
void blind_mark(const struct blind *b, struct flow_facts *facts,
		unsigned count);

#endif
