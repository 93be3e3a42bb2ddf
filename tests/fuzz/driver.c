/*
 * driver.c: runs a fuzz target without a fuzzer. Every argument is a file, or
 * a directory whose files (one level) are taken; each is handed whole to
 * LLVMFuzzerTestOneInput. So the kept corpus is a plain test where the
 * compiler has no -fsanitize=fuzzer, and a crashing input can be replayed
 * under any debugger.
 *
 * Exit status: 0 after at least one input, 1 when there was none or one could
 * not be read. A broken promise of the target aborts.
 */
#include "driver.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_SIZE_MAX (16u << 20)

static bool run_stream(FILE *stream, size_t size)
{
	/* The exact size, so that a sanitizer sees a read past the end. */
	uint8_t *data = malloc(size);
	bool whole;

	if (!data && size > 0)
		return false;
	whole = size == 0 || fread(data, 1, size, stream) == size;
	if (whole)
		(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return whole;
}

static bool run_file(const char *path, unsigned *ran)
{
	struct stat st;
	FILE *stream = fopen(path, "rb");
	bool ok;

	if (!stream) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	ok = fstat(fileno(stream), &st) == 0 && S_ISREG(st.st_mode) &&
	     st.st_size <= (off_t)INPUT_SIZE_MAX &&
	     run_stream(stream, (size_t)st.st_size);
	if (ok)
		(*ran)++;
	else
		fprintf(stderr, "%s: not a readable file of at most %u bytes\n",
			path, INPUT_SIZE_MAX);
	fclose(stream);
	return ok;
}

static bool run_directory(const char *path, DIR *directory, unsigned *ran)
{
	const struct dirent *entry;
	bool ok = true;

	while ((entry = readdir(directory))) {
		char file[4096];
		int n;

		if (entry->d_name[0] == '.')
			continue;
		n = snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (n < 0 || (size_t)n >= sizeof(file)) {
			fprintf(stderr, "%s: path too long\n", path);
			ok = false;
			continue;
		}
		ok = run_file(file, ran) && ok;
	}
	return ok;
}

int main(int argc, char **argv)
{
	unsigned ran = 0;
	bool ok = true;
	int i;

	for (i = 1; i < argc; i++) {
		DIR *directory = opendir(argv[i]);

		if (directory) {
			ok = run_directory(argv[i], directory, &ran) && ok;
			closedir(directory);
		} else {
			ok = run_file(argv[i], &ran) && ok;
		}
	}
	printf("%u inputs run\n", ran);
	return ok && ran > 0 ? 0 : 1;
}
