/*
 * options.h: every option once, in options.def; parser, --help and the man
 * page read that row.
 */
#ifndef RAWTOP_CMD_OPTIONS_H
#define RAWTOP_CMD_OPTIONS_H

#include "base/err.h"
#include "engine/engine.h"
#include "lab/lab.h"

#include <stdbool.h>
#include <stdint.h>

enum command {
#define COMMAND(name, label, words, help) COMMAND_##name,
#include "cmd/commands.def"
#undef COMMAND
	COMMAND_COUNT
};

/* Who takes an option: one bit per subcommand, and the groups of them. */
enum option_takers {
#define COMMAND(name, label, words, help) TAKES_##name = 1 << COMMAND_##name,
#include "cmd/commands.def"
#undef COMMAND
	TAKES_SOURCE = TAKES_WATCH | TAKES_FLOWS,
	TAKES_ENGINE = TAKES_WATCH | TAKES_FLOWS | TAKES_LAB,
	TAKES_LIVE = TAKES_ENGINE,
	TAKES_SCREEN = TAKES_WATCH | TAKES_LAB,
	TAKES_ALL = (1 << COMMAND_COUNT) - 1,
};

enum option {
#define OPTION(id, ...) OPTION_##id,
#include "cmd/options.def"
#undef OPTION
	OPTION_COUNT
};

/* For the column not_with. */
#define OPTION_BIT(id) (UINT64_C(1) << OPTION_##id)
#define NOT_MADE       OPTION_BIT(made)
#define LIVE_ONLY      (OPTION_BIT(file) | OPTION_BIT(made))

struct option_info {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* "": takes none */
	const char *initial;  /* "": none */
	unsigned takers;
	uint64_t not_with; /* OPTION_BIT of each that it excludes */
	const char *help;
};

struct command_info {
	const char *name;
	const char *words;
	const char *help;
};

extern const struct option_info option_table[OPTION_COUNT];
extern const struct command_info command_table[COMMAND_COUNT];

/* Do two options exclude each other, whichever row says it? */
bool option_excludes(enum option a, enum option b);

#define OPTIONS_EXPRESSION_SIZE 4096

enum output_form {
	OUTPUT_JSON,
	OUTPUT_CSV,
	OUTPUT_NONE,
};

/*
 * A command line that has been read. It borrows argv, and `engine` points
 * into it: never copy one.
 */
struct options {
	enum command command;
	uint64_t given; /* bit per enum option: stood on the command line */
	struct engine_config engine;
	struct source_made_config made;
	char expression[OPTIONS_EXPRESSION_SIZE];
	/* screen */
	enum column sort;
	bool ascii;
	bool monochrome;
	/* flows */
	enum output_form output;
	const char *output_path; /* "-": standard output; NULL with NONE */
	const char *stats_path;	 /* or NULL */
	uint64_t duration_ns;	 /* 0: no end */
	/* lab */
	enum lab_carrier carrier;
	bool quiet;
	char **words; /* NULL-terminated: the command to run in the lab */
	int word_count;
};

/* Did this option stand on the command line? */
bool options_given(const struct options *o, enum option id);

/* Are the sources sockets (not a file, not made traffic)? */
bool options_live(const struct options *o);

/*
 * Reads a command line (argv[0] is skipped). The words that are no options
 * become the expression, joined by spaces; for the lab, the command. False
 * with *e (EXIT_USAGE) naming the word that is wrong and what comes nearest.
 * The expression is not compiled here, and no file is opened.
 */
bool options_parse(struct options *o, int argc, char *argv[], struct err *e);

/*
 * What the screen wants of the engine: it reads flows while they live, so no
 * records are cut; and of a file or made traffic every flow stays unless the
 * command line gave a timeout, for a file's hours pass in a second.
 */
void options_set_for_screen(struct options *o);

/* Takes one option's value; options_parse calls it for defaults and words. */
bool options_take(struct options *o, enum option id, const char *value,
		  struct err *e);

/* "30s", "1.5m", "500ms", "2h", "45" (seconds) to nanoseconds. */
bool options_parse_time(const char *text, uint64_t *time_ns);

/* "1000", "64k", "2M", "1Mi": k and M are powers of 1000, Ki and Mi of 1024. */
bool options_parse_count(const char *text, uint64_t *count);

#endif
