/*
 * err.h: errors that a person can act on. An error says what was tried, what
 * the system said and what to do. Functions that can fail take a struct err
 * and return false (or NULL) after filling it; bugs assert instead.
 */
#ifndef RAWTOP_BASE_ERR_H
#define RAWTOP_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum exit_status {
#define EXIT(name, status, meaning) EXIT_##name = (status),
#include "base/exit.def"
#undef EXIT
};

#define ERR_TEXT_SIZE 768

struct err {
	enum exit_status status; /* what the process should exit with */
	int number;		 /* the errno behind it, or 0 */
	char text[ERR_TEXT_SIZE];
};

/* Fills *e; always returns false, so that `return err_set(…)` reads well. */
bool err_set(struct err *e, enum exit_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * As err_set, then appends ": " and the system's own words for errno, which
 * it reads on entry, and keeps in e->number.
 */
bool err_system(struct err *e, enum exit_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends a remedy to an error already set: " (…)". */
void err_remedy(struct err *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
