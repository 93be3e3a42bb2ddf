#include "base/clock.h"
#include "flow/column_parts.h"

#include <assert.h>
#include <string.h>

#define ADDRESS_SIZE 48
#define ELIDED_MIN   5 /* "fd…1" and one to spare: less says nothing */

static void put_address(struct text *t, uint8_t version, const uint8_t *addr)
{
	if (version == 4)
		text_put_ipv4(t, addr);
	else
		text_put_ipv6(t, addr);
}

/* Puts `cells` cells of an address: its head, a mark, its tail. */
static void put_elided(struct text *t, const struct text *address,
		       unsigned cells, bool ascii)
{
	unsigned mark = ascii ? 2 : 1;
	unsigned head, tail;

	if (address->len <= cells) {
		text_put_bytes(t, address->buf, address->len);
		return;
	}
	if (cells < ELIDED_MIN)
		cells = ELIDED_MIN;
	head = (cells - mark + 1) / 2;
	tail = cells - mark - head;
	text_put_bytes(t, address->buf, head);
	text_put(t, ascii ? ".." : "…");
	text_put_bytes(t, address->buf + address->len - tail, tail);
}

/* Cells that an end may take; 0: as many as it needs. */
static unsigned end_cells(const struct flow *flow,
			  const struct column_style *style)
{
	if (style->full)
		return 0;
	if (style->width)
		return style->width;
	return flow->version == 6 ? column_table[COLUMN_SRC].width : 0;
}

/* The port's service or number; the number where the name takes too much of
 * the cells. `address_cells` is what the address needs, brackets included. */
static void put_port(struct text *t, const struct flow *flow, uint16_t port,
		     const struct column_style *style, unsigned cells,
		     unsigned address_cells)
{
	const char *service =
		column_service(style->services, flow->proto, port);
	size_t least = address_cells < 12 ? address_cells : 12;

	if (service && (!cells || least + 1 + strlen(service) <= cells))
		text_put(t, service);
	else
		text_put_u64(t, port);
}

void column_put_end(struct text *t, const struct flow *flow, unsigned end,
		    const struct column_style *style)
{
	char address_buf[ADDRESS_SIZE], port_buf[ADDRESS_SIZE];
	struct text address, port;
	unsigned cells = end_cells(flow, style), rest = ADDRESS_SIZE;
	bool ports = flow_has_ports(flow->proto);
	bool brackets = ports && flow->version == 6;
	unsigned frame = brackets ? 2 : 0;

	assert(end < 2);
	text_init(&address, address_buf, sizeof(address_buf));
	text_init(&port, port_buf, sizeof(port_buf));
	put_address(&address, flow->version, flow->side[end].addr);
	if (ports) {
		text_put_char(&port, ':');
		put_port(&port, flow, flow->side[end].port, style, cells,
			 (unsigned)address.len + frame);
	}
	if (cells) {
		unsigned taken = (unsigned)port.len + frame;

		rest = cells > taken ? cells - taken : 0;
	}
	if (brackets)
		text_put_char(t, '[');
	put_elided(t, &address, rest, style->ascii);
	if (brackets)
		text_put_char(t, ']');
	text_put_bytes(t, port.buf, port.len);
}

void column_put_tcp_flags(struct text *t, uint8_t flags)
{
	static const char letters[8] = "FSRPAUEC";

	for (unsigned i = 0; i < 8; i++) {
		if (flags >> i & 1)
			text_put_char(t, letters[i]);
	}
	if (!flags)
		text_put_char(t, '-');
}

static void put_proto(struct text *t, uint8_t proto)
{
	const char *name = flow_proto_name(proto);

	if (name)
		text_put(t, name);
	else
		text_put_u64(t, proto);
}

void column_put_state(struct text *t, const struct flow *flow)
{
	if (!flow_has_icmp(flow->proto)) {
		text_put(t, flow_state_label(flow->state));
	} else if (flow_is_echo(flow)) {
		/* By its number a ping is told from others on its way. */
		text_put(t, "echo #");
		text_put_u64(t, flow->icmp_id);
	} else {
		column_put_icmp(t, flow->proto, flow->icmp_type,
				flow->icmp_code);
	}
}

enum flow_verdict column_verdict(const struct flow *flow)
{
	/* What a person should hear first, first. */
	static const uint8_t weight[] = {
		[FLOW_VERDICT_NONE] = 0,       [FLOW_VERDICT_ACCEPTED] = 1,
		[FLOW_VERDICT_WAITING] = 2,    [FLOW_VERDICT_UNSURE] = 3,
		[FLOW_VERDICT_REDIRECTED] = 4, [FLOW_VERDICT_REFUSED] = 5,
	};
	uint8_t a = flow->side[0].verdict, b = flow->side[1].verdict;

	assert(a <= FLOW_VERDICT_REDIRECTED && b <= FLOW_VERDICT_REDIRECTED);
	return weight[a] >= weight[b] ? a : b;
}

static void put_refused(struct text *t, const struct flow *flow, bool ascii)
{
	switch (column_verdict(flow)) {
	case FLOW_VERDICT_NONE:
		text_put_char(t, '-');
		break;
	case FLOW_VERDICT_WAITING:
		text_put(t, ascii ? "~" : "…");
		break;
	case FLOW_VERDICT_UNSURE:
		text_put_char(t, '?');
		break;
	case FLOW_VERDICT_REDIRECTED:
		text_put(t, "redir");
		break;
	case FLOW_VERDICT_REFUSED:
		/* Told without colour as well. */
		text_put_char(t, '!');
		column_put_short_count(t, flow_refused(flow));
		break;
	case FLOW_VERDICT_ACCEPTED:
		column_put_count(t, flow_refused(flow));
		break;
	}
}

/* " name number" */
static void put_field(struct text *t, const char *name, uint64_t value)
{
	text_put(t, name);
	text_put_u64(t, value);
}

static void put_last_tcp(struct text *t, const struct flow_side *s)
{
	text_put_char(t, ' ');
	column_put_tcp_flags(t, s->tcp_flags);
	put_field(t, " seq ", s->seq);
	if (s->tcp_flags & 0x10) /* ACK was seen: the number means something */
		put_field(t, " ack ", s->ack);
	put_field(t, " win ", s->window);
}

static void put_last(struct text *t, const struct flow *flow)
{
	const struct flow_side *s = flow_side_newest(flow);

	put_field(t, flow->version == 6 ? "hop " : "ttl ", s->ttl);
	if (flow->proto == IPPROTO_TCP)
		put_last_tcp(t, s);
	if (flow_has_icmp(flow->proto)) {
		put_field(t, " type ", flow->icmp_type);
		put_field(t, " code ", flow->icmp_code);
		put_field(t, " id ", flow->icmp_id);
		put_field(t, " seq ", s->seq);
	}
	if (s->tos)
		text_printf(t, " tos 0x%02x", s->tos);
	if (flow->version == 6 && s->flow_label)
		text_printf(t, " label 0x%05x", (unsigned)s->flow_label);
	if (flow->side[0].icmp_errors || flow->side[1].icmp_errors) {
		text_put(t, " ! ");
		column_put_icmp(
			t, flow->version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
			flow->icmp_error_type, flow->icmp_error_code);
	}
}

void column_print(struct text *t, enum column column, const struct flow *flow,
		  const struct column_style *style)
{
	assert(column < COLUMN_COUNT);
	switch (column) {
	case COLUMN_PROTO:
		put_proto(t, flow->proto);
		return;
	case COLUMN_SRC:
	case COLUMN_DST:
		column_put_end(t, flow, column == COLUMN_DST, style);
		return;
	case COLUMN_STATE:
		column_put_state(t, flow);
		return;
	case COLUMN_RATE_OUT:
	case COLUMN_RATE_IN:
		column_put_rate(t,
				flow->side[column == COLUMN_RATE_IN].rate_bits,
				style);
		return;
	case COLUMN_RATE:
		column_put_rate(t, flow_rate_bits(flow), style);
		return;
	case COLUMN_TOTAL:
		column_put_total(t, flow_bytes(flow));
		return;
	case COLUMN_PACKETS:
		column_put_count(t, flow_packets(flow));
		return;
	case COLUMN_REFUSED:
		put_refused(t, flow, style->ascii);
		return;
	case COLUMN_AGE:
		column_put_age(t,
			       column_since_ns(style->now_ns, flow->first_ns));
		return;
	case COLUMN_IDLE:
		column_put_idle(t,
				column_since_ns(style->now_ns, flow->last_ns));
		return;
	case COLUMN_LAST:
		put_last(t, flow);
		return;
	case COLUMN_COUNT:
		break;
	}
}
