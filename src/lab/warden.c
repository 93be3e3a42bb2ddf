#include "lab/warden.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARDEN_GRACE_S	  2
#define WARDEN_NAP_NS	  (5 * CLOCK_NS_PER_MS)
#define WARDEN_LIST_BYTES 4096

/* Not to be run: 127, and why not in the channel. */
static _Noreturn void warden_fail(int channel, int number)
{
	if (write(channel, &number, sizeof(number)) == -1)
		_exit(126);
	_exit(127);
}

/* In the command's process: becomes it. */
static _Noreturn void warden_exec(char *const argv[], pid_t warden, int channel,
				  const sigset_t *mask)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == warden)
		execvp(argv[0], argv);
	warden_fail(channel, errno);
}

/* Sends SIGKILL to every child there is now; those of a killed one are seen at
 * the next look, and so are those that one's end has hidden. False where the
 * system does not list them. */
static bool warden_kill_children(void)
{
	char list[WARDEN_LIST_BYTES];
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *at = list, *end;

	if (fd == -1)
		return false;
	n = read(fd, list, sizeof(list) - 1);
	close(fd);
	list[n > 0 ? n : 0] = '\0';
	for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end) {
		/* A number that the buffer's end may have cut is left. */
		if (*end == ' ')
			kill((pid_t)pid, SIGKILL);
	}
	return true;
}

/* Waits for ended children; true when there is none left at all. */
static bool warden_reap(pid_t command, int *status)
{
	int any;
	pid_t pid;

	while ((pid = waitpid(-1, &any, WNOHANG)) > 0) {
		if (pid == command)
			*status = any;
	}
	return pid == -1 && errno == ECHILD;
}

/* Until the command has ended, or has had its grace. */
static void warden_wait(pid_t command, const sigset_t *signals, int *status)
{
	struct timespec left = {0};
	uint64_t end_ns = 0, now_ns;
	int number;

	while (!warden_reap(command, status) && *status == -1) {
		number = end_ns != 0 ? sigtimedwait(signals, NULL, &left)
				     : sigwaitinfo(signals, NULL);
		now_ns = clock_monotonic_ns();
		if (number == SIGTERM || number == SIGHUP) {
			kill(command, SIGTERM);
			if (end_ns == 0)
				end_ns = now_ns +
					 WARDEN_GRACE_S * CLOCK_NS_PER_S;
		}
		if (end_ns != 0 && now_ns >= end_ns)
			return;
		if (end_ns != 0) {
			left.tv_sec =
				(time_t)((end_ns - now_ns) / CLOCK_NS_PER_S);
			left.tv_nsec =
				(long)((end_ns - now_ns) % CLOCK_NS_PER_S);
		}
	}
}

void warden_run(char *const argv[], pid_t lab, int channel)
{
	sigset_t signals, before;
	int status = -1;
	pid_t warden = getpid(), command;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	/* Ignored, the ends of children would be no news. */
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != lab)
		_exit(127);
	command = fork();
	if (command == 0)
		warden_exec(argv, warden, channel, &before);
	if (command == -1)
		warden_fail(channel, errno);
	close(channel);
	warden_wait(command, &signals, &status);
	while (!warden_reap(command, &status) && warden_kill_children())
		clock_nap_ns(WARDEN_NAP_NS);
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				  : WEXITSTATUS(status));
}
