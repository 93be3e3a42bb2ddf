/*
 * file.h: the file source over a descriptor, for tests and fuzzing; programs
 * use source_file_open of sources.h.
 */
#ifndef RAWTOP_PORT_FILE_H
#define RAWTOP_PORT_FILE_H

#include "port/source.h"

/* As source_file_open, over a descriptor that the caller keeps open until
 * the source is closed. */
struct source *source_file_open_fd(int fd, const char *name,
				   struct port_filter *filter, struct err *e);

#endif
