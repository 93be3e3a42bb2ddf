#include "tests/wire/facts.h"

#include "base/bits.h"
#include "wire/fields.h"

#include <string.h>

enum { OUTER, INNER };

static const struct view_layer *layer_at(const struct view *v, uint8_t index)
{
	return index == VIEW_NONE ? NULL : &v->layer[index];
}

/* The IP header a column speaks of, and its first byte; NULL if none. */
static const uint8_t *ip_header(const struct view *v, int which, int *version)
{
	const struct view_layer *l =
		layer_at(v, which == OUTER ? v->outer_ip : v->ip);

	if (!l)
		return NULL;
	*version = l->proto == PROTO_IPV4 ? 4 : 6;
	return v->data + l->offset;
}

/* The innermost transport when it is `proto` and its fixed part is whole. */
static const uint8_t *transport(const struct view *v, enum proto proto)
{
	const struct view_layer *l = layer_at(v, v->transport);

	return l && l->proto == proto &&
			       l->length >= field_table_of(proto)->bytes
		       ? v->data + l->offset
		       : NULL;
}

static void put_number(struct text *t, uint64_t x)
{
	text_put_u64(t, x);
}

static void write_ip_count(struct text *t, const struct view *v, int which)
{
	unsigned n = 0;

	(void)which;
	for (unsigned i = 0; i < v->count; i++)
		n += v->layer[i].proto == PROTO_IPV4 ||
		     v->layer[i].proto == PROTO_IPV6;
	put_number(t, n);
}

static void write_version(struct text *t, const struct view *v, int which)
{
	int version;

	if (ip_header(v, which, &version))
		put_number(t, (uint64_t)version);
}

static void write_source(struct text *t, const struct view *v, int which)
{
	int version;
	const uint8_t *h = ip_header(v, which, &version);

	if (h && version == 4)
		text_put_ipv4(t, ipv4_source(h));
	else if (h)
		text_put_ipv6(t, ipv6_source(h));
}

static void write_destination(struct text *t, const struct view *v, int which)
{
	int version;
	const uint8_t *h = ip_header(v, which, &version);

	if (h && version == 4)
		text_put_ipv4(t, ipv4_destination(h));
	else if (h)
		text_put_ipv6(t, ipv6_destination(h));
}

/* One number of an IP header: of version 4 and of version 6. */
#define WRITE_IP(name, four, six)                                              \
	static void write_##name(struct text *t, const struct view *v,         \
				 int which)                                    \
	{                                                                      \
		int version;                                                   \
		const uint8_t *h = ip_header(v, which, &version);              \
                                                                               \
		if (h)                                                         \
			put_number(t, version == 4 ? (four) : (six));          \
	}
#define WRITE_IPV4(name, four)                                                 \
	static void write_##name(struct text *t, const struct view *v,         \
				 int which)                                    \
	{                                                                      \
		int version;                                                   \
		const uint8_t *h = ip_header(v, which, &version);              \
                                                                               \
		if (h && version == 4)                                         \
			put_number(t, four);                                   \
	}

WRITE_IP(protocol, ipv4_protocol(h), ipv6_next_header(h))
WRITE_IP(ttl, ipv4_ttl(h), ipv6_hop_limit(h))
WRITE_IP(tos, ipv4_tos(h), ipv6_traffic_class(h))
WRITE_IP(length, ipv4_total_length(h), ipv6_payload_length(h))
WRITE_IP(header_bytes, ipv4_header_words(h) * 4u, (unsigned)IPV6_BYTES)
WRITE_IPV4(id, ipv4_id(h))
WRITE_IPV4(flags, ipv4_reserved(h) * 4u + ipv4_df(h) * 2u + ipv4_mf(h))
WRITE_IPV4(offset, ipv4_fragment_offset(h))

static void write_label(struct text *t, const struct view *v, int which)
{
	int version;
	const uint8_t *h = ip_header(v, which, &version);

	if (h && version == 6)
		put_number(t, ipv6_flow_label(h));
}

static void write_vlan(struct text *t, const struct view *v, int which)
{
	(void)which;
	for (unsigned i = 0; i < v->count; i++)
		if (v->layer[i].proto == PROTO_VLAN) {
			put_number(t, vlan_id(v->data + v->layer[i].offset));
			return;
		}
}

static bool has_name_in_reference(enum proto proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP ||
	       proto == PROTO_UDPLITE || proto == PROTO_SCTP ||
	       proto == PROTO_ICMP || proto == PROTO_ICMPV6 ||
	       proto == PROTO_IGMP;
}

static void write_transport(struct text *t, const struct view *v, int which)
{
	const struct view_layer *l = layer_at(v, v->transport);

	(void)which;
	if (l && has_name_in_reference((enum proto)l->proto))
		text_put(t, proto_label((enum proto)l->proto));
}

/* UDP-Lite and SCTP begin with ports as UDP does, and TCP too. */
static void write_port(struct text *t, const struct view *v, int which)
{
	const struct view_layer *l = layer_at(v, v->transport);
	const uint8_t *h;

	if (!l || (l->proto != PROTO_TCP && l->proto != PROTO_UDP &&
		   l->proto != PROTO_UDPLITE && l->proto != PROTO_SCTP))
		return;
	h = v->data + l->offset;
	put_number(t, which == 0 ? udp_source(h) : udp_destination(h));
}

/* One number of a transport header that is there in full. */
#define WRITE_TRANSPORT(name, PROTO, value)                                    \
	static void write_##name(struct text *t, const struct view *v,         \
				 int which)                                    \
	{                                                                      \
		const uint8_t *h = transport(v, PROTO);                        \
                                                                               \
		(void)which;                                                   \
		if (h)                                                         \
			put_number(t, value);                                  \
	}

WRITE_TRANSPORT(sequence, PROTO_TCP, tcp_sequence(h))
WRITE_TRANSPORT(acknowledgement, PROTO_TCP, tcp_acknowledgement(h))
WRITE_TRANSPORT(tcp_flags, PROTO_TCP,
		tcp_reserved(h) * 512u + tcp_ae(h) * 256u + tcp_flags(h))
WRITE_TRANSPORT(window, PROTO_TCP, tcp_window(h))
WRITE_TRANSPORT(tcp_bytes, PROTO_TCP, tcp_header_words(h) * 4u)
WRITE_TRANSPORT(tag, PROTO_SCTP, sctp_tag(h))

/* Types come first: they are there however the header is cut. */
static const uint8_t *message(const struct view *v, enum proto proto)
{
	const struct view_layer *l = layer_at(v, v->transport);

	return l && l->proto == proto ? v->data + l->offset : NULL;
}

static void write_igmp_type(struct text *t, const struct view *v, int which)
{
	const uint8_t *h = message(v, PROTO_IGMP);

	(void)which;
	if (h)
		put_number(t, igmp_type(h));
}

static void write_udp_length(struct text *t, const struct view *v, int which)
{
	const uint8_t *h = transport(v, PROTO_UDP);

	(void)which;
	if (h)
		put_number(t, udp_length(h));
}

static void write_icmp(struct text *t, const struct view *v, int which)
{
	const uint8_t *h = message(v, PROTO_ICMP);

	if (!h)
		h = message(v, PROTO_ICMPV6);
	if (h)
		put_number(t, which == 0 ? icmp_type(h) : icmp_code(h));
}

/* Of the messages that have them: echo, timestamp, address mask … */
static void write_echo(struct text *t, const struct view *v, int which)
{
	const uint8_t *h = transport(v, PROTO_ICMP);
	bool echo = h && (icmp_type(h) == 0 || icmp_type(h) == 8 ||
			  (icmp_type(h) >= 13 && icmp_type(h) <= 18));

	if (!h) {
		h = transport(v, PROTO_ICMPV6);
		echo = h && (icmpv6_type(h) == 128 || icmpv6_type(h) == 129);
	}
	if (echo)
		put_number(t,
			   which == 0 ? icmp_identifier(h) : icmp_sequence(h));
}

static void write_fragment6(struct text *t, const struct view *v, int which)
{
	(void)which;
	for (unsigned i = 0; i < v->count; i++) {
		const uint8_t *h = v->data + v->layer[i].offset;

		if (v->layer[i].proto != PROTO_FRAGMENT)
			continue;
		put_number(t, fragment_offset(h));
		text_printf(t, ",%u,0x%08x", fragment_more(h), fragment_id(h));
		return;
	}
}

/* The packet that an ICMP error quotes: its outermost IP header … */
static void write_quoted_ip(struct text *t, const struct view *v, int which)
{
	struct view quoted;

	(void)which;
	if (!view_decode_quoted(&quoted, v))
		return;
	write_source(t, &quoted, OUTER);
	text_put(t, ">");
	write_destination(t, &quoted, OUTER);
	text_put(t, ":");
	write_protocol(t, &quoted, OUTER);
}

/* … and its transport, ports included. */
static void write_quoted_transport(struct text *t, const struct view *v,
				   int which)
{
	struct view quoted;

	(void)which;
	if (!view_decode_quoted(&quoted, v) || quoted.transport == VIEW_NONE)
		return;
	write_transport(t, &quoted, 0);
	if (quoted.layer[quoted.transport].proto == PROTO_TCP ||
	    quoted.layer[quoted.transport].proto == PROTO_UDP) {
		text_put(t, ":");
		write_port(t, &quoted, 0);
		text_put(t, ">");
		write_port(t, &quoted, 1);
	}
}

const struct fact fact_table[] = {
	{"n_ip", write_ip_count, 0},	    {"o_ver", write_version, OUTER},
	{"o_src", write_source, OUTER},	    {"o_dst", write_destination, OUTER},
	{"o_proto", write_protocol, OUTER}, {"o_ttl", write_ttl, OUTER},
	{"o_tos", write_tos, OUTER},	    {"o_id", write_id, OUTER},
	{"o_flags", write_flags, OUTER},    {"o_fragoff", write_offset, OUTER},
	{"o_len", write_length, OUTER},	    {"o_hl", write_header_bytes, OUTER},
	{"o_flow", write_label, OUTER},	    {"i_ver", write_version, INNER},
	{"i_src", write_source, INNER},	    {"i_dst", write_destination, INNER},
	{"i_proto", write_protocol, INNER}, {"i_ttl", write_ttl, INNER},
	{"i_tos", write_tos, INNER},	    {"i_id", write_id, INNER},
	{"i_flags", write_flags, INNER},    {"i_fragoff", write_offset, INNER},
	{"i_len", write_length, INNER},	    {"i_hl", write_header_bytes, INNER},
	{"i_flow", write_label, INNER},	    {"vlan_ids", write_vlan, 0},
	{"frag6", write_fragment6, 0},	    {"l4", write_transport, 0},
	{"sport", write_port, 0},	    {"dport", write_port, 1},
	{"seq", write_sequence, 0},	    {"ack", write_acknowledgement, 0},
	{"tcpflags", write_tcp_flags, 0},   {"win", write_window, 0},
	{"tcphl", write_tcp_bytes, 0},	    {"udplen", write_udp_length, 0},
	{"sctp_vtag", write_tag, 0},	    {"icmp_type", write_icmp, 0},
	{"icmp_code", write_icmp, 1},	    {"icmp_id", write_echo, 0},
	{"icmp_seq", write_echo, 1},	    {"igmp_type", write_igmp_type, 0},
	{"q_ips", write_quoted_ip, 0},	    {"q_l4", write_quoted_transport, 0},
};

const size_t fact_count = sizeof(fact_table) / sizeof(fact_table[0]);
