#include "cmd/writer.h"

#include "base/clock.h"
#include "flow/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WRITER_SIZE ((size_t)1 << 20)

struct writer {
	pthread_mutex_t lock; /* all below; the two callers are two threads */
	enum output_form form;
	const char *path;
	int fd;
	bool failed;
	struct err error;
	uint64_t written_ns;
	size_t len;
	char buf[WRITER_SIZE];
};

static const char *writer_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard output" : path;
}

int writer_open_path(const char *path, struct err *e)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
			  : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				 0666);

	if (fd == -1) {
		err_system(e, EXIT_OUTPUT, "cannot open %s for writing",
			   writer_name(path));
		return -1;
	}
	/* cmd_reopen_streams has put this in the place of a closed one. */
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) {
		close(fd);
		err_set(e, EXIT_OUTPUT,
			"%s is closed: there is nowhere to write",
			writer_name(path));
		return -1;
	}
	return fd;
}

bool writer_write_all(int fd, const char *path, const void *bytes, size_t n,
		      struct err *e)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};

			poll(&wait, 1, 1000);
		} else if (errno != EINTR) {
			return err_system(e, EXIT_OUTPUT, "cannot write %s",
					  writer_name(path));
		}
	}
	return true;
}

/* With the lock held. */
static bool writer_flush(struct writer *w)
{
	if (w->failed)
		return false;
	if (!writer_write_all(w->fd, w->path, w->buf, w->len, &w->error))
		w->failed = true;
	w->len = 0;
	return !w->failed;
}

struct writer *writer_open(enum output_form form, const char *path,
			   struct err *e)
{
	struct writer *w = malloc(sizeof(*w));
	struct text t;

	if (w == NULL) {
		err_system(e, EXIT_OUTPUT, "no memory for the records' buffer");
		return NULL;
	}
	w->fd = writer_open_path(path, e);
	if (w->fd == -1) {
		free(w);
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	w->form = form;
	w->path = path;
	w->failed = false;
	w->written_ns = clock_monotonic_ns();
	text_init(&t, w->buf, sizeof(w->buf));
	if (form == OUTPUT_CSV)
		record_print_csv_header(&t);
	w->len = t.len;
	return w;
}

bool writer_put(void *writer, const struct flow *flow, struct err *e)
{
	struct writer *w = writer;
	bool good;

	pthread_mutex_lock(&w->lock);
	good = !w->failed;
	if (WRITER_SIZE - w->len < RECORD_TEXT_MAX)
		good = writer_flush(w);
	if (good) {
		struct text t;

		text_init(&t, w->buf + w->len, RECORD_TEXT_MAX);
		if (w->form == OUTPUT_CSV)
			record_print_csv(&t, flow);
		else
			record_print_json(&t, flow);
		w->len += t.len;
	} else {
		*e = w->error;
	}
	pthread_mutex_unlock(&w->lock);
	return good;
}

bool writer_tick(struct writer *w, uint64_t now_ns, struct err *e)
{
	bool good;

	pthread_mutex_lock(&w->lock);
	if (now_ns - w->written_ns >= CLOCK_NS_PER_S) {
		writer_flush(w);
		w->written_ns = now_ns;
	}
	good = !w->failed;
	if (!good)
		*e = w->error;
	pthread_mutex_unlock(&w->lock);
	return good;
}

bool writer_close(struct writer *w, struct err *e)
{
	bool good = writer_flush(w);

	if (close(w->fd) == -1 && good) {
		err_system(&w->error, EXIT_OUTPUT, "cannot write %s",
			   writer_name(w->path));
		good = false;
	}
	if (!good)
		*e = w->error;
	pthread_mutex_destroy(&w->lock);
	free(w);
	return good;
}
