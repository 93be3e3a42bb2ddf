/*
 * The command line: each word goes where its row says, and what is wrong is
 * named with what comes nearest.
 */
#include "base/clock.h"
#include "cmd/nearest.h"
#include "cmd/options.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#define ARGV_MAX 16

/* Parses "rawtop" and the words, which end with NULL. The options borrow the
 * words, so they are kept; each test is a process of its own. */
static bool parse(struct options *o, struct err *e, const char *const words[])
{
	static char store[ARGV_MAX][OPTIONS_EXPRESSION_SIZE];
	static char *argv[ARGV_MAX + 1];
	int argc = 1;

	memset(argv, 0, sizeof(argv));
	argv[0] = strcpy(store[0], "rawtop");
	for (; words[argc - 1] != NULL; argc++) {
		cr_assert_lt(argc, ARGV_MAX);
		argv[argc] = strcpy(store[argc], words[argc - 1]);
	}
	return options_parse(o, argc, argv, e);
}

#define PARSE(o, e, ...) parse(o, e, (const char *[]){__VA_ARGS__, NULL})

static void expect_error(const char *part, const char *const words[])
{
	struct options o;
	struct err e;

	cr_assert_not(parse(&o, &e, words), "%s is accepted", words[0]);
	cr_assert_eq(e.status, EXIT_USAGE);
	cr_assert_not_null(strstr(e.text, part), "no \"%s\" in: %s", part,
			   e.text);
}

#define EXPECT_ERROR(part, ...)                                                \
	expect_error(part, (const char *[]){__VA_ARGS__, NULL})

Test(options, nothing_means_watch_everything_live_with_the_tables_defaults)
{
	const char *none[] = {NULL};
	struct options o;
	struct err e;

	cr_assert(parse(&o, &e, none));
	cr_assert_eq(o.command, COMMAND_WATCH);
	cr_assert(options_live(&o));
	cr_assert_eq(o.engine.iface_count, 0);
	cr_assert_eq(o.engine.proto_count, 14);
	cr_assert_eq(o.engine.vantage, ENGINE_BOTH);
	cr_assert_eq(o.engine.max_flows, 1u << 20);
	cr_assert_eq(o.engine.workers, 1);
	cr_assert_eq(o.engine.idle_timeout_ns, 60 * CLOCK_NS_PER_S);
	cr_assert_str_eq(o.expression, "");
	cr_assert_eq(o.sort, COLUMN_RATE);
	cr_assert_eq(o.output, OUTPUT_JSON);
	cr_assert_str_eq(o.output_path, "-");
	cr_assert_eq(o.given, 0);
}

Test(options, the_first_word_may_name_a_command)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "flows", "-r", "x.pcap"));
	cr_assert_eq(o.command, COMMAND_FLOWS);
	cr_assert_str_eq(o.engine.file, "x.pcap");
	cr_assert_not(options_live(&o));
	cr_assert(PARSE(&o, &e, "doctor"));
	cr_assert_eq(o.command, COMMAND_DOCTOR);
	/* Only the first. */
	cr_assert(PARSE(&o, &e, "--ascii", "flows"));
	cr_assert_eq(o.command, COMMAND_WATCH);
	cr_assert_str_eq(o.expression, "flows");
}

Test(options, values_come_joined_apart_or_behind_an_equals_sign)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "-ilo", "-i", "eth0", "--iface=eth1", "--iface",
			"eth2", "-i", "lo"));
	cr_assert_eq(o.engine.iface_count, 4, "the second lo is the first");
	cr_assert_str_eq(o.engine.ifaces[0], "lo");
	cr_assert_str_eq(o.engine.ifaces[3], "eth2");
	cr_assert(PARSE(&o, &e, "lab", "-qh"));
	cr_assert(o.quiet);
	cr_assert(options_given(&o, OPTION_help));
}

Test(options, the_words_left_over_are_the_expression)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "tcp", "port", "80", "-i", "lo", "and",
			"host ::1"));
	cr_assert_str_eq(o.expression, "tcp port 80 and host ::1");
	cr_assert(PARSE(&o, &e, "--", "-i", "lab"));
	cr_assert_str_eq(o.expression, "-i lab");
}

Test(options, an_expression_longer_than_its_room_is_refused)
{
	static char word[OPTIONS_EXPRESSION_SIZE];

	memset(word, 'x', sizeof(word) - 1);
	EXPECT_ERROR("longer", word);
	word[sizeof(word) - 2] = '\0';
	EXPECT_ERROR("longer", word, "y");
}

Test(options, the_labs_words_are_its_command_options_included)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "lab", "-q", "--", "ping", "-c3", "10.0.0.2"));
	cr_assert_eq(o.word_count, 3);
	cr_assert_str_eq(o.words[1], "-c3");
	cr_assert_null(o.words[3]);
	cr_assert(PARSE(&o, &e, "lab", "ping", "-q"));
	cr_assert_eq(o.word_count, 2);
	cr_assert_not(o.quiet);
}

Test(options, protocols_are_names_or_numbers_and_replace_the_default)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "-p", "tcp,253,UDP,6"));
	cr_assert_eq(o.engine.proto_count, 3);
	cr_assert_eq(o.engine.protos[0], 6);
	cr_assert_eq(o.engine.protos[1], 253);
	cr_assert_eq(o.engine.protos[2], 17);
	cr_assert(PARSE(&o, &e, "-p", "1", "-p", "58"));
	cr_assert_eq(o.engine.proto_count, 2);
	EXPECT_ERROR("the nearest is sctp", "-p", "sctpp");
	EXPECT_ERROR("unknown protocol 256", "-p", "256");
	EXPECT_ERROR("unknown protocol 0", "-p", "tcp,0");
	EXPECT_ERROR("missing between", "-p", "tcp,,udp");
	EXPECT_ERROR("missing between", "-p", "");
}

Test(options, what_is_misspelt_is_told_with_what_comes_nearest)
{
	EXPECT_ERROR("the nearest is --vantage", "--vantge", "host");
	EXPECT_ERROR("the nearest is flows", "flow");
	EXPECT_ERROR("the nearest is flows", "flo");
	EXPECT_ERROR("the nearest is doctor", "docter");
	EXPECT_ERROR("the nearest is rate-out", "--sort", "rate-ou");
	EXPECT_ERROR("--help lists them", "--zzzzzzzz");
	EXPECT_ERROR("unknown option -Z for watch", "-Z");
}

Test(options, what_another_command_takes_is_said_not_to_be_taken)
{
	EXPECT_ERROR("watch does not take --stats-json", "--stats-json", "-");
	EXPECT_ERROR("flows does not take --sort", "flows", "--sort=rate");
	EXPECT_ERROR("doctor takes no words", "doctor", "who");
}

Test(options, missing_and_unwanted_values_are_told)
{
	EXPECT_ERROR("--read needs a value: FILE", "--read");
	EXPECT_ERROR("-i needs a value: IFACE", "-i");
	EXPECT_ERROR("--ascii takes no value", "--ascii=yes");
	EXPECT_ERROR("not the name of an interface", "-i",
		     "an-interface-name-too-long");
	EXPECT_ERROR("given twice", "-ra", "-rb");
	EXPECT_ERROR("neither json:FILE", "flows", "-o", "xml:y");
	EXPECT_ERROR("neither json:FILE", "flows", "-o", "json:");
	EXPECT_ERROR("neither host nor wire", "--vantage", "here");
	EXPECT_ERROR("neither tun nor veth", "lab", "--carrier=x");
}

Test(options, what_does_not_go_together_is_refused)
{
	EXPECT_ERROR("--read and --iface", "-rx", "-ilo");
	EXPECT_ERROR("--read and --proto", "-ptcp", "-rx");
	EXPECT_ERROR("--made and --vantage", "--made=flows=1",
		     "--vantage=both");
	EXPECT_ERROR("--read and --made", "-rx", "--made=flows=1");
	EXPECT_ERROR("both go to standard output", "flows", "--stats-json=-");
}

Test(options, help_and_version_forgive_what_follows)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "flows", "--help", "--no"));
	cr_assert(options_given(&o, OPTION_help));
	cr_assert_eq(o.command, COMMAND_FLOWS);
	cr_assert(PARSE(&o, &e, "-V", "--no"));
	cr_assert(options_given(&o, OPTION_version));
}

Test(options, help_is_a_word_too)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "help"));
	cr_assert(options_given(&o, OPTION_help));
	cr_assert_eq(o.command, COMMAND_WATCH);
	cr_assert(PARSE(&o, &e, "help", "lab"));
	cr_assert(options_given(&o, OPTION_help));
	cr_assert_eq(o.command, COMMAND_LAB);
	EXPECT_ERROR("the nearest is doctor", "help", "docter");
	EXPECT_ERROR("rawtop help lists them", "help", "quux");
	EXPECT_ERROR("the nearest is help", "halp");
}

Test(options, the_screen_keeps_a_files_flows_unless_told_otherwise)
{
	struct options o;
	struct err e;

	cr_assert(PARSE(&o, &e, "-r", "x.pcap"));
	options_set_for_screen(&o);
	cr_assert_eq(o.engine.idle_timeout_ns, 0);
	cr_assert_eq(o.engine.closed_linger_ns, UINT64_MAX);
	cr_assert(PARSE(&o, &e, "--made=flows=1", "--idle-timeout=7",
			"--closed-linger=9"));
	options_set_for_screen(&o);
	cr_assert_eq(o.engine.idle_timeout_ns, 7 * CLOCK_NS_PER_S);
	cr_assert_eq(o.engine.closed_linger_ns, 9 * CLOCK_NS_PER_S);
	cr_assert(PARSE(&o, &e, "-i", "lo"));
	options_set_for_screen(&o);
	cr_assert_eq(o.engine.idle_timeout_ns, 60 * CLOCK_NS_PER_S);
}

Test(options, times_have_units)
{
	static const struct {
		const char *text;
		uint64_t time_ns;
	} good[] = {
		{"30", 30 * CLOCK_NS_PER_S},
		{"30s", 30 * CLOCK_NS_PER_S},
		{"1.5m", 90 * CLOCK_NS_PER_S},
		{"500ms", 500 * CLOCK_NS_PER_MS},
		{"2h", 7200 * CLOCK_NS_PER_S},
		{"0", 0},
		{".25s", 250 * CLOCK_NS_PER_MS},
		{"365d", 31536000 * CLOCK_NS_PER_S},
	};
	static const char *const bad[] = {
		"",   "s",    "-1", "1x",      "1 s",
		"1e", "1..2", ".",  "999999d", "1234567890123456"};
	uint64_t x;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert(options_parse_time(good[i].text, &x), "%s",
			  good[i].text);
		cr_assert_eq(x, good[i].time_ns, "%s", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(options_parse_time(bad[i], &x), "%s", bad[i]);
	EXPECT_ERROR("must be more than 0", "--idle-timeout=0");
	EXPECT_ERROR("a year is the most", "--idle-timeout", "1000000h");
	EXPECT_ERROR("not a time", "--idle-timeout", "1000000x");
}

Test(options, counts_have_powers_of_1000_and_of_1024)
{
	static const struct {
		const char *text;
		uint64_t count;
	} good[] = {
		{"0", 0},	 {"1000", 1000},     {"64k", 64000},
		{"2M", 2000000}, {"1Mi", 1 << 20},   {"1.5k", 1500},
		{"4Ki", 4096},	 {"1G", 1000000000},
	};
	static const char *const bad[] = {"",	"k",	"-1", "1.5",
					  "1m", "0x10", "1kk"};
	uint64_t x;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert(options_parse_count(good[i].text, &x), "%s",
			  good[i].text);
		cr_assert_eq(x, good[i].count, "%s", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(options_parse_count(bad[i], &x), "%s", bad[i]);
	EXPECT_ERROR("not a number from", "--max-flows", "1");
	EXPECT_ERROR("not a number from", "--workers", "17");
	EXPECT_ERROR("not a number from", "--snaplen", "9G");
}

Test(options, every_row_of_the_table_is_whole)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_info *a = &option_table[i];

		cr_assert_neq(a->takers, 0);
		cr_assert_neq(a->help[0], '\0');
		cr_assert_neq(a->help[strlen(a->help) - 1], '.');
		for (int j = 0; j < i; j++) {
			const struct option_info *b = &option_table[j];

			cr_assert_str_neq(a->name, b->name);
			cr_assert(a->letter == 0 || a->letter != b->letter);
		}
	}
}

Test(nearest, distance_counts_the_letters_to_change)
{
	cr_assert_eq(nearest_distance("", ""), 0);
	cr_assert_eq(nearest_distance("flow", "flows"), 1);
	cr_assert_eq(nearest_distance("kitten", "SITTING"), 3);
	cr_assert_eq(nearest_distance("", "abc"), 3);
	cr_assert_eq(nearest_distance("a", "0123456789012345678901234567890x"),
		     UINT_MAX);
}

Test(nearest, what_is_too_far_off_is_not_offered)
{
	struct nearest n;

	nearest_start(&n, "lan");
	nearest_offer(&n, "watch");
	nearest_offer(&n, "lab");
	cr_assert_str_eq(n.name, "lab");
	nearest_start(&n, "xyz");
	nearest_offer(&n, "lab");
	cr_assert_null(n.name);
}
