/*
 * The helper against messages that priv.c never sends.
 */
#include "priv/helper.h"
#include "priv/message.h"
#include "priv/priv.h"

#include "tests/priv/space.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int channel;
static pid_t helper;

static void start(void)
{
	struct reduce_user nobody = {0};
	struct priv_reply greeting = {.id = 99, .error = 99};
	int pair[2];

	if (!space_enter())
		cr_skip_test("no namespaces here: %s", strerror(errno));
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	helper = fork();
	if (helper == 0)
		helper_run(pair[1], &nobody);
	close(pair[1]);
	channel = pair[0];
	cr_assert_eq(recv(channel, &greeting, sizeof(greeting), 0),
		     (ssize_t)sizeof(greeting));
	cr_assert_eq(greeting.id, 0);
	cr_assert_eq(greeting.error, 0);
}

/* Receives a reply; how many descriptors came with it. They are closed. */
static int receive(struct priv_reply *reply)
{
	struct iovec iov = {.iov_base = reply, .iov_len = sizeof(*reply)};
	union {
		char bytes[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c;
	size_t count;

	cr_assert_eq(recvmsg(channel, &msg, 0), (ssize_t)sizeof(*reply));
	c = CMSG_FIRSTHDR(&msg);
	if (c == NULL)
		return 0;
	count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
		close(fd);
	}
	return (int)count;
}

static void expect_refused(const void *message, size_t size, uint32_t id,
			   int error)
{
	struct priv_reply reply;

	cr_assert_eq(send(channel, message, size, 0), (ssize_t)size);
	cr_expect_eq(receive(&reply), 0, "no descriptor rides on a refusal");
	cr_expect_eq(reply.id, id);
	cr_expect_eq(reply.error, error, "%s", strerror(reply.error));
}

static void expect_alive(void)
{
	struct priv_message good = {
		.id = 7, .kind = PRIV_RAW_IPV4, .proto = 17};
	struct priv_reply reply;

	cr_assert_eq(send(channel, &good, sizeof(good), 0),
		     (ssize_t)sizeof(good));
	cr_expect_eq(receive(&reply), 1);
	cr_expect_eq(reply.id, 7);
	cr_expect_eq(reply.error, 0);
}

Test(helper, short_and_long_messages_are_refused)
{
	uint8_t bytes[64] = {5, 0, 0, 0};

	start();
	for (size_t n = 1; n <= sizeof(bytes); n++) {
		if (n == sizeof(struct priv_message))
			continue;
		expect_refused(bytes, n, n >= 4 ? 5 : 0, EBADMSG);
	}
	expect_alive();
}

Test(helper, descriptors_sent_to_it_are_refused_and_not_kept)
{
	struct priv_message m = {.id = 3, .kind = PRIV_PACKET};
	struct iovec iov = {.iov_base = &m, .iov_len = sizeof(m)};
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct priv_reply reply;
	struct cmsghdr *c;
	int pipe_fd[2];
	char byte;

	start();
	cr_assert_eq(pipe(pipe_fd), 0);
	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), (int[2]){pipe_fd[1], pipe_fd[1]}, 2 * sizeof(int));
	for (int i = 0; i < 100; i++) {
		cr_assert_eq(sendmsg(channel, &msg, 0), (ssize_t)sizeof(m));
		cr_expect_eq(receive(&reply), 0);
		cr_expect_eq(reply.error, EBADMSG);
	}
	close(pipe_fd[1]);
	cr_expect_eq(read(pipe_fd[0], &byte, 1), 0);
	expect_alive();
}

Test(helper, every_kind_and_protocol_off_the_list_is_refused)
{
	start();
	for (unsigned kind = 0; kind < 256; kind++) {
		struct priv_message m = {.id = kind, .kind = (uint8_t)kind};
		int error = EINVAL;

		if (kind == PRIV_RAW_IPV4 || kind == PRIV_RAW_IPV6)
			error = EPROTONOSUPPORT;
		if (kind == PRIV_PACKET) {
			m.proto = 1;
			error = EPROTONOSUPPORT;
		}
		expect_refused(&m, sizeof(m), kind, error);
	}
	expect_alive();
}

Test(helper, the_bytes_that_must_be_zero_are_looked_at)
{
	struct priv_message m = {
		.id = 1, .kind = PRIV_RAW_IPV4, .proto = 6, .zero = 1};

	start();
	expect_refused(&m, sizeof(m), 1, EINVAL);
	expect_alive();
}

Test(helper, sockets_without_end_are_not_given_out)
{
	struct priv_message m = {.kind = PRIV_PACKET};
	struct priv_message large = {.kind = PRIV_RAW_IPV4,
				     .proto = 6,
				     .receive_buffer_bytes =
					     PRIV_RECEIVE_BUFFER_MAX_BYTES + 1};
	struct priv_reply reply = {0};
	unsigned given = 0;

	start();
	/* What is refused anyway costs nothing. */
	for (unsigned i = 0; i < PRIV_SOCKETS_MAX; i++)
		expect_refused(&large, sizeof(large), 0, EINVAL);
	/* They may come a little faster than they are refused. */
	while (reply.error == 0 && given < 4 * PRIV_SOCKETS_MAX) {
		cr_assert_eq(send(channel, &m, sizeof(m), 0),
			     (ssize_t)sizeof(m));
		if (receive(&reply) == 1)
			given++;
	}
	cr_expect_eq(reply.error, EDQUOT, "%s", strerror(reply.error));
	cr_expect_geq(given, PRIV_SOCKETS_MAX);
}

Test(helper, it_ends_when_the_channel_is_closed)
{
	int status = -1;

	start();
	close(channel);
	cr_assert_eq(waitpid(helper, &status, 0), helper);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
