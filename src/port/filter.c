#include "port/filter.h"

#include "base/clock.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_WORDS_MAX	128
#define FILTER_EXPRESSION_MAX	4096
#define FILTER_SHOW_BYTES	160
#define FILTER_NEST_MAX		32
#define FILTER_PLACE_TIMEOUT_NS (300 * CLOCK_NS_PER_MS)

/*
 * libpcap says "syntax error" and not where. A beginning of an expression
 * that one of these makes whole was understood so far; the first word that
 * no longer can be helped is the wrong one.
 */
static const char *const filter_endings[] = {
	"",	     " 1",	   " tcp",    " 1.1.1.1",
	" host ::1", " port 1",	   " 1-2",    " = 1",
	"] = 1",     " 1] = 1",	   " 1 = 1",  " 00:00:00:00:00:00",
	":1] = 1",   " net 1.0/8", " 1.0/8",  " 255.0.0.0",
	" proto 1",  " \\ip",	   "1",	      " and tcp",
	"1.1.1.1",   "1] = 1",	   " 1) = 1", ") = 1",
};

static bool filter_probe(pcap_t *handle, const char *expression)
{
	struct bpf_program program;

	if (pcap_compile(handle, &program, expression, 0,
			 PCAP_NETMASK_UNKNOWN) != 0)
		return false;
	pcap_freecode(&program);
	return true;
}

/* How many parentheses are open at the end of text; -1: too many closed. */
static int filter_open_count(const char *text, size_t n)
{
	int open = 0;

	for (size_t i = 0; i < n && open >= 0; i++) {
		if (text[i] == '(')
			open++;
		else if (text[i] == ')')
			open--;
	}
	return open;
}

/* Can the first n bytes be the beginning of an expression? */
static bool filter_viable(pcap_t *handle, const char *expression, size_t n)
{
	char text[FILTER_EXPRESSION_MAX + 96];
	int open = filter_open_count(expression, n);

	if (open < 0 || open > FILTER_NEST_MAX)
		return false;
	for (size_t i = 0;
	     i < sizeof(filter_endings) / sizeof(filter_endings[0]); i++) {
		int len = snprintf(text, sizeof(text), "%.*s%s%.*s", (int)n,
				   expression, filter_endings[i], open,
				   "))))))))))))))))))))))))))))))))");

		if (len < 0 || (size_t)len >= sizeof(text))
			return false;
		if (filter_probe(handle, text))
			return true;
	}
	return false;
}

/* Splits into words: ends[i] is the offset behind word i, starts[i] its
 * first byte. Brackets and operators are words of their own. */
static unsigned filter_split(const char *s, size_t starts[FILTER_WORDS_MAX],
			     size_t ends[FILTER_WORDS_MAX])
{
	unsigned count = 0;
	size_t i = 0;

	while (s[i] != '\0' && count < FILTER_WORDS_MAX) {
		if (isspace((unsigned char)s[i])) {
			i++;
			continue;
		}
		starts[count] = i;
		if (strchr("()[]!=<>&|+*/^%", s[i]) != NULL) {
			i++;
		} else {
			i += strcspn(s + i, " \t\r\n\v\f()[]!=<>&|+*^%");
			/* 10.0.0.0/8 stays one word */
		}
		ends[count++] = i;
	}
	return count;
}

/* The offset of the first wrong word by trying beginnings; false when no
 * place can be told in time. */
static bool filter_place_by_trying(pcap_t *handle, const char *expression,
				   size_t *place)
{
	size_t starts[FILTER_WORDS_MAX];
	size_t ends[FILTER_WORDS_MAX];
	unsigned count = filter_split(expression, starts, ends);
	/* Words may be host names, which are looked up at every try. */
	uint64_t deadline_ns = clock_monotonic_ns() + FILTER_PLACE_TIMEOUT_NS;

	if (strlen(expression) > FILTER_EXPRESSION_MAX ||
	    count == FILTER_WORDS_MAX)
		return false;
	for (unsigned n = count; n > 0; n--) {
		if (clock_monotonic_ns() > deadline_ns)
			return false;
		if (!filter_viable(handle, expression, ends[n - 1]))
			continue;
		*place = n == count ? ends[n - 1] : starts[n];
		return true;
	}
	*place = count > 0 ? starts[0] : 0;
	return count > 0;
}

/* libpcap often quotes the word it means: 'foo' or "foo". */
static bool filter_place_by_quote(const char *words, const char *expression,
				  size_t *place)
{
	char quoted[128];
	const char *from = strpbrk(words, "'\"");
	const char *to;
	const char *found;
	size_t n;

	if (from == NULL)
		return false;
	to = strchr(from + 1, *from);
	if (to == NULL || to == from + 1)
		return false;
	n = (size_t)(to - from - 1);
	if (n >= sizeof(quoted))
		return false;
	memcpy(quoted, from + 1, n);
	quoted[n] = '\0';
	found = strstr(expression, quoted);
	if (found == NULL)
		return false;
	*place = (size_t)(found - expression);
	return true;
}

/* Appends the expression, or the part of it around the place, and a caret. */
static void filter_show_place(struct err *e, const char *expression,
			      size_t place)
{
	char line[FILTER_SHOW_BYTES + 1];
	size_t from = place > FILTER_SHOW_BYTES - 40
			      ? place - (FILTER_SHOW_BYTES - 40)
			      : 0;
	size_t n = strnlen(expression + from, FILTER_SHOW_BYTES);
	size_t used = strlen(e->text);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)expression[from + i];

		line[i] = iscntrl(c) ? ' ' : (char)c;
	}
	line[n] = '\0';
	snprintf(e->text + used, sizeof(e->text) - used, "\n  %s\n  %*s^", line,
		 (int)(place - from), "");
}

static bool filter_complain(pcap_t *handle, const char *expression,
			    struct err *e)
{
	char words[PCAP_ERRBUF_SIZE];
	size_t place = 0;

	snprintf(words, sizeof(words), "%s", pcap_geterr(handle));
	err_set(e, EXIT_USAGE, "the filter expression is not understood: %s",
		words);
	if (filter_place_by_quote(words, expression, &place) ||
	    (strstr(words, "syntax error") != NULL &&
	     filter_place_by_trying(handle, expression, &place)))
		filter_show_place(e, expression, place);
	return false;
}

bool port_filter_compile(const char *expression, enum link_type link,
			 struct bpf_program *program, struct err *e)
{
	int dlt = link_dlt(link);
	pcap_t *handle;
	bool ok;

	assert(expression != NULL);
	if (dlt < 0)
		return err_set(
			e, EXIT_USAGE,
			"a filter expression cannot be compiled for %s packets",
			link_label(link));
	handle = pcap_open_dead(dlt, FILTER_SNAPLEN_MAX);
	if (handle == NULL)
		return err_set(e, EXIT_USAGE,
			       "compiling the filter expression: no memory");
	ok = pcap_compile(handle, program, expression, 1,
			  PCAP_NETMASK_UNKNOWN) == 0 ||
	     filter_complain(handle, expression, e);
	pcap_close(handle);
	return ok;
}

static bool filter_compile_side(struct port_filter_side *side,
				const char *expression, enum link_type link)
{
	side->given = port_filter_compile(expression, link, &side->program,
					  &side->problem);
	return side->given;
}

/* A name that cannot be found is not to be found for the other link type
 * either, and looking may have taken long. */
static bool filter_lacks_name(const struct port_filter_side *side)
{
	return !side->given && strstr(side->problem.text, "unknown host");
}

/* With nothing compiled yet. */
static struct port_filter *filter_new(const char *expression, struct err *e)
{
	struct port_filter *f = calloc(1, sizeof(*f));

	assert(expression != NULL && expression[0] != '\0');
	if (f == NULL || (f->expression = strdup(expression)) == NULL) {
		free(f);
		err_set(e, EXIT_USAGE, "no memory for a filter expression");
		return NULL;
	}
	atom_store_relaxed_u32(&f->holders, 1);
	return f;
}

struct port_filter *port_filter_open(const char *expression, struct err *e)
{
	struct port_filter *f = filter_new(expression, e);

	if (f == NULL)
		return NULL;
	filter_compile_side(&f->ethernet, expression, LINK_ETHERNET);
	if (!filter_lacks_name(&f->ethernet))
		filter_compile_side(&f->raw, expression, LINK_RAW);
	if (f->ethernet.given || f->raw.given)
		return f;
	*e = f->ethernet.problem;
	port_filter_release(f);
	return NULL;
}

struct port_filter *port_filter_open_link(const char *expression,
					  enum link_type link, struct err *e)
{
	struct port_filter *f = filter_new(expression, e);

	if (f != NULL)
		filter_compile_side(&f->other, expression, link);
	return f;
}

struct port_filter *port_filter_hold(struct port_filter *f)
{
	if (f != NULL)
		atom_add_acq_rel_u32(&f->holders, 1);
	return f;
}

void port_filter_release(struct port_filter *f)
{
	/* All that the other holders did with it is done: F1, pairs with
	 * itself. */
	if (f == NULL || atom_add_acq_rel_u32(&f->holders, (uint32_t)-1) != 1)
		return;
	if (f->ethernet.given)
		pcap_freecode(&f->ethernet.program);
	if (f->raw.given)
		pcap_freecode(&f->raw.program);
	if (f->other.given)
		pcap_freecode(&f->other.program);
	free(f->expression);
	free(f);
}

bool port_filter_needs_kernel(const struct bpf_program *program)
{
	for (unsigned i = 0; i < program->bf_len; i++) {
		const struct bpf_insn *insn = &program->bf_insns[i];

		if ((BPF_CLASS(insn->code) == BPF_LD ||
		     BPF_CLASS(insn->code) == BPF_LDX) &&
		    BPF_MODE(insn->code) == BPF_ABS && (int32_t)insn->k < 0)
			return true;
	}
	return false;
}

bool port_filter_asks_vlan(const char *expression)
{
	size_t starts[FILTER_WORDS_MAX];
	size_t ends[FILTER_WORDS_MAX];
	unsigned count = filter_split(expression, starts, ends);

	for (unsigned i = 0; i < count; i++) {
		if (ends[i] - starts[i] == 4 &&
		    strncmp(expression + starts[i], "vlan", 4) == 0)
			return true;
	}
	/* More words than are split: rather once too often. */
	return count == FILTER_WORDS_MAX;
}
