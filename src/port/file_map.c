#include "port/file_map.h"

#include "base/fault.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool file_map_lease(int fd)
{
	/* The kernel's word that somebody waits is a signal that is ignored
	 * by nature: we ask instead. */
	if (fcntl(fd, F_SETSIG, SIGURG) != 0)
		return false;
	return fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

bool file_map_open(struct file_map *m, int fd, uint64_t size)
{
	struct stat st;
	void *p = MAP_FAILED;

	assert(size > 0);
	*m = (struct file_map){.fd = fd};
	if (size > SIZE_MAX / 2 || !file_map_lease(fd))
		return false;
	/* From here on it cannot become shorter. */
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size >= size)
		p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED && !fault_take(p, (size_t)size)) {
		munmap(p, (size_t)size);
		p = MAP_FAILED;
	}
	if (p == MAP_FAILED) {
		(void)fcntl(fd, F_SETLEASE, F_UNLCK);
		return false;
	}
	m->bytes = p;
	m->size = (size_t)size;
	m->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	return true;
}

bool file_map_is_quiet(const struct file_map *m)
{
	return fcntl(m->fd, F_GETLEASE) == F_RDLCK;
}

bool file_map_is_cut(const struct file_map *m)
{
	return m->bytes != NULL && fault_was_mended();
}

bool file_map_ask(const struct file_map *m, size_t from, size_t to)
{
	assert(from < to && to <= m->size);
	from -= from % m->page_bytes;
	return madvise(m->bytes + from, to - from, MADV_POPULATE_READ) == 0;
}

void file_map_drop(const struct file_map *m, size_t from, size_t to)
{
	assert(from <= to && to <= m->size);
	from -= from % m->page_bytes;
	to -= to % m->page_bytes;
	/* Only a wish. */
	if (from < to)
		(void)madvise(m->bytes + from, to - from, MADV_DONTNEED);
}

void file_map_close(struct file_map *m)
{
	if (!m->bytes)
		return;
	fault_give_back();
	munmap(m->bytes, m->size);
	m->bytes = NULL;
	(void)fcntl(m->fd, F_SETLEASE, F_UNLCK);
}
