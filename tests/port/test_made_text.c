/* Made traffic: the text that asks for it. */
#include "port/sources.h"

#include <criterion/criterion.h>
#include <string.h>

static struct source_made_config parse(const char *text)
{
	struct source_made_config c;
	struct err e;

	cr_assert(source_made_parse(text, &c, &e), "%s", e.text);
	return c;
}

Test(made_text, the_text_sets_what_it_names_and_leaves_the_rest)
{
	struct source_made_config c =
		parse("flows=1e3, packets=2.5e6,zipf=0.75,seed=7,size=60-1500 "
		      "ipv6_percent=1,udp_percent=2,icmp_percent=3,"
		      "rate_packets=1000,segments=5,");

	cr_assert_eq(c.flows, 1000);
	cr_assert_eq(c.packets, 2500000);
	cr_assert_float_eq(c.zipf, 0.75, 1e-12);
	cr_assert_eq(c.seed, 7);
	cr_assert_eq(c.size_min, 60);
	cr_assert_eq(c.size_max, 1500);
	cr_assert_eq(c.ipv6_percent, 1);
	cr_assert_eq(c.udp_percent, 2);
	cr_assert_eq(c.icmp_percent, 3);
	cr_assert_eq(c.rate_packets, 1000);
	cr_assert_eq(c.segments, 5);
	c = parse("");
	cr_assert_eq(c.packets, 0);
	cr_assert_eq(c.flows, 1000);
	c = parse("size=64,seed=18446744073709551615");
	cr_assert_eq(c.size_min, 64);
	cr_assert_eq(c.size_max, 64);
	cr_assert_eq(c.seed, UINT64_MAX);
}

Test(made_text, a_wrong_word_is_named)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{"flwos=3", "\"flwos\" is not known"},
		{"flwos=3", "there are seed, flows"},
		{"flows", "flows needs a value"},
		{"flows=", "flows takes a whole number from 0 to 16777216"},
		{"flows=many", "flows takes"},
		{"flows=-1", "flows takes"},
		{"flows=16777217", "flows takes"},
		{"packets=1.5", "packets takes"},
		{"packets=1e30", "packets takes"},
		{"packets=18446744073709551616", "packets takes"},
		{"packets=1e", "packets takes"},
		{"packets=1x", "packets takes"},
		{"zipf=11", "zipf takes a number from 0 to 10"},
		{"zipf=.", "zipf takes"},
		{"size=", "size_min takes"},
		{"size=9-x", "size_max takes"},
		{"size=9-8", "size_min 9 is above size_max 8"},
		{"size=65550", "size_min takes"},
		{"udp_percent=60,icmp_percent=60", "more than 100 percent"},
		{"ipv6_percent=101", "ipv6_percent takes"},
		{"=", "\"\" is not known"},
		{"\033[2J=1", "is not known"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct source_made_config c;
		struct err e;

		cr_assert_not(source_made_parse(cases[i].text, &c, &e), "%s",
			      cases[i].text);
		cr_assert_eq(e.status, EXIT_USAGE);
		cr_assert(strstr(e.text, cases[i].part), "%s: %s",
			  cases[i].text, e.text);
		cr_assert_null(strchr(e.text, '\033'));
	}
}
