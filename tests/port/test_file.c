/* The file source over pcap files: formats, blocks, filter, refusals. */
#include "test_pack.h"

#include "port/file.h"
#include "port/made_gen.h"
#include "port/sources.h"
#include "tests/port/filter_text.h"
#include "wire/link.h"

#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINKTYPE_ETHERNET 1
#define SECONDS		  1700000000u

static void expect_text(const struct err *e, const char *part)
{
	cr_assert(strstr(e->text, part), "\"%s\" is not in: %s", part, e->text);
}

/* Three records of 60, 0 and 1000 bytes, the last cut from 1500. */
static void three(struct pack *p, uint32_t magic, bool big)
{
	uint8_t data[1000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	*p = (struct pack){.big = big};
	pack_pcap(p, magic, 4, 65535, LINKTYPE_ETHERNET);
	pack_record(p, SECONDS, 1, data, 60, 60);
	pack_record(p, SECONDS, 999999, data, 0, 0);
	pack_record(p, SECONDS + 1, 0, data, 1000, 1500);
}

static void check_three(const struct seen *s, uint64_t unit_ns)
{
	const struct seen_packet *p = s->packets;

	cr_assert_eq(s->end, SOURCE_END);
	cr_assert_eq(s->count, 3);
	cr_assert_eq(p[0].time_ns, SECONDS * 1000000000ull + unit_ns);
	cr_assert_eq(p[1].time_ns, SECONDS * 1000000000ull + 999999 * unit_ns);
	cr_assert_eq(p[2].time_ns, (SECONDS + 1) * 1000000000ull);
	cr_assert_eq(p[0].caplen, 60);
	cr_assert_eq(p[1].caplen, 0);
	cr_assert_eq(p[1].len, 0);
	cr_assert_eq(p[2].caplen, 1000);
	cr_assert_eq(p[2].len, 1500);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(p[i].link, LINK_ETHERNET);
		cr_assert_eq(p[i].flags,
			     PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN);
		for (uint32_t j = 0; j < p[i].caplen; j++)
			cr_assert_eq(p[i].data[j], (uint8_t)(j * 7));
	}
}

Test(file, both_byte_orders_and_both_resolutions_give_the_same_packets)
{
	for (int i = 0; i < 4; i++) {
		struct pack p;
		struct seen s;

		three(&p, i & 1 ? PACK_NS : PACK_US, i & 2);
		cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
		check_three(&s, i & 1 ? 1 : 1000);
		seen_free(&s);
		pack_free(&p);
	}
}

Test(file, the_modified_format_with_its_longer_record_heads_is_read)
{
	struct pack p = {.big = true};
	struct seen s;

	pack_pcap(&p, PACK_MODIFIED, 4, 65535, LINKTYPE_ETHERNET);
	for (uint32_t i = 0; i < 3; i++) {
		pack_u32(&p, SECONDS);
		pack_u32(&p, i);
		pack_u32(&p, 5);
		pack_u32(&p, 6);
		pack_u32(&p, 2);	  /* interface */
		pack_u32(&p, 0xffffffff); /* protocol, class, padding */
		pack_bytes(&p, "bytes", 5);
	}
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_eq(s.count, 3);
	cr_assert_eq(s.packets[2].time_ns, SECONDS * 1000000000ull + 2000);
	cr_assert_eq(s.packets[2].len, 6);
	cr_assert(memcmp(s.packets[2].data, "bytes", 5) == 0);
	seen_free(&s);
	pack_free(&p);
}

Test(file, versions_before_2_4_have_their_lengths_turned)
{
	/* 2.3 may be either way; the shorter one is what was captured. */
	static const struct {
		unsigned minor;
		bool turned;
	} cases[] = {{0, true}, {2, true}, {3, true}, {3, false}, {4, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pack p = {0};
		struct seen s;

		pack_pcap(&p, PACK_US, cases[i].minor, 65535, 1);
		pack_u32(&p, SECONDS);
		pack_u32(&p, 0);
		pack_u32(&p, cases[i].turned ? 90 : 5);
		pack_u32(&p, cases[i].turned ? 5 : 90);
		pack_bytes(&p, "bytes", 5);
		cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
		cr_assert_eq(s.end, SOURCE_END);
		cr_assert_eq(s.count, 1);
		cr_assert_eq(s.packets[0].caplen, 5);
		cr_assert_eq(s.packets[0].len, 90);
		seen_free(&s);
		pack_free(&p);
	}
}

Test(file, frame_check_bits_above_the_link_type_are_masked)
{
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 65535, 0x24000000 | 101);
	pack_record_of(&p, 1, 40);
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.count, 1);
	cr_assert_eq(s.packets[0].link, LINK_RAW);
	seen_free(&s);
	pack_free(&p);
}

Test(file, packets_of_an_unknown_link_type_are_delivered_as_such)
{
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 65535, 249);
	pack_record_of(&p, 1, 40);
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.count, 1);
	cr_assert_eq(s.packets[0].link, LINK_UNKNOWN);
	seen_free(&s);
	/* No expression can be about them. */
	cr_assert(seen_pack(&s, &p, "tcp"), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_eq(s.count, 0);
	cr_assert_eq(s.counted[COUNT_FILTERED], 1);
	seen_free(&s);
	pack_free(&p);
}

Test(file, a_length_below_the_captured_one_is_raised_to_it)
{
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	pack_record(&p, 1, 2, "bytes", 5, 0);
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.count, 1);
	cr_assert_eq(s.packets[0].len, 5);
	seen_free(&s);
	pack_free(&p);
}

Test(file, records_larger_than_a_block_are_delivered_whole)
{
	static const uint32_t sizes[] = {64, 131056, 131057, 200000,
					 64, 262144, 700000, 700001,
					 3,  131072};
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 1 << 20, 1);
	for (uint32_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		pack_record_of(&p, i, sizes[i]);
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, sizeof(sizes) / sizeof(*sizes));
	for (uint32_t i = 0; i < s.count; i++) {
		cr_assert_eq(s.packets[i].caplen, sizes[i]);
		for (uint32_t j = 0; j < sizes[i]; j++)
			cr_assert_eq(s.packets[i].data[j], (uint8_t)(i + j));
	}
	seen_free(&s);
	pack_free(&p);
}

Test(file, an_impossible_length_ends_the_file_after_what_was_before)
{
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	pack_record_of(&p, 1, 100);
	pack_u32(&p, 0);
	pack_u32(&p, 0);
	pack_u32(&p, 262145);
	pack_u32(&p, 262145);
	pack_bytes(&p, "some", 4);
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_FAILED);
	cr_assert_eq(s.e.status, EXIT_INPUT);
	expect_text(&s.e, "record 2 at byte 140 announces 262145 bytes");
	cr_assert_eq(s.count, 1);
	cr_assert_eq(s.counted[COUNT_DAMAGED], 1);
	seen_free(&s);
	pack_free(&p);
}

Test(file, a_snap_length_beyond_belief_does_not_raise_the_bound)
{
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 0x7fffffff, 1);
	pack_u32(&p, 0);
	pack_u32(&p, 0);
	pack_u32(&p, 0x7ffffff0);
	pack_u32(&p, 0x7ffffff0);
	cr_assert(seen_pack(&s, &p, ""), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_FAILED);
	expect_text(&s.e, "more than the 262144 that can be");
	seen_free(&s);
	pack_free(&p);
}

Test(file, blocks_are_numbered_and_stay_as_they_are_until_released)
{
	const uint32_t many = 100000;
	struct block *held[8];
	struct pack p = {0};
	struct source *s;
	uint32_t number = 0;
	uint64_t sequence = 0;
	struct err e;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	for (uint32_t i = 0; i < many; i++)
		pack_record_of(&p, i, 20 + i % 50);
	s = pack_source(p.bytes, p.size, "", &e);
	cr_assert(s, "%s", e.text);
	for (bool more = true; more;) {
		unsigned n = 0;

		while (n < 8 &&
		       s->ops->next(s, &held[n], 0, &e) == SOURCE_BLOCK)
			n++;
		more = n == 8;
		for (unsigned k = 0; k < n; k++) {
			cr_assert_eq(held[k]->sequence, sequence++);
			for (uint32_t i = 0; i < held[k]->count; i++) {
				const struct packet *q = &held[k]->packets[i];

				cr_assert_eq(q->caplen, 20 + number % 50);
				cr_assert_eq(q->data[7], (uint8_t)(number + 7));
				number++;
			}
			s->ops->release(s, held[k]);
		}
	}
	cr_assert_eq(number, many);
	cr_assert_eq(atom_load_relaxed_u64(&s->counts.blocks), sequence);
	s->ops->close(s);
	pack_free(&p);
}

Test(file, without_a_free_block_it_waits_and_loses_nothing)
{
	struct block *held[64];
	struct pack p = {0};
	struct source *s;
	struct seen rest = {0};
	unsigned n = 0;
	uint32_t first = 0;
	struct err e;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	for (uint32_t i = 0; i < 60000; i++)
		pack_record_of(&p, i, 60);
	s = pack_source(p.bytes, p.size, "", &e);
	cr_assert(s, "%s", e.text);
	while (n < 64 && s->ops->next(s, &held[n], 0, &e) == SOURCE_BLOCK)
		first += held[n++]->count;
	cr_assert_eq(n, s->block_count);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(s->ops->next(s, &held[n], 0, &e), SOURCE_NOTHING);
	while (n > 0)
		s->ops->release(s, held[--n]);
	seen_take(&rest, s, 0);
	cr_assert_eq(rest.end, SOURCE_END);
	cr_assert_eq(first + rest.count, 60000);
	s->ops->close(s);
	seen_free(&rest);
	pack_free(&p);
}

/* Made traffic as a pcap file. */
static void pack_made(struct pack *p, const char *text)
{
	struct source_made_config config;
	struct made_gen *g;
	uint8_t frame[MADE_SIZE_MAX];
	struct err e;

	cr_assert(source_made_parse(text, &config, &e), "%s", e.text);
	g = made_gen_open(&config, &e);
	cr_assert(g, "%s", e.text);
	pack_pcap(p, PACK_NS, 4, 262144, 1);
	for (uint64_t i = 0; i < config.packets; i++) {
		uint64_t time_ns = made_time_ns(&config, i);
		uint32_t n = made_gen_frame(g, frame);

		pack_record(p, (uint32_t)(time_ns / 1000000000),
			    (uint32_t)(time_ns % 1000000000), frame, n, n);
	}
	made_gen_close(g);
}

/* Compares with what libpcap reads, under the same expression. */
static void compare_with_libpcap(const struct pack *p, const char *filter)
{
	char words[PCAP_ERRBUF_SIZE];
	FILE *stream = fdopen(pack_open(p->bytes, p->size), "r");
	pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(
		stream, PCAP_TSTAMP_PRECISION_NANO, words);
	struct bpf_program program;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	struct seen s;
	size_t n = 0;

	cr_assert(pcap, "%s", words);
	cr_assert_eq(pcap_compile(pcap, &program, filter, 1, 0), 0);
	cr_assert_eq(pcap_setfilter(pcap, &program), 0);
	cr_assert(seen_pack(&s, p, filter), "%s", s.e.text);
	for (; pcap_next_ex(pcap, &h, &bytes) == 1; n++) {
		const struct seen_packet *q = &s.packets[n];

		cr_assert_lt(n, s.count);
		cr_assert_eq(q->caplen, h->caplen);
		cr_assert_eq(q->len, h->len);
		cr_assert_eq(q->time_ns, (uint64_t)h->ts.tv_sec * 1000000000 +
						 (uint64_t)h->ts.tv_usec);
		cr_assert(memcmp(q->data, bytes, h->caplen) == 0);
	}
	cr_assert_eq(n, s.count);
	cr_assert_gt(n, 0);
	pcap_freecode(&program);
	pcap_close(pcap);
	seen_free(&s);
}

Test(file, made_traffic_reads_as_libpcap_reads_it_with_and_without_a_filter)
{
	struct pack p = {0};

	pack_made(&p, "packets=20000,flows=200,icmp_percent=10");
	compare_with_libpcap(&p, "");
	compare_with_libpcap(&p, "tcp port 443");
	compare_with_libpcap(&p, "icmp6 or icmp");
	compare_with_libpcap(&p, "less 100");
	pack_free(&p);
}

Test(file, what_the_expression_rejects_is_counted)
{
	struct pack p = {0};
	struct seen s;

	pack_made(&p, "packets=5000,flows=100");
	cr_assert(seen_pack(&s, &p, "udp"), "%s", s.e.text);
	cr_assert_eq(s.counted[COUNT_SEEN], 5000);
	cr_assert_gt(s.counted[COUNT_FILTERED], 0);
	cr_assert_gt(s.count, 0);
	seen_free(&s);
	cr_assert(seen_pack(&s, &p, "port 1"), "%s", s.e.text);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_eq(s.counted[COUNT_FILTERED], 5000);
	seen_free(&s);
	pack_free(&p);
}

Test(file, an_expression_is_exchanged_between_blocks_and_a_bad_one_is_not)
{
	struct pack p = {0};
	struct seen s = {0};
	struct source *source;
	struct block *b;
	struct err e;

	pack_made(&p, "packets=50000,flows=100,size=64");
	source = pack_source(p.bytes, p.size, "udp", &e);
	cr_assert(source, "%s", e.text);
	cr_assert_eq(atom_load_relaxed_u32(&source->filter_place), 2);
	cr_assert_eq(source->ops->next(source, &b, 0, &e), SOURCE_BLOCK);
	source->ops->release(source, b);
	cr_assert_not(filter_text_set(source, "udp prot", &e));
	cr_assert_eq(e.status, EXIT_USAGE);
	cr_assert_not(filter_text_set(source, "wlan type mgt", &e));
	cr_assert_eq(source->ops->next(source, &b, 0, &e), SOURCE_BLOCK);
	for (uint32_t i = 0; i < b->count; i++)
		cr_assert_eq(b->packets[i].data[12] == 8
				     ? b->packets[i].data[23]
				     : b->packets[i].data[20],
			     17);
	source->ops->release(source, b);
	cr_assert(filter_text_set(source, "", &e), "%s", e.text);
	cr_assert_eq(atom_load_relaxed_u32(&source->filter_place), 0);
	seen_take(&s, source, 0);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_gt(s.count, 1000);
	source->ops->close(source);
	seen_free(&s);
	pack_free(&p);
}
