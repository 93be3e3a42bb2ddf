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

/* IPv4 and TCP, 40 bytes. */
static void begin_ipv4(void)
{
	packet_init(&b);
	put_tcp(&b);
	put_ipv4(&b, 6);
}

static void begin_ipv6(void)
{
	packet_init(&b);
	put_tcp(&b);
	put_ipv6(&b, 6);
}

Test(view_link, stacked_tags_of_every_type_and_the_outer_identifier)
{
	begin_ipv4();
	put_vlan(&b, 300, 0x0800);
	put_vlan(&b, 200, 0x9100);
	put_vlan(&b, 0x6000 | 100, 0x88a8); /* priority 3 */
	put_ethernet(&b, 0x8100);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/vlan/vlan/vlan/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.vlan, 100);
}

Test(view_link, ieee_802_3_with_snap_ends_where_its_length_says)
{
	begin_ipv4();
	put_hex(&b, "aaaa03 000000 0800");
	put_ethernet(&b, 48);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/llc/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, 8);

	packet_data(&b)[13] = 47; /* one byte less than the datagram */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/llc/ipv4/tcp", VIEW_MALFORMED);
}

Test(view_link, llc_without_ip_is_payload)
{
	packet_init(&b);
	put_hex(&b, "424203 0000 00 00");
	put_ethernet(&b, 7);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/llc", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, 3);

	begin_ipv4();
	put_hex(&b, "060603");
	put_ethernet(&b, 43);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/llc/ipv4/tcp", VIEW_PAYLOAD);

	packet_init(&b);
	put_hex(&b, "ffff 0022 0011"); /* Novell's raw IPX */
	put_ethernet(&b, 6);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_PAYLOAD);
}

Test(view_link, unknown_ethertypes_are_payload)
{
	packet_init(&b);
	put_hex(&b, "00000000");
	put_ethernet(&b, 0x88cc);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_PAYLOAD);
	cr_assert_eq(v.ip, VIEW_NONE);
}

Test(view_link, arp_is_as_long_as_its_addresses)
{
	packet_init(&b);
	put_hex(&b, "0001 0800 06 04 0001 020000000001 0a000001"
		    "000000000000 0a000002");
	put_ethernet(&b, 0x0806);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/arp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].length, ARP_BYTES);
	packet_data(&b)[18] = 7;
	decode(&v, &b, LINK_ETHERNET);
	expect("eth", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_ARP);
}

Test(view_link, a_label_stack_tells_by_its_payload_what_it_carries)
{
	begin_ipv4();
	put_mpls(&b, 17, true);
	put_mpls(&b, 16, false);
	put_ethernet(&b, 0x8847);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/mpls/mpls/ipv4/tcp", VIEW_PAYLOAD);

	begin_ipv6();
	put_mpls(&b, 2, true);
	decode(&v, &b, LINK_MPLS);
	expect("mpls/ipv6/tcp", VIEW_PAYLOAD);

	begin_ipv4();
	put_ethernet(&b, 0x0800);
	put_hex(&b, "00000001"); /* control word */
	put_mpls(&b, 18, true);
	decode(&v, &b, LINK_MPLS);
	expect("mpls/eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].offset, 8);

	begin_ipv4();
	put_ethernet(&b, 0x0800);
	put_mpls(&b, 18, true);
	decode(&v, &b, LINK_MPLS);
	expect("mpls/eth/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[1].offset, 4);

	begin_ipv4();
	put_ethernet(&b, 0x0800)[0] = 0x42; /* a MAC address, not version 4 */
	put_mpls(&b, 18, true);
	decode(&v, &b, LINK_MPLS);
	expect("mpls/eth/ipv4/tcp", VIEW_PAYLOAD);

	packet_init(&b);
	put_hex(&b, "1000 0021 0000"); /* an associated channel */
	put_mpls(&b, 18, true);
	decode(&v, &b, LINK_MPLS);
	expect("mpls", VIEW_PAYLOAD);
}

Test(view_link, a_label_stack_without_end_is_too_deep)
{
	packet_init(&b);
	for (int i = 0; i < 13; i++)
		put_mpls(&b, 16, false);
	decode(&v, &b, LINK_MPLS);
	cr_assert_eq(v.stop, VIEW_TOO_DEEP);
	cr_assert_eq(v.count, VIEW_LAYERS_MAX);
}

Test(view_link, pppoe_session_data_is_walked_and_discovery_is_not)
{
	begin_ipv4();
	put_hex(&b, "11 00 0007 002a 0021");
	put_ethernet(&b, 0x8864);
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/pppoe/ppp/ipv4/tcp", VIEW_PAYLOAD);

	packet_data(&b)[15] = 0xa7; /* terminate */
	decode(&v, &b, LINK_ETHERNET);
	expect("eth/pppoe", VIEW_PAYLOAD);

	begin_ipv4();
	put_hex(&b, "11 00 0007 0029 0021"); /* one byte too few */
	decode(&v, &b, LINK_PPPOE);
	expect("pppoe/ppp/ipv4/tcp", VIEW_MALFORMED);
}

Test(view_link, ppp_with_and_without_address_and_compression)
{
	begin_ipv6();
	put_hex(&b, "0057");
	decode(&v, &b, LINK_PPP);
	expect("ppp/ipv6/tcp", VIEW_PAYLOAD);

	begin_ipv4();
	put_hex(&b, "ff03 0021");
	decode(&v, &b, LINK_PPP_HDLC);
	expect("ppp/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[0].offset, 2);
	cr_assert_eq(v.layer[0].length, 2);

	begin_ipv4();
	put_hex(&b, "21");
	decode(&v, &b, LINK_PPP);
	expect("ppp/ipv4/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.layer[0].length, 1);

	begin_ipv4();
	put_mpls(&b, 16, true);
	put_hex(&b, "0281");
	decode(&v, &b, LINK_PPP);
	expect("ppp/mpls/ipv4/tcp", VIEW_PAYLOAD);

	packet_init(&b);
	put_hex(&b, "ff03");
	decode(&v, &b, LINK_PPP);
	expect("", VIEW_MALFORMED);
	cr_assert_eq(v.stop_proto, PROTO_PPP);
}

Test(view_link, cooked_headers_of_both_versions)
{
	begin_ipv4();
	put_hex(&b, "0000 0001 0006 0200000000010000 0800");
	decode(&v, &b, LINK_SLL);
	expect("sll/ipv4/tcp", VIEW_PAYLOAD);

	packet_data(&b)[2] = 0x03; /* a netlink message: 0x0338 */
	packet_data(&b)[3] = 0x38;
	decode(&v, &b, LINK_SLL);
	expect("sll", VIEW_PAYLOAD);

	begin_ipv6();
	put_vlan(&b, 5, 0x86dd);
	put_hex(&b, "8100 0000 00000002 0001 00 06 0200000000010000");
	decode(&v, &b, LINK_SLL2);
	expect("sll2/vlan/ipv6/tcp", VIEW_PAYLOAD);
	cr_assert_eq(v.vlan, 5);

	begin_ipv4();
	put_hex(&b, "060603");
	put_hex(&b, "0000 0001 0006 0200000000010000 0004");
	decode(&v, &b, LINK_SLL);
	expect("sll/llc/ipv4/tcp", VIEW_PAYLOAD);
}

Test(view_link, loopback_families_of_every_system_in_both_byte_orders)
{
	static const char *const four[] = {"02000000", "00000002", "00000800",
					   "0f000800"};
	static const char *const six[] = {"0a000000", "18000000", "1c000000",
					  "1e000000", "00000018", "0000001e"};

	for (size_t i = 0; i < sizeof(four) / sizeof(four[0]); i++) {
		begin_ipv4();
		put_hex(&b, four[i]);
		decode(&v, &b, LINK_NULL);
		expect("null/ipv4/tcp", VIEW_PAYLOAD);
	}
	for (size_t i = 0; i < sizeof(six) / sizeof(six[0]); i++) {
		begin_ipv6();
		put_hex(&b, six[i]);
		decode(&v, &b, LINK_LOOP);
		expect("null/ipv6/tcp", VIEW_PAYLOAD);
	}
	begin_ipv4();
	put_hex(&b, "07000000");
	decode(&v, &b, LINK_NULL);
	expect("null", VIEW_PAYLOAD);
}

Test(view_link, raw_packets_say_their_version_themselves)
{
	begin_ipv4();
	decode(&v, &b, LINK_RAW);
	expect("ipv4/tcp", VIEW_PAYLOAD);
	decode(&v, &b, LINK_IPV6);
	expect("ipv4/tcp", VIEW_PAYLOAD);
	begin_ipv6();
	decode(&v, &b, LINK_RAW);
	expect("ipv6/tcp", VIEW_PAYLOAD);
	packet_data(&b)[0] = 0x90;
	decode(&v, &b, LINK_RAW);
	expect("", VIEW_MALFORMED);
}

Test(view_link, an_unknown_link_is_payload)
{
	begin_ipv4();
	decode(&v, &b, LINK_UNKNOWN);
	expect("", VIEW_PAYLOAD);
	cr_assert_eq(v.ip, VIEW_NONE);
}

Test(view_link, every_cut_of_a_deep_stack_is_truncated)
{
	struct view whole;

	begin_ipv6();
	put_hex(&b, "11 00 0007 003e 0057");
	put_vlan(&b, 2, 0x8864);
	put_vlan(&b, 1, 0x8100);
	put_ethernet(&b, 0x88a8);
	decode(&whole, &b, LINK_ETHERNET);
	cr_assert_str_eq(shape(&whole), "eth/vlan/vlan/pppoe/ppp/ipv6/tcp");
	for (uint32_t caplen = 0; caplen < packet_len(&b); caplen++) {
		decode_cut(&v, &b, caplen, LINK_ETHERNET);
		cr_assert_eq(v.stop, VIEW_TRUNCATED, "at %u", caplen);
		cr_assert_gt(v.needed, caplen);
		for (unsigned i = 0; i < v.count; i++)
			cr_assert_eq(v.layer[i].proto, whole.layer[i].proto);
	}
}
