#include "priv/priv.h"

#include "priv/helper.h"
#include "priv/message.h"
#include "priv/reduce.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRIV_ANSWER_TIMEOUT_MS 5000

struct priv {
	pthread_mutex_t lock; /* one request at a time */
	int socket_fd;
	pid_t pid;
	uint32_t next_id;
};

/* What to do when a socket may not be opened. */
static void priv_remedy(struct err *e)
{
	char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		n = snprintf(path, sizeof(path), "$(command -v rawtop)");
	path[n] = '\0';
	err_remedy(e,
		   "run `sudo setcap cap_net_raw+ep %s` once, or start it with "
		   "sudo, or try "
		   "`rawtop lab`, which needs neither",
		   path);
}

static void priv_describe(const struct priv_request *request, char *text,
			  size_t size)
{
	switch (request->kind) {
	case PRIV_RAW_IPV4:
	case PRIV_RAW_IPV6:
		snprintf(text, size, "a raw IPv%d socket for protocol %u",
			 request->kind == PRIV_RAW_IPV4 ? 4 : 6,
			 request->proto);
		break;
	default:
		snprintf(text, size, "an AF_PACKET socket");
		break;
	}
}

static void priv_complain(const struct priv_request *request, int number,
			  struct err *e)
{
	struct rlimit limit = {0};
	char what[64];

	errno = number;
	/* True of every socket: which one was asked for first says nothing. */
	if (number == EPERM || number == EACCES) {
		err_system(e, EXIT_USAGE, "raw sockets need CAP_NET_RAW");
		priv_remedy(e);
		return;
	}
	priv_describe(request, what, sizeof(what));
	err_system(e, EXIT_USAGE, "opening %s", what);
	switch (number) {
	case EDQUOT:
		err_remedy(e,
			   "the privileged helper gives out %d at once and one "
			   "a second later on: quit and start rawtop again",
			   PRIV_SOCKETS_MAX);
		break;
	case EMFILE:
		getrlimit(RLIMIT_NOFILE, &limit);
		err_remedy(e,
			   "%llu descriptors are allowed: raise it with "
			   "`ulimit -n`, or name fewer protocols with -p",
			   (unsigned long long)limit.rlim_cur);
		break;
	case EAFNOSUPPORT:
		err_remedy(e, "this kernel runs without that protocol family");
		break;
	default:
		break;
	}
}

static bool priv_gone(struct err *e)
{
	err_set(e, EXIT_USAGE,
		"the privileged helper (rawtop-priv) is gone: no socket can "
		"be opened any more");
	err_remedy(e, "quit and start rawtop again");
	return false;
}

/* The descriptor that rides on a message, or -1. */
static int priv_take_descriptor(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		int fd;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    c->cmsg_len != CMSG_LEN(sizeof(int)))
			continue;
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
		return fd;
	}
	return -1;
}

/*
 * Receives one reply and the descriptor it may carry. False with errno set;
 * ENOTCONN: the helper is gone, ETIME: it does not answer.
 */
static bool priv_receive(const struct priv *p, struct priv_reply *reply,
			 int *fd)
{
	struct pollfd ready = {.fd = p->socket_fd, .events = POLLIN};
	struct iovec iov = {.iov_base = reply, .iov_len = sizeof(*reply)};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;
	int events;

	do {
		events = poll(&ready, 1, PRIV_ANSWER_TIMEOUT_MS);
	} while (events < 0 && errno == EINTR);
	if (events <= 0) {
		errno = events == 0 ? ETIME : errno;
		return false;
	}
	n = recvmsg(p->socket_fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n != (ssize_t)sizeof(*reply)) {
		errno = ENOTCONN;
		return false;
	}
	*fd = priv_take_descriptor(&msg);
	return true;
}

/* Waits for the reply to request `id`; late ones to earlier requests are
 * thrown away. */
static bool priv_await(const struct priv *p, uint32_t id,
		       struct priv_reply *reply, int *fd)
{
	while (priv_receive(p, reply, fd)) {
		if (reply->id == id)
			return true;
		if (*fd >= 0)
			close(*fd);
	}
	return false;
}

static bool priv_no_answer(struct err *e)
{
	if (errno != ETIME)
		return priv_gone(e);
	return err_set(e, EXIT_USAGE,
		       "the privileged helper (rawtop-priv) did not answer "
		       "within %d s; is it stopped?",
		       PRIV_ANSWER_TIMEOUT_MS / 1000);
}

static int priv_ask(struct priv *p, const struct priv_request *request,
		    struct err *e)
{
	struct priv_message m = {
		.id = p->next_id,
		.receive_buffer_bytes = request->receive_buffer_bytes,
		.kind = request->kind,
		.proto = request->proto,
	};
	struct priv_reply reply;
	int fd = -1;

	/* 0 is the greeting's. */
	p->next_id = p->next_id == UINT32_MAX ? 1 : p->next_id + 1;
	if (send(p->socket_fd, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)sizeof(m)) {
		if (errno == EAGAIN)
			errno = ETIME;
		priv_no_answer(e);
		return -1;
	}
	if (!priv_await(p, m.id, &reply, &fd)) {
		priv_no_answer(e);
		return -1;
	}
	if (reply.error == 0 && fd >= 0)
		return fd;
	/* The helper sent one and there was no room for it here: EMFILE. */
	priv_complain(request, reply.error != 0 ? reply.error : EMFILE, e);
	return -1;
}

int priv_open(struct priv *p, const struct priv_request *request, struct err *e)
{
	int fd = -1;

	assert(p != NULL && request != NULL);
	pthread_mutex_lock(&p->lock);
	if (priv_alive(p))
		fd = priv_ask(p, request, e);
	else
		priv_gone(e);
	pthread_mutex_unlock(&p->lock);
	return fd;
}

bool priv_alive(const struct priv *p)
{
	siginfo_t info = {0};

	/* ECHILD: somebody ignores SIGCHLD, and the kernel has reaped it. */
	return waitid(P_PID, (id_t)p->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

pid_t priv_pid(const struct priv *p)
{
	return p->pid;
}

void priv_stop(struct priv *p)
{
	if (p == NULL)
		return;
	close(p->socket_fd);
	/* It ends by itself at the closed socket, unless it was stopped. */
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct priv *priv_fork(const struct reduce_user *user, struct err *e)
{
	struct priv *p;
	int pair[2];

	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		err_set(e, EXIT_USAGE, "starting the helper: no memory");
		return NULL;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		err_system(e, EXIT_USAGE,
			   "making the socket pair to the privileged helper");
		free(p);
		return NULL;
	}
	p->pid = fork();
	if (p->pid == 0)
		helper_run(pair[1], user);
	close(pair[1]);
	if (p->pid < 0) {
		err_system(e, EXIT_USAGE, "forking the privileged helper");
		close(pair[0]);
		free(p);
		return NULL;
	}
	p->socket_fd = pair[0];
	p->next_id = 1;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

bool priv_give_up(struct err *e)
{
	struct reduce_user user = reduce_user_behind_root();

	return reduce_privilege(&user, false, e);
}

struct priv *priv_start(struct err *e)
{
	struct reduce_user user = reduce_user_behind_root();
	struct priv *p = priv_fork(&user, e);
	struct priv_reply greeting;
	int fd = -1;

	if (p == NULL)
		return NULL;
	if (!reduce_privilege(&user, false, e)) {
		priv_stop(p);
		return NULL;
	}
	if (!priv_await(p, 0, &greeting, &fd)) {
		err_set(e, EXIT_USAGE,
			"the privileged helper (rawtop-priv) ended before it "
			"was ready");
		priv_stop(p);
		return NULL;
	}
	return p;
}
