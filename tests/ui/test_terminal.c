/*
 * A terminal that nobody reads: the screen hangs in a write, and must end all
 * the same when it is asked to.
 */
#include <criterion/criterion.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts the demo on a terminal of its own; its process id. */
static pid_t start_demo(int *terminal)
{
	struct winsize size = {.ws_row = 400, .ws_col = 900};
	const char *demo = getenv("UI_DEMO");
	pid_t pid;

	if (demo == NULL)
		demo = "./tests/ui/ui_demo";
	if (access(demo, X_OK) != 0)
		cr_skip_test("the demo is not built");
	pid = forkpty(terminal, NULL, NULL, &size);
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		setenv("LC_ALL", "C.UTF-8", 1);
		execl(demo, demo, "--flows", "2000", (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* Waits, 30 s at most, until it has ended; false when it has not. */
static bool wait_end(pid_t pid, int *status)
{
	for (int i = 0; i < 300; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		poll(NULL, 0, 100);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return false;
}

/* Waits until it has begun to draw: then there is something to read, and so
 * large a picture does not fit what the terminal holds. */
static void wait_output(int terminal)
{
	struct pollfd p = {.fd = terminal, .events = POLLIN};

	cr_assert_eq(poll(&p, 1, 30000), 1);
	for (int i = 0, held = 0, before = -1; i < 100; i++) {
		cr_assert_eq(ioctl(terminal, FIONREAD, &held), 0);
		if (held == before && held > 0)
			return;
		before = held;
		poll(NULL, 0, 100);
	}
}

Test(terminal, one_that_nobody_reads_does_not_keep_the_process)
{
	int terminal, status = 0;
	pid_t pid = start_demo(&terminal);

	wait_output(terminal);
	kill(pid, SIGTERM);
	cr_assert(wait_end(pid, &status));
	/* It dies of what it was sent, not of the alarm that helped. */
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
		  "status %x", (unsigned)status);
}

Test(terminal, a_second_request_ends_it_at_once)
{
	int terminal, status = 0;
	pid_t pid = start_demo(&terminal);

	wait_output(terminal);
	kill(pid, SIGTERM);
	poll(NULL, 0, 100);
	kill(pid, SIGINT);
	cr_assert(wait_end(pid, &status));
	cr_expect(WIFSIGNALED(status), "status %x", (unsigned)status);
}

Test(terminal, one_that_is_stopped_does_not_keep_q_from_quitting)
{
	char buf[4096];
	int terminal, status = 0;
	pid_t pid = start_demo(&terminal);
	struct pollfd p = {.fd = terminal, .events = POLLIN};

	cr_assert_eq(poll(&p, 1, 30000), 1);
	/* The whole first picture. */
	while (poll(&p, 1, 150) == 1 && read(terminal, buf, sizeof(buf)) > 0)
		;
	cr_assert_eq(write(terminal, "\023", 1), 1);
	/* Several pictures are due. */
	poll(NULL, 0, 1500);
	cr_assert_eq(write(terminal, "q", 1), 1);
	cr_assert(wait_end(pid, &status));
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x",
		  (unsigned)status);
}

Test(terminal, one_that_goes_away_ends_it)
{
	int terminal, status = 0;
	pid_t pid = start_demo(&terminal);

	wait_output(terminal);
	close(terminal);
	cr_assert(wait_end(pid, &status));
}
