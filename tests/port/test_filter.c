/*
 * BPF expressions: what is understood, what is said of what is not, and that
 * a program made for the kernel means what libpcap's means.
 */
#include "port/filter.h"
#include "port/filter_code.h"
#include "port/packet_filter.h"
#include "tests/port/filter_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct err e;

Test(filter, good_expressions_are_understood)
{
	static const char *const good[] = {
		"tcp port 80",	  "ether host 02:00:00:00:00:01",
		"vlan 5 and udp", "host 10.0.0.1 or net fd00::/8",
		"icmp[0] == 8",	  "inbound",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(filter_text_check(good[i], &e), "%s: %s", good[i],
			  e.text);
}

/* The caret's column in the last line, less the indent of two. */
static int caret(const char *text)
{
	const char *line = strrchr(text, '\n');

	if (line == NULL || line[strlen(line) - 1] != '^')
		return -1;
	return (int)strlen(line + 1) - 3;
}

Test(filter, the_wrong_word_of_an_expression_is_pointed_at)
{
	static const struct {
		const char *expression;
		int column;
	} wrong[] = {
		{"tcp prot 80", 4},
		{"tcp and and udp", 8},
		{"tcp and (port 80", 16},
		{"tcp)", 3},
		{"host", 4},
		{"port nosuchport", 5},
		{"tcp[13", 6},
		{"tcp[13] = 2 and", 15},
		{"udp $", 4},
		{"net 10.1.2.3/8", 4},
		{"portrange 5-x", 10},
		{"(tcp or udp) port 80", 13},
		{"len >", 5},
		{"   tcp   xor udp", 9},
		{"ip6 and host 10.0.0.300 or", -2},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cr_expect_not(filter_text_check(wrong[i].expression, &e));
		cr_expect(strstr(e.text, "not understood: "), "%s", e.text);
		if (wrong[i].column >= 0)
			cr_expect_eq(caret(e.text), wrong[i].column,
				     "\"%s\" points at %d:\n%s",
				     wrong[i].expression, caret(e.text),
				     e.text);
	}
}

Test(filter, a_long_wrong_expression_is_shown_in_part)
{
	char expression[3000] = "";

	for (unsigned i = 0; i < 60; i++)
		strcat(expression, "port 80 or port 81 or ");
	strcat(expression, "prot 82 or port 83");
	cr_expect_not(filter_text_check(expression, &e));
	cr_expect_lt(strlen(e.text), sizeof(e.text) - 1);
	cr_expect_leq(caret(e.text), 160);
}

Test(filter, control_characters_are_not_repeated)
{
	cr_expect_not(filter_text_check("tcp\n\033[31m and and", &e));
	cr_expect_null(strchr(e.text, '\033'));
}

Test(filter, vlan_is_found_as_a_word_only)
{
	cr_expect(port_filter_asks_vlan("vlan"));
	cr_expect(port_filter_asks_vlan("tcp or (vlan 5)"));
	cr_expect(port_filter_asks_vlan("!vlan"));
	cr_expect_not(port_filter_asks_vlan("host vlan.example"));
	cr_expect_not(port_filter_asks_vlan("host myvlan"));
	cr_expect_not(port_filter_asks_vlan(""));
}

Test(filter, direction_needs_the_kernel)
{
	struct bpf_program program;

	cr_assert(port_filter_compile("outbound and udp", LINK_ETHERNET,
				      &program, &e));
	cr_expect(port_filter_needs_kernel(&program));
	pcap_freecode(&program);
	cr_assert(port_filter_compile("tcp[2:2] > 5 and len > 4", LINK_ETHERNET,
				      &program, &e));
	cr_expect_not(port_filter_needs_kernel(&program));
	pcap_freecode(&program);
}

Test(filter, a_link_type_without_dlt_is_refused)
{
	struct bpf_program program;

	cr_expect_not(port_filter_compile("tcp", LINK_UNKNOWN, &program, &e));
	cr_expect(strstr(e.text, "cannot be compiled for"), "%s", e.text);
}

static struct filter_code *new_code(void)
{
	struct filter_code *code = malloc(sizeof(*code));

	cr_assert_not_null(code);
	filter_code_init(code);
	return code;
}

Test(filter_code, the_interfaces_jump_to_the_program_and_others_end)
{
	static const uint32_t ifaces[] = {3, 5, 9};
	struct filter_code *code = new_code();

	filter_code_put_ifaces(code, ifaces, 3);
	filter_code_put_return(code, 77);
	/* load, three pairs, reject, accept */
	cr_assert_eq(code->count, 9);
	cr_expect_eq(code->insns[7].k, 0);
	cr_expect_eq(code->insns[8].k, 77);
	for (unsigned i = 0; i < 3; i++) {
		const struct sock_filter *test = &code->insns[1 + 2 * i];
		const struct sock_filter *jump = &code->insns[2 + 2 * i];

		cr_expect_eq(test->k, ifaces[i]);
		cr_expect_eq(test->jt, 0);
		cr_expect_eq(test->jf, 1);
		cr_expect_eq(2 + 2 * i + 1 + jump->k, 8);
	}
	free(code);
}

Test(filter_code, what_cannot_be_counted_from_the_ip_header_is_refused)
{
	static const struct {
		const char *expression;
		bool link, payload;
	} rows[] = {
		{"udp port 53", true, true},	     {"ip[90] = 1", true, true},
		{"ip[97] = 1", false, false},	     {"len > 100", true, false},
		{"greater 60 and udp", true, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct filter_code *code = new_code();
		struct bpf_program program;

		cr_assert(port_filter_compile(rows[i].expression, LINK_RAW,
					      &program, &e));
		filter_code_put_return(code, 1);
		cr_expect_eq(filter_code_put_program(code, &program,
						     FILTER_BASE_LINK, 0),
			     rows[i].link, "%s", rows[i].expression);
		code->count = 1;
		cr_expect_eq(filter_code_put_program(code, &program,
						     FILTER_BASE_PAYLOAD, 0),
			     rows[i].payload, "%s", rows[i].expression);
		if (!rows[i].payload)
			cr_expect_eq(code->count, 1, "left as before");
		cr_expect(filter_code_put_program(code, &program,
						  FILTER_BASE_START, 0));
		pcap_freecode(&program);
		free(code);
	}
}

Test(filter_code, a_program_that_does_not_fit_is_refused_whole)
{
	struct filter_code *code = new_code();
	struct bpf_program program;

	cr_assert(port_filter_compile("udp port 53", LINK_RAW, &program, &e));
	while (code->count < BPF_MAXINSNS - 5)
		filter_code_put_return(code, 1);
	cr_expect_not(
		filter_code_put_program(code, &program, FILTER_BASE_START, 0));
	cr_expect_eq(code->count, BPF_MAXINSNS - 5);
	pcap_freecode(&program);
	free(code);
}

Test(filter_code, the_kernel_takes_every_shape)
{
	static const char *const expressions[] = {
		"tcp port 80",
		"udp[2:2] > 5 or icmp[0] = 3",
		"tcp[13] & 2 != 0 or ip6[6] = 17",
		"inbound",
		"host fd00::1 or net 10.0.0.0/8",
	};
	static const uint32_t ifaces[] = {1, 2};
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]);
	     i++) {
		struct filter_code *code = new_code();
		struct bpf_program ethernet, raw;

		cr_assert(port_filter_compile(expressions[i], LINK_ETHERNET,
					      &ethernet, &e));
		cr_assert(port_filter_compile(expressions[i], LINK_RAW, &raw,
					      &e));
		cr_expect(filter_code_put_choice(code, &ethernet, &raw, 99));
		cr_expect(filter_code_attach(pair[0], code), "%s",
			  expressions[i]);
		filter_code_init(code);
		filter_code_put_ifaces(code, ifaces, 2);
		cr_expect(filter_code_put_program(
			code, &raw, FILTER_BASE_PAYLOAD, FILTER_KEEP_ALL));
		cr_expect(filter_code_attach(pair[0], code), "%s",
			  expressions[i]);
		pcap_freecode(&ethernet);
		pcap_freecode(&raw);
		free(code);
	}
	close(pair[0]);
	close(pair[1]);
}
