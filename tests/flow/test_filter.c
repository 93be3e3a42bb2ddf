#include "flow/filter.h"

#include "base/clock.h"
#include "flow/column_parts.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static struct flow flow_make(uint8_t proto, const char *src, uint16_t sport,
			     const char *dst, uint16_t dport)
{
	struct flow f = {.version = strchr(src, ':') ? 6 : 4, .proto = proto};
	int family = f.version == 6 ? AF_INET6 : AF_INET;

	cr_assert_eq(inet_pton(family, src, f.side[0].addr), 1);
	cr_assert_eq(inet_pton(family, dst, f.side[1].addr), 1);
	f.side[0].port = sport;
	f.side[1].port = dport;
	f.side[0].first_ns = f.side[1].first_ns = 1;
	f.side[0].packets = f.side[1].packets = 1;
	return f;
}

static struct flow tcp4(void)
{
	struct flow f =
		flow_make(IPPROTO_TCP, "10.0.0.1", 40000, "10.0.0.2", 443);

	f.state = FLOW_ESTABLISHED;
	return f;
}

static struct column_services *services;

static void services_open(void)
{
	services = column_services_load("/nonexistent/built-in");
	cr_assert_not_null(services);
}

static void services_close(void)
{
	column_services_free(services);
}

TestSuite(filter, .init = services_open, .fini = services_close);

static char message[256];
static size_t at;

/* Does the text take the flow? Fails the test when it does not parse. */
static bool takes(const char *text, const struct flow *flow)
{
	struct flow_filter *f = flow_filter_parse(text, services, message,
						  sizeof(message), &at);
	bool result;

	cr_assert_not_null(f, "%s: %s", text, message);
	result = flow_filter_match(f, flow);
	flow_filter_free(f);
	return result;
}

/* Where the error in the text is said to be; -1 when there is none. */
static int wrong_at(const char *text)
{
	struct flow_filter *f = flow_filter_parse(text, services, message,
						  sizeof(message), &at);

	if (!f)
		return (int)at;
	flow_filter_free(f);
	return -1;
}

Test(filter, an_empty_text_or_none_takes_all)
{
	struct flow f = tcp4();

	cr_expect(takes("", &f));
	cr_expect(takes("  \t ", &f));
	cr_expect(flow_filter_match(NULL, &f));
}

Test(filter, all_words_are_required_and_a_bang_negates)
{
	struct flow f = tcp4();

	cr_expect(takes("port:443 host:10.0. proto:tcp state:est", &f));
	cr_expect_not(takes("port:443 proto:udp", &f));
	cr_expect(takes("port:443 !proto:udp", &f));
	cr_expect_not(takes("!port:443", &f));
	cr_expect_not(takes("port:443 !10.0.0.2", &f));
	cr_expect(takes("!!port:443", &f));
	cr_expect(takes("PORT:443 Proto:TCP", &f));
}

Test(filter, ports_are_numbers_ranges_comparisons_and_services)
{
	struct flow f = tcp4(), icmp;

	cr_expect(takes("port:40000", &f));
	cr_expect(takes("dport:443", &f));
	cr_expect_not(takes("sport:443", &f));
	cr_expect(takes("sport:40000", &f));
	cr_expect_not(takes("dport:40000", &f));
	cr_expect(takes("dport:1-1023", &f));
	cr_expect_not(takes("sport:1-1023", &f));
	cr_expect(takes("sport:>1023", &f));
	cr_expect(takes("dport:https", &f));
	cr_expect(takes("dport:HTTPS", &f));
	cr_expect_not(takes("port:domain", &f));
	cr_expect(takes("dport:<=443 dport:>=443 dport:=443", &f));
	cr_expect_not(takes("dport:<443", &f));
	icmp = flow_make(IPPROTO_ICMP, "10.0.0.1", 0, "10.0.0.2", 0);
	cr_expect_not(takes("port:0", &icmp));
}

Test(filter, a_host_is_the_start_of_an_address)
{
	struct flow f =
		flow_make(IPPROTO_TCP, "10.0.0.12", 1, "192.168.7.1", 2);

	cr_expect(takes("host:10.", &f));
	cr_expect(takes("host:10", &f));
	cr_expect(takes("host:1", &f));
	cr_expect(takes("host:192.168.7", &f));
	cr_expect(takes("host:192.16", &f));
	cr_expect_not(takes("host:192.16.", &f));
	cr_expect_not(takes("host:0.0", &f));
	cr_expect(takes("src:10.0", &f));
	cr_expect_not(takes("dst:10.0", &f));
	cr_expect(takes("dst:192", &f));
	cr_expect(takes("host:10.0.0.12", &f));
}

Test(filter, a_whole_address_is_that_one_only)
{
	struct flow f = flow_make(IPPROTO_TCP, "10.0.0.12", 1, "10.0.0.3", 2);
	struct flow f6 = flow_make(IPPROTO_TCP, "fd00::12", 1, "fd00::3", 2);

	cr_expect_not(takes("host:10.0.0.1", &f));
	cr_expect_not(takes("host:fd00::1", &f6));
	cr_expect(takes("host:fd00::12", &f6));
	cr_expect(takes("host:FD00:0:0::12", &f6));
	cr_expect_not(takes("host:fd00::12", &f));
}

Test(filter, networks_of_both_versions)
{
	struct flow f = flow_make(IPPROTO_UDP, "10.1.2.3", 1, "172.16.0.1", 2);
	struct flow f6 =
		flow_make(IPPROTO_UDP, "2001:db8:8000::1", 1, "fe80::1", 2);

	cr_expect(takes("host:10.0.0.0/8", &f));
	cr_expect_not(takes("host:10.0.0.0/16", &f));
	cr_expect(takes("src:10.1.2.2/31", &f));
	cr_expect_not(takes("src:10.1.2.4/31", &f));
	cr_expect(takes("host:0.0.0.0/0", &f));
	cr_expect_not(takes("host:0.0.0.0/0", &f6));
	cr_expect(takes("host:10.1.2.3/32", &f));
	cr_expect(takes("host:2001:db8::/32", &f6));
	cr_expect(takes("src:2001:db8:8000::/33", &f6));
	cr_expect_not(takes("src:2001:db8::/33", &f6));
	cr_expect(takes("dst:fe80::/10", &f6));
	cr_expect(takes("host:::/0", &f6));
	cr_expect_not(takes("host:::/0", &f));
}

Test(filter, protocols_by_name_start_or_number)
{
	struct flow f = tcp4();
	struct flow icmp6 =
		flow_make(IPPROTO_ICMPV6, "fd00::1", 0, "fd00::2", 0);
	struct flow odd = flow_make(253, "10.0.0.1", 0, "10.0.0.2", 0);

	cr_expect(takes("proto:tcp", &f));
	cr_expect(takes("proto:6", &f));
	cr_expect(takes("proto:t", &f));
	cr_expect(takes("proto:ipv6-icmp", &icmp6));
	cr_expect(takes("proto:icm", &icmp6));
	cr_expect_not(takes("proto:icmp", &icmp6));
	cr_expect(takes("proto:253", &odd));
	cr_expect(takes("253", &odd));
}

Test(filter, states_by_their_start_and_whole_states_alone)
{
	struct flow f = tcp4();
	struct flow icmp =
		flow_make(IPPROTO_ICMP, "10.0.0.1", 0, "10.0.0.2", 0);

	cr_expect(takes("state:e", &f));
	cr_expect(takes("state:EST", &f));
	f.state = FLOW_SYN_ACK;
	cr_expect(takes("state:sy", &f));
	cr_expect(takes("state:syn-", &f));
	cr_expect_not(takes("state:syn", &f));
	icmp.icmp_type = 8;
	cr_expect(takes("state:echo", &icmp));
	cr_expect_not(takes("state:active", &icmp));
	cr_expect_not(takes("state:echo", &f));
}

Test(filter, amounts_take_si_suffixes)
{
	struct flow f = tcp4();

	f.side[0].rate_bits = 900000;
	f.side[1].rate_bits = 600000;
	f.side[0].bytes = 10000;
	f.side[1].bytes = 1;
	f.side[0].packets = 5;
	f.side[1].packets = 1;
	cr_expect(takes("rate:>1M", &f));
	cr_expect(takes("rate:>1.4m", &f));
	cr_expect(takes("rate:1.5M", &f));
	cr_expect_not(takes("rate:>1.5M", &f));
	cr_expect(takes("bytes:>10k", &f));
	cr_expect_not(takes("bytes:>=10.1k", &f));
	cr_expect(takes("packets:>5", &f));
	cr_expect(takes("packets:6", &f));
	cr_expect(takes("packets:1-6", &f));
	cr_expect_not(takes("packets:<6", &f));
}

Test(filter, refused_alone_means_any)
{
	struct flow f = tcp4();

	cr_expect_not(takes("refused:", &f));
	cr_expect(takes("refused:no", &f));
	f.side[1].refused = 3;
	cr_expect(takes("refused:", &f));
	cr_expect(takes("refused:yes", &f));
	cr_expect(takes("refused:>2", &f));
	cr_expect_not(takes("refused:>3", &f));
}

Test(filter, what_a_direction_not_seen_would_say_does_not_count)
{
	struct flow f = tcp4();

	f.vlan = 7;
	f.side[0].ttl = 64;
	f.side[0].iface = 3;
	f.side[1].first_ns = 0;
	cr_expect(takes("vlan:7 ttl:64 iface:3 ip:4 tos:0", &f));
	cr_expect(takes("vlan:1-99 ttl:>5", &f));
	cr_expect_not(takes("ttl:0", &f));
	cr_expect_not(takes("iface:0", &f));
	cr_expect_not(takes("ip:6", &f));
	cr_expect_not(takes("vlan:0", &f));
}

Test(filter, bare_words_search_addresses_ports_services_protocol_and_state)
{
	struct flow f = tcp4();
	struct flow f6 = flow_make(IPPROTO_UDP, "fd00::abcd", 53, "fd00::2", 9);

	cr_expect(takes("0.0.1", &f));
	cr_expect(takes("443", &f));
	cr_expect(takes(":443", &f));
	cr_expect(takes("0.2:44", &f));
	cr_expect(takes("0.2:https", &f));
	cr_expect(takes("10.0.0.1:40000", &f));
	cr_expect_not(takes("10.0.0.1:443", &f));
	cr_expect(takes("HTTPS", &f));
	cr_expect(takes("tc", &f));
	cr_expect(takes("lished", &f));
	cr_expect_not(takes("udp", &f));
	cr_expect_not(takes("abcd", &f));
	cr_expect(takes("abcd", &f6));
	cr_expect(takes("dead:beef !fd00::abcd", &f6) == false);
	cr_expect(takes("::ABCD", &f6));
	cr_expect(takes("[fd00::abcd]:53", &f6));
	cr_expect(takes("]:domain", &f6));
	cr_expect(takes("fd00:", &f6));
}

Test(filter, an_unknown_term_is_named_with_the_nearest_and_its_place)
{
	cr_expect_eq(wrong_at("port:1 prto:udp"), 7);
	cr_expect_str_eq(message,
			 "no term \"prto:\"; the nearest is \"proto:\"");
	cr_expect_eq(wrong_at("!hots:1"), 1);
	cr_expect_not_null(strstr(message, "\"host:\""));
	cr_expect_eq(wrong_at("stat:syn"), 0);
	cr_expect_not_null(strstr(message, "\"state:\""));
}

Test(filter, a_wrong_argument_is_told_at_its_own_place)
{
	static const struct {
		const char *text;
		int at;
		const char *part;
	} rows[] = {
		{"port:", 5, "port: wants"},
		{"port:70000", 5, "\"70000\" is more than there can be"},
		{"tcp port:9-1", 9, "runs backwards"},
		{"port:nosuch", 5, "no service"},
		{"port:1x", 5, "wants a number"},
		{"host:", 5, "wants an address"},
		{"host:300.1.1.1", 5, "wants an address"},
		{"host:10.0.0.0/33", 5, "0 to 32"},
		{"host:10.0.0.0/", 5, "0 to 32"},
		{"host:fd00::/129", 5, "0 to 128"},
		{"host:10/8", 5, "whole address"},
		{"proto:", 6, "wants a protocol"},
		{"proto:nosuch", 6, "wants a protocol"},
		{"proto:256", 6, "0 to 255"},
		{"state:", 6, "wants the start of a state"},
		{"state:qq", 6, "wants the start of a state"},
		{"ttl:256", 4, "more than"},
		{"ttl:>255", 4, "leaves nothing"},
		{"ttl:<0", 4, "leaves nothing"},
		{"vlan:4096", 5, "more than"},
		{"iface:", 6, "interface"},
		{"iface:nosuchiface", 6, "interface"},
		{"rate:>", 5, "wants a number"},
		{"bytes:1.5", 6, "wants a number"},
		{"bytes:99999999999999999999", 6, "wants a number"},
		{"bytes:99999999999999999T", 6, "wants a number"},
		{"!", 0, "wants a word"},
		{"tcp ! udp", 4, "wants a word"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_expect_eq(wrong_at(rows[i].text), rows[i].at, "%s: %d",
			     rows[i].text, (int)at);
		cr_expect_not_null(strstr(message, rows[i].part), "%s: %s",
				   rows[i].text, message);
	}
}

Test(filter, the_number_and_length_of_words_are_bounded)
{
	char text[256] = "";

	for (unsigned i = 0; i < FLOW_FILTER_TERMS_MAX; i++)
		strcat(text, "t ");
	cr_expect_eq(wrong_at(text), -1);
	strcat(text, "t");
	cr_expect_eq(wrong_at(text), 2 * FLOW_FILTER_TERMS_MAX);
	memset(text, 'x', 63);
	text[63] = '\0';
	cr_expect_eq(wrong_at(text), -1);
	text[63] = 'x';
	text[64] = '\0';
	cr_expect_eq(wrong_at(text), 0);
}

static void check_term(void *context, const char *term, const char *help)
{
	char text[64];

	cr_expect_gt(strlen(help), 0);
	++*(unsigned *)context;
	if (strcmp(term, "word") == 0 || strcmp(term, "!") == 0)
		return;
	/* Every term of the help is one that the parser knows. */
	snprintf(text, sizeof(text), "%s:\x01", term);
	wrong_at(text);
	cr_expect_null(strstr(message, "nearest"), "%s", term);
}

Test(filter, the_help_names_every_term)
{
	unsigned count = 0;

	flow_filter_help(check_term, &count);
	cr_expect_gt(count, 10);
}

/* -------------------------------------------------- against plain text */

static uint64_t seed;

static uint64_t random_below(uint64_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (seed >> 33) % n;
}

static struct flow flow_make_random(void)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP,  IPPROTO_UDP,  IPPROTO_UDPLITE,
		IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_GRE,
		253,
	};
	static const uint16_t ports[] = {443, 53, 80, 40000, 4, 65535, 8080};
	struct flow f = {.version = random_below(2) ? 4 : 6};

	f.proto = protos[random_below(sizeof(protos))];
	if (f.proto == IPPROTO_ICMP && f.version == 6)
		f.proto = IPPROTO_ICMPV6;
	f.state = (uint8_t)random_below(FLOW_STATE_COUNT);
	f.icmp_type = (uint8_t)random_below(256);
	f.icmp_code = (uint8_t)random_below(4);
	for (unsigned i = 0; i < 2; i++) {
		struct flow_side *s = &f.side[i];
		unsigned bytes = f.version == 4 ? 4 : 16;

		for (unsigned j = 0; j < bytes; j++)
			s->addr[j] = random_below(3)
					     ? (uint8_t)random_below(2)
					     : (uint8_t)random_below(256);
		s->first_ns = 1;
		s->port = ports[random_below(sizeof(ports) / sizeof(*ports))];
	}
	return f;
}

/* What the list shows of the flow, one cell after another; words have no
 * spaces, so none is found across two cells. */
static const char *flow_text(const struct flow *f)
{
	static const enum column columns[] = {COLUMN_PROTO, COLUMN_SRC,
					      COLUMN_DST, COLUMN_STATE};
	static char buf[1024];
	struct column_style style = {.full = true};
	struct text t;

	text_init(&t, buf, sizeof(buf));
	for (unsigned named = 0; named < 2; named++) {
		style.services = named ? services : NULL;
		for (unsigned i = 0; i < 4; i++) {
			column_print(&t, columns[i], f, &style);
			text_put_char(&t, ' ');
		}
	}
	/* A ping's cell has its number; it is a request all the same. */
	if (flow_has_icmp(f->proto))
		column_put_icmp(&t, f->proto, f->icmp_type, f->icmp_code);
	return buf;
}

/* A piece of what is shown, or of something near it. */
static void word_make(char word[32], const struct flow *f)
{
	static const char *const others[] = {
		"tcp", ":",  ":4",   "0.",    "::",  "]", "[",
		"a",   "1:", ":dom", "0.1:h", "e",   "-", "sctp",
		"8",   "12", "255.", "fd0",   "]:4",
	};
	const char *text = flow_text(f), *start;
	size_t n;

	if (random_below(4) == 0) {
		strcpy(word,
		       others[random_below(sizeof(others) / sizeof(*others))]);
		return;
	}
	start = text + random_below(strlen(text));
	start += strspn(start, " ");
	n = strcspn(start, " ");
	if (n > 1 + random_below(20))
		n = 1 + random_below(n > 31 ? 31 : n);
	if (n > 31)
		n = 31;
	memcpy(word, start, n);
	word[n] = '\0';
}

Test(filter, the_word_refused_takes_flows_of_that_verdict)
{
	struct flow f = tcp4();

	cr_expect_not(takes("refused", &f));
	cr_expect(takes("!refused", &f));
	f.side[1].verdict = FLOW_VERDICT_REFUSED;
	cr_expect(takes("refused", &f));
	cr_expect(takes("Refused tcp", &f));
	cr_expect_not(takes("!refused", &f));
	f.side[1].verdict = FLOW_VERDICT_UNSURE;
	cr_expect_not(takes("refused", &f));
}

Test(filter, a_ping_is_found_by_its_number)
{
	struct flow f = flow_make(IPPROTO_ICMP, "10.0.0.1", 0, "10.0.0.2", 0);

	f.icmp_type = 8;
	f.icmp_id = 1234;
	cr_expect(takes("#1234", &f));
	cr_expect(takes("request", &f));
	cr_expect_not(takes("#1235", &f));
}

Test(filter, a_bare_word_takes_exactly_the_flows_whose_text_holds_it)
{
	unsigned taken = 0, left = 0;

	seed = 1;
	for (unsigned i = 0; i < 3000; i++) {
		struct flow made = flow_make_random();
		struct flow_filter *filter;
		char word[32];

		word_make(word, &made);
		filter = flow_filter_parse(word, services, message,
					   sizeof(message), &at);
		if (!filter) /* "h:" and the like: a term to be */
			continue;
		for (unsigned j = 0; j < 20; j++) {
			struct flow f = j ? flow_make_random() : made;
			bool holds = strcasestr(flow_text(&f), word) != NULL;

			cr_assert_eq(flow_filter_match(filter, &f), holds,
				     "\"%s\" in \"%s\"", word, flow_text(&f));
			taken += holds;
			left += !holds;
		}
		flow_filter_free(filter);
	}
	cr_expect_gt(taken, 5000);
	cr_expect_gt(left, 5000);
}

Test(filter, a_host_typed_so_far_takes_exactly_the_addresses_that_start_so)
{
	unsigned taken = 0, left = 0;

	seed = 2;
	for (unsigned i = 0; i < 3000; i++) {
		struct flow made = flow_make_random();
		char word[64] = "src:", whole[48];
		int family = made.version == 6 ? AF_INET6 : AF_INET;
		uint8_t addr[16];
		size_t n;

		inet_ntop(family, made.side[0].addr, whole, sizeof(whole));
		n = 1 + random_below(strlen(whole));
		whole[n] = '\0';
		/* Whole addresses are another promise; text that ends in a
		 * colon is never one here. */
		if (whole[n - 1] != ':' &&
		    (inet_pton(AF_INET, whole, addr) == 1 ||
		     inet_pton(AF_INET6, whole, addr) == 1))
			continue;
		if (strchr(whole, '.') && strchr(whole, ':'))
			continue; /* of a mapped address */
		strcat(word, whole);
		for (unsigned j = 0; j < 20; j++) {
			struct flow f = j ? flow_make_random() : made;
			char text[48];
			struct text t;
			bool starts;

			text_init(&t, text, sizeof(text));
			if (f.version == 6)
				text_put_ipv6(&t, f.side[0].addr);
			else
				text_put_ipv4(&t, f.side[0].addr);
			starts = strncmp(text, whole, n) == 0;
			cr_assert_eq(takes(word, &f), starts, "%s of %s", word,
				     text);
			taken += starts;
			left += !starts;
		}
	}
	cr_expect_gt(taken, 3000);
	cr_expect_gt(left, 3000);
}

/* -------------------------------------------------- hostile texts */

static void check_hostile(const char *text, const struct flow *flow)
{
	struct flow_filter *f = flow_filter_parse(text, services, message,
						  sizeof(message), &at);

	if (f) {
		(void)flow_filter_match(f, flow);
		flow_filter_free(f);
		return;
	}
	cr_assert_leq(at, strlen(text));
	cr_assert_gt(strlen(message), 0);
	for (const char *p = message; *p; p++)
		cr_assert(*p >= ' ' && *p <= '~', "%s", message);
}

Test(filter, random_bytes_never_crash_and_errors_are_safe_to_show)
{
	struct flow flow = tcp4();

	seed = 3;
	for (unsigned i = 0; i < 30000; i++) {
		char text[128];
		size_t n = random_below(sizeof(text));

		for (size_t j = 0; j < n; j++)
			text[j] = (char)random_below(256);
		text[n] = '\0';
		check_hostile(text, &flow);
	}
}

Test(filter, random_pieces_of_the_language_never_crash)
{
	static const char *const pieces[] = {
		"host:",  "src:",     "port:", "proto:",
		"state:", "rate:",    "vlan:", "ttl:",
		"iface:", "refused:", "ip:",   "!",
		" ",	  " ",	      " ",     ":",
		"/",	  ".",	      "-",     "<",
		">",	  "=",	      "10",    "255",
		"fd00",	  "::",	      "1.5",   "k",
		"M",	  "0",	      "65535", "99999999999999999999",
		"tcp",	  "syn",      "https", "[",
		"]",	  "\xc3\xa9", "\x1b",  "\xff",
	};
	struct flow flow = tcp4();

	seed = 4;
	for (unsigned i = 0; i < 5000; i++) {
		char text[256] = "";
		unsigned n = (unsigned)random_below(12);

		for (unsigned j = 0; j < n; j++)
			strcat(text, pieces[random_below(sizeof(pieces) /
							 sizeof(*pieces))]);
		check_hostile(text, &flow);
	}
}

Test(filter, a_small_message_buffer_is_not_overrun)
{
	for (size_t size = 1; size < 40; size++) {
		char small[40];
		size_t where;

		memset(small, 'x', sizeof(small));
		cr_expect_null(flow_filter_parse("nosuchterm:1", services,
						 small, size, &where));
		cr_expect_lt(strlen(small), size);
	}
}
