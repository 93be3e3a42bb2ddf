/*
 * file_kind.h: what an input is that is no capture, in words that help.
 */
#ifndef RAWTOP_PORT_FILE_KIND_H
#define RAWTOP_PORT_FILE_KIND_H

#include "base/err.h"

#include <stdint.h>

/* Says in *e that the input called `name`, which begins with these n > 0
 * bytes, is no capture, what it looks like and what to do; returns false. */
bool file_kind_refuse(const char *name, const uint8_t *bytes, size_t n,
		      struct err *e);

#endif
