/*
 * lab.c: `rawtop lab`, the screen or a command in the private network.
 */
#include "cmd/cmd.h"
#include "cmd/screen.h"

#include <errno.h>

/* As a shell says it: 127 for a command that is not there, 126 for one that
 * cannot be run. */
static int lab_fail(const struct err *e)
{
	int status = cmd_fail(e);

	switch (e->number) {
	case ENOENT:
	case ENOTDIR:
		return 127;
	case EACCES:
	case EISDIR:
	case ENOEXEC:
	case EPERM:
		return 126;
	default:
		return status;
	}
}

int cmd_lab(struct options *o)
{
	struct lab_config config = {
		.traffic = !o->quiet,
		.carrier = o->carrier,
	};
	struct lab *lab;
	struct err e;
	int status;

	if (o->word_count == 0 && !screen_prepare(o, &e))
		return cmd_fail(&e);
	lab = lab_start(&config, &e);
	if (lab == NULL)
		return cmd_fail(&e);
	if (o->word_count > 0) {
		status = lab_command(lab, o->words, &e);
		if (status == -1)
			status = lab_fail(&e);
	} else {
		status = screen_run(o, "lab", lab_describe(lab));
	}
	lab_stop(lab);
	return status;
}
