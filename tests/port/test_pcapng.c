/* The file source over pcapng files: sections, interfaces, times, options. */
#include "test_pack.h"

#include "port/pcapng_time.h"
#include "wire/link.h"

#include <criterion/criterion.h>
#include <string.h>

#define NS_PER_S 1000000000ull
#define SECONDS	 1700000000ull

static void expect_damage(const struct seen *s, const char *part)
{
	cr_assert_eq(s->end, SOURCE_FAILED);
	cr_assert_eq(s->e.status, EXIT_INPUT);
	cr_assert(strstr(s->e.text, part), "\"%s\" is not in: %s", part,
		  s->e.text);
	cr_assert_eq(s->counted[COUNT_DAMAGED], 1);
}

static void read_pack(struct seen *s, struct pack *p)
{
	cr_assert(seen_pack(s, p, ""), "%s", s->e.text);
	pack_free(p);
}

Test(pcapng, sections_have_their_own_byte_order_and_interfaces)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	pack_iface(&p, 101, 0, 6);
	pack_enhanced(&p, 0, SECONDS * NS_PER_S + 1, "one", 3, 60, NULL);
	pack_enhanced(&p, 1, SECONDS * 1000000 + 2, "two22", 5, 5, NULL);
	p.big = true;
	pack_section(&p);
	pack_iface(&p, 113, 0, -1);
	pack_enhanced(&p, 0, SECONDS * 1000000 + 3, "threethree", 10, 10, NULL);
	p.big = false;
	pack_section(&p);
	pack_iface(&p, 4711, 0, 3);
	pack_enhanced(&p, 0, SECONDS * 1000 + 4, "", 0, 0, NULL);
	read_pack(&s, &p);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 4);
	cr_assert_eq(s.packets[0].link, LINK_ETHERNET);
	cr_assert_eq(s.packets[1].link, LINK_RAW);
	cr_assert_eq(s.packets[2].link, LINK_SLL);
	cr_assert_eq(s.packets[3].link, LINK_UNKNOWN);
	/* Interfaces are counted through all sections. */
	for (uint32_t i = 0; i < 4; i++)
		cr_assert_eq(s.packets[i].iface, i);
	cr_assert_eq(s.packets[0].time_ns, SECONDS * NS_PER_S + 1);
	cr_assert_eq(s.packets[1].time_ns, SECONDS * NS_PER_S + 2000);
	cr_assert_eq(s.packets[2].time_ns, SECONDS * NS_PER_S + 3000);
	cr_assert_eq(s.packets[3].time_ns, SECONDS * NS_PER_S + 4000000);
	cr_assert_eq(s.packets[0].caplen, 3);
	cr_assert_eq(s.packets[0].len, 60);
	cr_assert(memcmp(s.packets[2].data, "threethree", 10) == 0);
	seen_free(&s);
}

Test(pcapng, times_of_every_resolution_and_offset_become_nanoseconds)
{
	static const struct {
		uint8_t tsresol;
		int64_t offset_s;
		uint64_t units;
		uint64_t time_ns;
	} cases[] = {
		{0, 0, 5, 5 * NS_PER_S},
		{3, 0, 5001, 5001000000},
		{6, 0, 5000001, 5000001000},
		{9, 0, 5000000001, 5000000001},
		{12, 0, 5000000001999, 5000000001},
		{28, 0, UINT64_MAX, 1},
		{29, 0, UINT64_MAX, 0},
		{127, 0, UINT64_MAX, 0},
		{0x80, 0, 5, 5 * NS_PER_S},
		{0x80 | 1, 0, 11, 5500000000},
		{0x80 | 10, 0, 5 * 1024 + 512, 5500000000},
		{0x80 | 32, 0, UINT64_C(5) << 32 | 1u << 31, 5500000000},
		{0x80 | 63, 0, UINT64_C(1) << 63, NS_PER_S},
		{0x80 | 64, 0, UINT64_C(1) << 63, NS_PER_S / 2},
		{0x80 | 94, 0, UINT64_MAX, 0},
		{0xff, 0, UINT64_MAX, 0},
		{6, 100, 5000001, 105000001000},
		{6, -3, 5000001, 2000001000},
		/* Beyond all time. */
		{6, -6, 5000001, 0},
		{0, 0, UINT64_MAX, INT64_MAX},
		{9, 0, UINT64_MAX, INT64_MAX},
		{6, INT64_MAX, 1, INT64_MAX},
		{6, INT64_MIN, 1, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pcapng_iface iface = {
			.binary = cases[i].tsresol & 0x80,
			.exponent = cases[i].tsresol & 0x7f,
			.offset_s = cases[i].offset_s,
		};

		pcapng_time_prepare(&iface);
		cr_assert_eq(pcapng_time_ns(&iface, cases[i].units),
			     cases[i].time_ns, "case %zu", i);
	}
}

Test(pcapng, the_offset_option_is_added)
{
	for (int big = 0; big < 2; big++) {
		struct pack p = {.big = big};
		struct pack body = {.big = big};
		struct seen s;

		pack_section(&p);
		pack_u16(&body, 1);
		pack_u16(&body, 0);
		pack_u32(&body, 0);
		pack_u16(&body, 14);
		pack_u16(&body, 8);
		pack_u32(&body, big ? 0 : (uint32_t)SECONDS);
		pack_u32(&body, big ? (uint32_t)SECONDS : 0);
		pack_block(&p, 1, &body);
		pack_enhanced(&p, 0, 1, "", 0, 0, NULL);
		read_pack(&s, &p);
		cr_assert_eq(s.count, 1);
		cr_assert_eq(s.packets[0].time_ns, SECONDS * NS_PER_S + 1000);
		pack_free(&body);
		seen_free(&s);
	}
}

Test(pcapng, the_flags_option_tells_the_direction)
{
	static const struct {
		uint32_t said;
		uint8_t flags;
	} cases[] = {
		{0, PACKET_CLASS_UNKNOWN},
		{1, PACKET_CLASS_HOST},
		{2, PACKET_CLASS_OUTGOING},
		{3, PACKET_CLASS_UNKNOWN},
		{1 | 1 << 2, PACKET_CLASS_HOST},
		{2 | 1 << 9,
		 PACKET_CLASS_OUTGOING | PACKET_FLAG_CHECKSUM_PARTIAL},
		{0xfffffdfd, PACKET_CLASS_HOST},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pack p = {.big = i % 2};
		struct seen s;

		pack_section(&p);
		pack_iface(&p, 1, 0, 9);
		pack_enhanced(&p, 0, 1, "odd", 3, 3, &cases[i].said);
		pack_enhanced(&p, 0, 1, "odd", 3, 3, NULL);
		read_pack(&s, &p);
		cr_assert_eq(s.count, 2);
		cr_assert_eq(s.packets[0].flags,
			     PACKET_FLAG_OFFLINE | cases[i].flags);
		cr_assert_eq(s.packets[1].flags,
			     PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN);
		seen_free(&s);
	}
}

static void pack_simple(struct pack *p, uint32_t len, const void *data,
			size_t n)
{
	struct pack body = {.big = p->big};

	pack_u32(&body, len);
	pack_bytes(&body, data, n);
	pack_block(p, 3, &body);
	pack_free(&body);
}

Test(pcapng, simple_packets_have_no_time_and_end_at_the_snap_length)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	pack_iface(&p, 1, 6, 9);
	pack_simple(&p, 5, "small", 5);
	pack_simple(&p, 100, "larger", 6);
	pack_simple(&p, 0, "", 0);
	read_pack(&s, &p);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 3);
	cr_assert_eq(s.packets[0].caplen, 5);
	cr_assert_eq(s.packets[0].len, 5);
	cr_assert_eq(s.packets[0].time_ns, 0);
	cr_assert_eq(s.packets[1].caplen, 6);
	cr_assert_eq(s.packets[1].len, 100);
	cr_assert(memcmp(s.packets[1].data, "larger", 6) == 0);
	cr_assert_eq(s.packets[2].caplen, 0);
	seen_free(&s);
}

Test(pcapng, obsolete_packet_blocks_are_read)
{
	for (int big = 0; big < 2; big++) {
		struct pack p = {.big = big};
		struct pack body = {.big = big};
		struct seen s;

		pack_section(&p);
		pack_iface(&p, 1, 0, 9);
		pack_iface(&p, 101, 0, 9);
		pack_u16(&body, 1); /* interface */
		pack_u16(&body, 0xffff);
		pack_u32(&body, 1); /* time */
		pack_u32(&body, 2);
		pack_u32(&body, 4);
		pack_u32(&body, 40);
		pack_bytes(&body, "data", 4);
		pack_block(&p, 2, &body);
		read_pack(&s, &p);
		cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
		cr_assert_eq(s.count, 1);
		cr_assert_eq(s.packets[0].iface, 1);
		cr_assert_eq(s.packets[0].link, LINK_RAW);
		cr_assert_eq(s.packets[0].time_ns, (1ull << 32) + 2);
		cr_assert_eq(s.packets[0].len, 40);
		pack_free(&body);
		seen_free(&s);
	}
}

Test(pcapng, unknown_blocks_and_long_descriptions_are_passed_over)
{
	struct pack p = {0};
	struct pack body = {0};
	struct seen s;
	uint8_t comment[65535] = {0};
	uint8_t nanoseconds = 9;

	pack_section(&p);
	pack_u16(&body, 1);
	pack_u16(&body, 0);
	pack_u32(&body, 0);
	pack_option(&body, 9, &nanoseconds, 1);
	for (int i = 0; i < 5; i++)
		pack_option(&body, 1, comment, sizeof(comment));
	pack_block(&p, 1, &body);
	pack_enhanced(&p, 0, 1, "one", 3, 3, NULL);
	for (uint32_t i = 0; i < 200; i++) {
		pack_block(&p, 0x80000000 + i, &body);
		pack_enhanced(&p, 0, 2 + i, "many", 4, 4, NULL);
	}
	read_pack(&s, &p);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 201);
	for (uint32_t i = 0; i < 201; i++)
		cr_assert_eq(s.packets[i].time_ns, i + 1);
	pack_free(&body);
	seen_free(&s);
}

Test(pcapng, more_packets_than_one_window_come_in_order)
{
	struct pack p = {0};
	struct seen s;
	uint8_t data[90] = {0};

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	for (uint32_t i = 0; i < 30000; i++) {
		data[0] = (uint8_t)i;
		pack_enhanced(&p, 0, i, data, i % 90, 90, i % 3 ? NULL : &i);
	}
	read_pack(&s, &p);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 30000);
	for (uint32_t i = 0; i < s.count; i++) {
		cr_assert_eq(s.packets[i].time_ns, i);
		cr_assert_eq(s.packets[i].caplen, i % 90);
		cr_assert(i % 90 == 0 || s.packets[i].data[0] == (uint8_t)i);
	}
	seen_free(&s);
}

Test(pcapng, a_packet_of_an_interface_that_was_not_described_is_damage)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	pack_enhanced(&p, 0, 1, "one", 3, 3, NULL);
	pack_section(&p);
	pack_enhanced(&p, 0, 1, "two", 3, 3, NULL);
	read_pack(&s, &p);
	cr_assert_eq(s.count, 1);
	expect_damage(&s, "names an interface that was not described");
	seen_free(&s);
	pack_section(&p);
	pack_simple(&p, 3, "one", 3);
	read_pack(&s, &p);
	expect_damage(&s, "is a packet before any interface");
	seen_free(&s);
}

Test(pcapng, a_block_whose_lengths_disagree_is_damage)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	pack_enhanced(&p, 0, 1, "one", 3, 3, NULL);
	pack_enhanced(&p, 0, 1, "two", 3, 3, NULL);
	p.bytes[p.size - 4] ^= 4;
	read_pack(&s, &p);
	cr_assert_eq(s.count, 1);
	expect_damage(&s, "block 4 at byte 104 does not end with the length");
	seen_free(&s);
}

Test(pcapng, lengths_that_cannot_be_are_damage)
{
	static const struct {
		uint32_t type;
		uint32_t total;
		const char *part;
	} cases[] = {
		{6, 31, "announces fewer bytes"},
		{6, 33, "no multiple of 4"},
		{6, 0xfffffffc, "announces 4294967292 bytes"},
		{3, 12, "announces fewer bytes"},
		{1, 16, "announces fewer bytes"},
		{99, 8, "announces fewer bytes"},
		{99, 0xfffffffc, "4294967292 bytes announced, 20 left"},
		{6, 2000, "2000 bytes announced, 20 left"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pack p = {0};
		struct seen s;
		uint8_t zeros[12] = {0};

		pack_section(&p);
		pack_iface(&p, 1, 0, 9);
		pack_u32(&p, cases[i].type);
		pack_u32(&p, cases[i].total);
		pack_bytes(&p, zeros, sizeof(zeros));
		read_pack(&s, &p);
		expect_damage(&s, cases[i].part);
		seen_free(&s);
	}
}

Test(pcapng, a_packet_longer_than_its_block_is_damage)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	pack_enhanced(&p, 0, 1, "one", 3, 3, NULL);
	/* The captured length of the last packet. */
	p.bytes[p.size - 4 - 4 - 8] = 5;
	read_pack(&s, &p);
	expect_damage(&s, "is shorter than its packet");
	seen_free(&s);
	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	pack_simple(&p, 9, "one", 3);
	read_pack(&s, &p);
	expect_damage(&s, "is shorter than its packet");
	seen_free(&s);
}

Test(pcapng, interfaces_without_end_are_refused)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	for (uint32_t i = 0; i < PCAPNG_IFACES_MAX; i++)
		pack_iface(&p, 1, 0, -1);
	pack_enhanced(&p, PCAPNG_IFACES_MAX - 1, 1, "last", 4, 4, NULL);
	pack_section(&p);
	pack_iface(&p, 1, 0, -1);
	read_pack(&s, &p);
	cr_assert_eq(s.count, 1);
	cr_assert_eq(s.packets[0].iface, PCAPNG_IFACES_MAX - 1);
	expect_damage(&s, "one interface too many");
	seen_free(&s);
}

Test(pcapng, versions_and_byte_orders_nobody_knows_are_refused)
{
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	p.bytes[12] = 2;
	cr_assert_not(seen_pack(&s, &p, ""));
	cr_assert_eq(s.e.status, EXIT_USAGE);
	cr_assert(strstr(s.e.text, "version 2.0"), "%s", s.e.text);
	p.bytes[8] = 0;
	cr_assert_not(seen_pack(&s, &p, ""));
	cr_assert_eq(s.e.status, EXIT_USAGE);
	pack_free(&p);
	pack_section(&p);
	pack_section(&p);
	p.bytes[28 + 12] = 2;
	read_pack(&s, &p);
	expect_damage(&s, "unknown version");
	seen_free(&s);
}

Test(pcapng, an_expression_is_compiled_for_each_link_type)
{
	/* The least of a UDP packet to port 53, raw and in Ethernet. */
	static const uint8_t frame[14 + 28] = {
		[12] = 8,      [14] = 0x45,	   [14 + 3] = 28,
		[14 + 9] = 17, [14 + 20 + 3] = 53, [14 + 20 + 5] = 8,
	};
	struct pack p = {0};
	struct seen s;

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	pack_iface(&p, 101, 0, 9);
	pack_iface(&p, 249, 0, 9);
	pack_enhanced(&p, 0, 1, frame, 42, 42, NULL);
	pack_enhanced(&p, 1, 2, frame + 14, 28, 28, NULL);
	pack_enhanced(&p, 2, 3, frame, 42, 42, NULL);
	pack_enhanced(&p, 0, 4, frame + 14, 28, 28, NULL);
	pack_enhanced(&p, 1, 5, frame, 42, 42, NULL);
	cr_assert(seen_pack(&s, &p, "udp dst port 53"), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_eq(s.count, 2);
	cr_assert_eq(s.packets[0].time_ns, 1);
	cr_assert_eq(s.packets[1].time_ns, 2);
	cr_assert_eq(s.counted[COUNT_FILTERED], 3);
	seen_free(&s);
	/* What only Ethernet has matches there, and nowhere else. */
	cr_assert(seen_pack(&s, &p, "ether dst 0:0:0:0:0:0"), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 1);
	seen_free(&s);
	pack_free(&p);
}
