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

/* Flushes standard output; EXIT_OUTPUT, told, when that fails. */
int cmd_end_stdout(void);

#endif
