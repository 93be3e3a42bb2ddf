/*
 * known.h: the differences from the reference that have a reason, as a file
 * of lines: FILE TAB FRAMES TAB COLUMNS TAB REASON. FRAMES is a number, a
 * range a-b, or *; COLUMNS is a list joined by commas, or *. Lines that begin
 * with # are comments.
 */
#ifndef RAWTOP_TESTS_WIRE_KNOWN_H
#define RAWTOP_TESTS_WIRE_KNOWN_H

#include <stdbool.h>

struct known;

/* Reads the file; NULL, with a message on standard error, if it is not good.
 * Undo with known_close. */
struct known *known_open(const char *path);

/* Whether a difference is known; counts the line as used. */
bool known_take(struct known *k, const char *file, const char *frame,
		const char *column);

/* Prints how often each reason held. False when a line was never used. */
bool known_close(struct known *k);

#endif
