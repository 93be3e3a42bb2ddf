/*
 * cmd.h: one file per subcommand, and what they share.
 */
#ifndef RAWTOP_CMD_CMD_H
#define RAWTOP_CMD_CMD_H

#include "cmd/options.h"

/* Each runs one subcommand to its end and returns the exit status; what went
 * wrong has been printed. They may print, and end the process. */
int cmd_watch(struct options *o);
int cmd_flows(struct options *o);
int cmd_lab(struct options *o);
int cmd_doctor(struct options *o);

/* `rawtop COMMAND --help` and `--version` on standard output. */
int cmd_help(enum command command);
int cmd_version(void);

/* "rawtop: TEXT" on standard error, each line made safe to show; returns the
 * error's exit status. */
int cmd_fail(const struct err *e);

/* The same for something that does not end the program. */
void cmd_warn(const char *text);

/* Closed standard streams become /dev/null, opened the wrong way round so
 * that using one still fails: no later descriptor can take their place, and
 * nothing written is lost in silence. */
void cmd_reopen_streams(void);

/* What the main thread's stack was seen to need, and as much again: by itself
 * with the loader and the environment, and with ncurses reading a terminal's
 * description. The other threads have stacks of their own (base/thread.h). */
#define CMD_STACK_KIB	     64
#define CMD_STACK_SCREEN_KIB 192

/* Better to say it than to end by a signal: may the main thread's stack grow
 * to `needed_kib`? False with *e (EXIT_USAGE). */
bool cmd_check_stack(unsigned needed_kib, struct err *e);

/* Flushes standard output; EXIT_OUTPUT, told, when that fails. */
int cmd_end_stdout(void);

#endif
