/*
 * The privileged helper: what each process may and may not, and how either
 * behaves when the other is gone, hostile or out of means.
 */
#include "priv/priv.h"

#include "tests/priv/space.h"

#include <cap-ng.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(cap) (1ULL << (cap))
#define NETWORK	 (BIT(CAP_NET_RAW) | BIT(CAP_NET_ADMIN))

static struct err e;

static void enter(void)
{
	if (!space_enter())
		cr_skip_test("no namespaces here: %s", strerror(errno));
}

static struct priv *start(void)
{
	struct priv *p = priv_start(&e);

	cr_assert_not_null(p, "%s", e.text);
	return p;
}

static int ask(struct priv *p, uint8_t kind, uint8_t proto)
{
	struct priv_request request = {.kind = kind, .proto = proto};

	return priv_open(p, &request, &e);
}

static void expect_no_capability(int pid)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff",
					   "CapAmb"};

	for (size_t i = 0; i < 4; i++)
		cr_expect_eq(space_status(pid, sets[i], 16), 0, "%s is %llx",
			     sets[i], space_status(pid, sets[i], 16));
	cr_expect_eq(space_status(pid, "NoNewPrivs", 10), 1);
}

static void expect_helper(int pid, unsigned long long caps)
{
	cr_expect_eq(space_status(pid, "CapEff", 16), caps, "CapEff is %llx",
		     space_status(pid, "CapEff", 16));
	cr_expect_eq(space_status(pid, "CapPrm", 16), caps);
	cr_expect_eq(space_status(pid, "CapInh", 16), 0);
	cr_expect_eq(space_status(pid, "CapAmb", 16), 0);
	cr_expect_eq(space_status(pid, "NoNewPrivs", 10), 1);
}

/* Keeps exactly these capabilities, as a program with file capabilities. */
static void become_filecap(unsigned long long caps)
{
	cr_assert_eq(capng_get_caps_process(), 0);
	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if ((caps & BIT(cap)) != 0)
			capng_update(CAPNG_ADD,
				     (capng_type_t)(CAPNG_EFFECTIVE |
						    CAPNG_PERMITTED),
				     cap);
	cr_assert_eq(capng_apply(CAPNG_SELECT_CAPS), 0);
}

static bool ends_within(int pidfd, int timeout_ms)
{
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};

	return poll(&ended, 1, timeout_ms) == 1;
}

Test(priv, the_caller_keeps_nothing_and_the_helper_only_the_network)
{
	struct priv *p;

	enter();
	p = start();
	expect_no_capability(getpid());
	cr_expect_eq(space_status(getpid(), "CapBnd", 16), 0);
	expect_helper(priv_pid(p), NETWORK);
	cr_expect_eq(space_status(priv_pid(p), "CapBnd", 16), NETWORK);
	priv_stop(p);
}

Test(priv, a_socket_from_the_helper_closes_on_exec)
{
	struct priv *p;
	int fd;

	enter();
	p = start();
	expect_no_capability(getpid());
	expect_helper(priv_pid(p), NETWORK);
	fd = ask(p, PRIV_PACKET, 0);
	cr_assert_geq(fd, 0, "%s", e.text);
	cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	priv_stop(p);
}

Test(priv, net_raw_alone_is_enough_as_with_setcap)
{
	struct priv *p;

	enter();
	become_filecap(BIT(CAP_NET_RAW));
	p = start();
	expect_no_capability(getpid());
	expect_helper(priv_pid(p), BIT(CAP_NET_RAW));
	cr_expect_geq(ask(p, PRIV_RAW_IPV4, 6), 0, "%s", e.text);
	cr_expect_geq(ask(p, PRIV_RAW_IPV6, 58), 0, "%s", e.text);
	cr_expect_geq(ask(p, PRIV_PACKET, 0), 0, "%s", e.text);
	priv_stop(p);
}

Test(priv, without_privilege_the_remedies_are_named)
{
	struct priv *p;

	enter();
	become_filecap(0);
	p = start();
	cr_expect_eq(ask(p, PRIV_RAW_IPV4, 17), -1);
	cr_expect_eq(e.number, EPERM);
	cr_expect(strstr(e.text, "raw sockets need CAP_NET_RAW"), "%s", e.text);
	cr_expect_null(strstr(e.text, "protocol"), "%s", e.text);
	cr_expect(strstr(e.text, "sudo setcap cap_net_raw+ep /"));
	cr_expect(strstr(e.text, "test_priv"));
	cr_expect(strstr(e.text, "with sudo"));
	cr_expect(strstr(e.text, "rawtop lab"));
	priv_stop(p);
}

Test(priv, an_ordinary_user_gets_the_remedy)
{
	struct priv *p;

	if (!space_is_narrow())
		cr_assert(setgid(65534) == 0 && setuid(65534) == 0);
	else
		become_filecap(0);
	p = start();
	expect_no_capability(getpid());
	cr_expect_eq(ask(p, PRIV_PACKET, 0), -1);
	cr_expect_eq(e.number, EPERM);
	cr_expect(strstr(e.text, "setcap"));
	priv_stop(p);
}

Test(priv, under_sudo_both_become_the_user_who_called)
{
	struct priv *p;
	int fd;

	if (space_is_narrow())
		cr_skip_test("there is no other user in this namespace");
	enter();
	setenv("SUDO_UID", "65533", 1);
	setenv("SUDO_GID", "65532", 1);
	p = start();
	cr_expect_eq(getuid(), 65533);
	cr_expect_eq(getgid(), 65532);
	cr_expect_eq(getgroups(0, NULL), 0);
	cr_expect_neq(setuid(0), 0);
	expect_no_capability(getpid());
	expect_helper(priv_pid(p), NETWORK);
	cr_expect_eq(space_status(priv_pid(p), "Uid", 10), 65533);
	cr_expect_eq(space_status(priv_pid(p), "Gid", 10), 65532);
	fd = ask(p, PRIV_RAW_IPV6, 253);
	cr_expect_geq(fd, 0, "%s", e.text);
	priv_stop(p);
}

Test(priv, setuid_root_becomes_the_real_user_whatever_the_environment_says)
{
	static const gid_t groups[] = {65530, 65531};
	gid_t kept[4];
	uid_t uid[3];
	gid_t gid[3];
	struct priv *p;

	if (space_is_narrow())
		cr_skip_test("there is no other user in this namespace");
	enter();
	setenv("SUDO_UID", "65533", 1);
	setenv("SUDO_GID", "65532", 1);
	/* As the kernel starts a setuid-root program of user 65529. */
	cr_assert_eq(setgroups(2, groups), 0);
	cr_assert_eq(setresgid(65528, 65528, 65528), 0);
	cr_assert_eq(setresuid(65529, 0, 0), 0);
	p = start();
	cr_assert_eq(getresuid(&uid[0], &uid[1], &uid[2]), 0);
	cr_assert_eq(getresgid(&gid[0], &gid[1], &gid[2]), 0);
	for (size_t i = 0; i < 3; i++) {
		cr_expect_eq(uid[i], 65529);
		cr_expect_eq(gid[i], 65528);
	}
	cr_expect_eq(getgroups(4, kept), 2);
	cr_expect_neq(setuid(0), 0);
	expect_no_capability(getpid());
	expect_helper(priv_pid(p), NETWORK);
	cr_expect_eq(space_status(priv_pid(p), "Uid", 10), 65529);
	cr_expect_eq(space_status(priv_pid(p), "Gid", 10), 65528);
	cr_expect_geq(ask(p, PRIV_PACKET, 0), 0, "%s", e.text);
	priv_stop(p);
}

Test(priv, a_sudo_user_unknown_to_the_namespace_changes_nothing)
{
	struct priv *p;

	if (!space_is_narrow())
		cr_skip_test("every user is known here");
	enter();
	setenv("SUDO_UID", "65533", 1);
	setenv("SUDO_GID", "65532", 1);
	p = start();
	cr_expect_eq(getuid(), 0);
	expect_no_capability(getpid());
	cr_expect_geq(ask(p, PRIV_PACKET, 0), 0, "%s", e.text);
	priv_stop(p);
}

Test(priv, each_kind_gives_the_socket_that_was_asked_for)
{
	static const struct {
		uint8_t kind, proto;
		int domain, protocol;
	} wanted[] = {
		{PRIV_RAW_IPV4, 6, AF_INET, 6},
		{PRIV_RAW_IPV4, 255, AF_INET, 255},
		{PRIV_RAW_IPV6, 17, AF_INET6, 17},
		{PRIV_PACKET, 0, AF_PACKET, 0},
	};
	struct priv *p;

	enter();
	p = start();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int fd = ask(p, wanted[i].kind, wanted[i].proto);
		int value = 0;
		socklen_t size = sizeof(value);

		cr_assert_geq(fd, 0, "%s", e.text);
		getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size);
		cr_expect_eq(value, wanted[i].domain);
		getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &size);
		cr_expect_eq(value, SOCK_RAW);
		if (wanted[i].domain != AF_PACKET) {
			getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &size);
			cr_expect_eq(value, wanted[i].protocol);
		}
		close(fd);
	}
	priv_stop(p);
}

Test(priv, what_is_not_on_the_list_is_refused_and_the_helper_lives)
{
	static const struct priv_request bad[] = {
		{.kind = PRIV_RAW_IPV4, .proto = 0},
		{.kind = PRIV_RAW_IPV6, .proto = 0},
		{.kind = PRIV_PACKET, .proto = 3},
		{.kind = PRIV_PACKET + 1, .proto = 1},
		{.kind = 255, .proto = 255},
		{.kind = PRIV_PACKET, .receive_buffer_bytes = (64u << 20) + 1},
		{.kind = PRIV_RAW_IPV4,
		 .proto = 6,
		 .receive_buffer_bytes = UINT32_MAX},
	};
	struct priv *p;

	enter();
	p = start();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(priv_open(p, &bad[i], &e), -1);
		cr_expect(e.number == EINVAL || e.number == EPROTONOSUPPORT,
			  "request %zu: %s", i, e.text);
	}
	cr_expect_geq(ask(p, PRIV_RAW_IPV4, 1), 0, "%s", e.text);
	cr_expect(priv_alive(p));
	priv_stop(p);
}

Test(priv, a_helper_that_gives_no_more_sockets_says_the_remedy)
{
	struct priv *p;
	int fd = 0;

	enter();
	p = start();
	for (unsigned i = 0; i < 4096 && fd >= 0; i++) {
		fd = ask(p, PRIV_PACKET, 0);
		if (fd >= 0)
			close(fd);
	}
	cr_assert_eq(fd, -1);
	cr_expect_eq(e.number, EDQUOT);
	cr_expect(strstr(e.text, "gives out 1024"), "%s", e.text);
	cr_expect(priv_alive(p));
	priv_stop(p);
}

Test(priv, the_buffer_asked_for_is_given)
{
	struct priv_request request = {.kind = PRIV_RAW_IPV4,
				       .proto = 1,
				       .receive_buffer_bytes = 100000};
	socklen_t size = sizeof(int);
	int got = 0;
	struct priv *p;
	int fd;

	enter();
	p = start();
	fd = priv_open(p, &request, &e);
	cr_assert_geq(fd, 0, "%s", e.text);
	getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
	cr_expect_eq(got, 200000);
	priv_stop(p);
}

Test(priv, a_killed_helper_is_noticed_and_said)
{
	struct priv *p;
	int pidfd;

	enter();
	p = start();
	cr_assert(priv_alive(p));
	pidfd = pidfd_open(priv_pid(p), 0);
	kill(priv_pid(p), SIGKILL);
	cr_assert(ends_within(pidfd, 60000));
	cr_expect_not(priv_alive(p));
	cr_expect_eq(ask(p, PRIV_PACKET, 0), -1);
	cr_expect(strstr(e.text, "rawtop-priv) is gone"), "%s", e.text);
	priv_stop(p);
}

Test(priv, the_helper_ends_when_its_parent_is_killed)
{
	int pipe_fd[2];
	pid_t helper = 0;
	pid_t parent;
	int pidfd;

	enter();
	cr_assert_eq(pipe(pipe_fd), 0);
	parent = fork();
	if (parent == 0) {
		struct priv *p = priv_start(&e);

		helper = p == NULL ? 0 : priv_pid(p);
		if (write(pipe_fd[1], &helper, sizeof(helper)) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	cr_assert_eq(read(pipe_fd[0], &helper, sizeof(helper)),
		     (ssize_t)sizeof(helper));
	cr_assert_gt(helper, 0);
	pidfd = pidfd_open(helper, 0);
	cr_assert_geq(pidfd, 0);
	cr_assert_not(ends_within(pidfd, 0));
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	cr_expect(ends_within(pidfd, 60000));
}

Test(priv, the_keys_of_the_terminal_do_not_touch_the_helper)
{
	static const int signals[] = {SIGINT,  SIGQUIT, SIGTSTP,
				      SIGTTIN, SIGTTOU, SIGHUP};
	struct priv *p;

	enter();
	p = start();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		kill(priv_pid(p), signals[i]);
	cr_expect_geq(ask(p, PRIV_PACKET, 0), 0, "%s", e.text);
	cr_expect_neq(getsid(priv_pid(p)), getsid(0));
	priv_stop(p);
}

Test(priv, the_helper_holds_nothing_that_it_inherited)
{
	int pipe_fd[2];
	char byte;
	struct priv *p;

	enter();
	cr_assert_eq(pipe(pipe_fd), 0);
	p = start();
	close(pipe_fd[1]);
	/* The end of file comes only when the helper has no copy. */
	cr_expect_eq(read(pipe_fd[0], &byte, 1), 0);
	priv_stop(p);
}

Test(priv, out_of_descriptors_is_said_with_the_remedy)
{
	struct rlimit limit = {0};
	struct priv *p;
	int fd;

	enter();
	p = start();
	fd = dup(0);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)fd;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_expect_eq(ask(p, PRIV_RAW_IPV4, 6), -1);
	cr_expect_eq(e.number, EMFILE);
	cr_expect(strstr(e.text, "ulimit -n"), "%s", e.text);
	limit.rlim_cur += 1;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_expect_eq(ask(p, PRIV_RAW_IPV4, 6), fd, "%s", e.text);
	priv_stop(p);
}

#define ASKERS 4
#define ASKED  40

struct asker {
	struct priv *p;
	uint8_t proto;
	int wrong;
};

static void *asker_run(void *context)
{
	struct asker *a = context;

	for (int i = 0; i < ASKED; i++) {
		struct priv_request request = {.kind = PRIV_RAW_IPV4,
					       .proto = a->proto};
		socklen_t size = sizeof(int);
		struct err why;
		int got = 0;
		int fd = priv_open(a->p, &request, &why);

		if (fd < 0 ||
		    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &got, &size) != 0 ||
		    got != a->proto)
			a->wrong++;
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

Test(priv, threads_that_ask_at_once_each_get_their_own)
{
	struct asker askers[ASKERS];
	pthread_t threads[ASKERS];
	struct priv *p;

	enter();
	p = start();
	for (int i = 0; i < ASKERS; i++) {
		askers[i] = (struct asker){.p = p, .proto = (uint8_t)(i + 100)};
		cr_assert_eq(pthread_create(&threads[i], NULL, asker_run,
					    &askers[i]),
			     0);
	}
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(threads[i], NULL);
		cr_expect_eq(askers[i].wrong, 0);
	}
	priv_stop(p);
}

Test(priv, giving_up_without_a_helper_leaves_nothing_either)
{
	enter();
	cr_assert(priv_give_up(&e), "%s", e.text);
	expect_no_capability(getpid());
	cr_expect_eq(space_status(getpid(), "CapBnd", 16), 0);
	cr_expect_eq(socket(AF_PACKET, SOCK_RAW, 0), -1);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "there is no child");
}

Test(priv, stopping_leaves_no_process)
{
	struct priv *p;
	pid_t pid;

	enter();
	p = start();
	pid = priv_pid(p);
	priv_stop(p);
	priv_stop(NULL);
	cr_expect_eq(kill(pid, 0), -1);
	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
