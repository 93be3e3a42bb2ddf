/* Keys from packets, byte by byte. */
#include "flow/key.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	uint8_t b[256];
	uint32_t n;
};

static void add(struct bytes *p, const char *hex)
{
	unsigned x, skip;

	while (*hex) {
		int used = 0;

		cr_assert_eq(sscanf(hex, " %2x%n", &x, &used), 1, "%s", hex);
		p->b[p->n++] = (uint8_t)x;
		hex += used;
		skip = *hex == ' ';
		hex += skip;
	}
}

/* An IPv4 header 10.0.0.1 → 10.0.0.2 (or back) for `payload` bytes. */
static void add_ipv4(struct bytes *p, uint8_t proto, uint16_t payload,
		     uint16_t id, uint16_t fragment, bool back)
{
	uint16_t total = (uint16_t)(payload + 20);
	uint8_t h[20] = {0x45,
			 0x10,
			 (uint8_t)(total >> 8),
			 (uint8_t)total,
			 (uint8_t)(id >> 8),
			 (uint8_t)id,
			 (uint8_t)(fragment >> 8),
			 (uint8_t)fragment,
			 63,
			 proto,
			 0,
			 0,
			 10,
			 0,
			 0,
			 back ? 2 : 1,
			 10,
			 0,
			 0,
			 back ? 1 : 2};

	memcpy(p->b + p->n, h, sizeof(h));
	p->n += sizeof(h);
}

static bool read_facts(struct flow_facts *f, const struct bytes *p,
		       uint32_t caplen)
{
	struct packet packet = {
		.data = p->b,
		.time_ns = 123,
		.caplen = caplen < p->n ? caplen : p->n,
		.len = p->n,
		.iface = 4,
		.link = LINK_RAW,
		.flags = PACKET_FLAG_OFFLINE,
	};
	struct view v;
	/* A copy of the right size, so that a sanitizer sees every step too
	 * far. */
	uint8_t *copy = malloc(packet.caplen + 1);
	bool told;

	cr_assert(copy);
	memcpy(copy, p->b, packet.caplen);
	packet.data = copy;
	copy = realloc(copy, packet.caplen ? packet.caplen : 1);
	packet.data = copy;
	view_decode(&v, packet.data, packet.caplen, packet.len, packet.link);
	told = flow_facts_read(f, &packet, &v);
	free(copy);
	return told;
}

static struct flow_facts facts_of(const struct bytes *p)
{
	struct flow_facts f;

	cr_assert(read_facts(&f, p, p->n));
	return f;
}

static void make_tcp(struct bytes *p, bool back)
{
	p->n = 0;
	add_ipv4(p, 6, 24, 0x1234, 0, back);
	add(p, back ? "00 50 03 e8" : "03 e8 00 50");
	add(p, "00 00 00 07 00 00 00 09 50 18 01 00 00 00 00 00 61 62 63 64");
}

Test(key, both_directions_have_one_key)
{
	struct bytes ask, answer;
	struct flow_facts a, b;

	make_tcp(&ask, false);
	make_tcp(&answer, true);
	a = facts_of(&ask);
	b = facts_of(&answer);
	cr_assert_eq(memcmp(&a.key, &b.key, sizeof(a.key)), 0);
	cr_assert_eq(a.direction, FLOW_AB);
	cr_assert_eq(b.direction, FLOW_BA);
	cr_assert_eq(a.key.port[0], 1000);
	cr_assert_eq(a.key.port[1], 80);
	cr_assert_eq(a.key.version, 4);
	cr_assert_eq(a.key.proto, 6);
	cr_assert_eq(a.key.addr[0][3], 1);
}

Test(key, facts_are_what_the_headers_say)
{
	struct bytes p;
	struct flow_facts f;

	make_tcp(&p, false);
	add(&p, "00 00 00"); /* padding of the link */
	f = facts_of(&p);
	cr_assert_eq(f.bytes, 44);
	cr_assert_eq(f.frame_bytes, 47);
	cr_assert_eq(f.seq, 7);
	cr_assert_eq(f.ack, 9);
	cr_assert_eq(f.window, 256);
	cr_assert_eq(f.tcp_flags, 0x18);
	cr_assert_eq(f.ttl, 63);
	cr_assert_eq(f.tos, 0x10);
	cr_assert_eq(f.ip_id, 0x1234);
	cr_assert_eq(f.iface, 4);
	cr_assert_eq(f.time_ns, 123);
	cr_assert_eq(f.packet_flags, PACKET_FLAG_OFFLINE);
	cr_assert(f.ports_known);
	cr_assert(f.transport_known);
}

Test(key, equal_addresses_are_ordered_by_port)
{
	struct bytes p = {.n = 0};
	struct flow_facts f;

	add_ipv4(&p, 17, 8, 1, 0, false);
	p.b[19] = 1; /* to itself */
	add(&p, "00 50 00 40 00 08 00 00");
	f = facts_of(&p);
	cr_assert_eq(f.key.port[0], 0x40);
	cr_assert_eq(f.key.port[1], 0x50);
	cr_assert_eq(f.direction, FLOW_BA);
}

Test(key, a_first_fragment_has_ports_and_a_later_one_has_not)
{
	struct bytes p = {.n = 0};
	struct flow_facts f;

	add_ipv4(&p, 17, 16, 0xbeef, 0x2000, false);
	add(&p, "03 e8 00 35 00 20 00 00 00 00 00 00 00 00 00 00");
	f = facts_of(&p);
	cr_assert_eq(f.fragment, VIEW_FRAGMENT_FIRST);
	cr_assert_eq(f.fragment_id, 0xbeef);
	cr_assert_eq(f.fragment_at, FLOW_FRAGMENT_MORE);
	cr_assert_eq(f.fragment_bytes, 16);
	cr_assert(f.ports_known);
	cr_assert_eq(f.key.port[0], 1000);

	p.n = 0;
	add_ipv4(&p, 17, 16, 0xbeef, 2, false);
	add(&p, "03 e8 00 35 00 20 00 00 00 00 00 00 00 00 00 00");
	f = facts_of(&p);
	cr_assert_eq(f.fragment, VIEW_FRAGMENT_LATER);
	cr_assert_eq(f.fragment_id, 0xbeef);
	cr_assert_eq(f.fragment_at, 16);
	cr_assert_eq(f.fragment_bytes, 16);
	cr_assert_not(f.ports_known);
	cr_assert_not(f.transport_known);
	cr_assert_eq(f.key.port[0], 0);
	cr_assert_eq(f.key.port[1], 0);
}

#define IPV6_ADDRESSES                                                         \
	"fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 "                     \
	"fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 "

Test(key, ipv6_tells_label_class_and_the_fragments_id)
{
	struct bytes p = {.n = 0};
	struct flow_facts f;

	add(&p, "6a ba bc de 00 10 2c 3f " IPV6_ADDRESSES);
	add(&p, "11 00 00 01 12 34 56 78 "  /* fragment, more */
		"03 e8 00 35 00 20 00 00"); /* UDP */
	f = facts_of(&p);
	cr_assert_eq(f.key.version, 6);
	cr_assert_eq(f.key.proto, 17);
	cr_assert_eq(f.tos, 0xab);
	cr_assert_eq(f.flow_label, 0xabcde);
	cr_assert_eq(f.ttl, 0x3f);
	cr_assert_eq(f.bytes, 56);
	cr_assert_eq(f.fragment, VIEW_FRAGMENT_FIRST);
	cr_assert_eq(f.fragment_id, 0x12345678);
	cr_assert_eq(f.fragment_at, FLOW_FRAGMENT_MORE);
	cr_assert_eq(f.fragment_bytes, 8);
	cr_assert_eq(f.key.port[0], 1000);
	cr_assert_eq(f.key.addr[1][15], 2);
}

static struct flow_facts icmp_facts(const char *hex, bool back)
{
	struct bytes p = {.n = 0};

	add_ipv4(&p, 1, 8, 1, 0, back);
	add(&p, hex);
	return facts_of(&p);
}

Test(key, an_icmp_answer_has_the_key_of_its_request)
{
	static const char *const pairs[][2] = {
		{"08 00 00 00 12 34 00 01", "00 00 00 00 12 34 00 01"},
		{"0d 00 00 00 12 34 00 01", "0e 00 00 00 12 34 00 01"},
		{"0f 00 00 00 12 34 00 01", "10 00 00 00 12 34 00 01"},
		{"11 00 00 00 12 34 00 01", "12 00 00 00 12 34 00 01"},
		{"2a 00 00 00 12 34 01 00", "2b 02 00 00 12 34 01 00"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct flow_facts ask = icmp_facts(pairs[i][0], false);
		struct flow_facts answer = icmp_facts(pairs[i][1], true);

		cr_assert_eq(memcmp(&ask.key, &answer.key, sizeof(ask.key)), 0,
			     "%s", pairs[i][0]);
		cr_assert_eq(ask.key.port[0], 0x1234);
		cr_assert_eq(ask.key.port[1] >> 8, ask.icmp_type);
		cr_assert_neq(answer.icmp_type, ask.icmp_type);
		cr_assert_eq(ask.direction, FLOW_AB);
		cr_assert_eq(answer.direction, FLOW_BA);
	}
}

Test(key, an_answer_to_oneself_goes_the_other_way)
{
	struct bytes ask = {.n = 0}, answer = {.n = 0};
	struct flow_facts a, b;

	add_ipv4(&ask, 1, 8, 1, 0, false);
	ask.b[15] = ask.b[19] = 1;
	answer = ask;
	add(&ask, "08 00 00 00 12 34 00 01");
	add(&answer, "00 00 00 00 12 34 00 01");
	a = facts_of(&ask);
	b = facts_of(&answer);
	cr_assert_eq(memcmp(&a.key, &b.key, sizeof(a.key)), 0);
	cr_assert_eq(a.direction, FLOW_AB);
	cr_assert_eq(b.direction, FLOW_BA);
}

Test(key, other_icmp_messages_are_told_apart_by_type_and_code)
{
	struct flow_facts a = icmp_facts("03 01 00 00 12 34 00 01", false);
	struct flow_facts b = icmp_facts("03 03 00 00 12 34 00 01", false);
	struct flow_facts c = icmp_facts("03 03 00 00 99 99 00 01", false);

	cr_assert_neq(memcmp(&a.key, &b.key, sizeof(a.key)), 0);
	cr_assert_eq(memcmp(&b.key, &c.key, sizeof(a.key)), 0);
	cr_assert_eq(b.key.port[0], 0);
	cr_assert_eq(b.key.port[1], 0x0303);
	cr_assert_eq(b.icmp_type, 3);
	cr_assert_eq(b.icmp_code, 3);
}

Test(key, an_icmpv6_echo_meets_its_reply)
{
	struct flow_facts f[2];

	for (unsigned i = 0; i < 2; i++) {
		struct bytes p = {.n = 0};

		add(&p, "60 00 00 00 00 08 3a 40 " IPV6_ADDRESSES);
		if (i == 1) {
			p.b[23] = 2;
			p.b[39] = 1;
		}
		add(&p,
		    i ? "81 00 00 00 00 07 00 09" : "80 00 00 00 00 07 00 09");
		f[i] = facts_of(&p);
	}
	cr_assert_eq(memcmp(&f[0].key, &f[1].key, sizeof(f[0].key)), 0);
	cr_assert_eq(f[0].key.port[0], 7);
	cr_assert_eq(f[0].key.port[1], 128 << 8);
	cr_assert_eq(f[0].seq, 9);
}

Test(key, a_packet_cut_anywhere_reads_what_is_there_and_no_more)
{
	struct bytes p;
	struct flow_facts f;

	make_tcp(&p, false);
	for (uint32_t n = 0; n < 20; n++)
		cr_assert_not(read_facts(&f, &p, n), "%u", n);
	for (uint32_t n = 20; n <= p.n; n++) {
		cr_assert(read_facts(&f, &p, n), "%u", n);
		cr_assert_eq(f.ports_known, n >= 24, "%u", n);
		cr_assert_eq(f.transport_known, n >= 40, "%u", n);
		cr_assert_eq(f.key.port[0], n >= 24 ? 1000 : 0);
		cr_assert_eq(f.bytes, 44);
		cr_assert_eq(f.seq, n >= 40 ? 7 : 0);
	}
}

Test(key, a_tcp_header_that_denies_its_own_length_tells_its_ports_alone)
{
	struct bytes p;
	struct flow_facts f;

	for (uint8_t words = 0; words < 16; words++) {
		make_tcp(&p, false);
		p.b[20 + 12] = (uint8_t)(words << 4);
		f = facts_of(&p);
		cr_assert(f.ports_known);
		cr_assert_eq(f.key.port[0], 1000);
		cr_assert_eq(f.transport_known, words >= 5, "%u", words);
		cr_assert_eq(f.tcp_flags, words >= 5 ? 0x18 : 0);
	}
}

Test(key, protocols_without_ports_make_a_flow_of_their_addresses)
{
	struct bytes p = {.n = 0};
	struct flow_facts f;

	add_ipv4(&p, 253, 8, 1, 0, true);
	add(&p, "de ad be ef de ad be ef");
	f = facts_of(&p);
	cr_assert_eq(f.key.proto, 253);
	cr_assert_eq(f.key.port[0], 0);
	cr_assert_eq(f.key.port[1], 0);
	cr_assert_eq(f.direction, FLOW_BA);
	cr_assert(f.ports_known);
}

Test(key, the_flow_of_a_tunnelled_packet_is_the_innermost)
{
	struct bytes p = {.n = 0}, inner;
	struct flow_facts f, g;

	make_tcp(&inner, true);
	add_ipv4(&p, 4, (uint16_t)inner.n, 1, 0, false);
	memcpy(p.b + p.n, inner.b, inner.n);
	p.n += inner.n;
	f = facts_of(&p);
	g = facts_of(&inner);
	cr_assert_eq(memcmp(&f.key, &g.key, sizeof(f.key)), 0);
	cr_assert_eq(f.bytes, inner.n);
	cr_assert_eq(f.frame_bytes, p.n);
	cr_assert(f.tunnelled);
	cr_assert_not(g.tunnelled);
}

Test(key, the_quoted_packet_has_the_key_of_the_flow)
{
	struct bytes p = {.n = 0}, inner;
	struct flow_facts f, g;
	struct view v, quoted;

	make_tcp(&inner, false);
	add_ipv4(&p, 1, 8 + 28, 1, 0, true);
	add(&p, "03 03 00 00 00 00 00 00");
	memcpy(p.b + p.n, inner.b, 28);
	p.n += 28;
	view_decode(&v, p.b, p.n, p.n, LINK_RAW);
	cr_assert(view_decode_quoted(&quoted, &v));
	cr_assert(flow_facts_read_quoted(&f, &quoted));
	g = facts_of(&inner);
	cr_assert_eq(memcmp(&f.key, &g.key, sizeof(f.key)), 0);
	cr_assert_eq(f.direction, g.direction);
}

Test(key, workers_are_told_by_addresses_alone)
{
	struct flow_key key = {.version = 4, .proto = 6, .port = {1, 2}};
	const uint8_t secret[16] = {3, 1, 4, 1, 5, 9};
	unsigned hits[3] = {0, 0, 0};

	for (unsigned i = 0; i < 3000; i++) {
		unsigned worker;

		key.addr[1][3] = (uint8_t)i;
		key.addr[1][2] = (uint8_t)(i >> 8);
		worker = flow_key_worker(&key, secret, 3);
		cr_assert_lt(worker, 3);
		hits[worker]++;
		key.port[0]++;
		key.proto++;
		cr_assert_eq(flow_key_worker(&key, secret, 3), worker);
	}
	for (unsigned i = 0; i < 3; i++)
		cr_assert(hits[i] > 800 && hits[i] < 1200, "%u", hits[i]);
}
