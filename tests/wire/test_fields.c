#include "wire/fields.h"
#include "wire/link.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEADER_MAX 64
#define ROUNDS	   200

static uint32_t random_state = 1;

static uint8_t random_byte(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (uint8_t)(random_state >> 24);
}

static void randomise(uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = random_byte();
}

static uint64_t random_u64(void)
{
	uint64_t x = 0;

	for (int i = 0; i < 8; i++)
		x = x << 8 | random_byte();
	return x;
}

static unsigned bit_at(const uint8_t *header, unsigned bit)
{
	return ((unsigned)header[bit / 8] >> (7 - bit % 8)) & 1u;
}

/* Reads bit by bit: slow and plainly right. */
static uint64_t slow_get(const uint8_t *header, unsigned bit, unsigned width)
{
	uint64_t x = 0;

	for (unsigned i = 0; i < width; i++)
		x = x << 1 | bit_at(header, bit + i);
	return x;
}

/* Writes bit by bit. */
static void slow_put(uint8_t *header, unsigned bit, unsigned width, uint64_t x)
{
	for (unsigned i = 0; i < width; i++) {
		unsigned at = bit + i;
		uint8_t mask = (uint8_t)(1u << (7 - at % 8));

		if (x >> (width - 1 - i) & 1)
			header[at / 8] |= mask;
		else
			header[at / 8] &= (uint8_t)~mask;
	}
}

/* A getter that gives a number: equal to the slow reader on any bytes, gives
 * back what was put, and what was put touched nothing else. */
static void check_number(const char *name, unsigned bit, unsigned width,
			 uint64_t (*get)(const uint8_t *))
{
	uint8_t header[HEADER_MAX], before[HEADER_MAX];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t x;

		randomise(header, sizeof(header));
		cr_assert_eq(get(header), slow_get(header, bit, width), "%s",
			     name);
		memcpy(before, header, sizeof(header));
		x = random_u64();
		x &= UINT64_MAX >> (64 - width);
		slow_put(header, bit, width, x);
		cr_assert_eq(get(header), x, "%s", name);
		for (unsigned j = 0; j < HEADER_MAX * 8; j++)
			cr_assert(bit_at(header, j) == bit_at(before, j) ||
					  (j >= bit && j < bit + width),
				  "%s touches bit %u", name, j);
	}
}

static void check_pointer(const char *name, unsigned bit,
			  const uint8_t *(*get)(const uint8_t *))
{
	static const uint8_t header[HEADER_MAX];

	cr_assert_eq(get(header), header + bit / 8, "%s", name);
}

/* One wrapper per row, of one type by kind of getter. */
#define WRAP_NUMBER(proto, name)                                               \
	static uint64_t wide_##proto##_##name(const uint8_t *h)                \
	{                                                                      \
		return proto##_##name(h);                                      \
	}
#define WRAP_POINTER(proto, name)
#define WRAP_UNSIGNED WRAP_NUMBER
#define WRAP_HEX      WRAP_NUMBER
#define WRAP_FLAGS    WRAP_NUMBER
#define WRAP_BOOL     WRAP_NUMBER
#define WRAP_IPV4     WRAP_POINTER
#define WRAP_IPV6     WRAP_POINTER
#define WRAP_MAC      WRAP_POINTER
#define WRAP_BYTES    WRAP_POINTER
#define HEADER_OF(proto, PROTO, bytes)
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help)            \
	WRAP_##kind(proto, name)
#define END_OF(proto, PROTO)
#include "wire/fields.def"
#undef FIELD_OF

#define CHECK_NUMBER(proto, name, bit, width)                                  \
	check_number(#proto "." #name, bit, width, wide_##proto##_##name);
#define CHECK_POINTER(proto, name, bit, width)                                 \
	check_pointer(#proto "." #name, bit, proto##_##name);
#define CHECK_UNSIGNED CHECK_NUMBER
#define CHECK_HEX      CHECK_NUMBER
#define CHECK_FLAGS    CHECK_NUMBER
#define CHECK_BOOL     CHECK_NUMBER
#define CHECK_IPV4     CHECK_POINTER
#define CHECK_IPV6     CHECK_POINTER
#define CHECK_MAC      CHECK_POINTER
#define CHECK_BYTES    CHECK_POINTER

Test(fields, every_getter_reads_its_bits_and_no_others){
#define FIELD_OF(proto, PROTO, name, bit, width, kind, label, help)            \
	CHECK_##kind(proto, name, bit, width)
#include "wire/fields.def"
#undef FIELD_OF
}

Test(fields, rows_of_a_table_cover_the_header_without_gap_or_overlap)
{
	for (int p = PROTO_NONE; p < PROTO_COUNT; p++) {
		const struct field_table *t = field_table_of((enum proto)p);
		unsigned bit = 0;

		for (unsigned i = 0; i < t->count; i++) {
			cr_assert_eq(t->fields[i].bit, bit, "%s.%s",
				     proto_label((enum proto)p),
				     t->fields[i].name);
			bit += t->fields[i].width;
		}
		cr_assert_eq(bit, t->bytes * 8u, "%s",
			     proto_label((enum proto)p));
	}
}

Test(fields, every_protocol_with_a_header_has_a_table)
{
	for (int p = PROTO_NONE; p < PROTO_COUNT; p++) {
		bool none = p == PROTO_NONE || p == PROTO_OTHER;

		cr_assert_eq(field_table_of((enum proto)p)->count == 0, none,
			     "%s", proto_label((enum proto)p));
	}
}

Test(fields, index_is_identifier)
{
	const struct field_table *t = field_table_of(PROTO_IPV4);

	cr_assert_str_eq(t->fields[FIELD_ipv4_ttl].name, "ttl");
	cr_assert_eq(t->fields[FIELD_ipv4_ttl].bit, 64);
	cr_assert_eq(t->fields[FIELD_ipv4_source].kind, FIELD_IPV4);
	cr_assert_eq(t->bytes, IPV4_BYTES);
}

Test(link, linktypes_of_files_are_found_and_others_unknown)
{
	cr_assert_eq(link_from_linktype(1), LINK_ETHERNET);
	cr_assert_eq(link_from_linktype(0), LINK_NULL);
	cr_assert_eq(link_from_linktype(101), LINK_RAW);
	cr_assert_eq(link_from_linktype(12), LINK_RAW);
	cr_assert_eq(link_from_linktype(14), LINK_RAW);
	cr_assert_eq(link_from_linktype(276), LINK_SLL2);
	cr_assert_eq(link_from_linktype(105), LINK_UNKNOWN);
	cr_assert_eq(link_from_linktype(UINT32_MAX), LINK_UNKNOWN);
	cr_assert_eq(link_dlt(LINK_RAW), 12);
	cr_assert_eq(link_dlt(LINK_SLL), 113);
	cr_assert_str_eq(link_label(LINK_ETHERNET), "Ethernet");
}
