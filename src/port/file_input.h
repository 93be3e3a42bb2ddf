/*
 * file_input.h: the bytes of a capture: a regular file, a pipe, or anything
 * else that can be read. See file_map.h for how a file is not read.
 */
#ifndef RAWTOP_PORT_FILE_INPUT_H
#define RAWTOP_PORT_FILE_INPUT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_INPUT_NAME_SIZE 256

struct file_input {
	int fd;
	bool close_fd; /* it is ours */
	bool regular;
	char name[FILE_INPUT_NAME_SIZE]; /* safe to show */
	uint64_t size; /* of a regular file when it was opened; else 0 */
	/* What may still be read: a file that grows is read as long as it was
	 * when it was opened. */
	uint64_t left;
};

enum file_read {
	FILE_READ_BYTES,   /* *got of them, at least one */
	FILE_READ_NOTHING, /* none came within the timeout */
	FILE_READ_END,
	FILE_READ_FAILED, /* *e says what */
};

/*
 * Opens a path and nothing more; "-" is standard input. The descriptor is the
 * caller's, for file_input_take. -1 with *e set.
 */
int file_input_descriptor(const char *path, struct err *e);

/*
 * Starts an input over a descriptor from file_input_descriptor with the same
 * path, and owns it, unless the path is "-", which is read to its end however
 * it grows. False with *e saying what it is instead of a capture. Undo with
 * file_input_close.
 */
bool file_input_take(struct file_input *in, int fd, const char *path,
		     struct err *e);

/* The same over a descriptor that the caller keeps. */
bool file_input_open_fd(struct file_input *in, int fd, const char *name,
			struct err *e);

/* Reads at most size (> 0) bytes, waits at most timeout_ms for the first. */
enum file_read file_input_read(struct file_input *in, uint8_t *bytes,
			       size_t size, unsigned timeout_ms, size_t *got,
			       struct err *e);

void file_input_close(struct file_input *in);

#endif
