#include "wire/proto.h"

#include <assert.h>

const char *proto_label(enum proto proto)
{
	static const char *const labels[PROTO_COUNT] = {
#define PROTO(name, label, help) [PROTO_##name] = (label),
#include "wire/proto.def"
#undef PROTO
	};

	assert(proto < PROTO_COUNT);
	return labels[proto];
}
