#include "cmd/writer.h"

#include "base/clock.h"
#include "flow/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITER_SIZE ((size_t)1 << 20)
/* A pipe that can be written has room for a page (pipe(7)), so that so much
 * does not block. */
#define WRITER_PIECE	  4096
#define WRITER_WAIT_MS	  100
#define WRITER_GIVE_UP_NS (2 * CLOCK_NS_PER_S)

struct writer {
	pthread_mutex_t lock; /* all below; the two callers are two threads */
	enum output_form form;
	const char *path;
	int fd;
	const struct writer_stop *stop;
	bool failed;
	struct err error;
	uint64_t written_ns;
	bool header;	/* the first line is no record */
	uint64_t lines; /* known to have been written */
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
			  : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

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

bool writer_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

bool writer_empty(int fd, const char *path, struct err *e)
{
	struct stat st;

	/* What standard output leads to is the shell's to empty. */
	if (strcmp(path, "-") == 0)
		return true;
	if (fstat(fd, &st) == 0 &&
	    (!S_ISREG(st.st_mode) || ftruncate(fd, 0) == 0))
		return true;
	return err_system(e, EXIT_OUTPUT, "cannot empty %s", path);
}

/* Where one write goes to its end. */
struct writer_target {
	int fd;
	const struct writer_stop *stop;
	uint64_t stuck_ns; /* a stop is asked and nothing moves; 0: neither */
	bool regular, socket;
};

static struct writer_target writer_look(int fd, const struct writer_stop *stop)
{
	struct writer_target t = {.fd = fd, .stop = stop};
	struct stat st;

	if (fstat(fd, &st) == 0) {
		t.regular = S_ISREG(st.st_mode);
		t.socket = S_ISSOCK(st.st_mode);
	}
	return t;
}

/*
 * Writes what goes without blocking for long, so that a reader who has stopped
 * cannot hold us: the descriptor may be shared, so it stays as it is instead
 * of becoming non-blocking. 0 when nothing could be written yet.
 */
static ssize_t writer_write_some(const struct writer_target *t, const char *p,
				 size_t n)
{
	struct pollfd wait = {.fd = t->fd, .events = POLLOUT};
	ssize_t done;

	if (!t->regular) {
		int ready = poll(&wait, 1, WRITER_WAIT_MS);

		if (ready == 0 || (ready == -1 && errno == EINTR))
			return 0;
		if (n > WRITER_PIECE)
			n = WRITER_PIECE;
	}
	done = t->socket ? send(t->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL)
			 : write(t->fd, p, n);
	return done == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : done;
}

/* Nothing was written: has that gone on for too long after a stop? */
static bool writer_stuck(struct writer_target *t)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (!t->stop->asked(t->stop->context))
		return false;
	if (t->stuck_ns == 0)
		t->stuck_ns = now_ns;
	return now_ns - t->stuck_ns >= WRITER_GIVE_UP_NS;
}

static size_t writer_count_lines(const char *p, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

static bool writer_give_up(const char *path, const char *rest, size_t n,
			   struct err *e)
{
	size_t lines = writer_count_lines(rest, n);

	return err_set(e, EXIT_OUTPUT,
		       "nobody reads %s: %zu bytes (%zu lines) that waited, "
		       "and all that came after, were not written",
		       writer_name(path), n, lines);
}

/* *done, below n on failure only, is how many bytes went out. */
static bool writer_write(int fd, const char *path, const char *bytes, size_t n,
			 const struct writer_stop *stop, size_t *done,
			 struct err *e)
{
	struct writer_target t = writer_look(fd, stop);

	*done = 0;
	while (*done < n) {
		ssize_t some = writer_write_some(&t, bytes + *done, n - *done);

		if (some > 0) {
			*done += (size_t)some;
			t.stuck_ns = 0;
		} else if (some == -1) {
			return err_system(e, EXIT_OUTPUT, "cannot write %s",
					  writer_name(path));
		} else if (writer_stuck(&t)) {
			return writer_give_up(path, bytes + *done, n - *done,
					      e);
		}
	}
	return true;
}

bool writer_write_all(int fd, const char *path, const void *bytes, size_t n,
		      const struct writer_stop *stop, struct err *e)
{
	size_t done;

	return writer_write(fd, path, bytes, n, stop, &done, e);
}

/* With the lock held. */
static bool writer_flush(struct writer *w)
{
	size_t done;

	if (w->failed)
		return false;
	if (!writer_write(w->fd, w->path, w->buf, w->len, w->stop, &done,
			  &w->error))
		w->failed = true;
	w->lines += writer_count_lines(w->buf, done);
	w->len = 0;
	return !w->failed;
}

struct writer *writer_open(enum output_form form, int fd, const char *path,
			   const struct writer_stop *stop, struct err *e)
{
	struct writer *w = malloc(sizeof(*w));
	struct text t;

	if (w == NULL) {
		err_system(e, EXIT_OUTPUT, "no memory for the records' buffer");
		close(fd);
		return NULL;
	}
	w->fd = fd;
	w->stop = stop;
	pthread_mutex_init(&w->lock, NULL);
	w->form = form;
	w->path = path;
	w->failed = false;
	w->header = form == OUTPUT_CSV;
	w->lines = 0;
	w->written_ns = clock_monotonic_ns();
	text_init(&t, w->buf, sizeof(w->buf));
	if (w->header)
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

bool writer_close(struct writer *w, uint64_t *records, struct err *e)
{
	bool good = writer_flush(w);

	*records = w->lines - (w->header && w->lines > 0);
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
