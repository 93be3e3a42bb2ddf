#include "wire/fields.h"

#include <assert.h>

/* clang-format off */
#define HEADER_OF(proto, PROTO, bytes) \
	static const struct field proto##_fields[] = {
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help) \
	[FIELD_##proto##_##name] =				    \
		{#name, label, help, bit, width, FIELD_##kind},
#define END_OF(proto, PROTO) };
/* clang-format on */
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF

const struct field_table *field_table_of(enum proto proto)
{
	static const struct field_table tables[PROTO_COUNT] = {
#define HEADER_OF(proto, PROTO, bytes)                                         \
	[PROTO_##PROTO] = {proto##_fields, FIELD_##proto##_COUNT, bytes},
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help)
#define END_OF(proto, PROTO)
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF
	};

	assert(proto < PROTO_COUNT);
	return &tables[proto];
}
