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

/* The inner packet: IPv4 and TCP, 40 bytes, or an Ethernet frame of it. */
static void begin(void)
{
	packet_init(&b);
	put_tcp(&b);
	put_ipv4(&b, 6);
}

static void begin_frame(void)
{
	begin();
	put_ethernet(&b, 0x0800);
}

/* Puts the header in front of an inner packet and IPv4 before it, and looks. */
static void expect_on_ip(const char *header, uint8_t protocol,
			 const char *layers)
{
	put_hex(&b, header);
	put_ipv4(&b, protocol);
	decode(&v, &b, LINK_RAW);
	expect(layers, VIEW_PAYLOAD);
}

static void expect_on_udp(const char *header, uint16_t from, uint16_t to,
			  const char *layers)
{
	put_hex(&b, header);
	put_udp(&b, from, to);
	put_ipv4(&b, 17);
	decode(&v, &b, LINK_RAW);
	expect(layers, VIEW_PAYLOAD);
}

Test(view_tunnel, ip_in_ip_in_every_mixture)
{
	begin();
	put_ipv4(&b, 4);
	put_ipv6(&b, 4);
	put_ipv6(&b, 41);
	put_ipv4(&b, 41);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/ipv6/ipv6/ipv4/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.outer_ip, 0);
	cr_assert_eq(v.ip, 4);
	cr_assert_eq(v.transport, 5);
	cr_assert_eq(v.ip_proto, 6);
}

Test(view_tunnel, gre_is_as_long_as_its_bits_say)
{
	begin();
	expect_on_ip("0000 0800", 47, "ipv4/gre/ipv4/tcp");
	cr_assert_eq(v.layer[1].length, 4);
	cr_assert_eq(v.ip, 2);
	begin();
	expect_on_ip("b000 0800 00000000 00000007 00000001", 47,
		     "ipv4/gre/ipv4/tcp");
	cr_assert_eq(v.layer[1].length, 16);
	begin(); /* two source routes and the end of them (RFC 1701) */
	expect_on_ip("4000 0800 00000000 0800 0004 0a000003 0800 0004 0a000004"
		     "0000 0000",
		     47, "ipv4/gre/ipv4/tcp");
	cr_assert_eq(v.layer[1].length, 28);
	begin_frame();
	expect_on_ip("2000 6558 00000007", 47, "ipv4/gre/eth/ipv4/tcp");
}

Test(view_tunnel, gre_that_carries_no_ip_is_the_flow_itself)
{
	packet_init(&b);
	put_hex(&b, "00000000");
	expect_on_ip("0000 2000", 47, "ipv4/gre");
	cr_assert_eq(v.transport, 1);
	cr_assert_eq(v.ip_proto, 47);
}

Test(view_tunnel, pptp_carries_ppp_only_with_a_sequence_number)
{
	begin();
	expect_on_ip("3081 880b 002c 0007 00000001 00000002 ff03 0021", 47,
		     "ipv4/gre/ppp/ipv4/tcp");
	cr_assert_eq(v.layer[1].length, 16);
	begin();
	expect_on_ip("2081 880b 0000 0007 00000002 ff03 0021", 47, "ipv4/gre");
}

Test(view_tunnel, wccp_with_and_without_its_word)
{
	begin();
	expect_on_ip("0000 883e", 47, "ipv4/gre/ipv4/tcp");
	begin();
	expect_on_ip("0000 883e 00000000", 47, "ipv4/gre/ipv4/tcp");
	cr_assert_eq(v.layer[2].offset, 28);
}

Test(view_tunnel, source_routes_without_end_are_malformed)
{
	packet_init(&b);
	for (int i = 0; i < 100; i++)
		put_hex(&b, "0800 0004 0a000003");
	put_hex(&b, "4000 0800 00000000");
	put_ipv4(&b, 47);
	decode(&v, &b, LINK_RAW);
	expect("ipv4", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_GRE);
}

Test(view_tunnel, erspan_of_all_three_types)
{
	begin_frame();
	expect_on_ip("0000 88be", 47, "ipv4/gre/eth/ipv4/tcp");
	begin_frame();
	expect_on_ip("1000 88be 00000001 1007 0001 00000000", 47,
		     "ipv4/gre/erspan/eth/ipv4/tcp");
	begin_frame();
	expect_on_ip("1000 22eb 00000001 2007 0001 00000000 0000 8000", 47,
		     "ipv4/gre/erspan/eth/ipv4/tcp");
	cr_assert_eq(v.layer[2].length, 12);
	begin_frame();
	expect_on_ip("1000 22eb 00000001 2007 0001 00000000 0000 8001"
		     "0000000000000000",
		     47, "ipv4/gre/erspan/eth/ipv4/tcp");
	cr_assert_eq(v.layer[2].length, 20);
}

Test(view_tunnel, vxlan_with_its_flag_and_nothing_else)
{
	begin_frame();
	expect_on_udp("08000000 00000700", 1000, 4789,
		      "ipv4/udp/vxlan/eth/ipv4/tcp");
	cr_assert_eq(v.ip, 4);
	cr_assert_eq(v.transport, 5);
	begin_frame();
	expect_on_udp("00000000 00000700", 1000, 4789, "ipv4/udp");
	cr_assert_eq(v.transport, 1);
	begin();
	expect_on_udp("0c000001 00000700", 1000, 4790,
		      "ipv4/udp/vxlan/ipv4/tcp");
	begin();
	expect_on_udp("0c000009 00000700", 1000, 4790, "ipv4/udp/vxlan");
	cr_assert_eq(v.transport, 1);
}

Test(view_tunnel, the_source_port_alone_asks_for_a_spotless_header)
{
	begin_frame();
	expect_on_udp("08000000 00000700", 4789, 1000,
		      "ipv4/udp/vxlan/eth/ipv4/tcp");
	begin_frame();
	expect_on_udp("08000000 00000701", 4789, 1000, "ipv4/udp");
	begin();
	expect_on_udp("30ff 0028 00000001", 2152, 1000,
		      "ipv4/udp/gtpu/ipv4/tcp");
	begin();
	expect_on_udp("30ff 0027 00000001", 2152, 1000, "ipv4/udp");
}

Test(view_tunnel, geneve_with_options)
{
	begin_frame();
	expect_on_udp("0100 6558 00000700 01020300", 1000, 6081,
		      "ipv4/udp/geneve/eth/ipv4/tcp");
	cr_assert_eq(v.layer[2].length, 12);
	begin();
	expect_on_udp("0000 0800 00000700", 1000, 6081,
		      "ipv4/udp/geneve/ipv4/tcp");
	begin();
	expect_on_udp("4000 0800 00000700", 1000, 6081, "ipv4/udp");
}

Test(view_tunnel, gtpu_data_with_extension_headers_and_no_other_messages)
{
	begin();
	expect_on_udp("30ff 0028 00000001", 2152, 2152,
		      "ipv4/udp/gtpu/ipv4/tcp");
	cr_assert_eq(v.layer[2].length, 8);
	begin();
	expect_on_udp("34ff 0038 00000001 0000 00 85 01 0000 c0"
		      "02 000000000000 00",
		      2152, 2152, "ipv4/udp/gtpu/ipv4/tcp");
	cr_assert_eq(v.layer[2].length, 24);
	begin();
	expect_on_udp("3201 0004 00000000 0001 00 00", 2152, 2152, "ipv4/udp");

	begin();
	put_hex(&b, "34ff 002c 00000001 0000 00 85 00 0000 00");
	put_udp(&b, 2152, 2152);
	put_ipv4(&b, 17);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/udp", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_GTPU);
}

Test(view_tunnel, gre_and_mpls_in_udp_when_plausible)
{
	begin();
	expect_on_udp("0000 0800", 1000, 4754, "ipv4/udp/gre/ipv4/tcp");
	cr_assert_eq(v.ip, 3);
	begin();
	expect_on_udp("0001 0800", 1000, 4754, "ipv4/udp");
	packet_init(&b);
	put_hex(&b, "00000000");
	expect_on_udp("2000 6559 00000007", 1000, 4754, "ipv4/udp");
	begin();
	expect_on_udp("00010140", 1000, 6635, "ipv4/udp/mpls/ipv4/tcp");
	packet_init(&b);
	expect_on_udp("00010140 abab", 1000, 6635, "ipv4/udp");
}

Test(view_tunnel, mpls_and_ethernet_in_ip)
{
	begin();
	expect_on_ip("00010140", 137, "ipv4/mpls/ipv4/tcp");
	begin_frame();
	expect_on_ip("", 143, "ipv4/eth/ipv4/tcp");
}

Test(view_tunnel, what_tunnels_inside_a_first_fragment_may_end_early)
{
	begin_frame();
	put_hex(&b, "08000000 00000700");
	put_udp(&b, 1000, 4789);
	put_ipv4(&b, 17)[6] = 0x20;
	/* The inner packet says 40 bytes, of which the fragment has 24. */
	packet_data(&b)[3] = (uint8_t)(packet_len(&b) - 16);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/udp/vxlan/eth/ipv4/tcp", VIEW_TRUNCATED);
	cr_assert_eq(v.fragment, VIEW_WHOLE);
	cr_assert_eq(v.layer[5].length, 4);
}

Test(view_tunnel, an_inner_header_that_is_no_good_leaves_the_outer_flow)
{
	begin_frame();
	packet_data(&b)[14] = 0x43;
	put_hex(&b, "08000000 00000700");
	put_udp(&b, 1000, 4789);
	put_ipv4(&b, 17);
	decode(&v, &b, LINK_RAW);
	expect("ipv4/udp/vxlan/eth", VIEW_MALFORMED);
	cr_assert_eq(v.ip, 0);
	cr_assert_eq(v.transport, 1);
	cr_assert_eq(v.ip_proto, 17);
}

Test(view_tunnel, tunnels_in_tunnels_stop_after_twelve_layers)
{
	begin_frame();
	for (int i = 0; i < 3; i++) {
		put_hex(&b, "08000000 00000700");
		put_udp(&b, 1000, 4789);
		put_ipv4(&b, 17);
		put_ethernet(&b, 0x0800);
	}
	decode(&v, &b, LINK_ETHERNET);
	cr_assert_eq(v.stop, VIEW_TOO_DEEP);
	cr_assert_eq(v.stop_proto, PROTO_ETHERNET);
	cr_assert_eq(v.count, VIEW_LAYERS_MAX);
	cr_assert_eq(v.ip, 9);
	cr_assert_eq(v.transport, 10);
}
