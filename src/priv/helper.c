#include "priv/helper.h"

#include "base/clock.h"
#include "priv/message.h"
#include "priv/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HELPER_SOCKET 3

/* What may still be given out. */
struct helper_budget {
	unsigned sockets;
	uint64_t since_ns; /* one more for each second since then */
};

/* Descriptors 0 to 2 become /dev/null, 3 the socket, all others close. */
static bool helper_close_inherited(int socket_fd)
{
	int null_fd;
	int high_fd = fcntl(socket_fd, F_DUPFD, HELPER_SOCKET + 1);

	if (high_fd < 0 || dup2(high_fd, HELPER_SOCKET) < 0)
		return false;
	close_range(HELPER_SOCKET + 1, ~0u, 0);
	null_fd = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < HELPER_SOCKET; fd++) {
		if (null_fd >= 0)
			dup2(null_fd, fd);
		else
			close(fd);
	}
	if (null_fd >= HELPER_SOCKET)
		close(null_fd);
	return true;
}

/*
 * The terminal's signals are for the program that draws: it ends the helper
 * by closing the socket, in its own time.
 */
static void helper_ignore_terminal(void)
{
	static const int ignored[] = {SIGINT,  SIGQUIT, SIGTSTP, SIGTTIN,
				      SIGTTOU, SIGHUP,	SIGPIPE, SIGWINCH};
	static const int normal[] = {SIGTERM, SIGCHLD, SIGSEGV, SIGBUS,
				     SIGABRT, SIGFPE,  SIGILL,	SIGALRM,
				     SIGUSR1, SIGUSR2};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	for (size_t i = 0; i < sizeof(normal) / sizeof(normal[0]); i++)
		signal(normal[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
}

/* The closed list. 0, or the errno to refuse with. */
static int helper_check(const struct priv_message *m)
{
	if (m->zero != 0 ||
	    m->receive_buffer_bytes > PRIV_RECEIVE_BUFFER_MAX_BYTES)
		return EINVAL;
	switch (m->kind) {
	case PRIV_RAW_IPV4:
	case PRIV_RAW_IPV6:
		return m->proto == 0 ? EPROTONOSUPPORT : 0;
	case PRIV_PACKET:
		return m->proto == 0 ? 0 : EPROTONOSUPPORT;
	default:
		return EINVAL;
	}
}

static int helper_socket(const struct priv_message *m)
{
	int type = SOCK_RAW | SOCK_CLOEXEC;

	switch (m->kind) {
	case PRIV_RAW_IPV4:
		return socket(AF_INET, type, m->proto);
	case PRIV_RAW_IPV6:
		return socket(AF_INET6, type, m->proto);
	default:
		/* Protocol 0: takes nothing until the caller binds it. */
		return socket(AF_PACKET, type, 0);
	}
}

/* As much buffer as allowed: a smaller one loses earlier, and is counted. */
static void helper_size_buffer(int fd, uint32_t bytes)
{
	int size = (int)bytes;

	if (bytes == 0)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) !=
	    0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Sends the reply, with the descriptor if it is not negative. */
static bool helper_reply(uint32_t id, int error, int fd)
{
	struct priv_reply reply = {.id = id, .error = error};
	struct iovec iov = {.iov_base = &reply, .iov_len = sizeof(reply)};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(HELPER_SOCKET, &msg, MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(reply);
}

static bool helper_spend(struct helper_budget *budget)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t seconds = (now_ns - budget->since_ns) / CLOCK_NS_PER_S;
	uint64_t room = PRIV_SOCKETS_MAX - budget->sockets;

	budget->sockets += (unsigned)(seconds < room ? seconds : room);
	budget->since_ns += seconds * CLOCK_NS_PER_S;
	if (budget->sockets == 0)
		return false;
	budget->sockets--;
	return true;
}

static bool helper_answer(const struct priv_message *m,
			  struct helper_budget *budget)
{
	int error = helper_check(m);
	int fd = -1;
	bool sent;

	if (error == 0 && !helper_spend(budget))
		error = EDQUOT;
	if (error == 0) {
		fd = helper_socket(m);
		error = fd < 0 ? errno : 0;
	}
	if (fd >= 0)
		helper_size_buffer(fd, m->receive_buffer_bytes);
	sent = helper_reply(m->id, error, fd);
	/* Too many descriptors under way: say that instead. */
	if (!sent && fd >= 0)
		sent = helper_reply(m->id, errno, -1);
	if (fd >= 0)
		close(fd);
	return sent;
}

/* One request; false when there will be no more. */
static bool helper_turn(struct helper_budget *budget)
{
	struct priv_message m;
	struct iovec iov = {.iov_base = &m, .iov_len = sizeof(m)};
	/* No room for control data: the kernel closes descriptors sent here. */
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(HELPER_SOCKET, &msg, 0);

	if (n == 0)
		return false;
	if (n < 0)
		return errno == EINTR;
	if (n != (ssize_t)sizeof(m) ||
	    (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return helper_reply(n >= (ssize_t)sizeof(m.id) ? m.id : 0,
				    EBADMSG, -1);
	return helper_answer(&m, budget);
}

void helper_run(int socket_fd, const struct reduce_user *user)
{
	struct helper_budget budget = {.sockets = PRIV_SOCKETS_MAX};
	struct err e;

	helper_ignore_terminal();
	prctl(PR_SET_NAME, "rawtop-priv", 0, 0, 0);
	if (!helper_close_inherited(socket_fd) ||
	    !reduce_privilege(user, true, &e))
		_exit(1);
	if (chdir("/") != 0)
		_exit(1);
	/* Holds privilege: nobody of the same user may look inside. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* After the change of user, which would clear it. A parent that died
	 * before is noticed by the closed socket. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!helper_reply(0, 0, -1))
		_exit(0);
	budget.since_ns = clock_monotonic_ns();
	while (helper_turn(&budget))
		;
	_exit(0);
}
