/*
 * help.c: --help and --version, from the tables.
 */
#include "cmd/cmd.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define HELP_INDENT 28
#define HELP_WIDTH  79

/* How much of text holds together: to the next blank or comma. */
static size_t help_word_len(const char *text)
{
	size_t len = strcspn(text, " ,");

	return text[len] == ',' ? len + 1 : len;
}

/* Prints words wrapped at HELP_WIDTH, the first line from `column`. */
static void help_print_wrapped(const char *text, size_t column)
{
	size_t at = column;

	/* A blank at least stands between. */
	if (at >= HELP_INDENT) {
		putchar('\n');
		at = 0;
	}
	for (; at < HELP_INDENT; at++)
		putchar(' ');
	while (*text != '\0') {
		size_t blank = *text == ' ';
		size_t len = help_word_len(text + blank);

		if (at > HELP_INDENT && at + blank + len > HELP_WIDTH) {
			printf("\n%*s", HELP_INDENT, "");
			at = HELP_INDENT;
			text += blank;
			blank = 0;
		}
		printf("%.*s", (int)(blank + len), text);
		at += blank + len;
		text += blank + len;
	}
	putchar('\n');
}

/* "default 512; not with --read, --made", of the options that the command
 * takes. */
static void help_print_note(struct text *t, enum option id,
			    enum command command)
{
	const struct option_info *o = &option_table[id];
	const char *lead = o->initial[0] != '\0' ? "; not with" : "not with";

	if (o->initial[0] != '\0')
		text_printf(t, "default %s", o->initial);
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (!(option_table[i].takers >> command & 1) ||
		    !option_excludes(id, (enum option)i))
			continue;
		text_printf(t, "%s --%s", lead, option_table[i].name);
		lead = ",";
	}
}

static void help_print_option(enum option id, enum command command)
{
	const struct option_info *o = &option_table[id];
	char note_buf[256];
	struct text note;
	char head_buf[64], text_buf[640];
	struct text head, text;

	text_init(&head, head_buf, sizeof(head_buf));
	if (o->letter != 0)
		text_printf(&head, "  -%c, --%s", o->letter, o->name);
	else
		text_printf(&head, "      --%s", o->name);
	if (o->argument[0] != '\0')
		text_printf(&head, " %s", o->argument);
	text_init(&text, text_buf, sizeof(text_buf));
	text_put(&text, o->help);
	text_init(&note, note_buf, sizeof(note_buf));
	help_print_note(&note, id, command);
	if (note.len > 0)
		text_printf(&text, " (%s)", note_buf);
	printf("%s", head_buf);
	help_print_wrapped(text_buf, head.len);
}

static void help_print_commands(void)
{
	printf("\nCommands (rawtop help COMMAND says more):\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		int len = printf("  %s", command_table[i].name);

		help_print_wrapped(command_table[i].help, (size_t)len);
	}
}

static void help_print_exits(void)
{
	printf("\nExit status:\n");
#define EXIT(name, status, meaning)                                            \
	help_print_wrapped(meaning, (size_t)printf("  %d", status));
#include "base/exit.def"
#undef EXIT
}

int cmd_help(enum command command)
{
	const struct command_info *c = &command_table[command];
	const char *name = command == COMMAND_WATCH ? "[watch]" : c->name;

	printf("Usage: rawtop %s%s%s\n", name, c->words[0] != '\0' ? " " : "",
	       c->words);
	printf("rawtop %s: %s.\n", c->name, c->help);
	if (command != COMMAND_LAB && command != COMMAND_DOCTOR)
		printf("EXPRESSION is a BPF expression, as in pcap-filter(7): "
		       "tcp port 80.\n");
	printf("\nOptions:\n");
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].takers >> command & 1)
			help_print_option((enum option)i, command);
	if (command == COMMAND_WATCH)
		help_print_commands();
	help_print_exits();
	return cmd_end_stdout();
}

int cmd_version(void)
{
	printf("rawtop %s\n", RAWTOP_VERSION);
	return cmd_end_stdout();
}
