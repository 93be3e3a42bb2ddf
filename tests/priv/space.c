#include "tests/priv/space.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool space_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static bool space_raise_loopback(void)
{
	struct ifreq ifr = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	if (fd < 0)
		return false;
	ifr.ifr_flags = IFF_UP;
	ok = ioctl(fd, SIOCSIFFLAGS, &ifr) == 0;
	close(fd);
	return ok;
}

bool space_enter(void)
{
	return unshare(CLONE_NEWNET) == 0 && space_raise_loopback();
}

bool space_is_narrow(void)
{
	unsigned inside = 0;
	unsigned outside = 0;
	unsigned length = 0;
	FILE *f = fopen("/proc/self/uid_map", "re");
	bool read = false;

	if (f != NULL) {
		read = fscanf(f, "%u %u %u", &inside, &outside, &length) == 3;
		fclose(f);
	}
	return read && length == 1;
}

/* Only a process with one thread can, which a Criterion test is not. */
static bool space_enter_user(void)
{
	unsigned uid = (unsigned)geteuid();
	unsigned gid = (unsigned)getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) != 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!space_write("/proc/self/setgroups", "deny") ||
	    !space_write("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return space_write("/proc/self/gid_map", map);
}

static int space_run_tests(int argc, char *argv[])
{
	struct criterion_test_set *tests = criterion_initialize();
	int status = 0;

	if (criterion_handle_args(argc, argv, true))
		status = criterion_run_all_tests(tests) ? 0 : 1;
	criterion_finalize(tests);
	return status;
}

static int space_run_narrow(int argc, char *argv[])
{
	if (space_enter_user())
		return space_run_tests(argc, argv);
	fprintf(stderr, "skipped: no user namespace: %s\n", strerror(errno));
	return 77;
}

int space_main(int argc, char *argv[])
{
	int status = 0;
	pid_t narrow;

	if (geteuid() != 0)
		return space_run_narrow(argc, argv);
	narrow = fork();
	if (narrow == 0)
		exit(space_run_narrow(argc, argv));
	if (narrow < 0 || waitpid(narrow, &status, 0) != narrow)
		return 99;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 99;
	if (status != 0 && status != 77)
		return status;
	return space_run_tests(argc, argv);
}

int space_run(const char *format, ...)
{
	char command[1024];
	char quiet[1100];
	va_list ap;
	int status;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	snprintf(quiet, sizeof(quiet), "{ %s ; } >/dev/null 2>&1", command);
	status = system(quiet);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

unsigned long long space_status(int pid, const char *name, int base)
{
	char path[64];
	char line[256];
	unsigned long long x = UINT64_MAX;
	size_t n = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return x;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			x = strtoull(line + n + 1, NULL, base);
	}
	fclose(f);
	return x;
}
