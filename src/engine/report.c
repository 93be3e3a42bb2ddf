/*
 * The account in words and in JSON, at the end of a headless run.
 */
#include "engine/snapshot.h"

#include <inttypes.h>
#include <string.h>

static uint64_t report_account_parts(const struct snapshot_account *a)
{
	return a->in_flows + a->copies + a->not_ip + a->malformed + a->no_room;
}

static uint64_t report_source_parts(const struct snapshot_source *s)
{
	return s->delivered + s->dropped_kernel + s->dropped_ring + s->shed +
	       s->filtered + s->damaged;
}

bool snapshot_balanced(const struct snapshot *s)
{
	uint64_t delivered = 0;

	for (unsigned i = 0; i < s->source_count; i++) {
		if (s->sources[i].seen != report_source_parts(&s->sources[i]))
			return false;
		delivered += s->sources[i].delivered;
	}
	return delivered == s->account.decoded &&
	       s->account.decoded == report_account_parts(&s->account);
}

static void report_json_number(struct text *t, bool *first, const char *name,
			       uint64_t value)
{
	text_put(t, *first ? "\"" : ",\"");
	text_put(t, name);
	text_put(t, "\":");
	text_put_u64(t, value);
	*first = false;
}

static void report_json_source(struct text *t, const struct snapshot_source *s)
{
	bool first = false;

	text_put(t, "{\"source\":");
	text_put_json(t, s->label, strlen(s->label));
#define SOURCE_COUNT(name, label, help)                                        \
	report_json_number(t, &first, #name, s->name);
#include "port/source_counts.def"
#undef SOURCE_COUNT
	if (s->problem[0]) {
		text_put(t, ",\"problem\":");
		text_put_json(t, s->problem, strlen(s->problem));
	}
	text_put_char(t, '}');
}

static void report_json_stops(struct text *t, const struct snapshot_account *a)
{
	bool first = true;

	text_put(t, ",\"stops\":[");
	for (unsigned p = 0; p < PROTO_COUNT; p++) {
		for (unsigned r = 0; r < VIEW_STOP_COUNT; r++) {
			if (a->stops[p][r] == 0)
				continue;
			text_put(t, first ? "{\"layer\":\"" : ",{\"layer\":\"");
			text_put(t, proto_label((enum proto)p));
			text_put(t, "\",\"reason\":\"");
			text_put(t, view_stop_label((enum view_stop)r));
			text_put(t, "\",\"packets\":");
			text_put_u64(t, a->stops[p][r]);
			text_put_char(t, '}');
			first = false;
		}
	}
	text_put_char(t, ']');
}

void snapshot_print_json(struct text *t, const struct snapshot *s)
{
	bool first = true;

	text_put_char(t, '{');
#define ACCOUNT(name, label, help)                                             \
	report_json_number(t, &first, #name, s->account.name);
#include "engine/account.def"
#undef ACCOUNT
	report_json_number(t, &first, "records", s->records_made);
	report_json_number(t, &first, "records_lost", s->records_lost);
	text_put(t, ",\"flows\":{");
	first = true;
#define TABLE_COUNT(name, label, help)                                         \
	report_json_number(t, &first, #name, s->flows.name);
#include "flow/table_counts.def"
#undef TABLE_COUNT
	text_put(t, "},\"sources\":[");
	for (unsigned i = 0; i < s->source_count; i++) {
		if (i > 0)
			text_put_char(t, ',');
		report_json_source(t, &s->sources[i]);
	}
	text_put_char(t, ']');
	report_json_stops(t, &s->account);
	text_put(t, ",\"balanced\":");
	text_put(t, snapshot_balanced(s) ? "true}\n" : "false}\n");
}

static void report_text_source(struct text *t, const struct snapshot_source *s)
{
	text_put_safe(t, s->label, strlen(s->label), true);
	text_printf(t,
		    ": %" PRIu64 " packets seen = %" PRIu64
		    " decoded + %" PRIu64 " dropped in the kernel + %" PRIu64
		    " in the ring",
		    s->seen, s->delivered, s->dropped_kernel, s->dropped_ring);
	if (s->shed)
		text_printf(t, " + %" PRIu64 " shed", s->shed);
	if (s->filtered)
		text_printf(t, " + %" PRIu64 " filtered", s->filtered);
	if (s->damaged)
		text_printf(t, " + %" PRIu64 " damaged", s->damaged);
	text_put_char(t, '\n');
}

void snapshot_print_text(struct text *t, const struct snapshot *s)
{
	const struct snapshot_account *a = &s->account;

	for (unsigned i = 0; i < s->source_count; i++)
		report_text_source(t, &s->sources[i]);
	text_printf(t,
		    "decoded %" PRIu64 " = %" PRIu64 " in flows + %" PRIu64
		    " copies + %" PRIu64 " not IP + %" PRIu64
		    " malformed + %" PRIu64 " refused by a full table\n",
		    a->decoded, a->in_flows, a->copies, a->not_ip, a->malformed,
		    a->no_room);
	text_printf(t, "%" PRIu64 " flows, %" PRIu64 " evicted", s->flows.added,
		    s->flows.evicted);
	if (s->records_made)
		text_printf(t, "; %" PRIu64 " records, %" PRIu64 " lost",
			    s->records_made, s->records_lost);
	text_put(t,
		 snapshot_balanced(s)
			 ? "\n"
			 : "\nthe account does not balance: please report\n");
	if (!s->helper_alive)
		text_put(t, "the privileged helper ended before the run did: "
			    "no interface could be opened after that\n");
}
