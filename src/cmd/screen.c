#include "cmd/screen.h"

#include "cmd/cmd.h"
#include "cmd/session.h"
#include "ui/app.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool screen_prepare(struct options *o, struct err *e)
{
	int kept, terminal;

	if (!isatty(STDOUT_FILENO))
		return err_set(e, EXIT_USAGE,
			       "standard output is not a terminal, so there is "
			       "no screen to draw on (rawtop flows writes flow "
			       "records without one)");
	if (!cmd_check_stack(CMD_STACK_SCREEN_KIB, e))
		return false;
	if (isatty(STDIN_FILENO)) {
		if (o->engine.file == NULL || strcmp(o->engine.file, "-") != 0)
			return true;
		return err_set(e, EXIT_USAGE,
			       "standard input is the terminal, not a capture "
			       "(pipe one in: ssh HOST tcpdump -w - | rawtop "
			       "-r -)");
	}
	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal == -1) {
		err_system(e, EXIT_USAGE,
			   "standard input is not a terminal and /dev/tty "
			   "cannot be opened to read keys");
		err_remedy(e, "rawtop flows needs no terminal");
		return false;
	}
	if (o->engine.file != NULL && strcmp(o->engine.file, "-") == 0) {
		kept = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		if (kept == -1) {
			close(terminal);
			return err_system(e, EXIT_USAGE,
					  "cannot keep standard input");
		}
		o->engine.file_fd = kept;
	}
	dup2(terminal, STDIN_FILENO);
	close(terminal);
	return true;
}

int screen_run(struct options *o, const char *title, const char *banner)
{
	const char *no_color = getenv("NO_COLOR");
	struct ui_config ui = {
		.title = title,
		.banner = banner,
		.sort = o->sort,
		.ascii = o->ascii,
		.monochrome = o->monochrome ||
			      (no_color != NULL && no_color[0] != '\0'),
		.closed = !options_live(o),
	};
	struct session s;
	struct err e;
	int status;

	options_set_for_screen(o);
	if (!session_open(&s, o, NULL, &e) || !session_start(&s, o, &e)) {
		status = cmd_fail(&e);
	} else {
		status = (int)ui_run(s.engine, &ui, &e);
		if (status != EXIT_OK)
			cmd_fail(&e);
		engine_stop(s.engine);
		if (status == EXIT_OK && engine_failed(s.engine, &e))
			status = cmd_fail(&e);
	}
	session_end(&s);
	return status;
}
