#include "cmd/options.h"

#include "cmd/nearest.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Where the reader of a command line stands. */
struct options_reader {
	struct options *o;
	char **argv;
	int argc;
	int next;	 /* index of the next word */
	bool only_words; /* "--" has been seen */
	size_t expression_len;
};

bool options_given(const struct options *o, enum option id)
{
	return o->given >> id & 1;
}

bool options_live(const struct options *o)
{
	return o->engine.file == NULL && o->engine.made == NULL;
}

void options_set_for_screen(struct options *o)
{
	o->engine.active_timeout_ns = 0;
	if (options_live(o))
		return;
	if (!options_given(o, OPTION_idle_timeout))
		o->engine.idle_timeout_ns = 0;
	if (!options_given(o, OPTION_closed_linger))
		o->engine.closed_linger_ns = UINT64_MAX;
}

/* ---- finding a row ---- */

static bool option_is_for(enum option id, enum command command)
{
	return option_table[id].takers >> command & 1;
}

static enum option option_find(enum command command, const char *name,
			       size_t name_len)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_is_for((enum option)i, command) &&
		    strlen(option_table[i].name) == name_len &&
		    memcmp(option_table[i].name, name, name_len) == 0)
			return (enum option)i;
	return OPTION_COUNT;
}

static enum option option_find_letter(enum command command, char letter)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_is_for((enum option)i, command) &&
		    option_table[i].letter == letter)
			return (enum option)i;
	return OPTION_COUNT;
}

/* ---- errors that name what comes nearest ---- */

static bool option_unknown(enum command command, const char *name,
			   size_t name_len, struct err *e)
{
	const char *label = command_table[command].name;
	struct nearest near;
	char word[64];

	if (name_len >= sizeof(word))
		name_len = sizeof(word) - 1;
	memcpy(word, name, name_len);
	word[name_len] = '\0';
	err_set(e, EXIT_USAGE, "unknown option --%s for %s", word, label);
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(option_table[i].name, word) == 0) {
			err_set(e, EXIT_USAGE, "%s does not take --%s", label,
				word);
			err_remedy(e, "rawtop %s --help lists what it takes",
				   label);
			return false;
		}
	}
	nearest_start(&near, word);
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_is_for((enum option)i, command))
			nearest_offer(&near, option_table[i].name);
	if (near.name != NULL)
		err_remedy(e, "the nearest is --%s", near.name);
	else
		err_remedy(e, "rawtop %s --help lists them", label);
	return false;
}

static bool command_unknown(const char *word, const char *name, struct err *e)
{
	err_set(e, EXIT_USAGE, "unknown command %s", word);
	err_remedy(
		e,
		"the nearest is %s; an expression of that name: rawtop -- %s",
		name, word);
	return false;
}

/* ---- reading ---- */

static bool option_store(struct options *o, enum option id, const char *value,
			 struct err *e)
{
	if (!options_take(o, id, value, e))
		return false;
	o->given |= UINT64_C(1) << id;
	return true;
}

/* --name, --name=value or --name value. */
static bool reader_take_long(struct options_reader *r, const char *word,
			     struct err *e)
{
	const char *equals = strchr(word, '=');
	size_t name_len = equals ? (size_t)(equals - word) : strlen(word);
	enum option id = option_find(r->o->command, word, name_len);
	const struct option_info *info;

	if (id == OPTION_COUNT)
		return option_unknown(r->o->command, word, name_len, e);
	info = &option_table[id];
	if (info->argument[0] == '\0') {
		if (equals != NULL)
			return err_set(e, EXIT_USAGE, "--%s takes no value",
				       info->name);
		return option_store(r->o, id, "", e);
	}
	if (equals != NULL)
		return option_store(r->o, id, equals + 1, e);
	if (r->next == r->argc)
		return err_set(e, EXIT_USAGE, "--%s needs a value: %s",
			       info->name, info->argument);
	return option_store(r->o, id, r->argv[r->next++], e);
}

/* -q, -qi lo, -ilo: letters until one takes the rest or the next word. */
static bool reader_take_letters(struct options_reader *r, const char *word,
				struct err *e)
{
	for (const char *p = word; *p != '\0'; p++) {
		enum option id = option_find_letter(r->o->command, *p);
		const struct option_info *info;

		if (id == OPTION_COUNT) {
			const char *label = command_table[r->o->command].name;

			err_set(e, EXIT_USAGE, "unknown option -%c for %s", *p,
				label);
			err_remedy(e, "rawtop %s --help lists them", label);
			return false;
		}
		info = &option_table[id];
		if (info->argument[0] == '\0') {
			if (!option_store(r->o, id, "", e))
				return false;
			continue;
		}
		if (p[1] != '\0')
			return option_store(r->o, id, p + 1, e);
		if (r->next == r->argc)
			return err_set(e, EXIT_USAGE, "-%c needs a value: %s",
				       *p, info->argument);
		return option_store(r->o, id, r->argv[r->next++], e);
	}
	return true;
}

static bool reader_take_expression(struct options_reader *r, const char *word,
				   struct err *e)
{
	size_t len = strlen(word);
	char *end = r->o->expression + r->expression_len;

	if (r->expression_len + len + 2 > OPTIONS_EXPRESSION_SIZE)
		return err_set(e, EXIT_USAGE,
			       "the expression is longer than %d bytes",
			       OPTIONS_EXPRESSION_SIZE - 2);
	if (r->expression_len > 0) {
		*end++ = ' ';
		r->expression_len++;
	}
	memcpy(end, word, len + 1);
	r->expression_len += len;
	return true;
}

static bool reader_take_word(struct options_reader *r, char *word,
			     struct err *e)
{
	if (!r->only_words && strcmp(word, "--") == 0) {
		r->only_words = true;
		return true;
	}
	if (!r->only_words && strncmp(word, "--", 2) == 0)
		return reader_take_long(r, word + 2, e);
	if (!r->only_words && word[0] == '-' && word[1] != '\0')
		return reader_take_letters(r, word + 1, e);
	switch (r->o->command) {
	case COMMAND_LAB:
		/* The rest is the command, its options included. */
		r->o->words = &r->argv[r->next - 1];
		r->o->word_count = r->argc - r->next + 1;
		r->next = r->argc;
		return true;
	case COMMAND_DOCTOR:
		return err_set(e, EXIT_USAGE,
			       "doctor takes no words, but got %s", word);
	case COMMAND_WATCH:
	case COMMAND_FLOWS:
	case COMMAND_COUNT:
		break;
	}
	return reader_take_expression(r, word, e);
}

/* The command of that name, or COMMAND_COUNT with the nearest. */
static enum command command_find(const char *word, struct nearest *near)
{
	nearest_start(near, word);
	for (int i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(word, command_table[i].name) == 0)
			return (enum command)i;
		nearest_offer(near, command_table[i].name);
	}
	return COMMAND_COUNT;
}

/* `rawtop help` and `rawtop help COMMAND`: as --help says it. */
static bool reader_take_help(struct options_reader *r, struct err *e)
{
	struct nearest near;
	enum command command;

	r->o->given |= UINT64_C(1) << OPTION_help;
	if (r->argc == 2)
		return true;
	command = command_find(r->argv[2], &near);
	if (command == COMMAND_COUNT) {
		err_set(e, EXIT_USAGE, "unknown command %s", r->argv[2]);
		if (near.name != NULL)
			err_remedy(e, "the nearest is %s", near.name);
		else
			err_remedy(e, "rawtop help lists them");
		return false;
	}
	r->o->command = command;
	return true;
}

/* The subcommand, if the first word is one; else watch. */
static bool reader_take_command(struct options_reader *r, struct err *e)
{
	struct nearest near;
	enum command command;
	const char *word;

	r->o->command = COMMAND_WATCH;
	if (r->argc < 2 || r->argv[1][0] == '-')
		return true;
	word = r->argv[1];
	if (strcmp(word, "help") == 0)
		return reader_take_help(r, e);
	command = command_find(word, &near);
	if (command != COMMAND_COUNT) {
		r->o->command = command;
		r->next = 2;
		return true;
	}
	nearest_offer(&near, "help");
	return near.name == NULL || command_unknown(word, near.name, e);
}

static void options_set_defaults(struct options *o)
{
	struct err e;

	for (int i = 0; i < OPTION_COUNT; i++) {
		bool taken = option_table[i].initial[0] == '\0' ||
			     options_take(o, (enum option)i,
					  option_table[i].initial, &e);

		assert(taken);
	}
}

/* ---- what does not go together ---- */

/* The second word of such a pair is an option that is for live traffic, but
 * for the two that take its place. */
static bool options_exclude(const struct options *o, enum option a,
			    enum option b, struct err *e)
{
	bool live = option_table[b].not_with == LIVE_ONLY;

	if (!options_given(o, a) || !options_given(o, b) ||
	    !option_excludes(a, b))
		return true;
	if (!live && option_table[a].not_with == LIVE_ONLY)
		return options_exclude(o, b, a, e);
	return err_set(e, EXIT_USAGE, "--%s and --%s do not go together: %s",
		       option_table[a].name, option_table[b].name,
		       live ? "the second is for live traffic"
			    : "one is a file, the other is made up");
}

static bool options_check(const struct options *o, struct err *e)
{
	bool one_stdout = o->stats_path == NULL || o->output_path == NULL ||
			  strcmp(o->stats_path, "-") != 0 ||
			  strcmp(o->output_path, "-") != 0;

	for (int a = 0; a < OPTION_COUNT; a++)
		for (int b = a + 1; b < OPTION_COUNT; b++)
			if (!options_exclude(o, (enum option)a, (enum option)b,
					     e))
				return false;
	if (!one_stdout)
		return err_set(e, EXIT_USAGE,
			       "records and account both go to standard output "
			       "(give one of them a file)");
	return true;
}

bool options_parse(struct options *o, int argc, char *argv[], struct err *e)
{
	struct options_reader r = {.o = o, .argv = argv, .argc = argc};

	memset(o, 0, sizeof(*o));
	options_set_defaults(o);
	r.next = 1;
	if (!reader_take_command(&r, e))
		return false;
	if (options_given(o, OPTION_help))
		return true;
	while (r.next < argc) {
		if (!reader_take_word(&r, argv[r.next++], e))
			return false;
		/* Asked for help or the version: the rest may be wrong. */
		if (options_given(o, OPTION_help) ||
		    options_given(o, OPTION_version))
			return true;
	}
	return options_check(o, e);
}
