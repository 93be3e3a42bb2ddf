#include "flow/filter_parts.h"

#include <assert.h>
#include <string.h>

static inline bool bit_is_set(const uint64_t *bits, unsigned i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static inline bool prefix_match(const struct filter_prefix *p,
				const uint8_t addr[16])
{
	uint64_t x[2];

	memcpy(x, addr, sizeof(x));
	return p->possible && ((x[0] ^ p->value[0]) & p->mask[0]) == 0 &&
	       ((x[1] ^ p->value[1]) & p->mask[1]) == 0;
}

/* Does the group's text start with the digits typed? */
static bool group_match(const struct filter_address *a, uint16_t group)
{
	unsigned digits = 1;

	while (digits < 4 && group >> (4 * digits) != 0)
		digits++;
	return digits >= a->group_digits &&
	       group >> (4 * (digits - a->group_digits)) == a->group_value;
}

static bool address_text_match(const struct filter_address *a,
			       const uint8_t addr[16])
{
	char buf[48];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_put_ipv6(&t, addr);
	return strncmp(buf, a->text, strlen(a->text)) == 0;
}

static bool address_match(const struct filter_address *a, uint8_t version,
			  const uint8_t addr[16])
{
	if (version == 4)
		return prefix_match(&a->v4, addr) &&
		       (a->octet == 4 ||
			bit_is_set(a->octet_values, addr[a->octet]));
	if (!prefix_match(&a->v6, addr))
		return false;
	if (a->group < 8 && !group_match(a, (uint16_t)(addr[2 * a->group] << 8 |
						       addr[2 * a->group + 1])))
		return false;
	return !a->text[0] || address_text_match(a, addr);
}

static inline bool numbers_match(const struct filter_numbers *n, uint64_t x)
{
	for (unsigned i = 0; i < n->count; i++) {
		if (x >= n->ranges[i].low && x <= n->ranges[i].high)
			return true;
	}
	return false;
}

/* Of a direction that was seen: its TTL says nothing before. */
static bool side_match(const struct filter_test *t, const struct flow_side *s)
{
	if (s->first_ns == 0)
		return false;
	switch ((int)t->term) {
	case FILTER_TTL:
		return numbers_match(&t->numbers, s->ttl);
	case FILTER_TOS:
		return numbers_match(&t->numbers, s->tos);
	default:
		assert(t->term == FILTER_IFACE);
		return numbers_match(&t->numbers, s->iface);
	}
}

#define ICMP_TEXT_SIZE 64

static const char *icmp_text(const struct flow *f, char buf[ICMP_TEXT_SIZE])
{
	struct text t;

	text_init(&t, buf, ICMP_TEXT_SIZE);
	column_put_icmp(&t, f->proto, f->icmp_type, f->icmp_code);
	return buf;
}

/* Bare words search the cell too: "#1234" is a ping. */
static const char *icmp_words(const struct flow *f, char buf[ICMP_TEXT_SIZE])
{
	struct text t;

	text_init(&t, buf, ICMP_TEXT_SIZE);
	column_put_icmp(&t, f->proto, f->icmp_type, f->icmp_code);
	if (flow_is_echo(f)) {
		text_put_char(&t, ' ');
		column_put_state(&t, f);
	}
	return buf;
}

static bool state_match(const struct filter_state *s, const struct flow *f)
{
	char buf[ICMP_TEXT_SIZE];

	if (!flow_has_icmp(f->proto))
		return s->states >> f->state & 1;
	return strncmp(icmp_text(f, buf), s->icmp, strlen(s->icmp)) == 0;
}

static bool word_match_dotted(const struct filter_word *w,
			      const uint8_t addr[4])
{
	uint8_t found = w->after_first[addr[0]];

	for (unsigned i = 1; i < 4; i++)
		found = w->after_next[found][addr[i]];
	return found == w->length;
}

/* Of IPv6. */
static bool word_match_address(const struct filter_word *w,
			       const struct flow *f, unsigned end)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char buf[48];
	struct text t;

	/* Only ::ffff:10.0.0.1 is printed with dots. */
	if (w->dots && memcmp(f->side[end].addr, mapped, sizeof(mapped)) != 0)
		return false;
	text_init(&t, buf, sizeof(buf));
	text_put_ipv6(&t, f->side[end].addr);
	return strstr(buf, w->text) != NULL;
}

/* The end as it may be shown: with the port's number, or its service. */
static bool word_match_end(const struct filter_word *w, const struct flow *f,
			   unsigned end, const struct column_services *services)
{
	struct column_style style = {.full = true};
	char buf[128];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	column_put_end(&t, f, end, &style);
	text_put_char(&t, ' ');
	style.services = services;
	column_put_end(&t, f, end, &style);
	return strcasestr(buf, w->text) != NULL;
}

static bool word_match(const struct filter_word *w, const struct flow *f,
		       const struct column_services *services)
{
	enum filter_ends ends = f->version == 4 ? w->ends4 : w->ends6;
	char buf[ICMP_TEXT_SIZE];

	if (bit_is_set(w->protos, f->proto))
		return true;
	if (w->refused && column_verdict(f) == FLOW_VERDICT_REFUSED)
		return true;
	if (flow_has_ports(f->proto)) {
		const uint64_t *ports = w->ports[filter_port_kind(f->proto)];

		/* Both, for which end is the first follows no pattern. */
		if (((unsigned)bit_is_set(ports, f->side[0].port) |
		     (unsigned)bit_is_set(ports, f->side[1].port)) != 0)
			return true;
	}
	if (flow_has_icmp(f->proto)
		    ? strstr(icmp_words(f, buf), w->text) != NULL
		    : (w->states >> f->state & 1))
		return true;
	if (ends == FILTER_ENDS_ADDRESS && f->version == 4)
		return ((unsigned)word_match_dotted(w, f->side[0].addr) |
			(unsigned)word_match_dotted(w, f->side[1].addr)) != 0;
	if (ends == FILTER_ENDS_ADDRESS)
		return word_match_address(w, f, 0) ||
		       word_match_address(w, f, 1);
	if (ends == FILTER_ENDS_WHOLE)
		return word_match_end(w, f, 0, services) ||
		       word_match_end(w, f, 1, services);
	return false;
}

static bool test_match_port(const struct filter_test *t, const struct flow *f)
{
	if (!flow_has_ports(f->proto))
		return false;
	return (t->term != FILTER_DPORT &&
		numbers_match(&t->numbers, f->side[0].port)) ||
	       (t->term != FILTER_SPORT &&
		numbers_match(&t->numbers, f->side[1].port));
}

static bool test_match(const struct filter_test *t, const struct flow *f,
		       const struct column_services *services)
{
	const struct flow_side *a = &f->side[0], *b = &f->side[1];

	switch (t->term) {
	case FILTER_HOST:
		return address_match(&t->address, f->version, a->addr) ||
		       address_match(&t->address, f->version, b->addr);
	case FILTER_SRC:
		return address_match(&t->address, f->version, a->addr);
	case FILTER_DST:
		return address_match(&t->address, f->version, b->addr);
	case FILTER_PORT:
	case FILTER_SPORT:
	case FILTER_DPORT:
		return test_match_port(t, f);
	case FILTER_PROTO:
		return bit_is_set(t->protos, f->proto);
	case FILTER_STATE:
		return state_match(&t->state, f);
	case FILTER_IP:
		return numbers_match(&t->numbers, f->version);
	case FILTER_VLAN:
		return numbers_match(&t->numbers, f->vlan);
	case FILTER_IFACE:
	case FILTER_TTL:
	case FILTER_TOS:
		return side_match(t, a) || side_match(t, b);
	case FILTER_REFUSED:
		return numbers_match(&t->numbers, flow_refused(f));
	case FILTER_RATE:
		return numbers_match(&t->numbers, flow_rate_bits(f));
	case FILTER_BYTES:
		return numbers_match(&t->numbers, flow_bytes(f));
	case FILTER_PACKETS:
		return numbers_match(&t->numbers, flow_packets(f));
	case FILTER_WORD:
		return word_match(t->word, f, services);
	}
	return false;
}

bool flow_filter_match(const struct flow_filter *f, const struct flow *flow)
{
	for (unsigned i = 0; f && i < f->count; i++) {
		if (test_match(&f->tests[i], flow, f->services) ==
		    f->tests[i].negate)
			return false;
	}
	return true;
}
