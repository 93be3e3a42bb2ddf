#include "flow/filter.h"

#include "flow/filter_parts.h"

#include <assert.h>
#include <ctype.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a parser of one word works on. */
struct filter_parse {
	const struct column_services *services;
	struct text message;
	size_t at; /* of the error */
};

enum term_kind {
	KIND_address,
	KIND_port,
	KIND_number,
	KIND_proto,
	KIND_state,
	KIND_iface,
	KIND_refused,
};

static const char filter_blanks[] = " \t\r\n";

/* The `parts` of filter.def. */
enum term_parts {
	PARTS_NONE = FLOW_PART_NONE,
	PARTS_ENDS = FLOW_PART_ENDS,
	PARTS_STATE = FLOW_PART_STATE,
	PARTS_COUNTS = FLOW_PART_COUNTS,
	PARTS_RATES = FLOW_PART_RATES,
	PARTS_SIGHTS = FLOW_PART_HEADERS | FLOW_PART_FIRST,
	PARTS_JUDGED = FLOW_PART_VERDICTS | FLOW_PART_FIRST | FLOW_PART_LAST,
};

static const struct term_info {
	const char *name;
	enum term_kind kind;
	enum term_parts parts;
	uint64_t max;
	const char *help;
} terms[FILTER_TERM_COUNT] = {
#define TERM(id, name_, kind_, max_, parts_, help_)                            \
	[FILTER_##id] = {(name_), KIND_##kind_, PARTS_##parts_, (max_),        \
			 (help_)},
#include "flow/filter.def"
#undef TERM
};

/* Says what is wrong: `term: "argument" words`. Always false. */
static bool complain(struct filter_parse *p, const char *name,
		     const char *argument, const char *words)
{
	text_put(&p->message, name);
	text_put(&p->message, ": ");
	if (*argument) {
		text_put_char(&p->message, '"');
		text_put_safe(&p->message, argument, strlen(argument), true);
		text_put(&p->message, "\" ");
	}
	text_put(&p->message, words);
	return false;
}

/* Letters to change, add or drop to make b of a (Levenshtein). */
static unsigned word_distance(const char *a, const char *b)
{
	unsigned row[FILTER_WORD_MAX + 1];
	size_t n = strlen(b);

	assert(n <= FILTER_WORD_MAX);
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		unsigned corner = row[0];

		row[0] = i + 1;
		for (unsigned j = 0; j < n; j++) {
			unsigned best = corner + (a[i] != b[j]);

			corner = row[j + 1];
			if (corner + 1 < best)
				best = corner + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j + 1] = best;
		}
	}
	return row[n];
}

static bool complain_term(struct filter_parse *p, const char *name)
{
	const char *nearest = terms[0].name;
	unsigned least = UINT32_MAX;

	for (unsigned i = 0; i < FILTER_TERM_COUNT; i++) {
		unsigned distance = word_distance(name, terms[i].name);

		if (distance < least) {
			least = distance;
			nearest = terms[i].name;
		}
	}
	text_put(&p->message, "no term \"");
	text_put_safe(&p->message, name, strlen(name), true);
	text_put(&p->message, ":\"; the nearest is \"");
	text_put(&p->message, nearest);
	text_put(&p->message, ":\"");
	return false;
}

/* What a suffix multiplies by; 1 and no step where there is none. */
static uint64_t take_suffix(const char **text)
{
	static const char letters[] = "kmgt";
	const char *found;
	uint64_t unit = 1;

	found = **text ? strchr(letters, tolower((unsigned char)**text)) : NULL;
	if (!found)
		return 1;
	for (const char *l = letters; l <= found; l++)
		unit *= 1000;
	(*text)++;
	return unit;
}

/* "1500", "10k", "1.5M": steps over it. False: not a number, or too big. */
static bool take_number(const char **text, uint64_t *x)
{
	uint64_t whole = 0, fraction = 0, scale = 1, unit, part;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		uint64_t digit = (uint64_t)(**text - '0');

		if (__builtin_mul_overflow(whole, UINT64_C(10), &whole) ||
		    __builtin_add_overflow(whole, digit, &whole))
			return false;
	}
	if ((*text)[0] == '.' && isdigit((unsigned char)(*text)[1])) {
		for ((*text)++; isdigit((unsigned char)**text); (*text)++) {
			if (scale > UINT64_C(1000000000))
				return false;
			fraction = fraction * 10 + (uint64_t)(**text - '0');
			scale *= 10;
		}
	}
	unit = take_suffix(text);
	/* A part of one is no number of packets: 1.5 wants a suffix. */
	if (unit % scale != 0)
		return false;
	part = fraction * (unit / scale);
	return !__builtin_mul_overflow(whole, unit, x) &&
	       !__builtin_add_overflow(*x, part, x);
}

/* ">5" ">=5" "<5" "<=5" "=5" "5" "1-99". */
static bool parse_range(struct filter_range *r, const char *text, uint64_t max,
			const char **wrong)
{
	char sign = '=';
	bool equal = true;
	uint64_t x, y;

	*wrong = "wants a number, a range like 1-99, or < > <= >= before one";
	if (*text == '<' || *text == '>') {
		sign = *text++;
		equal = *text == '=';
	}
	if (*text == '=')
		text++;
	if (!take_number(&text, &x))
		return false;
	y = x;
	if (sign == '=' && *text == '-') {
		text++;
		if (!take_number(&text, &y))
			return false;
	}
	if (*text)
		return false;
	*wrong = "is a range that runs backwards";
	if (y < x)
		return false;
	*wrong = "is more than there can be";
	if (y > max)
		return false;
	*wrong = "leaves nothing";
	if (!equal && (sign == '<' ? x == 0 : x == max))
		return false;
	*r = (struct filter_range){x, y};
	if (sign == '<')
		*r = (struct filter_range){0, equal ? x : x - 1};
	if (sign == '>')
		*r = (struct filter_range){equal ? x : x + 1, max};
	return true;
}

static bool parse_number(struct filter_parse *p, struct filter_test *t,
			 const char *text)
{
	const struct term_info *term = &terms[t->term];
	const char *wrong;

	t->numbers.count = 1;
	if (!parse_range(&t->numbers.ranges[0], text, term->max, &wrong))
		return complain(p, term->name, text, wrong);
	return true;
}

static bool parse_port(struct filter_parse *p, struct filter_test *t,
		       const char *text)
{
	const char *name = terms[t->term].name;
	uint16_t ports[FILTER_RANGES_MAX];

	if (!*text)
		return complain(p, name, text,
				"wants a number, a range, or a service");
	t->numbers.count = column_service_ports(p->services, text, ports,
						FILTER_RANGES_MAX);
	for (unsigned i = 0; i < t->numbers.count; i++)
		t->numbers.ranges[i] =
			(struct filter_range){ports[i], ports[i]};
	if (t->numbers.count > 0)
		return true;
	if (isalpha((unsigned char)*text))
		return complain(p, name, text, "is no service known here");
	return parse_number(p, t, text);
}

static bool parse_refused(struct filter_parse *p, struct filter_test *t,
			  const char *text)
{
	if (!*text || strcasecmp(text, "yes") == 0)
		text = ">0";
	else if (strcasecmp(text, "no") == 0)
		text = "0";
	return parse_number(p, t, text);
}

static bool parse_iface(struct filter_parse *p, struct filter_test *t,
			const char *text)
{
	unsigned index;

	if (!*text)
		return complain(p, terms[t->term].name, text,
				"wants an interface's name or number");
	index = if_nametoindex(text);
	if (index == 0 && !isdigit((unsigned char)*text))
		return complain(p, terms[t->term].name, text,
				"is no interface here; a number works too");
	if (index == 0)
		return parse_number(p, t, text);
	t->numbers.count = 1;
	t->numbers.ranges[0] = (struct filter_range){index, index};
	return true;
}

/* A whole name is that one; else all that start so: as one types. */
static bool parse_proto(struct filter_parse *p, struct filter_test *t,
			const char *text)
{
	int number = *text ? flow_proto_number(text) : -1;
	bool any = false;

	memset(t->protos, 0, sizeof(t->protos));
	if (number >= 0) {
		t->protos[number / 64] |= UINT64_C(1) << number % 64;
		return true;
	}
	for (unsigned i = 0; *text && i < 256; i++) {
		const char *name = flow_proto_name((uint8_t)i);

		if (!name || strncasecmp(name, text, strlen(text)) != 0)
			continue;
		t->protos[i / 64] |= UINT64_C(1) << i % 64;
		any = true;
	}
	if (!any)
		return complain(p, terms[t->term].name, text,
				"wants a protocol's name, or a number from 0 "
				"to 255");
	return true;
}

/* Does any ICMP message's label start with this? */
static bool icmp_label_starts(const char *text)
{
	static const uint8_t protos[] = {IPPROTO_ICMP, IPPROTO_ICMPV6};

	for (unsigned i = 0; i < 2 * 256 * 16; i++) {
		const char *label = column_icmp_label(
			protos[i / 4096], (uint8_t)(i / 16), i % 16);

		if (label && strncmp(label, text, strlen(text)) == 0)
			return true;
	}
	return false;
}

static bool parse_state(struct filter_parse *p, struct filter_test *t,
			const char *text)
{
	struct filter_state *s = &t->state;
	bool whole = false;

	*s = (struct filter_state){0};
	for (size_t i = 0; text[i]; i++)
		s->icmp[i] = (char)tolower((unsigned char)text[i]);
	for (unsigned i = 0; *text && i < FLOW_STATE_COUNT; i++) {
		const char *label = flow_state_label(i);

		if (strcmp(label, s->icmp) == 0) {
			s->states = UINT32_C(1) << i;
			whole = true;
		} else if (!whole &&
			   strncmp(label, s->icmp, strlen(s->icmp)) == 0) {
			s->states |= UINT32_C(1) << i;
		}
	}
	if (!*text || (!s->states && !icmp_label_starts(s->icmp)))
		return complain(p, terms[t->term].name, text,
				"wants the start of a state: syn, established, "
				"fin, closed, reset, echo request ...");
	return true;
}

static bool parse_address(struct filter_parse *p, struct filter_test *t,
			  const char *text)
{
	const char *wrong;

	if (!filter_parse_address(&t->address, text, &wrong))
		return complain(p, terms[t->term].name, text, wrong);
	return true;
}

static bool parse_argument(struct filter_parse *p, struct filter_test *t,
			   const char *text)
{
	switch (terms[t->term].kind) {
	case KIND_address:
		return parse_address(p, t, text);
	case KIND_port:
		return parse_port(p, t, text);
	case KIND_number:
		return parse_number(p, t, text);
	case KIND_proto:
		return parse_proto(p, t, text);
	case KIND_state:
		return parse_state(p, t, text);
	case KIND_iface:
		return parse_iface(p, t, text);
	case KIND_refused:
		return parse_refused(p, t, text);
	}
	return false;
}

/*
 * The length of the term's name when the word is `name:…`, else 0. Names are
 * letters; dead:beef is an address, and no term is spelt in hexadecimal.
 */
static size_t term_length(const char *word)
{
	size_t n = 0;

	while (isalpha((unsigned char)word[n]))
		n++;
	if (n == 0 || word[n] != ':')
		return 0;
	if (word[strspn(word, "0123456789abcdefABCDEF:.")] == '\0')
		return 0;
	return n;
}

static bool parse_word(struct filter_parse *p, struct filter_test *t,
		       const char *word)
{
	char name[FILTER_WORD_MAX];
	size_t n, start = p->at;

	for (; *word == '!'; word++, p->at++)
		t->negate = !t->negate;
	if (!*word) {
		p->at = start;
		text_put(&p->message, "! wants a word right after it");
		return false;
	}
	n = term_length(word);
	if (n == 0) {
		t->term = FILTER_WORD;
		t->word = calloc(1, sizeof(*t->word));
		if (!t->word) {
			text_put(&p->message, "there is no memory for it");
			return false;
		}
		filter_compile_word(t->word, word, p->services);
		return true;
	}
	memcpy(name, word, n);
	name[n] = '\0';
	for (t->term = 0; t->term < FILTER_TERM_COUNT; t->term++) {
		if (strcasecmp(terms[t->term].name, name) == 0) {
			p->at += n + 1;
			return parse_argument(p, t, word + n + 1);
		}
	}
	return complain_term(p, name);
}

/* Parses the word text[p->at .. p->at+n) into the filter's next test. */
static bool filter_add(struct filter_parse *p, struct flow_filter *f,
		       const char *text, size_t n)
{
	char word[FILTER_WORD_MAX];
	struct filter_test *t = &f->tests[f->count];

	if (f->count == FLOW_FILTER_TERMS_MAX) {
		text_printf(&p->message, "at most %d words",
			    FLOW_FILTER_TERMS_MAX);
		return false;
	}
	if (n >= sizeof(word)) {
		text_printf(&p->message, "a word of more than %zu bytes",
			    sizeof(word) - 1);
		return false;
	}
	memcpy(word, text + p->at, n);
	word[n] = '\0';
	if (!parse_word(p, t, word))
		return false;
	f->count++;
	return true;
}

/* FNV-1a; not 0. */
static uint64_t text_hash(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	return hash | 1;
}

struct flow_filter *flow_filter_parse(const char *text,
				      const struct column_services *services,
				      char *message, size_t message_size,
				      size_t *at)
{
	struct filter_parse p = {.services = services};
	struct flow_filter *f = calloc(1, sizeof(*f));

	*at = 0;
	text_init(&p.message, message, message_size);
	if (!f) {
		text_put(&p.message, "there is no memory for it");
		return NULL;
	}
	f->services = services;
	f->hash = text_hash(text);
	for (size_t i = strspn(text, filter_blanks); text[i];
	     i += strspn(text + i, filter_blanks)) {
		size_t n = strcspn(text + i, filter_blanks);

		p.at = i;
		if (!filter_add(&p, f, text, n)) {
			*at = p.at;
			flow_filter_free(f);
			return NULL;
		}
		i += n;
	}
	return f;
}

void flow_filter_free(struct flow_filter *f)
{
	for (unsigned i = 0; f && i < f->count; i++) {
		if (f->tests[i].term == FILTER_WORD)
			free(f->tests[i].word);
	}
	free(f);
}

unsigned filter_parts(const struct flow_filter *f)
{
	unsigned parts = 0;

	for (unsigned i = 0; f && i < f->count; i++) {
		const struct filter_test *t = &f->tests[i];

		if (t->term != FILTER_WORD)
			parts |= (unsigned)terms[t->term].parts;
		else
			parts |=
				FLOW_PART_ENDS |
				(t->word->states ? FLOW_PART_STATE : 0) |
				(t->word->refused ? (unsigned)PARTS_JUDGED : 0);
	}
	return parts;
}

void flow_filter_help(void (*line)(void *ctx, const char *term,
				   const char *help),
		      void *ctx)
{
	line(ctx, "word",
	     "any text of addresses, ports, services, protocol "
	     "and state; refused: flows with that verdict");
	line(ctx, "!", "before a word: flows that it does not take");
	for (unsigned i = 0; i < FILTER_TERM_COUNT; i++)
		line(ctx, terms[i].name, terms[i].help);
}
