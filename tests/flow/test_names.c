#include "flow/flow.h"

#include <criterion/criterion.h>
#include <string.h>

Test(names, the_names_of_the_issue_are_the_first_names)
{
	static const struct {
		uint8_t number;
		const char *name;
	} rows[] = {
		{6, "tcp"},	{17, "udp"},   {1, "icmp"},
		{58, "icmpv6"}, {2, "igmp"},   {132, "sctp"},
		{47, "gre"},	{50, "esp"},   {51, "ah"},
		{4, "ipip"},	{89, "ospf"},  {41, "ipv6-in-ip"},
		{33, "dccp"},	{112, "vrrp"}, {0, "hopopt"},
		{103, "pim"},	{88, "eigrp"}, {136, "udplite"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cr_expect_str_eq(flow_proto_name(rows[i].number), rows[i].name);
		cr_expect_eq(flow_proto_number(rows[i].name), rows[i].number);
	}
}

Test(names, numbers_kept_for_experiments_have_none)
{
	cr_expect_null(flow_proto_name(253));
	cr_expect_null(flow_proto_name(254));
	cr_expect_null(flow_proto_name(255));
}

/* netbase's file, as Debian has it; what differs is said in proto_names.def. */
Test(names, every_name_of_etc_protocols_is_taken)
{
	static const struct {
		int number;
		const char *name;
	} rows[] = {
		{0, "ip"},
		{0, "HOPOPT"},
		{1, "ICMP"},
		{2, "igmp"},
		{3, "ggp"},
		{4, "ipencap"},
		{4, "IP-ENCAP"},
		{5, "st"},
		{6, "TCP"},
		{8, "egp"},
		{9, "igp"},
		{12, "pup"},
		{17, "UDP"},
		{20, "hmp"},
		{22, "xns-idp"},
		{27, "rdp"},
		{29, "iso-tp4"},
		{33, "dccp"},
		{36, "xtp"},
		{37, "ddp"},
		{38, "idpr-cmtp"},
		{41, "ipv6"},
		{43, "IPv6-Route"},
		{44, "ipv6-frag"},
		{45, "idrp"},
		{46, "rsvp"},
		{47, "gre"},
		{50, "IPSEC-ESP"},
		{51, "ipsec-ah"},
		{57, "skip"},
		{58, "ipv6-icmp"},
		{58, "IPv6-ICMP"},
		{58, "icmpv6"},
		{59, "ipv6-nonxt"},
		{60, "ipv6-opts"},
		{73, "rspf"},
		{73, "CPHB"},
		{81, "vmtp"},
		{88, "eigrp"},
		{89, "OSPFIGP"},
		{93, "ax.25"},
		{97, "etherip"},
		{98, "encap"},
		{103, "pim"},
		{108, "ipcomp"},
		{112, "vrrp"},
		{115, "l2tp"},
		{124, "isis"},
		{132, "sctp"},
		{133, "fc"},
		{135, "mobility-header"},
		{136, "udplite"},
		{137, "mpls-in-ip"},
		{138, "manet"},
		{139, "hip"},
		{140, "shim6"},
		{141, "wesp"},
		{142, "rohc"},
		{143, "ethernet"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(flow_proto_number(rows[i].name), rows[i].number,
			     "%s", rows[i].name);
}

Test(names, a_name_leads_to_its_number_and_back)
{
	for (unsigned i = 0; i < 256; i++) {
		const char *name = flow_proto_name((uint8_t)i);

		if (name)
			cr_expect_eq(flow_proto_number(name), (int)i, "%s",
				     name);
	}
}

Test(names, decimal_text_is_a_number_up_to_255)
{
	cr_expect_eq(flow_proto_number("0"), 0);
	cr_expect_eq(flow_proto_number("253"), 253);
	cr_expect_eq(flow_proto_number("255"), 255);
	cr_expect_eq(flow_proto_number("256"), -1);
	cr_expect_eq(flow_proto_number("999"), -1);
	cr_expect_eq(flow_proto_number("4294967302"), -1);
	cr_expect_eq(flow_proto_number("-1"), -1);
	cr_expect_eq(flow_proto_number("+6"), -1);
	cr_expect_eq(flow_proto_number(" 6"), -1);
}

Test(names, a_part_of_a_name_is_no_name)
{
	cr_expect_eq(flow_proto_number(""), -1);
	cr_expect_eq(flow_proto_number(" "), -1);
	cr_expect_eq(flow_proto_number("tc"), -1);
	cr_expect_eq(flow_proto_number("tcpx"), -1);
	cr_expect_eq(flow_proto_number("ipv6-"), -1);
	cr_expect_eq(flow_proto_number("ipencap ip-encap"), -1);
}

Test(names, every_state_and_end_has_a_label_of_its_own)
{
	for (unsigned i = 0; i < FLOW_STATE_COUNT; i++) {
		cr_expect_gt(strlen(flow_state_label(i)), 0);
		for (unsigned j = 0; j < i; j++)
			cr_expect_str_neq(flow_state_label(i),
					  flow_state_label(j));
	}
	for (unsigned i = 0; i < FLOW_END_COUNT; i++)
		cr_expect_gt(strlen(flow_end_label(i)), 0);
}
