#include "tests/wire/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Cuts a line at its tabs; returns how many columns it has. */
static size_t cut(char *line, const char *fields[REFERENCE_COLUMNS_MAX])
{
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (line && n < REFERENCE_COLUMNS_MAX)
		fields[n++] = strsep(&line, "\t");
	return n;
}

bool reference_open(struct reference *r, const char *path)
{
	size_t size = 0;

	memset(r, 0, sizeof(*r));
	r->stream = fopen(path, "r");
	if (!r->stream) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	if (getline(&r->names, &size, r->stream) <= 0) {
		fprintf(stderr, "%s: names no columns\n", path);
		reference_close(r);
		return false;
	}
	r->columns = cut(r->names, r->name);
	return true;
}

bool reference_next(struct reference *r)
{
	size_t n;

	if (getline(&r->line, &r->line_size, r->stream) <= 0)
		return false;
	for (n = cut(r->line, r->field); n < r->columns; n++)
		r->field[n] = "";
	return true;
}

const char *reference_value(const struct reference *r, const char *column)
{
	for (size_t i = 0; i < r->columns; i++)
		if (strcmp(r->name[i], column) == 0)
			return r->field[i];
	return "";
}

void reference_close(struct reference *r)
{
	fclose(r->stream);
	free(r->names);
	free(r->line);
	r->stream = NULL;
}
