#include "base/memory.h"

#include <sys/mman.h>

#define HUGE_PAGE_SIZE ((size_t)2 << 20)

/* Rounded so that both calls agree and a huge page can back the tail. */
static size_t memory_round(size_t size)
{
	size_t unit = size >= HUGE_PAGE_SIZE ? HUGE_PAGE_SIZE : 4096;

	return (size + unit - 1) / unit * unit;
}

void *memory_map(size_t size, const char *what, struct err *e)
{
	size_t rounded = memory_round(size);
	void *p = mmap(NULL, rounded, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		err_system(e, EXIT_USAGE, "cannot take %zu MiB for %s",
			   rounded >> 20, what);
		return NULL;
	}
	/* Only a wish: without huge pages it is slower, not wrong. */
	if (rounded >= HUGE_PAGE_SIZE)
		(void)madvise(p, rounded, MADV_HUGEPAGE);
	return p;
}

void memory_unmap(void *p, size_t size)
{
	if (p)
		munmap(p, memory_round(size));
}
