/*
 * The first line (what is watched, how much, which filters), the last (what
 * was lost, what to press), and the line of totals for a very small screen.
 */
#include "base/clock.h"
#include "ui/bar.h"
#include "ui/put.h"
#include "ui/ui.h"

#include <string.h>

/* How long it is told that the flow table was full. */
#define TABLE_NOTICE_NS (10 * CLOCK_NS_PER_S)

/* What leaves first when a line is too narrow: the higher ones. */
enum {
	VITAL,
	WEIGHTY,
	USEFUL,
	NICE,
	HINTS, /* … and behind it one by one */
};

static void add_rate(const struct ui *u, struct bar *b, uint8_t style,
		     uint8_t priority, bool right)
{
	struct column_style cells = ui_column_style(u, 0);
	struct text t = bar_add(b, style, priority, right);

	/* What the last second was like says nothing any more. */
	if (u->shown->finished)
		text_put(&t, "ended");
	else
		column_put_rate(&t, u->shown->rate_bits, &cells);
}

static void add_packet_rate(const struct ui *u, struct bar *b, uint8_t style,
			    uint8_t priority, bool right)
{
	struct text t;

	if (u->shown->finished)
		return;
	t = bar_add(b, style, priority, right);
	put_count(&t, u->shown->rate_packets);
	text_put(&t, " pkt/s");
}

static void add_flow_count(const struct ui *u, struct bar *b, uint8_t style,
			   uint8_t priority, bool right)
{
	struct text t = bar_add(b, style, priority, right);

	if (u->filter[0] != '\0') {
		put_count(&t, u->rows.list.total);
		text_put(&t, " of ");
	}
	put_count(&t, u->shown->flows.live);
	text_put(&t, " flows");
}

static void add_pause(const struct ui *u, struct bar *b)
{
	struct text t;

	if (!u->paused)
		return;
	t = bar_add(b, STYLE_CHIP, VITAL, false);
	text_put(&t, " PAUSED +");
	put_count(&t, u->live->account.decoded - u->paused_decoded);
	text_put(&t, " packets ");
}

static void add_chip(const struct ui *u, struct bar *b, const char *name,
		     const char *text)
{
	struct text t;

	if (text[0] == '\0')
		return;
	t = bar_add(b, STYLE_CHIP, WEIGHTY, false);
	text_put_char(&t, ' ');
	text_put(&t, name);
	put_cut(&t, text, u->width / 4, u->ascii);
	text_put_char(&t, ' ');
}

static void add_word(struct bar *b, bool on, const char *word)
{
	struct text t;

	if (!on)
		return;
	t = bar_add(b, STYLE_CHIP, VITAL, false);
	text_put_char(&t, ' ');
	text_put(&t, word);
	text_put_char(&t, ' ');
}

void ui_draw_title(struct ui *u, struct canvas *c, int y)
{
	const struct snapshot *s = u->shown;
	struct bar b;
	struct text t;

	bar_clear(&b);
	t = bar_add(&b, STYLE_TITLE, NICE, false);
	text_put(&t, "rawtop ");
	put_cut(&t, u->title, u->width / 3, u->ascii);
	add_pause(u, &b);
	add_word(&b, u->rows.freeze != NULL, "FROZEN");
	add_word(&b, s->finished, s->live ? "STOPPED" : "END");
	add_chip(u, &b, "/", u->filter);
	add_chip(u, &b, "bpf ", u->live->filter);
	add_word(&b, u->rows.closed, "+closed");
	add_rate(u, &b, STYLE_TITLE, WEIGHTY, true);
	add_packet_rate(u, &b, STYLE_TITLE, USEFUL, true);
	add_flow_count(u, &b, STYLE_TITLE, USEFUL, true);
	bar_draw(&b, c, y, STYLE_TITLE);
}

/* drop kernel/ring/table; red when any is not zero. The table's are the flows
 * that it evicted and the packets that it refused, both for being full. */
static void add_drops(const struct ui *u, struct bar *b, bool right,
		      uint8_t plain, uint8_t bad)
{
	const struct snapshot *s = u->live;
	uint64_t kernel = 0, ring = 0, table = u->table_lost;
	struct text t;

	for (unsigned i = 0; i < s->source_count; i++) {
		kernel += s->sources[i].dropped_kernel;
		ring += s->sources[i].dropped_ring;
	}
	t = bar_add(b, kernel + ring + table > 0 ? bad : plain, VITAL, right);
	text_put(&t, "drop ");
	put_count(&t, kernel);
	text_put_char(&t, '/');
	put_count(&t, ring);
	text_put_char(&t, '/');
	put_count(&t, table);
}

static void add_notice(struct bar *b, bool on, uint8_t style, const char *words)
{
	struct text t;

	if (!on)
		return;
	t = bar_add(b, style, WEIGHTY, false);
	text_put(&t, words);
}

/* A source of a capture that goes on is down, or one has failed. */
static void add_sources(const struct ui *u, struct bar *b)
{
	const struct snapshot *s = u->live;
	unsigned down = 0, bad = 0;
	struct text t;

	for (unsigned i = 0; i < s->source_count; i++) {
		const struct snapshot_source *source = &s->sources[i];

		if (!source->up && s->live && !s->finished)
			down++;
		else if (source->problem[0] != '\0')
			bad++;
	}
	if (down > 0) {
		t = bar_add(b, STYLE_STATUS_ERROR, WEIGHTY, false);
		text_printf(&t, "%u source%s down: 6 health", down,
			    down == 1 ? "" : "s");
	}
	if (bad > 0) {
		t = bar_add(b, STYLE_STATUS_STALE, WEIGHTY, false);
		text_printf(&t, "%u source%s with a problem: 6 health", bad,
			    bad == 1 ? "" : "s");
	}
}

/* A full table costs something, now or a little while ago. */
static void add_table(const struct ui *u, struct bar *b)
{
	const struct snapshot *s = u->live;

	if (u->table_lost_ns == 0 ||
	    s->now_ns > u->table_lost_ns + TABLE_NOTICE_NS)
		return;
	add_notice(b, true, STYLE_STATUS_ERROR,
		   s->account.no_room > 0 ? "table full: refusing"
					  : "table full: evicting");
}

/* Something that a person should know now, where there is no message. */
static void add_notices(const struct ui *u, struct bar *b)
{
	const struct snapshot *s = u->live;

	add_sources(u, b);
	add_table(u, b);
	add_notice(b, !s->helper_alive, STYLE_STATUS_ERROR,
		   "the helper process is gone");
	add_notice(b, s->host_shed, STYLE_STATUS_STALE, "host vantage shed");
}

/* "/ filter": a command's first key and its name, by the table of keys. */
static void add_hint(struct bar *b, enum pane_id view,
		     enum keys_command command, uint8_t priority)
{
	const struct keys_info *info = &keys_table[command];
	struct text t;

	if (!(info->views >> view & 1))
		return;
	t = bar_add(b, STYLE_STATUS, priority, false);
	text_put_bytes(&t, info->keys, strcspn(info->keys, " "));
	text_put_char(&t, ' ');
	text_put(&t, info->name);
}

static void add_hints(const struct ui *u, struct bar *b)
{
	static const enum keys_command hints[] = {
		COMMAND_DETAILS, COMMAND_FILTER, COMMAND_SORT,	 COMMAND_PAUSE,
		COMMAND_CHOOSE,	 COMMAND_FREEZE, COMMAND_HEALTH,
	};
	uint8_t priority = HINTS;

	if (u->depth > 0)
		add_hint(b, u->view, COMMAND_BACK, priority++);
	else if (u->view != PANE_FLOWS)
		add_hint(b, u->view, COMMAND_FLOWS, priority++);
	for (unsigned i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		if (hints[i] != COMMAND_HEALTH || u->view == PANE_FLOWS)
			add_hint(b, u->view, hints[i], priority++);
	}
}

void ui_draw_status(struct ui *u, struct canvas *c, int y)
{
	struct bar b;
	struct text t;

	bar_clear(&b);
	if (u->message[0] != '\0') {
		t = bar_add(&b,
			    u->message_bad ? STYLE_STATUS_ERROR : STYLE_STATUS,
			    WEIGHTY, false);
		put_cut(&t, u->message, u->width - 26, u->ascii);
	} else {
		add_notices(u, &b);
		add_hints(u, &b);
	}
	add_drops(u, &b, true, STYLE_STATUS, STYLE_STATUS_ERROR);
	add_hint(&b, u->view, COMMAND_HELP, VITAL);
	b.item[b.count - 1].right = true;
	bar_draw(&b, c, y, STYLE_STATUS);
}

void ui_draw_totals(struct ui *u, struct canvas *c, int y)
{
	struct bar b;

	bar_clear(&b);
	add_pause(u, &b);
	add_rate(u, &b, STYLE_NORMAL, VITAL, false);
	add_flow_count(u, &b, STYLE_NORMAL, VITAL, false);
	add_drops(u, &b, false, STYLE_NORMAL, STYLE_ERROR);
	add_packet_rate(u, &b, STYLE_NORMAL, VITAL, false);
	bar_draw_wrapped(&b, c, y, STYLE_NORMAL);
}
