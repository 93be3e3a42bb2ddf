#include "flow/record.h"

#include "flow/column_parts.h"

#include <assert.h>
#include <string.h>

/*
 * Every field is written straight from its row, without a format string: a
 * million records a second leave a microsecond for each.
 */

/* Which flows have a field: the `when` of record.def. */
static inline bool record_when_always(const struct flow *f)
{
	(void)f;
	return true;
}

static inline bool record_when_ports(const struct flow *f)
{
	return flow_has_ports(f->proto);
}

static inline bool record_when_icmp(const struct flow *f)
{
	return flow_has_icmp(f->proto);
}

static inline bool record_when_tcp(const struct flow *f)
{
	return f->proto == IPPROTO_TCP;
}

static inline bool record_when_vlan(const struct flow *f)
{
	return f->vlan != 0;
}

static inline bool record_when_sent(const struct flow *f)
{
	return f->side[0].first_ns != 0;
}

static inline bool record_when_answered(const struct flow *f)
{
	return f->side[1].first_ns != 0;
}

/* Did packets count on an interface? What the host vantage alone has shown did
 * not. */
static inline bool record_when_homed(const struct flow *f)
{
	return f->side[0].packets > 0;
}

static inline bool record_when_rev_homed(const struct flow *f)
{
	return f->side[1].packets > 0;
}

static inline bool record_when_sent6(const struct flow *f)
{
	return f->version == 6 && record_when_sent(f);
}

static inline bool record_when_answered6(const struct flow *f)
{
	return f->version == 6 && record_when_answered(f);
}

static inline bool record_when_quoted(const struct flow *f)
{
	return f->side[0].icmp_errors || f->side[1].icmp_errors;
}

static inline bool record_when_judged(const struct flow *f)
{
	return column_verdict(f) != FLOW_VERDICT_NONE;
}

static const char *verdict_label(const struct flow *f)
{
	static const char *const labels[] = {
		[FLOW_VERDICT_NONE] = "none",
		[FLOW_VERDICT_WAITING] = "waiting",
		[FLOW_VERDICT_UNSURE] = "unsure",
		[FLOW_VERDICT_ACCEPTED] = "accepted",
		[FLOW_VERDICT_REFUSED] = "refused",
		[FLOW_VERDICT_REDIRECTED] = "redirected",
	};

	return labels[column_verdict(f)];
}

/*
 * How a value is written: the `kind` of record.def. Texts stand in quotes in
 * JSON and bare in CSV: none holds a quote, a comma or a control character
 * (test_record reads every label there is).
 */
static inline void put_number(struct text *t, uint64_t x, bool json)
{
	(void)json;
	text_put_u64(t, x);
}

static inline void put_quote(struct text *t, bool json)
{
	if (json)
		text_put_char(t, '"');
}

static inline void put_label(struct text *t, const char *label, bool json)
{
	put_quote(t, json);
	text_put(t, label);
	put_quote(t, json);
}

static inline void put_proto(struct text *t, uint8_t proto, bool json)
{
	const char *name = flow_proto_name(proto);

	if (name)
		put_label(t, name, json);
	else
		text_put_u64(t, proto);
}

static inline void put_time(struct text *t, uint64_t time_ns, bool json)
{
	put_quote(t, json);
	text_put_time_rfc3339(t, time_ns);
	put_quote(t, json);
}

static inline void put_flags(struct text *t, uint8_t flags, bool json)
{
	put_quote(t, json);
	if (flags)
		column_put_tcp_flags(t, flags);
	put_quote(t, json);
}

static void put_version_address(struct text *t, const struct flow *f,
				const struct flow_side *s, bool json)
{
	put_quote(t, json);
	if (f->version == 4)
		text_put_ipv4(t, s->addr);
	else
		text_put_ipv6(t, s->addr);
	put_quote(t, json);
}
#define put_address(t, side, json) put_version_address(t, f, side, json)

/* Hands over the line, all or nothing. */
static void record_hand_over(struct text *t, const struct text *line)
{
	assert(!line->cut);
	if (t->cut || line->len > t->size - 1 - t->len)
		t->cut = true;
	else
		text_put_bytes(t, line->buf, line->len);
}

void record_print_json(struct text *t, const struct flow *f)
{
	const struct flow_side *fwd = &f->side[0], *rev = &f->side[1];
	char buf[RECORD_TEXT_MAX + 1];
	struct text line;

	text_init(&line, buf, sizeof(buf));
#define RECORD(name, when, kind, value, help)                                  \
	if (record_when_##when(f)) {                                           \
		text_put_bytes(&line, ",\"" #name "\":", sizeof(#name) + 3);   \
		put_##kind(&line, value, true);                                \
	}
#include "flow/record.def"
#undef RECORD
	line.buf[0] = '{'; /* where the first field put its comma */
	text_put_bytes(&line, "}\n", 2);
	record_hand_over(t, &line);
}

void record_print_csv(struct text *t, const struct flow *f)
{
	const struct flow_side *fwd = &f->side[0], *rev = &f->side[1];
	char buf[RECORD_TEXT_MAX + 1];
	struct text line;

	text_init(&line, buf, sizeof(buf));
#define RECORD(name, when, kind, value, help)                                  \
	if (record_when_##when(f))                                             \
		put_##kind(&line, value, false);                               \
	text_put_char(&line, ',');
#include "flow/record.def"
#undef RECORD
	line.buf[line.len - 1] = '\n'; /* the last cell's comma */
	record_hand_over(t, &line);
}

void record_print_csv_header(struct text *t)
{
	static const char header[] =
#define RECORD(name, when, kind, value, help) "," #name
#include "flow/record.def"
#undef RECORD
		"\n";
	char buf[RECORD_TEXT_MAX + 1];
	struct text line;

	_Static_assert(sizeof(header) <= RECORD_TEXT_MAX, "the header fits");
	text_init(&line, buf, sizeof(buf));
	text_put_bytes(&line, header + 1, sizeof(header) - 2);
	record_hand_over(t, &line);
}

void record_help(void (*line)(void *context, const char *name,
			      const char *help),
		 void *context)
{
#define RECORD(name, when, kind, value, help) line(context, #name, help);
#include "flow/record.def"
#undef RECORD
}
