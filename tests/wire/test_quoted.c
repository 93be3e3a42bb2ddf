#include "tests/wire/packet.h"
#include "wire/fields.h"

#include <criterion/criterion.h>

static struct packet_build b;
static struct view v, quoted;

/* An ICMP error that quotes an IPv4 header and eight bytes of UDP, as RFC 792
 * asks for; the quoted datagram had 100 bytes. */
static void begin_error(const char *icmp)
{
	packet_init(&b);
	put_udp(&b, 5555, 53);
	put_ipv4(&b, 17)[3] = 100;
	put_hex(&b, icmp);
	put_ipv4(&b, 1);
}

Test(quoted, an_error_gives_the_ports_of_the_packet_it_quotes)
{
	const struct view_layer *l;

	begin_error("03030000 00000000");
	decode(&v, &b, LINK_RAW);
	cr_assert_str_eq(shape(&v), "ipv4/icmp");
	cr_assert(view_decode_quoted(&quoted, &v));
	cr_assert_str_eq(shape(&quoted), "ipv4/udp");
	cr_assert_eq(quoted.stop, VIEW_PAYLOAD);
	cr_assert_eq(quoted.ip, 0);
	cr_assert_eq(quoted.layer[0].offset, 28);
	cr_assert_eq(quoted.end, 128);
	l = &quoted.layer[quoted.transport];
	cr_assert_eq(udp_source(quoted.data + l->offset), 5555);
	cr_assert_eq(udp_destination(quoted.data + l->offset), 53);
}

Test(quoted, a_quoted_tcp_header_is_cut_and_not_malformed)
{
	packet_init(&b);
	put_tcp(&b);
	put_ipv6(&b, 6)[5] = 200;
	put_hex(&b, "02000000 00000500");
	put_ipv6(&b, 58);
	/* Only eight bytes of the TCP header are quoted. */
	packet_data(&b)[5] = (uint8_t)(packet_data(&b)[5] - 12);
	decode(&v, &b, LINK_RAW);
	cr_assert(view_decode_quoted(&quoted, &v));
	cr_assert_str_eq(shape(&quoted), "ipv6/tcp");
	cr_assert_eq(quoted.stop, VIEW_TRUNCATED);
	cr_assert_eq(quoted.layer[1].length, 8);
	cr_assert_eq(quoted.layer[1].flags, VIEW_LAYER_CUT);
}

Test(quoted, every_error_type_quotes_and_no_other_does)
{
	for (unsigned type = 0; type < 256; type++) {
		bool is_error = type == 3 || type == 4 || type == 5 ||
				type == 11 || type == 12;

		begin_error("00000000 00000000");
		packet_data(&b)[20] = (uint8_t)type;
		decode(&v, &b, LINK_RAW);
		cr_assert_eq(view_decode_quoted(&quoted, &v), is_error,
			     "ICMP type %u", type);
	}
	for (unsigned type = 0; type < 256; type++) {
		packet_init(&b);
		put_udp(&b, 1, 2);
		put_ipv6(&b, 17);
		put_hex(&b, "00000000 00000000");
		packet_data(&b)[0] = (uint8_t)type;
		put_ipv6(&b, 58);
		decode(&v, &b, LINK_RAW);
		cr_assert_eq(view_decode_quoted(&quoted, &v),
			     type >= 1 && type <= 4, "ICMPv6 type %u", type);
	}
}

Test(quoted, extensions_behind_the_quote_are_not_read_as_its_transport)
{
	packet_init(&b);
	put_hex(&b, "2000 0000 0008 0101 00010140"); /* RFC 4884 */
	put_ipv4(&b, 6)[3] = 60;
	put_hex(&b, "0b000000 00 05 0000"); /* five words are quoted */
	put_ipv4(&b, 1);
	decode(&v, &b, LINK_RAW);
	cr_assert(view_decode_quoted(&quoted, &v));
	cr_assert_str_eq(shape(&quoted), "ipv4");
	cr_assert_eq(quoted.stop, VIEW_TRUNCATED);
	cr_assert_eq(quoted.stop_proto, PROTO_TCP);
}

Test(quoted, less_than_an_ip_header_is_no_quote)
{
	packet_init(&b);
	put_hex(&b, "4500 0064 0001 0000 4011 0000 0a000001 0a0000");
	put_hex(&b, "03030000 00000000");
	put_ipv4(&b, 1);
	decode(&v, &b, LINK_RAW);
	cr_assert_not(view_decode_quoted(&quoted, &v));
}

Test(quoted, a_packet_without_icmp_quotes_nothing)
{
	packet_plain(&b);
	decode(&v, &b, LINK_ETHERNET);
	cr_assert_not(view_decode_quoted(&quoted, &v));
	packet_init(&b);
	put_hex(&b, "00");
	decode(&v, &b, LINK_UNKNOWN);
	cr_assert_not(view_decode_quoted(&quoted, &v));
}

Test(quoted, nothing_past_the_captured_bytes_is_quoted)
{
	begin_error("03030000 00000000");
	for (uint32_t caplen = 28; caplen < 56; caplen++) {
		decode_cut(&v, &b, caplen, LINK_RAW);
		cr_assert_eq(view_decode_quoted(&quoted, &v), caplen >= 48);
	}
}
