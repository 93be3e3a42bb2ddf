/*
 * filter_parts.h: inside this room: a compiled flow filter, as filter.c makes
 * it and filter_match.c runs it. Everything that can be worked out from the
 * text alone is worked out once: matching compares numbers, and looks up bits.
 */
#ifndef RAWTOP_FLOW_FILTER_PARTS_H
#define RAWTOP_FLOW_FILTER_PARTS_H

#include "flow/column_parts.h"
#include "flow/filter.h"

#define FILTER_WORD_MAX	  64 /* bytes of one word */
#define FILTER_RANGES_MAX 8

enum filter_term {
#define TERM(name, ...) FILTER_##name,
#include "flow/filter.def"
#undef TERM
	FILTER_TERM_COUNT,
	FILTER_WORD = FILTER_TERM_COUNT, /* a bare word */
};

/* A prefix of an address of one version; 0 in the mask: any. */
struct filter_prefix {
	bool possible; /* some address of this version can match */
	uint64_t value[2];
	uint64_t mask[2];
};

/*
 * An address as typed: whole, CIDR, or the start of its text. What stands
 * last and may go on is kept apart: 10.1 is also the start of 10.100.
 */
struct filter_address {
	struct filter_prefix v4, v6;
	uint8_t octet;		  /* of IPv4, still open; 4: none */
	uint64_t octet_values[4]; /* a bit for each it may be */
	uint8_t group;		  /* of IPv6, still open; 8: none */
	uint8_t group_digits;
	uint16_t group_value;
	/* IPv6 text it must start with, where zeros were typed and numbers
	 * cannot tell; else "". */
	char text[FILTER_WORD_MAX];
};

struct filter_range {
	uint64_t low, high;
};

struct filter_numbers {
	unsigned count;
	struct filter_range ranges[FILTER_RANGES_MAX];
};

struct filter_state {
	uint32_t states;	    /* a bit for each */
	char icmp[FILTER_WORD_MAX]; /* start of an ICMP label */
};

/* How a bare word can occur in the text of an end. */
enum filter_ends {
	FILTER_ENDS_NEVER,
	FILTER_ENDS_ADDRESS, /* within the address */
	FILTER_ENDS_WHOLE,   /* across address and port */
};

/* "255.255.255.255" is 15 characters: no longer word is in an address. */
#define FILTER_DOTTED_MAX 15

#define FILTER_PORT_KINDS 4 /* TCP; UDP and UDP-Lite; SCTP; DCCP */

struct filter_word {
	char text[FILTER_WORD_MAX]; /* lower case */
	bool dots;		    /* there is one in it */
	bool refused;		    /* it is "refused": the verdict */
	uint64_t protos[4];
	uint32_t states;
	enum filter_ends ends4, ends6;
	/*
	 * With ends4 within the address: how much of the word has been found
	 * after the first octet, and after a dot and an octet when so much was
	 * found before (Knuth, Morris, Pratt; all of it found stays found). So
	 * an IPv4 address is searched without being printed.
	 */
	uint8_t length;
	uint8_t after_first[256];
	uint8_t after_next[FILTER_DOTTED_MAX + 1][256];
	uint64_t ports[FILTER_PORT_KINDS][COLUMN_PORT_WORDS];
};

struct filter_test {
	enum filter_term term;
	bool negate;
	union {
		struct filter_address address;
		struct filter_numbers numbers;
		struct filter_state state;
		uint64_t protos[4];
		struct filter_word *word; /* owned by the filter */
	};
};

struct flow_filter {
	const struct column_services *services; /* borrowed */
	uint64_t hash;				/* of the text */
	unsigned count;
	struct filter_test tests[FLOW_FILTER_TERMS_MAX];
};

/* Which of the word's port sets a protocol reads; only for those that have
 * ports. */
static inline unsigned filter_port_kind(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 0;
	case IPPROTO_SCTP:
		return 2;
	case IPPROTO_DCCP:
		return 3;
	default:
		return 1;
	}
}

/* The FLOW_PART_… that matching reads; none for NULL. */
unsigned filter_parts(const struct flow_filter *f);

/* A number that tells filters apart well enough for a hint; 0 for NULL. */
static inline uint64_t filter_hash(const struct flow_filter *f)
{
	return f ? f->hash : 0;
}

/* Reads an address argument. False: *wrong says what is wrong with it. */
bool filter_parse_address(struct filter_address *a, const char *text,
			  const char **wrong);

/* Compiles a bare word of less than FILTER_WORD_MAX bytes. */
void filter_compile_word(struct filter_word *w, const char *text,
			 const struct column_services *services);

#endif
