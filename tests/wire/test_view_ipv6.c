#include "tests/wire/packet.h"
#include "wire/fields.h"

#include <criterion/criterion.h>

static struct packet_build b;
static struct view v;

static void expect(const char *layers, enum view_stop stop)
{
	cr_assert_str_eq(shape(&v), layers);
	cr_assert_eq(v.stop, stop, "stopped for another reason: %s at %s",
		     view_stop_label((enum view_stop)v.stop),
		     proto_label((enum proto)v.stop_proto));
}

Test(view_ipv6, every_extension_header_is_a_layer_and_the_last_one_says)
{
	packet_init(&b);
	put_tcp(&b);
	put_hex(&b, "06 04 0000 00000001 00000001" /* AH of 24 bytes */
		    "000000000000000000000000");
	put_hex(&b, "33 00 0000 00000007"); /* fragment, whole */
	put_hex(&b, "2c 01 000000000000 0000000000000000"); /* dstopts 16 */
	put_hex(&b, "3c 00 04 00 00000000");		    /* routing */
	put_hex(&b, "2b 00 010400000000");		    /* hop by hop */
	put_ipv6(&b, 0);
	decode(&v, &b, LINK_RAW);
	expect("ipv6/hopopts/routing/dstopts/fragment/ah/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[3].length, 16);
	cr_assert_eq(v.layer[5].length, 24);
	cr_assert_eq(v.ip, 0);
	cr_assert_eq(v.transport, 6);
	cr_assert_eq(v.ip_proto, 6);
	cr_assert_eq(v.fragment, VIEW_WHOLE);
	cr_assert_eq(v.end, packet_len(&b));
}

Test(view_ipv6, fragments_are_first_or_later)
{
	packet_init(&b);
	put_tcp(&b);
	put_hex(&b, "06 00 0001 00000007");
	put_ipv6(&b, 44);
	decode(&v, &b, LINK_RAW);
	expect("ipv6/fragment/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.fragment, VIEW_FRAGMENT_FIRST);

	packet_data(&b)[43] = 0x08; /* offset 8, the last one */
	decode(&v, &b, LINK_RAW);
	expect("ipv6/fragment", VIEW_PAYLOAD);
	cr_assert_eq(v.fragment, VIEW_FRAGMENT_LATER);
	cr_assert_eq(v.ip_proto, 6);
}

Test(view_ipv6, no_next_header_ends_the_walk_in_peace)
{
	packet_init(&b);
	put_ipv6(&b, 59);
	decode(&v, &b, LINK_RAW);
	expect("ipv6", VIEW_PAYLOAD);
	cr_assert_eq(v.ip_proto, 59);
	cr_assert_eq(v.transport, VIEW_NONE);
	cr_assert_eq(v.end, 40);
}

Test(view_ipv6, mobility_hip_and_shim6_can_be_what_a_packet_is)
{
	static const struct {
		uint8_t protocol;
		const char *bytes;
		const char *layers;
	} rows[] = {
		{135, "3b00050000000000", "ipv6/mobility"},
		{140, "3b00800000000000", "ipv6/shim6"},
		{139,
		 "3b04012100000000"
		 "0000000000000000000000000000000100000000000000000000000000"
		 "000002",
		 "ipv6/hip"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		packet_init(&b);
		put_hex(&b, rows[i].bytes);
		put_ipv6(&b, rows[i].protocol);
		decode(&v, &b, LINK_RAW);
		expect(rows[i].layers, VIEW_PAYLOAD);
		cr_assert_eq(v.ip_proto, rows[i].protocol);
		cr_assert_eq(v.transport, 1);
	}
}

Test(view_ipv6, shim6_in_front_of_a_transport_is_passed)
{
	packet_init(&b);
	put_udp(&b, 1, 2);
	put_hex(&b, "1100800000000000");
	put_ipv6(&b, 140);
	decode(&v, &b, LINK_RAW);
	expect("ipv6/shim6/udp", VIEW_PAYLOAD);
	cr_assert_eq(v.ip_proto, 17);
}

Test(view_ipv6, an_extension_header_past_the_datagram_is_malformed)
{
	packet_init(&b);
	put_hex(&b, "0601000000000000");
	put_ipv6(&b, 60);
	decode(&v, &b, LINK_RAW);
	expect("ipv6", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_DSTOPTS);
	cr_assert_eq(v.ip_proto, 60);

	packet_init(&b);
	put_hex(&b, "0600 0000 00000001 00000001"); /* AH of 8 bytes */
	put_ipv6(&b, 51);
	decode(&v, &b, LINK_RAW);
	expect("ipv6", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_AH);

	packet_init(&b);
	put_hex(&b, "3b03012100000000 0000000000000000"
		    "0000000000000000 0000000000000000"); /* HIP of 32 */
	put_ipv6(&b, 139);
	decode(&v, &b, LINK_RAW);
	expect("ipv6", VIEW_MALFORMED);
}

Test(view_ipv6, an_extension_header_that_was_not_captured_is_truncated)
{
	packet_init(&b);
	put_tcp(&b);
	put_hex(&b, "06010104000000000000000000000000");
	put_ipv6(&b, 60);
	decode_cut(&v, &b, 50, LINK_RAW);
	expect("ipv6", VIEW_TRUNCATED);
	cr_assert_eq(v.needed, 56);
	cr_assert_eq(v.transport, VIEW_NONE);
}

Test(view_ipv6, payload_length_zero_reaches_to_the_end_of_the_frame)
{
	packet_init(&b);
	put_tcp(&b);
	put_ipv6(&b, 6)[5] = 0;
	decode(&v, &b, LINK_RAW);
	expect("ipv6/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.end, 60);
}

/* A payload length of zero, TCP, and so many bytes of padding behind it. */
static void decode_jumbo(const char *options, unsigned padding)
{
	packet_init(&b);
	for (unsigned i = 0; i < padding; i++)
		put_hex(&b, "00");
	put_tcp(&b);
	put_hex(&b, options);
	put_ipv6(&b, 0)[5] = 0;
	decode(&v, &b, LINK_RAW);
}

Test(view_ipv6, a_jumbogram_ends_where_its_option_says)
{
	decode_jumbo("0600 c204 0000001c", 7);
	expect("ipv6/hopopts/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.end, 40 + 28);

	/* Behind other options and padding of one byte. */
	decode_jumbo("0601 0502 0000 0000 00 c204 00000024 00", 7);
	expect("ipv6/hopopts/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.end, 40 + 36);

	/* It ends before its own header does, or before TCP's. */
	decode_jumbo("0600 c204 00000007", 7);
	expect("ipv6/hopopts", VIEW_MALFORMED);
	decode_jumbo("0600 c204 00000018", 7);
	expect("ipv6/hopopts/tcp", VIEW_MALFORMED);
}

Test(view_ipv6, a_jumbo_length_that_cannot_be_is_not_believed)
{
	static const char *const options[] = {
		"0600 c204 00000024", /* a byte beyond the frame */
		"0600 c204 ffffffff",  "0600 c204 00000000",
		"0600 c203 0000001c",  "0600 0102 0000 c204",
		"0600 0103 000000 c2",
	};

	for (unsigned i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		decode_jumbo(options[i], 7);
		expect("ipv6/hopopts/tcp", VIEW_PAYLOAD);
		cr_assert_eq(v.end, packet_len(&b), "%s", options[i]);
	}
}

Test(view_ipv6, thirteen_layers_are_too_deep)
{
	packet_init(&b);
	put_tcp(&b);
	for (int i = 0; i < 11; i++)
		put_hex(&b, i == 0 ? "0600010400000000" : "3c00010400000000");
	put_ipv6(&b, 60);
	decode(&v, &b, LINK_RAW);
	cr_assert_eq(v.stop, VIEW_TOO_DEEP);
	cr_assert_eq(v.stop_proto, PROTO_TCP);
	cr_assert_eq(v.count, VIEW_LAYERS_MAX);
	cr_assert_eq(v.ip, 0);
	cr_assert_eq(v.ip_proto, 6);
}
