#include "lab/child.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_AWAIT_MS 10000

/* Closes every descriptor from `first` to `last`. */
static void child_close_range(unsigned first, unsigned last)
{
	long limit = sysconf(_SC_OPEN_MAX);

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	/* Linux before 5.9. */
	if (limit < 0 || limit > 65536)
		limit = 65536;
	for (unsigned fd = first; fd <= last && fd < (unsigned)limit; fd++)
		close((int)fd);
}

static void child_close_others(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b);
	unsigned high = (unsigned)(a < b ? b : a);

	child_close_range(3, low - 1);
	child_close_range(low + 1, high - 1);
	child_close_range(high + 1, ~0u);
}

static void child_settle(const struct child *c, pid_t parent, int keep)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It may have died before it was asked to tell. */
	if (getppid() != parent || null == -1)
		_exit(EXIT_USAGE);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	child_close_others(c->lifeline, keep == -1 ? c->lifeline : keep);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

bool child_fork(struct child *c, int keep, struct err *e)
{
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return err_system(e, EXIT_USAGE,
				  "the lab cannot make a socket pair");
	/* What waits in a buffer would be printed twice. */
	fflush(NULL);
	c->pid = fork();
	if (c->pid == -1) {
		err_system(e, EXIT_USAGE, "the lab cannot fork");
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	close(ends[c->pid == 0 ? 0 : 1]);
	c->lifeline = ends[c->pid == 0 ? 1 : 0];
	if (c->pid == 0)
		child_settle(c, parent, keep);
	return true;
}

void child_reduce(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	/* A set that is gone already cannot be taken away again. */
	if (capng_apply(CAPNG_SELECT_BOTH) != 0)
		capng_apply(CAPNG_SELECT_CAPS);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* Changed credentials may have cleared it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void child_tell(struct child *c)
{
	if (send(c->lifeline, "+", 1, MSG_NOSIGNAL) == -1)
		return; /* the other side finds out by itself */
}

void child_tell_error(struct child *c, const struct err *error)
{
	if (send(c->lifeline, error, sizeof(*error), MSG_NOSIGNAL) == -1)
		return;
}

bool child_await(struct child *c, struct err *e)
{
	struct pollfd wait = {.fd = c->lifeline, .events = POLLIN};
	struct err told;
	ssize_t n = -1;
	int ready;

	do {
		ready = poll(&wait, 1, CHILD_AWAIT_MS);
	} while (ready == -1 && errno == EINTR);
	if (ready == 1)
		n = recv(c->lifeline, &told, sizeof(told), 0);
	if (n == 1)
		return true;
	if (n == (ssize_t)sizeof(told))
		*e = told;
	else
		err_set(e, EXIT_USAGE,
			"a process of the lab ended or hangs before it was "
			"ready");
	return false;
}

void child_stop(struct child *c)
{
	/* Shut, not closed: others may have inherited this end. */
	shutdown(c->lifeline, SHUT_RDWR);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		;
	close(c->lifeline);
}
