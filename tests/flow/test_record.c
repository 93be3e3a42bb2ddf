#include "flow/record.h"

#include "flow/column_parts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct flow flow_make(uint8_t version, uint8_t proto)
{
	struct flow f = {
		.version = version,
		.proto = proto,
		.first_ns = UINT64_C(1700000000123456789),
		.last_ns = UINT64_C(1700000005000000001),
		.state = proto == IPPROTO_TCP ? FLOW_ESTABLISHED : FLOW_ACTIVE,
		.end = FLOW_END_IDLE,
	};

	f.side[0] = (struct flow_side){
		.addr = {10, 0, 0, 1},
		.packets = 5,
		.bytes = 500,
		.frame_bytes = 570,
		.first_ns = f.first_ns,
		.last_ns = f.last_ns,
		.ttl = 64,
		.tos = 16,
		.iface = 2,
	};
	f.side[1] = (struct flow_side){.addr = {10, 0, 0, 2}};
	if (version == 6) {
		memcpy(f.side[0].addr, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1",
		       16);
		memcpy(f.side[1].addr, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2",
		       16);
	}
	if (flow_has_ports(proto)) {
		f.side[0].port = 40000;
		f.side[1].port = 443;
	}
	return f;
}

static char printed[8192];

static const char *json_of(const struct flow *f)
{
	struct text t;

	text_init(&t, printed, sizeof(printed));
	record_print_json(&t, f);
	return printed;
}

/* Cell of the named column of one CSV record; "?" when there is none. */
static const char *csv_cell(const struct flow *f, const char *name)
{
	static char cell[256];
	char header[4096], line[4096], *h = header, *l = line, *column;
	struct text t;

	text_init(&t, header, sizeof(header));
	record_print_csv_header(&t);
	text_init(&t, line, sizeof(line));
	record_print_csv(&t, f);
	header[strcspn(header, "\n")] = '\0';
	line[strcspn(line, "\n")] = '\0';
	while ((column = strsep(&h, ","))) {
		char *value = strsep(&l, ",");

		if (!value)
			break;
		if (strcmp(column, name) == 0) {
			snprintf(cell, sizeof(cell), "%s", value);
			return cell;
		}
	}
	return "?";
}

static bool has(const char *json, const char *member)
{
	return strstr(json, member) != NULL;
}

Test(record, a_tcp_flow_has_ports_and_flags_and_no_icmp)
{
	struct flow f = flow_make(4, IPPROTO_TCP);
	const char *json;

	f.side[0].tcp_flags = 0x1a;
	json = json_of(&f);
	cr_expect(strncmp(json, "{\"proto\":\"tcp\",", 15) == 0, "%s", json);
	cr_expect(has(json, "\"src\":\"10.0.0.1\",\"sport\":40000,"));
	cr_expect(has(json, "\"dst\":\"10.0.0.2\",\"dport\":443,"));
	cr_expect(has(json, "\"tcp_flags\":\"SPA\",\"rev_tcp_flags\":\"\""));
	cr_expect(has(json, "\"state\":\"established\""));
	cr_expect(has(json, "\"ttl\":64,\"tos\":16"));
	cr_expect(has(json, "\"end\":\"idle\"}\n"));
	cr_expect_not(has(json, "icmp_type"));
	cr_expect_not(has(json, "vlan"));
}

Test(record, an_icmp_flow_has_type_code_and_id_instead_of_ports)
{
	struct flow f = flow_make(4, IPPROTO_ICMP);
	const char *json;

	f.icmp_type = 8;
	f.icmp_id = 0x1234;
	json = json_of(&f);
	cr_expect(
		has(json, "\"icmp_type\":8,\"icmp_code\":0,\"icmp_id\":4660"));
	cr_expect_not(has(json, "sport"));
	cr_expect_not(has(json, "dport"));
	cr_expect_not(has(json, "tcp_flags"));
	f = flow_make(6, IPPROTO_ICMPV6);
	f.icmp_type = 128;
	json = json_of(&f);
	cr_expect(has(json, "\"proto\":\"icmpv6\""));
	cr_expect(has(json, "\"icmp_type\":128"));
}

Test(record, a_protocol_without_name_is_a_number_and_has_no_ports)
{
	struct flow f = flow_make(4, 253);
	const char *json = json_of(&f);

	cr_expect(has(json, "{\"proto\":253,"), "%s", json);
	cr_expect_not(has(json, "port"));
	cr_expect_str_eq(csv_cell(&f, "proto"), "253");
	cr_expect_str_eq(csv_cell(&f, "sport"), "");
}

Test(record, times_are_rfc3339_with_nanoseconds)
{
	struct flow f = flow_make(4, IPPROTO_UDP);
	const char *json = json_of(&f);

	cr_expect(has(json, "\"first\":\"2023-11-14T22:13:20.123456789Z\""));
	cr_expect(has(json, "\"last\":\"2023-11-14T22:13:25.000000001Z\""));
}

Test(record, what_an_unanswered_flow_does_not_know_is_left_out)
{
	struct flow f = flow_make(4, IPPROTO_UDP);

	cr_expect_not(has(json_of(&f), "rev_ttl"));
	cr_expect(has(json_of(&f), "\"rev_packets\":0"));
	cr_expect_str_eq(csv_cell(&f, "rev_ttl"), "");
	f.side[1].packets = 1;
	f.side[1].first_ns = f.last_ns;
	f.side[1].ttl = 63;
	cr_expect(has(json_of(&f), "\"rev_ttl\":63"));
	cr_expect_str_eq(csv_cell(&f, "rev_ttl"), "63");
}

Test(record, what_only_the_host_has_shown_names_no_interface)
{
	struct flow f = flow_make(4, IPPROTO_UDP);

	cr_expect(has(json_of(&f), "\"iface\":2,"));
	f.side[1].host_packets = 1;
	f.side[1].first_ns = f.last_ns;
	cr_expect_not(has(json_of(&f), "rev_iface"));
	cr_expect_str_eq(csv_cell(&f, "rev_iface"), "");
	/* In a file, 0 is a number like others. */
	f.side[1].packets = 1;
	cr_expect(has(json_of(&f), "\"rev_iface\":0,"));
}

Test(record, refused_packets_and_the_verdict_are_told)
{
	struct flow f = flow_make(4, IPPROTO_UDP);

	cr_expect_not(has(json_of(&f), "verdict"));
	f.side[0].verdict = FLOW_VERDICT_REFUSED;
	f.side[0].refused = 5;
	cr_expect(has(json_of(&f), "\"host_packets\":0,"));
	cr_expect(has(json_of(&f), "\"refused\":5,\"verdict\":\"refused\""));
}

Test(record, flow_labels_are_of_ipv6_only)
{
	struct flow f = flow_make(6, IPPROTO_UDP);

	f.side[0].flow_label = 0xabcde;
	cr_expect(has(json_of(&f), "\"src\":\"fd00::1\""));
	cr_expect(has(json_of(&f), "\"flow_label\":703710"));
	f = flow_make(4, IPPROTO_UDP);
	f.side[0].flow_label = 1;
	cr_expect_not(has(json_of(&f), "flow_label"));
}

Test(record, a_line_of_csv_has_a_cell_for_each_title)
{
	for (unsigned proto = 0; proto < 256; proto++) {
		struct flow f = flow_make(proto % 2 ? 4 : 6, (uint8_t)proto);
		char header[4096], line[4096];
		unsigned titles = 0, cells = 0;
		struct text t;

		text_init(&t, header, sizeof(header));
		record_print_csv_header(&t);
		text_init(&t, line, sizeof(line));
		record_print_csv(&t, &f);
		for (const char *p = header; *p; p++)
			titles += *p == ',' || *p == '\n';
		for (const char *p = line; *p; p++)
			cells += *p == ',' || *p == '\n';
		cr_expect_eq(titles, cells);
		cr_expect_eq(line[t.len - 1], '\n');
	}
}

/* Nothing a record prints needs quoting: so it never is. */
Test(record, no_label_holds_a_character_of_json_or_csv)
{
	static const char special[] = "\",\\\r\n";

	for (unsigned i = 0; i < 256; i++) {
		const char *name = flow_proto_name((uint8_t)i);

		cr_expect(!name || !strpbrk(name, special));
	}
	for (unsigned i = 0; i < FLOW_STATE_COUNT; i++)
		cr_expect_null(strpbrk(flow_state_label(i), special));
	for (unsigned i = 0; i < FLOW_END_COUNT; i++)
		cr_expect_null(strpbrk(flow_end_label(i), special));
}

/* Every number at its largest, every text at its longest. */
static struct flow flow_make_longest(uint8_t version, uint8_t proto)
{
	struct flow f;

	memset(&f, 0xff, sizeof(f));
	f.version = version;
	f.proto = proto;
	f.state = FLOW_ESTABLISHED;
	f.end = FLOW_END_EVICTED;
	f.side[0].verdict = f.side[1].verdict = FLOW_VERDICT_REDIRECTED;
	return f;
}

Test(record, the_longest_record_fits)
{
	for (unsigned proto = 0; proto < 256; proto++) {
		struct flow f = flow_make_longest(6, (uint8_t)proto);
		char buf[RECORD_TEXT_MAX + 1];
		struct text t;

		text_init(&t, buf, sizeof(buf));
		record_print_json(&t, &f);
		cr_expect_not(t.cut);
		cr_expect_lt(t.len, RECORD_TEXT_MAX);
		text_clear(&t);
		record_print_csv(&t, &f);
		cr_expect_not(t.cut);
	}
}

Test(record, where_it_does_not_fit_nothing_is_written)
{
	struct flow f = flow_make(4, IPPROTO_TCP);
	size_t length = strlen(json_of(&f));

	for (size_t size = 1; size <= length; size += 37) {
		char buf[4096];
		struct text t;

		text_init(&t, buf, size);
		record_print_json(&t, &f);
		cr_expect(t.cut);
		cr_expect_eq(t.len, 0);
		text_clear(&t);
		record_print_csv(&t, &f);
		cr_expect(t.len == 0 || buf[t.len - 1] == '\n');
	}
}

Test(record, records_follow_one_another_in_one_text)
{
	struct flow f = flow_make(4, IPPROTO_TCP);
	size_t length = strlen(json_of(&f));
	struct text t;

	text_init(&t, printed, sizeof(printed));
	record_print_json(&t, &f);
	record_print_json(&t, &f);
	cr_expect_eq(t.len, 2 * length);
	cr_expect_eq(memcmp(printed, printed + length, length), 0);
}

static void count_help(void *context, const char *name, const char *help)
{
	cr_expect_gt(strlen(name), 0);
	cr_expect_gt(strlen(help), 0);
	++*(unsigned *)context;
}

Test(record, every_field_has_help)
{
	char header[4096];
	unsigned fields = 0, titles = 1;
	struct text t;

	record_help(count_help, &fields);
	text_init(&t, header, sizeof(header));
	record_print_csv_header(&t);
	for (const char *p = header; *p; p++)
		titles += *p == ',';
	cr_expect_eq(fields, titles);
}
