/*
 * reference.h: reads a table of the reference: tab-separated lines, the first
 * of which names the columns.
 */
#ifndef RAWTOP_TESTS_WIRE_REFERENCE_H
#define RAWTOP_TESTS_WIRE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define REFERENCE_COLUMNS_MAX 128

struct reference {
	FILE *stream;
	char *names; /* the first line, cut into columns */
	const char *name[REFERENCE_COLUMNS_MAX];
	size_t columns;
	char *line; /* the current line, cut into columns */
	size_t line_size;
	const char *field[REFERENCE_COLUMNS_MAX];
};

/* Opens the table at path; false, with a message on standard error, if it
 * cannot be read or names no columns. Undo with reference_close. */
bool reference_open(struct reference *r, const char *path);

/* Takes the next line; false at the end. Missing columns are empty. */
bool reference_next(struct reference *r);

/* The current line's value in a column; empty when there is no such one. */
const char *reference_value(const struct reference *r, const char *column);

void reference_close(struct reference *r);

#endif
