#include "ui/pane.h"
#include "ui/put.h"
#include "ui/ui.h"

#include "base/clock.h"

#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

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

static void put_since(struct text *t, uint64_t now_ns, uint64_t then_ns)
{
	column_put_age(t, now_ns > then_ns ? now_ns - then_ns : 0);
	text_put(t, " ago");
}

static void put_time_field(struct page *p, const char *label, uint64_t now_ns,
			   uint64_t then_ns)
{
	struct text *t = page_field(p, STYLE_NORMAL, label);

	if (then_ns == 0) {
		text_put(t, "none yet");
		return;
	}
	text_put_time_rfc3339(t, then_ns);
	text_put(t, "  ");
	put_since(t, now_ns, then_ns);
}

static void put_count_field(struct page *p, const char *label, uint64_t n)
{
	put_count(page_field(p, STYLE_NORMAL, label), n);
}

static const char *verdict_words(enum flow_verdict verdict)
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
		return "redirected: the same sender arrives under another "
		       "address or port (DNAT)";
	}
	return "";
}

static void put_verdict(struct page *p, const struct flow_side *side)
{
	uint8_t style = STYLE_NORMAL;
	struct text *t;

	if (side->verdict == FLOW_VERDICT_REFUSED)
		style = STYLE_ERROR;
	else if (side->verdict == FLOW_VERDICT_UNSURE)
		style = STYLE_STALE;
	t = page_field(p, style, "verdict");
	text_put(t, verdict_words(side->verdict));
	t = page_field(p, style, "refused");
	put_count(t, side->refused);
	text_put(t, " of ");
	put_count(t, side->packets);
	text_put(t, " packets on the wire");
}

static void put_interface(struct page *p, uint32_t iface, bool live)
{
	struct text *t = page_field(p, STYLE_NORMAL, "interface");
	char name[IF_NAMESIZE];

	text_put_u64(t, iface);
	if (live && iface != 0 && if_indextoname(iface, name) != NULL) {
		text_put_char(t, ' ');
		text_put_safe(t, name, strlen(name), false);
	}
}

static void put_volume(struct page *p, const struct flow_side *side)
{
	struct text *t = page_field(p, STYLE_NORMAL, "packets");

	put_count(t, side->packets);
	text_put(t, " on the wire, ");
	put_count(t, side->host_packets);
	text_put(t, " accepted by the host");
	t = page_field(p, STYLE_NORMAL, "bytes");
	put_count(t, side->bytes);
	text_put(t, " IP, ");
	put_count(t, side->frame_bytes);
	text_put(t, " on the link, ");
	put_count(t, side->host_bytes);
	text_put(t, " by the host");
	t = page_field(p, STYLE_NORMAL, "of these");
	put_count(t, side->fragments);
	text_put(t, " later fragments; besides, ");
	put_count(t, side->copies);
	text_put(t, " copies on further interfaces");
}

static void put_headers(struct page *p, const struct flow *f,
			const struct flow_side *side)
{
	struct text *t = page_field(p, STYLE_NORMAL, "last IP");

	text_printf(t, "%s %u, %s 0x%02x",
		    f->version == 6 ? "hop limit" : "TTL", side->ttl,
		    f->version == 6 ? "traffic class" : "TOS", side->tos);
	if (f->version == 6)
		text_printf(t, ", flow label 0x%05x", side->flow_label);
	else
		text_printf(t, ", id %u", side->ip_id);
	if (f->proto == IPPROTO_TCP) {
		t = page_field(p, STYLE_NORMAL, "last TCP");
		text_printf(t, "seq %u, ack %u, window %u, flags seen ",
			    side->seq, side->ack, side->window);
		column_put_tcp_flags(t, side->tcp_flags);
	} else if (has_icmp(f->proto)) {
		t = page_field(p, STYLE_NORMAL, "last ICMP");
		text_printf(t, "seq %u", side->seq);
	}
	if (side->icmp_errors > 0)
		put_count_field(p, "ICMP errors", side->icmp_errors);
}

static void put_side(struct ui *u, struct page *p, int index)
{
	const struct flow *f = &u->detail;
	const struct flow_side *side = &f->side[index];
	struct column_style style = full_style(u);

	page_section(p, index == 0 ? "From the initiator" : "To the initiator");
	column_put_end(page_field(p, STYLE_NORMAL, "sender"), f,
		       (unsigned)index, &style);
	column_put_rate(
		page_field(p, index == 0 ? STYLE_OUT : STYLE_IN, "rate"),
		side->rate_bits, &style);
	put_volume(p, side);
	put_verdict(p, side);
	put_time_field(p, "first packet", style.now_ns, side->first_ns);
	put_time_field(p, "last packet", style.now_ns, side->last_ns);
	if (side->first_ns == 0)
		return;
	put_headers(p, f, side);
	put_interface(p, side->iface, u->shown->live);
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
	t = page_field(p, STYLE_NORMAL, "state");
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
	t = page_field(p, STYLE_NORMAL, "total");
	column_print(t, COLUMN_TOTAL, f, &style);
	text_put(t, " in ");
	column_print(t, COLUMN_PACKETS, f, &style);
	text_put(t, " packets");
	put_time_field(p, "first packet", style.now_ns, f->first_ns);
	put_time_field(p, "last packet", style.now_ns, f->last_ns);
	t = page_field(p, STYLE_NORMAL, "lasted");
	column_put_age(t,
		       f->last_ns > f->first_ns ? f->last_ns - f->first_ns : 0);
	put_side(u, p, 0);
	put_side(u, p, 1);
	page_section(p, "Identity");
	text_printf(page_field(p, STYLE_NORMAL, "flow"), "%016llx",
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
