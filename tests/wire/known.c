#include "tests/wire/known.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_LINES_MAX 512

struct known_line {
	char *text; /* owns what the others point into */
	const char *file;
	unsigned long first_frame;
	unsigned long last_frame;
	const char *columns;
	const char *reason;
	unsigned long used;
};

struct known {
	struct known_line line[KNOWN_LINES_MAX];
	size_t count;
};

static bool known_parse(struct known_line *l)
{
	char *rest = l->text, *frames, *end;

	rest[strcspn(rest, "\n")] = '\0';
	l->file = strsep(&rest, "\t");
	frames = strsep(&rest, "\t");
	l->columns = strsep(&rest, "\t");
	l->reason = rest;
	if (!frames || !l->columns || !l->reason)
		return false;
	if (strcmp(frames, "*") == 0) {
		l->last_frame = (unsigned long)-1;
		return true;
	}
	l->first_frame = strtoul(frames, &end, 10);
	l->last_frame =
		*end == '-' ? strtoul(end + 1, &end, 10) : l->first_frame;
	return *end == '\0';
}

static bool known_add(struct known *k, const char *line)
{
	struct known_line *l;

	if (k->count == KNOWN_LINES_MAX)
		return false;
	l = &k->line[k->count];
	l->text = strdup(line);
	if (!l->text)
		return false;
	k->count++;
	return known_parse(l);
}

static bool known_read(struct known *k, FILE *stream, const char *path)
{
	char *line = NULL;
	size_t size = 0;
	bool ok = true;

	while (ok && getline(&line, &size, stream) > 0) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		ok = known_add(k, line);
		if (!ok)
			fprintf(stderr, "%s: bad or one too many: %s\n", path,
				line);
	}
	free(line);
	return ok;
}

static void known_free(struct known *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->line[i].text);
	free(k);
}

struct known *known_open(const char *path)
{
	struct known *k = calloc(1, sizeof(*k));
	FILE *stream = fopen(path, "r");
	bool ok = k && stream && known_read(k, stream, path);

	if (!stream)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	else
		fclose(stream);
	if (!ok && k) {
		known_free(k);
		k = NULL;
	}
	return k;
}

static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	if (strcmp(list, "*") == 0)
		return true;
	while ((p = strstr(p, word))) {
		if ((p == list || p[-1] == ',') &&
		    (p[n] == ',' || p[n] == '\0'))
			return true;
		p += n;
	}
	return false;
}

bool known_take(struct known *k, const char *file, const char *frame,
		const char *column)
{
	unsigned long number = strtoul(frame, NULL, 10);

	for (size_t i = 0; i < k->count; i++) {
		struct known_line *l = &k->line[i];

		if (strcmp(l->file, file) == 0 && number >= l->first_frame &&
		    number <= l->last_frame && list_has(l->columns, column)) {
			l->used++;
			return true;
		}
	}
	return false;
}

bool known_close(struct known *k)
{
	bool all_used = true;

	for (size_t i = 0; i < k->count; i++) {
		const struct known_line *l = &k->line[i];

		if (l->used == 0) {
			printf("known, but equal now: %s %lu: %s\n", l->file,
			       l->first_frame, l->reason);
			all_used = false;
		}
	}
	known_free(k);
	return all_used;
}
