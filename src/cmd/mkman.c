/*
 * mkman.c: makes the man page. It copies the prose of a template and, in the
 * place of each line @NAME@, prints a section from the table that the program
 * itself reads. Usage: mkman TEMPLATE >rawtop.8
 */
#include "cmd/options.h"
#include "flow/columns.h"
#include "flow/filter.h"
#include "flow/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text for roff: hyphens stay hyphens, a backslash is printed, a line may be
 * broken after a comma, and none begins with a control character. */
static void man_print(const char *text)
{
	if (*text == '.' || *text == '\'')
		printf("\\&");
	for (; *text != '\0'; text++) {
		if (*text == '-')
			printf("\\-");
		else if (*text == '\\')
			printf("\\e");
		else if (*text == ',')
			printf(",\\:");
		else
			putchar(*text);
	}
}

/* A tagged paragraph: term in bold, then its text. */
static void man_print_row(const char *term, const char *help)
{
	printf(".TP\n.B ");
	man_print(term);
	printf("\n");
	man_print(help);
	printf(".\n");
}

/* The options that do not go with this one, if there are any. */
static void man_print_excluded(enum option id)
{
	const char *lead = "It does not go with";

	for (int i = 0; i < OPTION_COUNT; i++) {
		if (!option_excludes(id, (enum option)i))
			continue;
		printf("%s \\fB\\-\\-", lead);
		man_print(option_table[i].name);
		printf("\\fR");
		lead = ",";
	}
	if (lead[0] == ',')
		printf(".\n");
}

static void man_print_option(enum option id)
{
	const struct option_info *o = &option_table[id];

	printf(".TP\n");
	if (o->letter != 0)
		printf("\\fB\\-%c\\fR, ", o->letter);
	printf("\\fB\\-\\-");
	man_print(o->name);
	printf("\\fR");
	if (o->argument[0] != '\0') {
		printf(" \\fI");
		man_print(o->argument);
		printf("\\fR");
	}
	printf("\n");
	man_print(o->help);
	printf(".\n");
	if (o->initial[0] != '\0') {
		printf("The default is\n.BR ");
		man_print(o->initial);
		printf(" .\n");
	}
	man_print_excluded(id);
}

/* Prints the options that have all bits of `with` and none of `without`. */
static void man_print_options_of(const char *title, unsigned with,
				 unsigned without)
{
	printf(".SS \"%s\"\n", title);
	for (int i = 0; i < OPTION_COUNT; i++) {
		unsigned takers = option_table[i].takers;

		if ((takers & with) == with && (takers & without) == 0)
			man_print_option((enum option)i);
	}
}

/* Every set of takers that options.def knows has its heading here; the tests
 * find an option that slips through, for it is not in the page. */
static void man_print_options(void)
{
	man_print_options_of("Every command", TAKES_ALL, 0);
	man_print_options_of("Where packets come from: watch, flows",
			     TAKES_SOURCE, TAKES_LAB);
	man_print_options_of("What is captured and kept: watch, flows, lab",
			     TAKES_ENGINE, TAKES_DOCTOR);
	man_print_options_of("The screen: watch, lab", TAKES_SCREEN,
			     TAKES_FLOWS);
	man_print_options_of("Only flows", TAKES_FLOWS,
			     TAKES_ALL & ~(unsigned)TAKES_FLOWS);
	man_print_options_of("Only lab", TAKES_LAB,
			     TAKES_ALL & ~(unsigned)TAKES_LAB);
}

static void man_print_commands(void)
{
#define COMMAND(id, name, words, help) man_print_row(name, help);
#include "cmd/commands.def"
#undef COMMAND
}

static void man_print_made(void)
{
#define MADE(name, kind, max, initial, help)                                   \
	man_print_row(#name, help " (default " #initial ")");
#include "port/made.def"
#undef MADE
}

static void man_print_exits(void)
{
#define EXIT(name, status, meaning) man_print_row(#status, meaning);
#include "base/exit.def"
#undef EXIT
}

static void man_print_line(void *context, const char *term, const char *help)
{
	(void)context;
	man_print_row(term, help);
}

static void man_print_records(void)
{
	record_help(man_print_line, NULL);
}

static void man_print_filter(void)
{
	flow_filter_help(man_print_line, NULL);
}

static void man_print_columns(void)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		man_print_row(column_table[i].name, column_table[i].help);
}

static void man_print_keys(void)
{
#define KEY(id, name, views, keys, help) man_print_row(keys, help);
#include "ui/keys.def"
#undef KEY
}

static void man_print_account(void)
{
#define SOURCE_COUNT(name, label, help) man_print_row(#name, help);
#include "port/source_counts.def"
#undef SOURCE_COUNT
#define ACCOUNT(name, label, help) man_print_row(#name, help);
#include "engine/account.def"
#undef ACCOUNT
}

static void man_print_version(void)
{
	printf(".TH RAWTOP 8 \"\" \"rawtop %s\" \"System Administration\"\n",
	       RAWTOP_VERSION);
}

/* Prints the section for a line @NAME@; false when there is no such one. */
static bool man_print_section(const char *line)
{
	static const struct {
		const char *line;
		void (*print)(void);
	} sections[] = {
		{"@HEAD@\n", man_print_version},
		{"@COMMANDS@\n", man_print_commands},
		{"@OPTIONS@\n", man_print_options},
		{"@MADE@\n", man_print_made},
		{"@EXITS@\n", man_print_exits},
		{"@RECORDS@\n", man_print_records},
		{"@FILTER@\n", man_print_filter},
		{"@COLUMNS@\n", man_print_columns},
		{"@KEYS@\n", man_print_keys},
		{"@ACCOUNT@\n", man_print_account},
	};

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strcmp(line, sections[i].line) == 0) {
			sections[i].print();
			return true;
		}
	}
	return false;
}

int main(int argc, char *argv[])
{
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[512];

	if (template == NULL) {
		fprintf(stderr, "usage: mkman TEMPLATE, a file that opens\n");
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), template) != NULL) {
		if (line[0] != '@') {
			fputs(line, stdout);
		} else if (!man_print_section(line)) {
			fprintf(stderr, "mkman: no section %s", line);
			return EXIT_FAILURE;
		}
	}
	fclose(template);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
