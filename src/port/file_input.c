#include "port/file_input.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)

static void file_input_name(struct file_input *in, const char *name)
{
	struct text t;

	text_init(&t, in->name, sizeof(in->name));
	text_put_safe(&t, name, strlen(name), false);
}

/* Asks what the descriptor is, and refuses what cannot be a capture. */
static bool file_input_look(struct file_input *in, struct err *e)
{
	struct stat st;
	off_t at;

	if (fstat(in->fd, &st) != 0)
		return err_system(e, EXIT_USAGE, "cannot look at %s", in->name);
	if (S_ISDIR(st.st_mode)) {
		err_set(e, EXIT_USAGE, "%s is a directory", in->name);
		err_remedy(e, "name a capture file in it");
		return false;
	}
	if (isatty(in->fd)) {
		err_set(e, EXIT_USAGE, "%s is a terminal, not a capture",
			in->name);
		err_remedy(e,
			   "pipe one into it: tcpdump -U -w - | rawtop -r -");
		return false;
	}
	in->left = UINT64_MAX;
	/* Only wishes, both: a pipe that holds more loses less upstream when
	 * we are slow, and read-ahead is faster. */
	if (S_ISFIFO(st.st_mode))
		(void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_BYTES);
	if (!S_ISREG(st.st_mode))
		return true;
	in->regular = true;
	in->size = (uint64_t)st.st_size;
	at = lseek(in->fd, 0, SEEK_CUR);
	if (in->close_fd && at >= 0 && at <= st.st_size)
		in->left = (uint64_t)(st.st_size - at);
	(void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return true;
}

bool file_input_open_fd(struct file_input *in, int fd, const char *name,
			struct err *e)
{
	*in = (struct file_input){.fd = fd};
	file_input_name(in, name);
	return file_input_look(in, e);
}

int file_input_descriptor(const char *path, struct err *e)
{
	struct file_input in;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	file_input_name(&in, path);
	/* Non-blocking, so that a FIFO without a writer does not hold us. */
	in.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in.fd < 0) {
		err_system(e, EXIT_USAGE, "cannot open %s", in.name);
		if (e->number == EACCES)
			err_remedy(e, "it may not be read by this user");
	}
	return in.fd;
}

bool file_input_take(struct file_input *in, int fd, const char *path,
		     struct err *e)
{
	if (strcmp(path, "-") == 0)
		return file_input_open_fd(in, fd, "standard input", e);
	*in = (struct file_input){.fd = fd, .close_fd = true};
	file_input_name(in, path);
	if (!file_input_look(in, e)) {
		close(in->fd);
		return false;
	}
	return true;
}

/* Waits until a read will not block. */
static enum file_read file_input_wait(struct file_input *in,
				      unsigned timeout_ms, struct err *e)
{
	struct pollfd p = {.fd = in->fd, .events = POLLIN};
	int timeout = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
	int n = poll(&p, 1, timeout);

	if (n == 0 || (n < 0 && errno == EINTR))
		return FILE_READ_NOTHING;
	if (n < 0) {
		err_system(e, EXIT_INPUT, "cannot wait for %s", in->name);
		return FILE_READ_FAILED;
	}
	return FILE_READ_BYTES;
}

enum file_read file_input_read(struct file_input *in, uint8_t *bytes,
			       size_t size, unsigned timeout_ms, size_t *got,
			       struct err *e)
{
	ssize_t n;

	if (size > in->left)
		size = (size_t)in->left;
	if (size == 0)
		return FILE_READ_END;
	if (!in->regular) {
		enum file_read ready = file_input_wait(in, timeout_ms, e);

		if (ready != FILE_READ_BYTES)
			return ready;
	}
	n = read(in->fd, bytes, size);
	if (n == 0 && in->left == UINT64_MAX)
		return FILE_READ_END;
	if (n == 0) {
		err_set(e, EXIT_INPUT,
			"%s became shorter while it was read: its last %llu "
			"bytes are gone",
			in->name, (unsigned long long)in->left);
		return FILE_READ_FAILED;
	}
	if (n < 0) {
		if (errno == EINTR || errno == EAGAIN)
			return FILE_READ_NOTHING;
		err_system(e, EXIT_INPUT, "cannot read on in %s", in->name);
		return FILE_READ_FAILED;
	}
	if (in->left != UINT64_MAX)
		in->left -= (uint64_t)n;
	*got = (size_t)n;
	return FILE_READ_BYTES;
}

void file_input_close(struct file_input *in)
{
	if (in->close_fd && in->fd >= 0)
		close(in->fd);
	in->fd = -1;
}
