#include "engine/blind.h"

#include "pipe/block.h"

bool blind_is_open(const struct blind *b)
{
	return b->span[b->last].end_ns == UINT64_MAX;
}

void blind_open(struct blind *b, uint64_t begin_ns)
{
	if (blind_is_open(b))
		return;
	b->last = (b->last + 1) % BLIND_SPANS;
	b->span[b->last] = (struct blind_span){begin_ns, UINT64_MAX};
}

void blind_close(struct blind *b, uint64_t end_ns)
{
	b->span[b->last].end_ns = end_ns;
}

static bool blind_covers(const struct blind *b, uint64_t time_ns)
{
	for (unsigned i = 0; i < BLIND_SPANS; i++)
		if (time_ns >= b->span[i].begin_ns &&
		    time_ns < b->span[i].end_ns)
			return true;
	return false;
}

void blind_mark(const struct blind *b, struct flow_facts *facts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (blind_covers(b, facts[i].time_ns))
			facts[i].packet_flags |= PACKET_CLASS_UNKNOWN;
}
