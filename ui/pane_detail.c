#include "ui/pane.h"
#include "ui/put.h"
#include "ui/ui.h"

#include "ui/glyph.h"

#include <assert.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

/* The two directions stand beside each other in columns of so many cells, */
#define BESIDE_CELLS 32
/* … on screens of this width. */
#define BESIDE_WIDTH 78

static bool has_icmp(uint8_t proto)
{
	return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static struct column_style full_style(const struct ui *u)
{
	struct column_style style = ui_column_style(u, 0);

	style.full = true;
	return style;
}

static uint64_t since_ns(uint64_t now_ns, uint64_t then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

static void put_verdict(struct text *t, const struct flow_side *side)
{
	static const char *const words[] = {
		[FLOW_VERDICT_NONE] = "not asked",
		[FLOW_VERDICT_WAITING] = "waiting",
		[FLOW_VERDICT_UNSURE] = "unsure",
		[FLOW_VERDICT_ACCEPTED] = "accepted",
		[FLOW_VERDICT_REFUSED] = "REFUSED ",
		[FLOW_VERDICT_REDIRECTED] = "redirected",
	};

	assert(side->verdict < sizeof(words) / sizeof(*words));
	text_put(t, words[side->verdict]);
	if (side->verdict != FLOW_VERDICT_REFUSED)
		return;
	put_count(t, side->refused);
	text_put(t, " of ");
	put_count(t, side->packets);
}

/* The same in a sentence. */
static const char *explain_verdict(enum flow_verdict verdict)
{
	switch (verdict) {
	case FLOW_VERDICT_NONE:
		return "not asked: this direction does not end at this host, "
		       "or only one vantage runs";
	case FLOW_VERDICT_WAITING:
		return "waiting: the newest packets may still arrive at the "
		       "host";
	case FLOW_VERDICT_UNSURE:
		return "unsure: packets were lost meanwhile, so there is no "
		       "saying";
	case FLOW_VERDICT_ACCEPTED:
		return "accepted: what was on the wire arrived at the host";
	case FLOW_VERDICT_REFUSED:
		return "REFUSED: packets on the wire were not accepted by this "
		       "host (firewall, reverse-path check, bad checksum)";
	case FLOW_VERDICT_REDIRECTED:
		return "redirected: it arrives under another address or port, "
		       "here or behind this host (NAT)";
	}
	return "";
}

static void put_interface(const struct ui *u, struct text *t, uint32_t iface)
{
	char name[IF_NAMESIZE];

	text_put_u64(t, iface);
	if (u->shown->live && iface != 0 &&
	    if_indextoname(iface, name) != NULL) {
		text_put_char(t, ' ');
		text_put_safe(t, name, strlen(name), u->ascii);
	}
}

static void put_time(struct text *t, uint64_t time_ns)
{
	if (time_ns == 0)
		text_put(t, "none yet");
	else
		text_put_time_rfc3339(t, time_ns);
}

static void put_ip(struct text *t, const struct flow *f,
		   const struct flow_side *side)
{
	if (f->version == 6)
		text_printf(t, "hop limit %u, label 0x%05x", side->ttl,
			    side->flow_label);
	else
		text_printf(t, "TTL %u, id %u", side->ttl, side->ip_id);
	if (side->tos != 0)
		text_printf(t, ", %s 0x%02x", f->version == 6 ? "class" : "TOS",
			    side->tos);
}

/* What is said of a direction, one line each. */
enum line {
	LINE_RATE,
	LINE_PACKETS,
	LINE_HOST_PACKETS,
	LINE_BYTES,
	LINE_HOST_BYTES,
	LINE_FRAME_BYTES,
	LINE_VERDICT,
	LINE_FRAGMENTS,
	LINE_COPIES,
	LINE_ERRORS,
	LINE_FIRST,
	LINE_LAST,
	LINE_AGO,
	LINE_IP,
	LINE_SEQUENCE,
	LINE_TCP,
	LINE_INTERFACE,
	LINE_COUNT,
};

static const char *const line_labels[LINE_COUNT] = {
	[LINE_RATE] = "rate",
	[LINE_PACKETS] = "packets on wire",
	[LINE_HOST_PACKETS] = "packets at host",
	[LINE_BYTES] = "IP bytes on wire",
	[LINE_HOST_BYTES] = "IP bytes at host",
	[LINE_FRAME_BYTES] = "frame bytes",
	[LINE_VERDICT] = "verdict",
	[LINE_FRAGMENTS] = "later fragments",
	[LINE_COPIES] = "copies elsewhere",
	[LINE_ERRORS] = "ICMP errors",
	[LINE_FIRST] = "first packet",
	[LINE_LAST] = "last packet",
	[LINE_AGO] = "first, last ago",
	[LINE_IP] = "last IP",
	[LINE_SEQUENCE] = "last seq, ack",
	[LINE_TCP] = "window, flags",
	[LINE_INTERFACE] = "interface",
};

/* Lines that say something of few flows only. */
static bool has_line(const struct flow *f, enum line line)
{
	const struct flow_side *a = &f->side[0], *b = &f->side[1];

	switch ((int)line) {
	case LINE_FRAGMENTS:
		return a->fragments + b->fragments > 0;
	case LINE_COPIES:
		return a->copies + b->copies > 0;
	case LINE_ERRORS:
		return a->icmp_errors + b->icmp_errors > 0;
	case LINE_SEQUENCE:
		return f->proto == IPPROTO_TCP || has_icmp(f->proto);
	case LINE_TCP:
		return f->proto == IPPROTO_TCP;
	default:
		return true;
	}
}

static void put_last_headers(const struct ui *u, struct text *t, enum line line,
			     const struct flow_side *side)
{
	const struct flow *f = &u->detail;

	/* What the host vantage alone has shown counts on no interface. */
	if (side->packets == 0 &&
	    (side->host_packets == 0 || line == LINE_INTERFACE)) {
		text_put_char(t, '-');
	} else if (line == LINE_IP) {
		put_ip(t, f, side);
	} else if (line == LINE_SEQUENCE) {
		text_put_u64(t, side->seq);
		if (f->proto == IPPROTO_TCP)
			text_printf(t, ", %u", side->ack);
	} else if (line == LINE_TCP) {
		text_printf(t, "%u, ", side->window);
		column_put_tcp_flags(t, side->tcp_flags);
	} else {
		put_interface(u, t, side->iface);
	}
}

static void put_times(const struct ui *u, struct text *t, enum line line,
		      const struct flow_side *side)
{
	uint64_t now_ns = u->shown->now_ns;

	if (line == LINE_FIRST) {
		put_time(t, side->first_ns);
	} else if (line == LINE_LAST) {
		put_time(t, side->last_ns);
	} else if (side->first_ns == 0) {
		text_put_char(t, '-');
	} else {
		column_put_age(t, since_ns(now_ns, side->first_ns));
		text_put(t, ", ");
		column_put_idle(t, since_ns(now_ns, side->last_ns));
	}
}

static void put_value(const struct ui *u, struct text *t, enum line line,
		      const struct flow_side *side)
{
	struct column_style style = full_style(u);

	switch (line) {
	case LINE_RATE:
		column_put_rate(t, side->rate_bits, &style);
		return;
	case LINE_PACKETS:
		put_count(t, side->packets);
		return;
	case LINE_HOST_PACKETS:
		put_count(t, side->host_packets);
		return;
	case LINE_BYTES:
		put_count(t, side->bytes);
		return;
	case LINE_HOST_BYTES:
		put_count(t, side->host_bytes);
		return;
	case LINE_FRAME_BYTES:
		put_count(t, side->frame_bytes);
		return;
	case LINE_VERDICT:
		put_verdict(t, side);
		return;
	case LINE_FRAGMENTS:
		put_count(t, side->fragments);
		return;
	case LINE_COPIES:
		put_count(t, side->copies);
		return;
	case LINE_ERRORS:
		put_count(t, side->icmp_errors);
		return;
	case LINE_FIRST:
	case LINE_LAST:
	case LINE_AGO:
		put_times(u, t, line, side);
		return;
	case LINE_IP:
	case LINE_SEQUENCE:
	case LINE_TCP:
	case LINE_INTERFACE:
		put_last_headers(u, t, line, side);
		return;
	case LINE_COUNT:
		return;
	}
}

static uint8_t line_style(enum line line, const struct flow *f, bool out,
			  bool in)
{
	bool refused = (out && f->side[0].verdict == FLOW_VERDICT_REFUSED) ||
		       (in && f->side[1].verdict == FLOW_VERDICT_REFUSED);

	if (line == LINE_VERDICT && refused)
		return STYLE_ERROR;
	if (line == LINE_RATE && out != in)
		return out ? STYLE_OUT : STYLE_IN;
	return STYLE_NORMAL;
}

static void pad_to(struct text *t, size_t start, int cells)
{
	for (int n = glyph_text_width(t->buf + start); n < cells; n++)
		text_put_char(t, ' ');
}

/* Both directions beside each other. */
static void put_beside(struct ui *u, struct page *p)
{
	const struct flow *f = &u->detail;
	struct text *t;
	size_t start;

	page_line(p, STYLE_NORMAL);
	t = page_field(p, STYLE_SECTION, "");
	start = t->len;
	text_put(t, "From the initiator");
	pad_to(t, start, BESIDE_CELLS);
	text_put(t, "To the initiator");
	for (unsigned line = 0; line < LINE_COUNT; line++) {
		if (!has_line(f, line))
			continue;
		t = page_field(p, line_style(line, f, true, true),
			       line_labels[line]);
		start = t->len;
		put_value(u, t, line, &f->side[0]);
		pad_to(t, start, BESIDE_CELLS);
		put_value(u, t, line, &f->side[1]);
	}
}

/* One below the other, where the screen is narrow. */
static void put_below(struct ui *u, struct page *p, int side)
{
	const struct flow *f = &u->detail;

	page_section(p, side == 0 ? "From the initiator" : "To the initiator");
	for (unsigned line = 0; line < LINE_COUNT; line++) {
		if (has_line(f, line))
			put_value(u,
				  page_field(p,
					     line_style(line, f, side == 0,
							side == 1),
					     line_labels[line]),
				  line, &f->side[side]);
	}
}

static void put_explanations(struct ui *u, struct page *p)
{
	const struct flow *f = &u->detail;

	page_section(p, "Verdict");
	text_put(page_field(p, STYLE_NORMAL, "from initiator"),
		 explain_verdict(f->side[0].verdict));
	text_put(page_field(p, STYLE_NORMAL, "to initiator"),
		 explain_verdict(f->side[1].verdict));
}

/* Has it ended, and why; the first thing one wants to know. */
static void put_fate(const struct ui *u, struct page *p)
{
	const struct flow *f = &u->detail;
	struct text *t;

	if (u->detail_gone) {
		t = page_field(p, STYLE_STALE, "ended");
		text_put(t, "this flow has left the table; what follows is the "
			    "last that was known");
	} else if (f->state == FLOW_CLOSED || f->state == FLOW_RESET) {
		t = page_field(p, STYLE_STALE, "ended");
		text_put(t, "the connection is over (");
		text_put(t, flow_state_label(f->state));
		text_put_char(t, ')');
	}
}

/* The ends by the names of their ports, where they have any. */
static void put_services(const struct ui *u, struct page *p)
{
	struct column_style style = full_style(u);

	for (unsigned end = 0; end < 2; end++) {
		char number[128], name[128];
		struct text t;

		style.services = NULL;
		text_init(&t, number, sizeof(number));
		column_put_end(&t, &u->detail, end, &style);
		style.services = u->services;
		text_init(&t, name, sizeof(name));
		column_put_end(&t, &u->detail, end, &style);
		if (strcmp(number, name) != 0)
			text_put(page_field(p, STYLE_NORMAL, "service"), name);
	}
}

static void put_protocol(const struct ui *u, struct page *p)
{
	const struct flow *f = &u->detail;
	struct column_style style = full_style(u);
	struct text *t = page_field(p, STYLE_NORMAL, "protocol");

	column_print(t, COLUMN_PROTO, f, &style);
	text_printf(t, " (IP protocol %u) over IPv%u", f->proto, f->version);
	if (f->vlan != 0)
		text_printf(t, ", VLAN %u", f->vlan);
	text_put(t, "; ");
	column_print(t, COLUMN_STATE, f, &style);
	if (has_icmp(f->proto))
		text_printf(t, ": type %u, code %u, id %u", f->icmp_type,
			    f->icmp_code, f->icmp_id);
	if (f->side[0].icmp_errors + f->side[1].icmp_errors == 0)
		return;
	t = page_field(p, STYLE_STALE, "ICMP error");
	column_put_icmp(t,
			f->version == 6 ? (uint8_t)IPPROTO_ICMPV6
					: (uint8_t)IPPROTO_ICMP,
			f->icmp_error_type, f->icmp_error_code);
	text_put(t, ", the last that quoted this flow");
}

/* The wire's word, else what the host took. */
static uint64_t packets_of(const struct flow_side *side)
{
	return side->packets > 0 ? side->packets : side->host_packets;
}

static void put_whole(struct ui *u, struct page *p)
{
	const struct flow *f = &u->detail;
	struct column_style style = full_style(u);
	struct text *t = page_field(p, STYLE_NORMAL, "total");

	column_print(t, COLUMN_TOTAL, f, &style);
	text_put(t, " in ");
	put_count(t, packets_of(&f->side[0]) + packets_of(&f->side[1]));
	text_put(t, " packets, lasted ");
	column_put_age(t, since_ns(f->last_ns, f->first_ns));
	text_put(t, ", last seen ");
	column_put_idle(t, since_ns(style.now_ns, f->last_ns));
	text_put(t, " ago");
}

static void write_page(struct ui *u)
{
	const struct flow *f = &u->detail;
	struct page *p = &u->page[PANE_DETAIL];
	struct column_style style = full_style(u);
	struct text *t;

	page_clear(p);
	t = page_line(p, STYLE_SECTION);
	column_put_end(t, f, 0, &style);
	text_put(t, u->ascii ? " -> " : " → ");
	column_put_end(t, f, 1, &style);
	put_fate(u, p);
	put_protocol(u, p);
	put_services(u, p);
	put_whole(u, p);
	if (u->width >= BESIDE_WIDTH) {
		put_beside(u, p);
	} else {
		put_below(u, p, 0);
		put_below(u, p, 1);
	}
	put_explanations(u, p);
	text_printf(page_field(p, STYLE_NORMAL, "flow id"), "%016llx",
		    (unsigned long long)f->id);
}

static void refresh(struct ui *u)
{
	struct flow now;

	if (!u->paused && !u->detail_gone) {
		if (u->world.flow(u->world.context, u->detail.id, &now))
			u->detail = now;
		else
			u->detail_gone = true;
	}
	write_page(u);
}

static bool move(struct ui *u, struct command command)
{
	return page_move(&u->page[PANE_DETAIL], command);
}

static void draw(struct ui *u, struct canvas *c, int y, int height)
{
	page_draw(&u->page[PANE_DETAIL], c, y, height);
}

const struct pane pane_detail = {
	.name = "details of a flow",
	.help = "Everything that is known about one flow, as it changes. What "
		"was seen on the wire and what the host accepted stand side by "
		"side.",
	.refresh = refresh,
	.draw = draw,
	.move = move,
};
