#include "flow/columns.h"

#include "base/clock.h"
#include "flow/column_parts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define S CLOCK_NS_PER_S

static struct flow flow_make(uint8_t proto)
{
	struct flow f = {
		.id = 1,
		.version = 4,
		.proto = proto,
		.first_ns = 1000 * S,
		.last_ns = 1060 * S,
		.state = FLOW_ACTIVE,
	};

	f.side[0] = (struct flow_side){
		.addr = {10, 0, 0, 1},
		.port = 40000,
		.packets = 3,
		.bytes = 4000,
		.ttl = 64,
		.first_ns = 1000 * S,
		.last_ns = 1000 * S,
	};
	f.side[1] = (struct flow_side){
		.addr = {10, 0, 0, 2},
		.port = 443,
		.packets = 2,
		.bytes = 560,
		.ttl = 63,
		.first_ns = 1001 * S,
		.last_ns = 1060 * S,
	};
	return f;
}

static struct flow flow_make6(const char *src, const char *dst, uint8_t proto)
{
	struct flow f = flow_make(proto);

	f.version = 6;
	memcpy(f.side[0].addr, src, 16);
	memcpy(f.side[1].addr, dst, 16);
	return f;
}

#define FD00_1 "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define LONG_6                                                                 \
	"\x20\x01\x0d\xb8\x11\x11\x22\x22\x33\x33\x44\x44\x55\x55\x66\x66"

static char cell[512];

static const char *print(enum column column, const struct flow *f,
			 const struct column_style *style)
{
	struct text t;

	text_init(&t, cell, sizeof(cell));
	column_print(&t, column, f, style);
	return cell;
}

/* Cells on the screen: code points, as nothing here is wide or combining. */
static unsigned cells_of(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static const char *rate_of(uint64_t bits, bool bytes)
{
	struct column_style style = {.bytes = bytes};
	struct text t;

	text_init(&t, cell, sizeof(cell));
	column_put_rate(&t, bits, &style);
	return cell;
}

Test(columns, a_rate_has_three_digits_and_says_per_second)
{
	cr_expect_str_eq(rate_of(0, false), "0 b/s");
	cr_expect_str_eq(rate_of(999, false), "999 b/s");
	cr_expect_str_eq(rate_of(1000, false), "1.00 kb/s");
	cr_expect_str_eq(rate_of(12345678, false), "12.3 Mb/s");
	cr_expect_str_eq(rate_of(123456789, false), "123 Mb/s");
	cr_expect_str_eq(rate_of(9999999, false), "10.0 Mb/s");
	cr_expect_str_eq(rate_of(999500000, false), "1.00 Gb/s");
	cr_expect_str_eq(rate_of(12345678, true), "1.54 MB/s");
	cr_expect_str_eq(rate_of(UINT64_MAX, false), "18.4 Eb/s");
}

static const char *total_of(uint64_t bytes)
{
	struct text t;

	text_init(&t, cell, sizeof(cell));
	column_put_total(&t, bytes);
	return cell;
}

Test(columns, a_total_never_looks_like_a_rate)
{
	cr_expect_str_eq(total_of(999), "999 B");
	cr_expect_str_eq(total_of(4560000), "4.56 MB");
	for (uint64_t x = 0; x < UINT64_MAX / 20; x = x * 17 + 1) {
		cr_expect_null(strstr(total_of(x), "/s"));
		cr_expect_not_null(strstr(rate_of(x, true), "B/s"));
	}
}

/* Whatever the number, the list does not have to cut it. */
Test(columns, every_number_fits_its_column)
{
	struct column_style style = {0};

	for (unsigned shift = 0; shift < 64; shift++) {
		for (uint64_t less = 0; less < 2; less++) {
			uint64_t x = (UINT64_C(1) << shift) - less;
			struct flow f = flow_make(IPPROTO_TCP);
			struct text t;

			f.side[0].rate_bits = x;
			f.side[0].bytes = f.side[0].packets = x;
			f.side[0].verdict = FLOW_VERDICT_REFUSED;
			f.side[0].refused = x / 16;
			style.bytes = less;
			for (enum column c = COLUMN_RATE_OUT;
			     c <= COLUMN_REFUSED; c++)
				cr_expect_leq(cells_of(print(c, &f, &style)),
					      column_table[c].width, "%s: %s",
					      column_table[c].name, cell);
			text_init(&t, cell, sizeof(cell));
			column_put_age(&t, x);
			cr_expect_leq(cells_of(cell),
				      column_table[COLUMN_AGE].width, "%s",
				      cell);
		}
	}
}

static const char *age_of(uint64_t s)
{
	struct text t;

	text_init(&t, cell, sizeof(cell));
	column_put_age(&t, s * S);
	return cell;
}

Test(columns, ages_are_compact)
{
	cr_expect_str_eq(age_of(0), "0s");
	cr_expect_str_eq(age_of(12), "12s");
	cr_expect_str_eq(age_of(59), "59s");
	cr_expect_str_eq(age_of(60), "1m00s");
	cr_expect_str_eq(age_of(184), "3m04s");
	cr_expect_str_eq(age_of(3599), "59m59s");
	cr_expect_str_eq(age_of(2 * 3600 + 13 * 60 + 59), "2h13m");
	cr_expect_str_eq(age_of(5 * 86400 + 2 * 3600), "5d02h");
	cr_expect_str_eq(age_of(99 * 86400 + 23 * 3600), "99d23h");
	cr_expect_str_eq(age_of(100 * 86400), "100d");
	cr_expect_str_eq(age_of(UINT64_C(20000) * 86400), "54y");
}

Test(columns, a_clock_behind_the_flow_gives_age_zero)
{
	struct column_style style = {.now_ns = 10};
	struct flow f = flow_make(IPPROTO_TCP);

	cr_expect_str_eq(print(COLUMN_AGE, &f, &style), "0s");
	cr_expect_str_eq(print(COLUMN_IDLE, &f, &style), "0.0s");
	cr_expect_eq(column_rank(COLUMN_AGE, &f, 10), 0);
}

Test(columns, ends_show_address_and_port)
{
	struct column_style style = {0};
	struct flow f = flow_make(IPPROTO_TCP);

	cr_expect_str_eq(print(COLUMN_SRC, &f, &style), "10.0.0.1:40000");
	cr_expect_str_eq(print(COLUMN_DST, &f, &style), "10.0.0.2:443");
	f = flow_make6(FD00_1, FD00_1, IPPROTO_UDP);
	cr_expect_str_eq(print(COLUMN_DST, &f, &style), "[fd00::1]:443");
	f = flow_make6(FD00_1, FD00_1, IPPROTO_ICMPV6);
	cr_expect_str_eq(print(COLUMN_DST, &f, &style), "fd00::1");
	f = flow_make(253);
	cr_expect_str_eq(print(COLUMN_SRC, &f, &style), "10.0.0.1");
	cr_expect_str_eq(print(COLUMN_PROTO, &f, &style), "253");
}

Test(columns, a_long_ipv6_address_is_elided_in_the_middle_and_full_on_demand)
{
	struct column_style style = {0};
	struct flow f = flow_make6(LONG_6, FD00_1, IPPROTO_TCP);

	cr_expect_str_eq(print(COLUMN_SRC, &f, &style), "[2001:…6666]:40000");
	f.side[0].port = 443;
	cr_expect_str_eq(print(COLUMN_SRC, &f, &style), "[2001:d…:6666]:443");
	style.ascii = true;
	cr_expect_str_eq(print(COLUMN_SRC, &f, &style), "[2001:..:6666]:443");
	style.full = true;
	cr_expect_str_eq(print(COLUMN_SRC, &f, &style),
			 "[2001:db8:1111:2222:3333:4444:5555:6666]:443");
}

/* A port without its last digit would be another port. */
Test(columns, an_end_keeps_to_the_width_it_is_given_and_keeps_its_port)
{
	for (unsigned version = 4; version <= 6; version += 2) {
		for (unsigned width = 14; width <= 48; width++) {
			struct column_style style = {.width = width};
			struct flow f = flow_make6(LONG_6, LONG_6, IPPROTO_UDP);

			f.version = (uint8_t)version;
			for (unsigned ascii = 0; ascii < 2; ascii++) {
				style.ascii = ascii;
				f.side[0].port = 65535;
				print(COLUMN_SRC, &f, &style);
				cr_expect_leq(cells_of(cell), width, "%s",
					      cell);
				cr_expect_str_eq(strrchr(cell, ':'), ":65535");
			}
		}
	}
}

Test(columns, refused_shows_a_number_or_why_there_is_none)
{
	static const struct {
		enum flow_verdict verdict;
		const char *utf8, *ascii;
	} rows[] = {
		{FLOW_VERDICT_NONE, "-", "-"},
		{FLOW_VERDICT_WAITING, "…", "~"},
		{FLOW_VERDICT_UNSURE, "?", "?"},
		{FLOW_VERDICT_ACCEPTED, "0", "0"},
		{FLOW_VERDICT_REFUSED, "!7", "!7"},
		{FLOW_VERDICT_REDIRECTED, "redir", "redir"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct column_style style = {0};
		struct flow f = flow_make(IPPROTO_UDP);

		f.side[0].verdict = (uint8_t)rows[i].verdict;
		f.side[0].refused =
			rows[i].verdict == FLOW_VERDICT_REFUSED ? 7 : 0;
		cr_expect_str_eq(print(COLUMN_REFUSED, &f, &style),
				 rows[i].utf8);
		style.ascii = true;
		cr_expect_str_eq(print(COLUMN_REFUSED, &f, &style),
				 rows[i].ascii);
	}
}

Test(columns, a_refusal_either_way_is_told_before_anything_else)
{
	struct flow f = flow_make(IPPROTO_UDP);

	f.side[0].verdict = FLOW_VERDICT_UNSURE;
	f.side[1].verdict = FLOW_VERDICT_REFUSED;
	cr_expect_eq(column_verdict(&f), FLOW_VERDICT_REFUSED);
	f.side[1].verdict = FLOW_VERDICT_ACCEPTED;
	cr_expect_eq(column_verdict(&f), FLOW_VERDICT_UNSURE);
}

Test(columns, idle_has_tenths_below_ten_seconds)
{
	struct column_style style = {.now_ns = 100 * S};
	struct flow f = flow_make(IPPROTO_TCP);

	f.last_ns = 100 * S - 499 * (S / 1000);
	cr_expect_str_eq(print(COLUMN_IDLE, &f, &style), "0.4s");
	f.last_ns = 90 * S + 1;
	cr_expect_str_eq(print(COLUMN_IDLE, &f, &style), "9.9s");
	f.last_ns = 90 * S;
	cr_expect_str_eq(print(COLUMN_IDLE, &f, &style), "10s");
}

Test(columns, the_state_of_icmp_is_what_it_asks)
{
	struct column_style style = {0};
	struct flow f = flow_make(IPPROTO_ICMP);

	f.icmp_type = 8;
	f.icmp_id = 65535;
	cr_expect_str_eq(print(COLUMN_STATE, &f, &style), "echo #65535");
	f.icmp_type = 3;
	f.icmp_code = 3;
	cr_expect_str_eq(print(COLUMN_STATE, &f, &style), "port unreach");
	f.icmp_type = 200;
	cr_expect_str_eq(print(COLUMN_STATE, &f, &style), "type 200 code 3");
	f = flow_make6(FD00_1, FD00_1, IPPROTO_ICMPV6);
	f.icmp_type = 128;
	f.icmp_id = 7;
	cr_expect_str_eq(print(COLUMN_STATE, &f, &style), "echo #7");
	f = flow_make(IPPROTO_TCP);
	f.state = FLOW_SYN_ACK;
	cr_expect_str_eq(print(COLUMN_STATE, &f, &style), "syn-ack");
}

Test(columns, the_last_headers_are_those_of_the_last_packet)
{
	struct column_style style = {0};
	struct flow f = flow_make(IPPROTO_TCP);

	f.side[1].tcp_flags = 0x12;
	f.side[1].seq = 100;
	f.side[1].ack = 200;
	f.side[1].window = 501;
	cr_expect_str_eq(print(COLUMN_LAST, &f, &style),
			 "ttl 63 SA seq 100 ack 200 win 501");
	f.side[0].last_ns = f.last_ns + 1;
	f.side[0].tcp_flags = 0x02;
	cr_expect_str_eq(print(COLUMN_LAST, &f, &style),
			 "ttl 64 S seq 0 win 0");
	f = flow_make6(FD00_1, FD00_1, IPPROTO_UDP);
	f.side[1].flow_label = 0xabc;
	f.side[1].tos = 0xb8;
	cr_expect_str_eq(print(COLUMN_LAST, &f, &style),
			 "hop 63 tos 0xb8 label 0x00abc");
	f = flow_make(IPPROTO_ICMP);
	f.icmp_type = 8;
	f.icmp_id = 77;
	f.side[1].seq = 3;
	cr_expect_str_eq(print(COLUMN_LAST, &f, &style),
			 "ttl 63 type 8 code 0 id 77 seq 3");
	f = flow_make(IPPROTO_UDP);
	f.side[0].icmp_errors = 1;
	f.icmp_error_type = 3;
	f.icmp_error_code = 3;
	cr_expect_str_eq(print(COLUMN_LAST, &f, &style),
			 "ttl 63 ! port unreach");
}

Test(columns, flags_are_letters_from_the_lowest_bit)
{
	struct text t;

	text_init(&t, cell, sizeof(cell));
	column_put_tcp_flags(&t, 0xff);
	cr_expect_str_eq(cell, "FSRPAUEC");
	text_clear(&t);
	column_put_tcp_flags(&t, 0);
	cr_expect_str_eq(cell, "-");
}

Test(columns, names_find_columns)
{
	for (enum column c = 0; c < COLUMN_COUNT; c++)
		cr_expect_eq(column_find(column_table[c].name), c);
	cr_expect_eq(column_find("rate"), COLUMN_RATE);
	cr_expect_eq(column_find("Rate"), COLUMN_COUNT);
	cr_expect_eq(column_find(""), COLUMN_COUNT);
}

static uint64_t random_next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/* Few values, so that ties are common and every level decides somewhere. */
static struct flow flow_make_random(uint64_t *seed, uint64_t id)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
					 253};
	struct flow f = flow_make(protos[random_next(seed) % 4]);

	f.id = id;
	f.version = random_next(seed) % 2 ? 4 : 6;
	if (f.proto == IPPROTO_ICMP && f.version == 6)
		f.proto = IPPROTO_ICMPV6;
	f.state = (uint8_t)(random_next(seed) % FLOW_STATE_COUNT);
	f.icmp_type = (uint8_t)(random_next(seed) % 3);
	f.first_ns = random_next(seed) % 4 * S;
	f.last_ns = f.first_ns + random_next(seed) % 4 * S;
	for (unsigned i = 0; i < 2; i++) {
		struct flow_side *s = &f.side[i];

		s->addr[random_next(seed) % (f.version == 4 ? 4 : 16)] =
			(uint8_t)(random_next(seed) % 3);
		s->port = (uint16_t)(random_next(seed) % 3);
		s->packets = random_next(seed) % 3;
		s->bytes = random_next(seed) % 3;
		s->rate_bits = random_next(seed) % 3;
		s->verdict = (uint8_t)(random_next(seed) %
				       (FLOW_VERDICT_REDIRECTED + 1));
		s->last_ns = random_next(seed) % 3;
		s->ttl = (uint8_t)(random_next(seed) % 2);
	}
	return f;
}

#define FLOWS 40

Test(columns, the_order_is_total_and_rank_agrees_with_it)
{
	struct flow f[FLOWS];
	uint64_t seed = 7;

	for (unsigned i = 0; i < FLOWS; i++)
		f[i] = flow_make_random(&seed, i);
	for (enum column c = 0; c < COLUMN_COUNT; c++) {
		for (unsigned i = 0; i < FLOWS; i++) {
			for (unsigned j = 0; j < FLOWS; j++) {
				int ij = column_compare(c, &f[i], &f[j], 3 * S);
				int ji = column_compare(c, &f[j], &f[i], 3 * S);
				uint64_t ri = column_rank(c, &f[i], 3 * S);
				uint64_t rj = column_rank(c, &f[j], 3 * S);

				cr_assert_eq(ij, -ji);
				cr_assert_eq(ij == 0, i == j);
				cr_assert(!(ri < rj) || ij < 0);
			}
		}
	}
}

Test(columns, equal_cells_have_equal_ranks)
{
	uint64_t seed = 11;
	struct column_style style = {.now_ns = 3 * S, .full = true};

	for (unsigned i = 0; i < 2000; i++) {
		struct flow a = flow_make_random(&seed, 1);
		struct flow b = flow_make_random(&seed, 1);
		enum column c = i % 2 ? COLUMN_SRC : COLUMN_DST;
		char first[512];

		/* The id is the same, so only the column's own text can
		 * decide; ports are not shown for every protocol. */
		if (!flow_has_ports(a.proto))
			a.side[0].port = a.side[1].port = 0;
		if (!flow_has_ports(b.proto))
			b.side[0].port = b.side[1].port = 0;
		if (flow_has_ports(a.proto) != flow_has_ports(b.proto))
			continue;
		strcpy(first, print(c, &a, &style));
		print(c, &b, &style);
		cr_expect_eq(strcmp(first, cell) == 0,
			     column_compare(c, &a, &b, 3 * S) == 0, "%s | %s",
			     first, cell);
	}
}

Test(columns, addresses_sort_by_number_and_then_by_port)
{
	struct flow a = flow_make(IPPROTO_TCP), b = a;

	a.side[0].addr[3] = 9;
	b.side[0].addr[3] = 10;
	cr_expect_lt(column_compare(COLUMN_SRC, &a, &b, 0), 0);
	b = a;
	a.side[0].port = 80;
	b.side[0].port = 443;
	cr_expect_lt(column_compare(COLUMN_SRC, &a, &b, 0), 0);
	a = flow_make6(LONG_6, FD00_1, IPPROTO_TCP);
	b = a;
	b.side[0].addr[15]++;
	cr_expect_lt(column_compare(COLUMN_SRC, &a, &b, 0), 0);
	cr_expect_eq(column_rank(COLUMN_SRC, &a, 0),
		     column_rank(COLUMN_SRC, &b, 0));
}

/* Nothing from outside is a text here, but names of services are. */
Test(columns, every_cell_is_safe_to_show)
{
	uint64_t seed = 3;
	struct column_style style = {.ascii = true, .now_ns = 9 * S};

	for (unsigned i = 0; i < 3000; i++) {
		struct flow f;

		for (size_t j = 0; j < sizeof(f); j++)
			((uint8_t *)&f)[j] = (uint8_t)random_next(&seed);
		f.version = i % 2 ? 4 : 6;
		f.state %= FLOW_STATE_COUNT;
		f.side[0].verdict %= FLOW_VERDICT_REDIRECTED + 1;
		f.side[1].verdict %= FLOW_VERDICT_REDIRECTED + 1;
		for (enum column c = 0; c < COLUMN_COUNT; c++) {
			for (const char *p = print(c, &f, &style); *p; p++)
				cr_assert(*p >= ' ' && *p <= '~');
		}
	}
}

/* -------------------------------------------------- services */

static struct column_services *services_make(const char *text)
{
	char path[] = "/tmp/rawtop-services-XXXXXX";
	int fd = mkstemp(path);
	struct column_services *s;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	s = column_services_load(path);
	unlink(path);
	cr_assert_not_null(s);
	return s;
}

Test(services, the_first_name_of_a_port_is_shown_and_aliases_find_it)
{
	struct column_services *s = services_make("# a comment\n"
						  "https 443/tcp www-s # web\n"
						  "later\t443/tcp\n"
						  "quic 443/udp\n"
						  "\n"
						  "nonsense\n"
						  "bad 99999/tcp\n"
						  "icmpish 5/icmp\n");
	uint16_t ports[4];

	cr_expect_str_eq(column_service(s, IPPROTO_TCP, 443), "https");
	cr_expect_str_eq(column_service(s, IPPROTO_UDP, 443), "quic");
	cr_expect_str_eq(column_service(s, IPPROTO_UDPLITE, 443), "quic");
	cr_expect_null(column_service(s, IPPROTO_SCTP, 443));
	cr_expect_null(column_service(s, IPPROTO_TCP, 80));
	cr_expect_null(column_service(s, IPPROTO_ICMP, 5));
	cr_expect_null(column_service(NULL, IPPROTO_TCP, 443));
	cr_expect_eq(column_service_ports(s, "WWW-S", ports, 4), 1);
	cr_expect_eq(ports[0], 443);
	cr_expect_eq(column_service_ports(s, "bad", ports, 4), 0);
	cr_expect_eq(column_service_ports(s, "http", ports, 4), 0);
	column_services_free(s);
}

Test(services, without_the_file_the_usual_ones_are_known)
{
	struct column_services *s = column_services_load("/nonexistent/file");

	cr_assert_not_null(s);
	cr_expect_str_eq(column_service(s, IPPROTO_TCP, 443), "https");
	cr_expect_str_eq(column_service(s, IPPROTO_UDP, 53), "domain");
	column_services_free(s);
}

Test(services, a_hostile_file_gives_no_unsafe_name)
{
	struct column_services *s =
		services_make("ev\x1b[31mil 80/tcp\n"
			      "\xff\xfe 81/tcp\n"
			      "a-name-that-is-far-too-long-to-be-shown 82/tcp\n"
			      "good 83/tcp\n");

	cr_expect_null(column_service(s, IPPROTO_TCP, 80));
	cr_expect_null(column_service(s, IPPROTO_TCP, 81));
	cr_expect_null(column_service(s, IPPROTO_TCP, 82));
	cr_expect_str_eq(column_service(s, IPPROTO_TCP, 83), "good");
	column_services_free(s);
}

Test(services, a_file_without_end_is_read_to_a_bound)
{
	struct column_services *s = column_services_load("/dev/zero");

	cr_assert_not_null(s);
	column_services_free(s);
}

Test(services, more_rows_than_there_is_room_for_are_left_out)
{
	char *text = malloc(5000 * 16), *p = text;
	struct column_services *s;

	for (unsigned i = 1; i <= 5000; i++)
		p += sprintf(p, "n%u %u/tcp\n", i, i);
	s = services_make(text);
	cr_expect_str_eq(column_service(s, IPPROTO_TCP, 1), "n1");
	cr_expect_str_eq(column_service(s, IPPROTO_TCP, COLUMN_SERVICES_MAX),
			 "n4096");
	cr_expect_null(column_service(s, IPPROTO_TCP, COLUMN_SERVICES_MAX + 1));
	column_services_free(s);
	free(text);
}

Test(services, a_shown_name_stands_for_the_port_where_there_is_room)
{
	struct column_services *s =
		services_make("https 443/tcp\n"
			      "a-very-long-service-name 444/tcp\n");
	struct column_style style = {.services = s};
	struct flow f = flow_make(IPPROTO_TCP);

	cr_expect_str_eq(print(COLUMN_DST, &f, &style), "10.0.0.2:https");
	cr_expect_str_eq(print(COLUMN_SRC, &f, &style), "10.0.0.1:40000");
	style.width = 18;
	f.side[1].port = 444;
	cr_expect_str_eq(print(COLUMN_DST, &f, &style), "10.0.0.2:444");
	style.width = 40;
	cr_expect_str_eq(print(COLUMN_DST, &f, &style),
			 "10.0.0.2:a-very-long-service-name");
	column_services_free(s);
}
