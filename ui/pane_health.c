#include "ui/pane.h"
#include "ui/put.h"
#include "ui/ui.h"

#define GAUGE_CELLS 20

/* "  label 1,234": one term of a sum, a comma before all but the first. */
static void put_term(struct text *t, bool *first, const char *label, uint64_t n)
{
	if (!*first)
		text_put(t, ", ");
	*first = false;
	text_put(t, label);
	text_put_char(t, ' ');
	put_count(t, n);
}

static double share_of(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

static void put_percent(struct text *t, double share)
{
	text_printf(t, " %.1f%%", share * 100);
}

static const char *filter_place(uint8_t place)
{
	static const char *const words[] = {
		"no filter",
		"filter runs in the kernel",
		"filter runs in user space",
	};

	return place < 3 ? words[place] : "";
}

/* seen = delivered + every kind of loss; while packets are under way the sum
 * may be short by those. */
static void put_source_law(struct page *p, const struct snapshot_source *s)
{
	uint64_t sum = s->delivered + s->dropped_kernel + s->dropped_ring +
		       s->shed + s->filtered + s->damaged;
	bool lost = s->dropped_kernel + s->dropped_ring + s->damaged > 0;
	struct text *t = page_field(p, lost ? STYLE_ERROR : STYLE_NORMAL, "");
	bool first = true;

	text_put(t, "seen ");
	put_count(t, s->seen);
	text_put(t, " = ");
	put_term(t, &first, "delivered", s->delivered);
	put_term(t, &first, "drop kernel", s->dropped_kernel);
	put_term(t, &first, "drop ring", s->dropped_ring);
	put_term(t, &first, "shed", s->shed);
	put_term(t, &first, "filtered", s->filtered);
	put_term(t, &first, "damaged", s->damaged);
	if (s->seen > sum)
		put_term(t, &first, "under way", s->seen - sum);
}

static void put_source(const struct ui *u, struct page *p,
		       const struct snapshot_source *s)
{
	uint8_t style =
		s->problem[0] != '\0' || !s->up ? STYLE_STALE : STYLE_NORMAL;
	struct text *t = page_field(p, style, s->label);

	text_put(t, s->up ? "up" : "DOWN");
	text_put(t, s->running ? ", running" : ", ended");
	text_put(t, ", ");
	text_put(t, filter_place(s->filter_place));
	if (s->ring_size > 0) {
		text_put(t, ", ring ");
		put_gauge(t, share_of(s->ring_fill, s->ring_size), 10,
			  u->ascii);
		text_printf(t, " %u/%u", s->ring_fill, s->ring_size);
	}
	put_source_law(p, s);
	t = page_field(p, STYLE_NORMAL, "");
	column_put_total(t, s->bytes);
	text_put(t, " in ");
	put_count(t, s->blocks);
	text_put(t, " blocks");
	if (s->note[0] != '\0')
		text_put(page_field(p, STYLE_LABEL, ""), s->note);
	if (s->problem[0] != '\0')
		text_put(page_field(p, STYLE_ERROR, "problem"), s->problem);
}

static void put_sources(const struct ui *u, struct page *p)
{
	const struct snapshot *s = u->shown;

	page_section(p, "Sources");
	if (s->source_count == 0)
		text_put(page_line(p, STYLE_STALE), "none");
	for (unsigned i = 0; i < s->source_count; i++)
		put_source(u, p, &s->sources[i]);
	if (s->host_shed)
		text_put(page_line(p, STYLE_STALE),
			 "host vantage shed: its packets are let go, counted, "
			 "to spare the wire");
	if (s->local_excess > 0) {
		struct text *t = page_line(p, STYLE_STALE);

		put_count(t, s->local_excess);
		text_put(t, " addresses of this host beyond ");
		put_count(t, FLOW_LOCAL_MAX);
		text_put(t, ": no refused verdict for them");
	}
	if (u->live->filter[0] != '\0')
		text_put(page_field(p, STYLE_NORMAL, "BPF"), u->live->filter);
}

static void put_account(const struct ui *u, struct page *p)
{
	static const struct {
		const char *label;
		const char *help;
	} lines[] = {
#define ACCOUNT(name, label, help) {label, help},
#include "engine/account.def"
#undef ACCOUNT
	};
	const struct snapshot_account *a = &u->shown->account;
	const uint64_t counts[] = {
#define ACCOUNT(name, label, help) a->name,
#include "engine/account.def"
#undef ACCOUNT
	};
	bool first = true;
	uint64_t sum = 0;
	struct text *t;

	page_section(p, "Account");
	for (unsigned i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		t = page_field(p, STYLE_NORMAL, lines[i].label);
		put_count(t, counts[i]);
		text_put(t, "  ");
		text_put(t, lines[i].help);
	}
	t = page_field(p, STYLE_NORMAL, "the law");
	text_put(t, "decoded ");
	put_count(t, counts[0]);
	text_put(t, " = ");
	for (unsigned i = 1; i < sizeof(lines) / sizeof(*lines); i++) {
		put_term(t, &first, lines[i].label, counts[i]);
		sum += counts[i];
	}
	if (counts[0] > sum)
		put_term(t, &first, "under way", counts[0] - sum);
}

static void put_stops(const struct ui *u, struct page *p)
{
	bool any = false;

	page_section(p, "Packets whose headers end early, by layer and reason");
	for (unsigned i = 0; i < PROTO_COUNT; i++) {
		for (unsigned k = 0; k < VIEW_STOP_COUNT; k++) {
			uint64_t n = u->shown->account.stops[i][k];
			struct text *t;

			/* The end at the payload is how it should be. */
			if (n == 0 || k == VIEW_PAYLOAD)
				continue;
			any = true;
			t = page_field(p, STYLE_STALE, proto_label(i));
			text_put(t, view_stop_label(k));
			text_put_char(t, ' ');
			put_count(t, n);
		}
	}
	if (!any)
		text_put(page_line(p, STYLE_NORMAL), "none");
}

static void put_table(const struct ui *u, struct page *p)
{
	static const char *const labels[] = {
#define TABLE_COUNT(name, label, help) label,
#include "flow/table_counts.def"
#undef TABLE_COUNT
	};
	const struct snapshot *s = u->shown;
	const uint64_t counts[] = {
#define TABLE_COUNT(name, label, help) s->flows.name,
#include "flow/table_counts.def"
#undef TABLE_COUNT
	};
	double fill = share_of(s->flows.live, s->flow_capacity);
	struct text *t;
	bool first = true;

	page_section(p, "Flow table");
	t = page_field(p, fill >= 0.95 ? STYLE_STALE : STYLE_NORMAL, "fill");
	put_gauge(t, fill, GAUGE_CELLS, u->ascii);
	put_percent(t, fill);
	text_put(t, "  ");
	put_count(t, s->flows.live);
	text_put(t, " of ");
	put_count(t, s->flow_capacity);
	text_put(t, " flows");
	t = page_field(p, STYLE_NORMAL, "counts");
	for (unsigned i = 0; i < sizeof(labels) / sizeof(*labels); i++)
		put_term(t, &first, labels[i], counts[i]);
	t = page_field(p, STYLE_NORMAL, "memory");
	put_memory(t, s->table_memory_bytes);
	text_put(t, " reserved; taken from the system as flows come");
}

static void put_machine(const struct ui *u, struct page *p)
{
	const struct snapshot *s = u->live;
	struct text *t;

	page_section(p, "Work");
	t = page_field(p, s->decoder_load >= 0.9 ? STYLE_STALE : STYLE_NORMAL,
		       "decoder load");
	put_gauge(t, s->decoder_load, GAUGE_CELLS, u->ascii);
	put_percent(t, s->decoder_load);
	text_put(t, "  the busiest worker");
	t = page_field(p, s->helper_alive ? STYLE_NORMAL : STYLE_ERROR,
		       "helper process");
	text_put(t,
		 s->helper_alive
			 ? "alive, or not needed"
			 : "gone: what is open goes on, but no interface can "
			   "be opened any more; start rawtop again");
}

static void put_events(const struct ui *u, struct page *p)
{
	const struct snapshot *s = u->shown;

	page_section(p, "Events, the newest first");
	if (s->event_count == 0)
		text_put(page_line(p, STYLE_NORMAL), "none");
	for (unsigned i = s->event_count; i-- > 0;) {
		const struct snapshot_event *event = &s->events[i];
		char time[32];
		struct text t;

		text_init(&t, time, sizeof(time));
		put_clock(&t, event->time_ns);
		text_put(page_field(p, STYLE_NORMAL, time), event->text);
	}
}

static void refresh(struct ui *u)
{
	struct page *p = &u->page[PANE_HEALTH];

	page_clear(p);
	put_sources(u, p);
	put_account(u, p);
	put_table(u, p);
	put_machine(u, p);
	put_events(u, p);
	put_stops(u, p);
}

static bool move(struct ui *u, struct command command)
{
	return page_move(&u->page[PANE_HEALTH], command);
}

static void draw(struct ui *u, struct canvas *c, int y, int height)
{
	page_draw(&u->page[PANE_HEALTH], c, y, height);
}

const struct pane pane_health = {
	.name = "health",
	.help = "What every source has seen and lost, and where; how full the "
		"rings and the flow table are; how busy the decoder is. Nothing "
		"is lost silently: each line's sum is written out.",
	.refresh = refresh,
	.draw = draw,
	.move = move,
};
