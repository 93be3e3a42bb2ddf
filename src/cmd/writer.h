/*
 * writer.h: flow records to a file. Records gather in a buffer that is
 * written when it is full, by writer_tick about once a second, and at the
 * end. Every failure to write is kept and told.
 */
#ifndef RAWTOP_CMD_WRITER_H
#define RAWTOP_CMD_WRITER_H

#include "base/err.h"
#include "cmd/options.h"
#include "flow/flow.h"

struct writer;

/*
 * Has somebody asked to end? Any thread asks. A reader that then takes nothing
 * for two seconds is waited for no longer.
 */
struct writer_stop {
	bool (*asked)(const void *context);
	const void *context;
};

/*
 * Opens an output for writing: a path, made if need be but not emptied yet, or
 * "-" for standard output. Returns a descriptor that the caller owns
 * (close-on-exec), or -1 with *e (EXIT_OUTPUT).
 */
int writer_open_path(const char *path, struct err *e);

/* Do both descriptors lead to one regular file? */
bool writer_same_file(int a, int b);

/* Empties what writer_open_path opened by its name, if that is a regular
 * file. False with *e (EXIT_OUTPUT). */
bool writer_empty(int fd, const char *path, struct err *e);

/* Writes all of n bytes to fd; `path` is for the error. False with *e
 * (EXIT_OUTPUT), which tells how much was not written if a stop was asked. */
bool writer_write_all(int fd, const char *path, const void *bytes, size_t n,
		      const struct writer_stop *stop, struct err *e);

/* Writes to fd, which it owns from here on, failing or not. NULL with *e set
 * (EXIT_OUTPUT). `path` and `stop` are borrowed. */
struct writer *writer_open(enum output_form form, int fd, const char *path,
			   const struct writer_stop *stop, struct err *e);

/* engine_config.record: any one thread, beside the one that ticks. */
bool writer_put(void *writer, const struct flow *flow, struct err *e);

/* Writes what waits, if the last time is a second ago. False with *e set once
 * writing has failed, here or in writer_put. */
bool writer_tick(struct writer *w, uint64_t now_ns, struct err *e);

/* Writes what waits, closes and frees; *records is how many records the system
 * took whole. False with *e set when anything at all could not be written. */
bool writer_close(struct writer *w, uint64_t *records, struct err *e);

#endif
