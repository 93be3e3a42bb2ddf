#include "flow/filter_parts.h"

#include <ctype.h>
#include <string.h>

static bool holds(const char *text, const char *part)
{
	return text && strstr(text, part) != NULL;
}

/* Is the text made of these characters only? */
static bool made_of(const char *text, const char *characters)
{
	return text[strspn(text, characters)] == '\0';
}

static void mark_protos(struct filter_word *w)
{
	for (unsigned i = 0; i < 256; i++) {
		const char *name = flow_proto_name((uint8_t)i);
		char digits[4];
		struct text t;

		if (!name) {
			text_init(&t, digits, sizeof(digits));
			text_put_u64(&t, i);
			name = digits;
		}
		if (holds(name, w->text))
			w->protos[i / 64] |= UINT64_C(1) << i % 64;
	}
}

static void mark_states(struct filter_word *w)
{
	for (unsigned i = 0; i < FLOW_STATE_COUNT; i++) {
		if (holds(flow_state_label(i), w->text))
			w->states |= UINT32_C(1) << i;
	}
}

/* Ports whose number holds the word, as ":443" stands in the list. */
static void mark_port_numbers(struct filter_word *w)
{
	uint64_t bits[COLUMN_PORT_WORDS] = {0};
	char digits[8];
	struct text t;

	if (!made_of(w->text, "0123456789:") || strlen(w->text) > 6)
		return;
	for (unsigned port = 0; port < 65536; port++) {
		text_init(&t, digits, sizeof(digits));
		text_put_char(&t, ':');
		text_put_u64(&t, port);
		if (holds(digits, w->text))
			bits[port / 64] |= UINT64_C(1) << port % 64;
	}
	for (unsigned i = 0; i < FILTER_PORT_KINDS; i++)
		memcpy(w->ports[i], bits, sizeof(bits));
}

static void mark_ports(struct filter_word *w,
		       const struct column_services *services)
{
	static const uint8_t protos[FILTER_PORT_KINDS] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_DCCP};

	mark_port_numbers(w);
	/* No service's name holds a colon: ":http" is found in whole ends. */
	for (unsigned i = 0; i < FILTER_PORT_KINDS; i++)
		column_services_mark(services, protos[i], w->text, w->ports[i]);
}

/* How much of the word is found after one more character. */
static uint8_t dotted_step(const struct filter_word *w, uint8_t found, char c)
{
	char seen[FILTER_DOTTED_MAX + 2];
	uint8_t n = (uint8_t)(found + 1);

	if (found == w->length)
		return found;
	memcpy(seen, w->text, found);
	seen[found] = c;
	/* The longest start of the word that ends here. */
	while (n > 0 && memcmp(seen + (found + 1 - n), w->text, n) != 0)
		n--;
	return n;
}

static uint8_t octet_step(const struct filter_word *w, uint8_t found,
			  unsigned octet)
{
	char digits[4];
	struct text t;

	text_init(&t, digits, sizeof(digits));
	text_put_u64(&t, octet);
	for (const char *d = digits; *d; d++)
		found = dotted_step(w, found, *d);
	return found;
}

static void compile_dotted(struct filter_word *w)
{
	w->length = (uint8_t)strlen(w->text);
	for (unsigned octet = 0; octet < 256; octet++)
		w->after_first[octet] = octet_step(w, 0, octet);
	for (uint8_t found = 0; found <= w->length; found++) {
		uint8_t after = dotted_step(w, found, '.');

		for (unsigned octet = 0; octet < 256; octet++)
			w->after_next[found][octet] =
				octet_step(w, after, octet);
	}
}

/*
 * Which ends the word could be found in. A colon in front of a port is kept
 * by the port sets; one within reaches from the address into the port.
 */
static void find_ends(struct filter_word *w)
{
	bool colon_within = strchr(w->text + 1, ':') != NULL;
	bool colon = w->text[0] == ':' || colon_within;
	size_t dotted = strspn(w->text, "0123456789.");

	if (dotted <= FILTER_DOTTED_MAX && w->text[dotted] == '\0')
		w->ends4 = FILTER_ENDS_ADDRESS;
	else if (w->text[dotted] == ':' &&
		 !made_of(w->text + dotted, ":0123456789"))
		w->ends4 = FILTER_ENDS_WHOLE; /* 0.1:https, :https */
	else if (w->text[dotted] == ':' && dotted > 0)
		w->ends4 = FILTER_ENDS_WHOLE; /* 0.1:443 */
	if (made_of(w->text, "0123456789abcdef:."))
		w->ends6 = FILTER_ENDS_ADDRESS;
	if (strpbrk(w->text, "[]") || (colon && w->ends6 == FILTER_ENDS_NEVER))
		w->ends6 = FILTER_ENDS_WHOLE;
}

void filter_compile_word(struct filter_word *w, const char *text,
			 const struct column_services *services)
{
	*w = (struct filter_word){0};
	for (size_t i = 0; text[i]; i++)
		w->text[i] = (char)tolower((unsigned char)text[i]);
	w->dots = strchr(w->text, '.') != NULL;
	w->refused = strcmp(w->text, "refused") == 0;
	mark_protos(w);
	mark_states(w);
	mark_ports(w, services);
	find_ends(w);
	if (w->ends4 == FILTER_ENDS_ADDRESS)
		compile_dotted(w);
}
