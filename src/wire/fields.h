/*
 * fields.h: what is made of the field tables (fields.def): for each protocol
 * the length of its fixed header, an enum of its fields, and one inline
 * getter per field; and the tables themselves, for code that walks fields.
 *
 *   IPV4_BYTES                  20
 *   FIELD_ipv4_ttl              its number in the table
 *   ipv4_ttl(header)            uint8_t, uint16_t, uint32_t or uint64_t
 *   ipv4_source(header)         addresses and bytes: where they stand
 *
 * Getters cannot fail: the caller knows from the view that the layer is there
 * and long enough (VIEW_LAYER_CUT). Nothing else in rawtop knows the offset
 * of a field.
 */
#ifndef RAWTOP_WIRE_FIELDS_H
#define RAWTOP_WIRE_FIELDS_H

#include "wire/proto.h"

#include <stddef.h>
#include <stdint.h>

/* How the bits of a field are to be read. The list is closed. */
enum field_kind {
	FIELD_UNSIGNED,
	FIELD_HEX,
	FIELD_FLAGS,
	FIELD_BOOL,
	FIELD_IPV4, /* this and the following are whole bytes: getters give */
	FIELD_IPV6, /* a pointer to them */
	FIELD_MAC,
	FIELD_BYTES,
	FIELD_KIND_COUNT
};

/* Whatever the compiler thinks of the size of the function they stand in. */
#define FIELD_INLINE static inline __attribute__((always_inline))

/*
 * Reads `width` bits, 1 to 57, that begin `bit` bits
 * behind `header`, most significant first. Both are constants in getters, so
 * that the switch folds to one load (RFC 791, appendix B, for the order).
 */
FIELD_INLINE uint64_t field_bits(const uint8_t *header, unsigned bit,
				 unsigned width)
{
	const uint8_t *p = header + bit / 8;
	unsigned bytes = (bit % 8 + width + 7) / 8;
	unsigned below = bytes * 8 - bit % 8 - width;
	uint64_t x = 0;

	switch (bytes) {
	case 1:
		x = p[0];
		break;
	case 2:
		x = (uint64_t)p[0] << 8 | p[1];
		break;
	case 4:
		x = (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 |
		    (uint64_t)p[2] << 8 | p[3];
		break;
	default:
		for (unsigned i = 0; i < bytes; i++)
			x = x << 8 | p[i];
		break;
	}
	return x >> below & (UINT64_MAX >> (64 - width));
}

/* The smallest unsigned type that holds `width` bits. */
#define FIELD_TYPE(width)                                                      \
	__typeof__(__builtin_choose_expr(                                      \
		(width) <= 8, (uint8_t)0,                                      \
		__builtin_choose_expr((width) <= 16, (uint16_t)0,              \
				      __builtin_choose_expr((width) <= 32,     \
							    (uint32_t)0,       \
							    (uint64_t)0))))

#define FIELD_GETTER_NUMBER(getter, bit, width)                                \
	FIELD_INLINE FIELD_TYPE(width) getter(const uint8_t *header)           \
	{                                                                      \
		return (FIELD_TYPE(width))field_bits(header, bit, width);      \
	}
#define FIELD_GETTER_POINTER(getter, bit, width)                               \
	static inline const uint8_t *getter(const uint8_t *header)             \
	{                                                                      \
		return header + (bit) / 8;                                     \
	}
#define FIELD_GETTER_UNSIGNED FIELD_GETTER_NUMBER
#define FIELD_GETTER_HEX      FIELD_GETTER_NUMBER
#define FIELD_GETTER_FLAGS    FIELD_GETTER_NUMBER
#define FIELD_GETTER_BOOL     FIELD_GETTER_NUMBER
#define FIELD_GETTER_IPV4     FIELD_GETTER_POINTER
#define FIELD_GETTER_IPV6     FIELD_GETTER_POINTER
#define FIELD_GETTER_MAC      FIELD_GETTER_POINTER
#define FIELD_GETTER_BYTES    FIELD_GETTER_POINTER

/* What widths a kind allows; pointers need whole bytes. */
#define FIELD_SHAPE_UNSIGNED(bit, width) ((width) >= 1 && (width) <= 57)
#define FIELD_SHAPE_HEX(bit, width)	 ((width) >= 1 && (width) <= 57)
#define FIELD_SHAPE_FLAGS(bit, width)	 ((width) >= 1 && (width) <= 57)
#define FIELD_SHAPE_BOOL(bit, width)	 ((width) == 1)
#define FIELD_SHAPE_IPV4(bit, width)	 ((bit) % 8 == 0 && (width) == 32)
#define FIELD_SHAPE_IPV6(bit, width)	 ((bit) % 8 == 0 && (width) == 128)
#define FIELD_SHAPE_MAC(bit, width)	 ((bit) % 8 == 0 && (width) == 48)
#define FIELD_SHAPE_BYTES(bit, width)	 ((bit) % 8 == 0 && (width) % 8 == 0)

/* clang-format off */

/* The length of the part that a table describes. */
enum field_header_bytes {
#define HEADER_OF(proto, PROTO, bytes) PROTO##_BYTES = (bytes),
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help)
#define END_OF(proto, PROTO)
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF
};

/* The numbers of the fields, by protocol. */
#define HEADER_OF(proto, PROTO, bytes) enum proto##_field {
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help) \
	FIELD_##proto##_##name,
#define END_OF(proto, PROTO) FIELD_##proto##_COUNT };
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF

/* The getters. */
#define HEADER_OF(proto, PROTO, bytes)
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help) \
	FIELD_GETTER_##kind(proto##_##name, bit, width)
#define END_OF(proto, PROTO)
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF

/* A struct with a byte per row, whose offsets are the rows' places. */
#define HEADER_OF(proto, PROTO, bytes) struct proto##_rows {
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help) char name;
#define END_OF(proto, PROTO) };
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF

/* Every row fits its header and its kind, and stands where its number says. */
#define HEADER_OF(proto, PROTO, bytes)
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help)	\
	_Static_assert((bit) + (width) <= PROTO##_BYTES * 8,		\
		       #proto "." #name " ends behind its header");	\
	_Static_assert(FIELD_SHAPE_##kind(bit, width),			\
		       #proto "." #name " does not fit its kind");	\
	_Static_assert(offsetof(struct proto##_rows, name) ==		\
			       FIELD_##proto##_##name,			\
		       #proto "." #name " is not where its number says");
#define END_OF(proto, PROTO)
#include "wire/fields.def"
#undef HEADER_OF
#undef FIELD_OF
#undef END_OF

/* clang-format on */

/* One row, for code that walks them. */
struct field {
	const char *name;
	const char *label;
	const char *help;
	uint16_t bit; /* offset from the header's first bit */
	uint16_t width;
	enum field_kind kind;
};

/* The table of a protocol; `count` is 0 where it has none. */
struct field_table {
	const struct field *fields;
	uint16_t count;
	uint16_t bytes; /* of the part that the rows describe */
};

/* The table of a protocol; never NULL. */
const struct field_table *field_table_of(enum proto proto);

#endif
