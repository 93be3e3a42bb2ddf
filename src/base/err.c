#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void
err_append(struct err *e, const char *format, va_list ap)
{
	size_t n = strlen(e->text);

	vsnprintf(e->text + n, sizeof(e->text) - n, format, ap);
}

bool err_set(struct err *e, enum exit_status status, const char *format, ...)
{
	va_list ap;

	e->status = status;
	e->number = 0;
	e->text[0] = '\0';
	va_start(ap, format);
	err_append(e, format, ap);
	va_end(ap);
	return false;
}

bool err_system(struct err *e, enum exit_status status, const char *format, ...)
{
	int number = errno;
	size_t n;
	va_list ap;

	e->status = status;
	e->number = number;
	e->text[0] = '\0';
	va_start(ap, format);
	err_append(e, format, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(number));
	return false;
}

void err_remedy(struct err *e, const char *format, ...)
{
	size_t n = strlen(e->text);
	va_list ap;

	snprintf(e->text + n, sizeof(e->text) - n, " (");
	va_start(ap, format);
	err_append(e, format, ap);
	va_end(ap);
	n = strlen(e->text);
	if (n + 1 < sizeof(e->text)) {
		e->text[n] = ')';
		e->text[n + 1] = '\0';
	}
}
