/*
 * main.c: which subcommand, and its exit status.
 */
#include "cmd/cmd.h"

int main(int argc, char *argv[])
{
	static int (*const run[COMMAND_COUNT])(struct options *) = {
		[COMMAND_WATCH] = cmd_watch,
		[COMMAND_FLOWS] = cmd_flows,
		[COMMAND_LAB] = cmd_lab,
		[COMMAND_DOCTOR] = cmd_doctor,
	};
	struct options o;
	struct err e;

	cmd_reopen_streams();
	if (!cmd_check_stack(CMD_STACK_KIB, &e) ||
	    !options_parse(&o, argc, argv, &e))
		return cmd_fail(&e);
	if (options_given(&o, OPTION_help))
		return cmd_help(o.command);
	if (options_given(&o, OPTION_version))
		return cmd_version();
	return run[o.command](&o);
}
