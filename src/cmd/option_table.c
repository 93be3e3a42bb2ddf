/*
 * option_table.c: the rows of options.def and commands.def, for the program
 * and for what makes its man page.
 */
#include "cmd/options.h"

const struct option_info option_table[OPTION_COUNT] = {
#define OPTION(id, letter, name, argument, initial, takers, not_with, help)    \
	[OPTION_##id] = {letter, name,	   argument, initial,                  \
			 takers, not_with, help},
#include "cmd/options.def"
#undef OPTION
};

const struct command_info command_table[COMMAND_COUNT] = {
#define COMMAND(id, name, words, help) [COMMAND_##id] = {name, words, help},
#include "cmd/commands.def"
#undef COMMAND
};

_Static_assert(OPTION_COUNT <= 64, "options.given has a bit for each");

bool option_excludes(enum option a, enum option b)
{
	return ((option_table[a].not_with >> b |
		 option_table[b].not_with >> a) &
		1) != 0;
}
