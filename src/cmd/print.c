/*
 * print.c: what the program says of itself on its standard streams.
 */
#include "cmd/cmd.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Text may quote bytes from outside (a file's name, an expression): only its
 * line ends go out as they are. */
static void print_safe_lines(const char *text)
{
	char buf[4 * ERR_TEXT_SIZE];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	for (;;) {
		size_t len = strcspn(text, "\n");

		text_put_safe(&t, text, len, false);
		text_put_char(&t, '\n');
		text += len;
		if (*text == '\0')
			break;
		text++;
	}
	fprintf(stderr, "rawtop: %s", buf);
}

int cmd_fail(const struct err *e)
{
	print_safe_lines(e->text);
	return (int)e->status;
}

void cmd_warn(const char *text)
{
	print_safe_lines(text);
}

void cmd_reopen_streams(void)
{
	static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* The lowest free descriptor is this one: the others below it
		 * are open. */
		if (open("/dev/null", wrong_way[fd]) != fd)
			_exit(EXIT_USAGE);
	}
}

int cmd_end_stdout(void)
{
	struct err e;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	err_system(&e, EXIT_OUTPUT, "cannot write standard output");
	return cmd_fail(&e);
}
