/*
 * memory.h: memory taken at start. Big areas are mapped, zeroed, ask for huge
 * pages, and are given back whole.
 */
#ifndef RAWTOP_BASE_MEMORY_H
#define RAWTOP_BASE_MEMORY_H

#include "base/err.h"

#include <stddef.h>

/*
 * Maps `size` bytes of zeroed memory, page-aligned, and asks for transparent
 * huge pages. `what` names it in the error. Pages are not touched. The caller
 * owns it and gives it back with memory_unmap. NULL with *e set on failure.
 */
void *memory_map(size_t size, const char *what, struct err *e);

/* Gives back what memory_map returned; NULL is allowed. */
void memory_unmap(void *p, size_t size);

#endif
