/*
 * warden.h: the process between the lab and the command that runs in it. Those
 * whose parents in the lab have ended become the warden's children
 * (PR_SET_CHILD_SUBREAPER, prctl(2)), so that it can end them all: nothing that
 * the command has begun outlives the lab.
 */
#ifndef RAWTOP_LAB_WARDEN_H
#define RAWTOP_LAB_WARDEN_H

#include <sys/types.h>

/*
 * In a child of `lab`, which ignores SIGINT and SIGQUIT (they are for the
 * command): runs the command, waits for its end, kills what it has left, and
 * exits with the command's status, 128 + its number for a signal. When the lab
 * dies, or SIGTERM or SIGHUP comes, the command is sent SIGTERM and has two
 * seconds. A command that cannot be run: its errno is written to `channel`,
 * which else is closed without a word.
 */
_Noreturn void warden_run(char *const argv[], pid_t lab, int channel);

#endif
