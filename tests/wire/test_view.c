#include "tests/wire/packet.h"
#include "wire/fields.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct packet_build b;
static struct view v;

static void expect(const char *layers, enum view_stop stop)
{
	cr_assert_str_eq(shape(&v), layers);
	cr_assert_eq(v.stop, stop, "stopped for another reason: %s at %s",
		     view_stop_label((enum view_stop)v.stop),
		     proto_label((enum proto)v.stop_proto));
}

/* IPv4 header, six words long, in front of TCP. */
static uint8_t *with_options(void)
{
	uint8_t *h;

	packet_init(&b);
	put_tcp(&b);
	put_hex(&b, "01010101");
	h = put_ipv4(&b, 6);
	h[0] = 0x46;
	put_ethernet(&b, 0x0800);
	return packet_data(&b) + ETHERNET_BYTES;
}

Test(view, tells_where_every_header_is)
{
	packet_plain(&b);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].offset, 14);
	cr_assert_eq(v.layer[1].length, 20);
	cr_assert_eq(v.layer[2].offset, 34);
	cr_assert_eq(v.layer[2].length, 20);
	cr_assert_eq(v.ip, 1);
	cr_assert_eq(v.outer_ip, 1);
	cr_assert_eq(v.transport, 2);
	cr_assert_eq(v.ip_proto, 6);
	cr_assert_eq(v.fragment, VIEW_WHOLE);
	cr_assert_eq(v.end, 54);
	cr_assert_eq(v.vlan, 0);
	cr_assert_eq(v.needed, 0);
}

Test(view, every_cut_of_a_packet_is_truncated_and_nothing_read_past_it)
{
	struct view whole;

	packet_plain(&b);
	decode(&whole, &b, LINK_ETHERNET);
	for (uint32_t caplen = 0; caplen < 54; caplen++) {
		decode_cut(&v, &b, caplen, LINK_ETHERNET);
		cr_assert_eq(v.stop, VIEW_TRUNCATED, "at %u", caplen);
		cr_assert_gt(v.needed, caplen);
		cr_assert_leq(v.needed, 54);
		cr_assert_leq(v.count, whole.count);
		for (unsigned i = 0; i < v.count; i++)
			cr_assert_eq(v.layer[i].proto, whole.layer[i].proto);
	}
}

Test(view, a_cut_transport_is_a_layer_once_its_ports_are_there)
{
	packet_plain(&b);
	decode_cut(&v, &b, 37, LINK_ETHERNET);
	expect("eth/ipv4", VIEW_TRUNCATED);
	cr_assert_eq(v.transport, VIEW_NONE);
	cr_assert_eq(v.stop_proto, PROTO_TCP);
	cr_assert_eq(v.needed, 54);
	decode_cut(&v, &b, 38, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_TRUNCATED);
	cr_assert_eq(v.transport, 2);
	cr_assert_eq(v.layer[2].length, 4);
	cr_assert_eq(v.layer[2].flags, VIEW_LAYER_CUT);
	cr_assert_eq(v.needed, 54);
}

Test(view, options_belong_to_the_ip_header)
{
	with_options();
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, 24);
	cr_assert_eq(v.layer[2].offset, 38);
}

Test(view, an_ip_header_cut_in_its_options_still_tells_the_addresses)
{
	with_options();
	decode_cut(&v, &b, 36, LINK_ETHERNET);
	expect("eth/ipv4", VIEW_TRUNCATED);
	cr_assert_eq(v.ip, 1);
	cr_assert_eq(v.layer[1].length, 22);
	cr_assert_eq(v.layer[1].flags, VIEW_LAYER_CUT);
	cr_assert_eq(v.ip_proto, 6);
	cr_assert_eq(v.needed, 38);
	cr_assert_eq(v.end, 58);
}

Test(view, padding_behind_the_datagram_is_no_part_of_it)
{
	/* An empty UDP datagram, 28 bytes, in a frame of 60. */
	packet_init(&b);
	put_hex(&b, "000000000000000000000000000000000000");
	put_hex(&b, "0001 0002 0008 0000");
	put_ipv4(&b, 17)[3] = 28;
	put_ethernet(&b, 0x0800);
	cr_assert_eq(packet_len(&b), 60);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/udp", VIEW_PAYLOAD);
	cr_assert_eq(v.end, 42);
}

Test(view, a_transport_must_fit_the_datagram_and_not_just_the_frame)
{
	packet_plain(&b);
	packet_data(&b)[17] = 39; /* total length */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_TCP);
	cr_assert_eq(v.layer[2].flags, VIEW_LAYER_CUT);
	cr_assert_eq(v.layer[2].length, 19);
}

Test(view, total_length_zero_reaches_to_the_end_of_the_frame)
{
	packet_plain(&b);
	packet_data(&b)[17] = 0;
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.end, 54);
}

Test(view, a_datagram_longer_than_the_frame_says_so)
{
	packet_plain(&b);
	packet_data(&b)[16] = 5;
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.end, 14 + 0x528);
}

Test(view, ip_headers_that_contradict_themselves_are_malformed)
{
	packet_plain(&b);
	packet_data(&b)[14] = 0x44; /* four words */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_IPV4);
	cr_assert_eq(v.ip, VIEW_NONE);
	cr_assert_eq(v.end, 0);

	packet_plain(&b);
	packet_data(&b)[14] = 0x65; /* version six */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_MALFORMED);

	packet_plain(&b);
	packet_data(&b)[17] = 19; /* total length below the header's */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_MALFORMED);

	packet_init(&b);
	put_ipv6(&b, 59)[0] = 0x50;
	put_ethernet(&b, 0x86dd);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_IPV6);
}

Test(view, first_fragments_have_a_transport_and_later_ones_none)
{
	packet_plain(&b);
	packet_data(&b)[20] = 0x20; /* more fragments */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.fragment, VIEW_FRAGMENT_FIRST);

	packet_plain(&b);
	packet_data(&b)[21] = 1; /* offset 8 */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4", VIEW_PAYLOAD);
	cr_assert_eq(v.fragment, VIEW_FRAGMENT_LATER);
	cr_assert_eq(v.transport, VIEW_NONE);
	cr_assert_eq(v.ip_proto, 6);
}

Test(view, a_first_fragment_may_end_inside_a_header)
{
	packet_plain(&b);
	packet_data(&b)[17] = 28;
	packet_data(&b)[20] = 0x20;
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_TRUNCATED);
	cr_assert_eq(v.layer[2].length, 8);
}

Test(view, a_data_offset_below_five_words_is_malformed_but_the_ports_stand)
{
	packet_plain(&b);
	packet_data(&b)[46] = 0x40;
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_MALFORMED);
	cr_assert_eq(v.transport, 2);
	cr_assert_eq(v.layer[2].length, 20);
	cr_assert_eq(v.layer[2].flags, 0);
}

Test(view, a_data_offset_past_the_datagram_is_malformed)
{
	packet_plain(&b);
	packet_data(&b)[46] = 0x60;
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_MALFORMED);
	cr_assert_eq(v.layer[2].length, 20);
	cr_assert_eq(v.layer[2].flags, VIEW_LAYER_CUT);
}

Test(view, tcp_options_that_were_not_captured_are_truncated)
{
	packet_init(&b);
	put_hex(&b, "01010101");
	put_tcp(&b)[12] = 0x60;
	put_ipv4(&b, 6);
	put_ethernet(&b, 0x0800);
	decode_cut(&v, &b, 56, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_TRUNCATED);
	cr_assert_eq(v.layer[2].length, 22);
	cr_assert_eq(v.needed, 58);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[2].length, 24);
}

Test(view, a_udp_length_below_eight_or_past_the_datagram_is_malformed)
{
	static const uint8_t lengths[] = {0, 7, 9};

	for (size_t i = 0; i < sizeof(lengths); i++) {
		packet_init(&b);
		put_udp(&b, 1, 2)[5] = lengths[i];
		put_ipv4(&b, 17);
		decode(&v, &b, LINK_RAW);
		expect("ipv4/udp", VIEW_MALFORMED);
		cr_assert_eq(v.transport, 1);
	}
}

Test(view, transports_by_protocol_number)
{
	static const struct {
		uint8_t protocol;
		const char *layers;
		uint16_t length;
	} rows[] = {
		{1, "ipv4/icmp", 8},	{2, "ipv4/igmp", 8},
		{50, "ipv4/esp", 8},	{58, "ipv4/icmpv6", 8},
		{132, "ipv4/sctp", 12}, {136, "ipv4/udplite", 8},
		{253, "ipv4/other", 0}, {255, "ipv4/other", 0},
		{59, "ipv4", 20},	{0, "ipv4/other", 0},
		{43, "ipv4/other", 0},	{44, "ipv4/other", 0},
		{60, "ipv4/other", 0},	{135, "ipv4/other", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		packet_init(&b);
		put_hex(&b, "00000000 00000000 00000000 00000000");
		put_ipv4(&b, rows[i].protocol);
		decode(&v, &b, LINK_RAW);
		expect(rows[i].layers, VIEW_PAYLOAD);
		cr_assert_eq(v.layer[v.count - 1].length, rows[i].length,
			     "protocol %u", rows[i].protocol);
		cr_assert_eq(v.ip_proto, rows[i].protocol);
	}
}

Test(view, dccp_is_as_long_as_its_data_offset_says)
{
	packet_init(&b);
	put_hex(&b, "0001 0002 04 00 0000 01 00 00000001");
	put_ipv4(&b, 33);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/dccp", VIEW_MALFORMED); /* 14 bytes of 16 */

	packet_init(&b);
	put_hex(&b, "0001 0002 04 00 0000 01 00 000000000001");
	put_ipv4(&b, 33);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/dccp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, 16);

	packet_data(&b)[20 + 4] = 3; /* too short for long sequence numbers */
	decode(&v, &b, LINK_RAW);
	expect("ipv4/dccp", VIEW_MALFORMED);
	packet_data(&b)[20 + 8] = 0; /* short ones */
	decode(&v, &b, LINK_RAW);
	expect("ipv4/dccp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, 12);
}

Test(view, icmp_messages_have_eight_bytes_and_icmpv6_ones_at_least_four)
{
	packet_init(&b);
	put_hex(&b, "08000000 0001");
	put_ipv4(&b, 1);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/icmp", VIEW_MALFORMED);
	cr_assert_eq(v.layer[1].length, 6);

	packet_init(&b);
	put_hex(&b, "9b000000 0000");
	put_ipv6(&b, 58);
	decode(&v, &b, LINK_RAW);
	expect("ipv6/icmpv6", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, 6);
	decode_cut(&v, &b, 44, LINK_RAW);
	expect("ipv6/icmpv6", VIEW_TRUNCATED);
	cr_assert_eq(v.layer[1].flags, VIEW_LAYER_CUT);
}

Test(view, udplite_coverage_must_hold_the_header)
{
	packet_init(&b);
	put_udp(&b, 1, 2)[5] = 7;
	put_ipv4(&b, 136);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/udplite", VIEW_MALFORMED);
	packet_data(&b)[25] = 0;
	decode(&v, &b, LINK_RAW);
	expect("ipv4/udplite", VIEW_PAYLOAD);
}

Test(view, len_below_caplen_counts_as_caplen)
{
	uint8_t *copy;

	packet_plain(&b);
	copy = malloc(54);
	memcpy(copy, packet_data(&b), 54);
	view_decode(&v, copy, 54, 20, LINK_ETHERNET);
	expect("eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.len, 54);
	free(copy);
}

Test(view, an_empty_packet_is_malformed_and_one_not_captured_truncated)
{
	packet_init(&b);
	decode(&v, &b, LINK_ETHERNET);
	expect("", VIEW_MALFORMED);
	packet_plain(&b);
	decode_cut(&v, &b, 0, LINK_ETHERNET);
	expect("", VIEW_TRUNCATED);
	cr_assert_eq(v.needed, 14);
}
