#include "lab/space.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

long space_read_setting(const char *path)
{
	char buf[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	return n > 0 ? strtol(buf, NULL, 10) : -1;
}

/* Says which of the settings that are known to forbid it does. */
static void space_add_remedy(struct err *e)
{
	if (space_read_setting("/proc/sys/user/max_user_namespaces") == 0)
		err_remedy(e,
			   "sysctl user.max_user_namespaces is 0: sudo "
			   "sysctl -w user.max_user_namespaces=10000, or run "
			   "the lab with sudo");
	else if (space_read_setting("/proc/sys/user/max_net_namespaces") == 0)
		err_remedy(e, "sysctl user.max_net_namespaces is 0: sudo "
			      "sysctl -w user.max_net_namespaces=10000");
	else if (space_read_setting(
			 "/proc/sys/kernel/unprivileged_userns_clone") == 0)
		err_remedy(e,
			   "sysctl kernel.unprivileged_userns_clone is 0: "
			   "sudo sysctl -w kernel.unprivileged_userns_clone=1"
			   ", or run the lab with sudo");
	else if (space_read_setting("/proc/sys/kernel/apparmor_restrict_"
				    "unprivileged_userns") == 1)
		err_remedy(e, "sysctl kernel.apparmor_restrict_unprivileged_"
			      "userns is 1: sudo sysctl -w kernel.apparmor_"
			      "restrict_unprivileged_userns=0, or run the lab "
			      "with sudo");
	else
		err_remedy(e, "a container's or a security module's rule may "
			      "forbid it; run the lab with sudo, or outside "
			      "the container");
}

bool space_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);
	bool good;

	if (fd == -1)
		return false;
	good = write(fd, text, len) == (ssize_t)len;
	close(fd);
	return good;
}

static bool space_write_map(const char *path, unsigned id, struct err *e)
{
	char line[32];

	snprintf(line, sizeof(line), "0 %u 1", id);
	if (space_write_file(path, line))
		return true;
	err_system(e, EXIT_USAGE,
		   "the lab cannot name its user in a new user namespace (%s)",
		   path);
	space_add_remedy(e);
	return false;
}

bool space_enter(struct err *e)
{
	unsigned uid = geteuid(), gid = getegid();

	if (uid == 0 && unshare(CLONE_NEWNET) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1) {
		err_system(
			e, EXIT_USAGE,
			"the lab needs a user and a network namespace of its "
			"own, which the system refuses");
		space_add_remedy(e);
		return false;
	}
	/* A program with file capabilities is not dumpable, and then its files
	 * in /proc belong to the real root. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	/* Must come before gid_map (user_namespaces(7)); kernels before 3.19
	 * do not have it. */
	if (!space_write_file("/proc/self/setgroups", "deny") &&
	    errno != ENOENT) {
		err_system(e, EXIT_USAGE,
			   "the lab cannot write /proc/self/setgroups");
		space_add_remedy(e);
		return false;
	}
	return space_write_map("/proc/self/uid_map", uid, e) &&
	       space_write_map("/proc/self/gid_map", gid, e);
}

bool space_enter_far(struct err *e)
{
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	err_system(e, EXIT_USAGE,
		   "the lab needs a second network namespace for its hosts");
	space_add_remedy(e);
	return false;
}

bool space_allowed(struct err *e)
{
	int channel[2], status;
	pid_t child;
	ssize_t n;

	if (pipe(channel) == -1)
		return err_system(e, EXIT_USAGE, "cannot make a pipe");
	child = fork();
	if (child == -1) {
		err_system(e, EXIT_USAGE, "cannot fork");
		close(channel[0]);
		close(channel[1]);
		return false;
	}
	if (child == 0) {
		if (space_enter(e) || write(channel[1], e, sizeof(*e)) == -1)
			_exit(EXIT_OK);
		_exit(EXIT_USAGE);
	}
	close(channel[1]);
	n = read(channel[0], e, sizeof(*e));
	close(channel[0]);
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	/* Nothing came: it worked. A whole error: that is why not. */
	if (n == 0)
		return true;
	if (n != (ssize_t)sizeof(*e))
		err_set(e, EXIT_USAGE, "the attempt ended without an answer");
	return false;
}
