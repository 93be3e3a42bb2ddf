#include "base/fault.h"

#include "base/atom.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static struct fault {
	atom_u64 begin; /* 0: there is no area */
	atom_u64 end;
	atom_u64 page_bytes;
	atom_u32 mended;
	struct sigaction old;
} fault;

bool fault_mend(const siginfo_t *info)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	uint64_t begin = atom_load_relaxed_u64(&fault.begin);
	uint64_t end = atom_load_relaxed_u64(&fault.end);
	int number = errno;
	void *got;

	if (info->si_code != BUS_ADRERR || begin == 0 || at < begin ||
	    at >= end)
		return false;
	/* What follows is not there either: one call, and no more faults. */
	at -= at % atom_load_relaxed_u64(&fault.page_bytes);
	atom_store_relaxed_u32(&fault.mended, 1);
	got = mmap((void *)at, end - at, PROT_READ,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	errno = number;
	return got != MAP_FAILED;
}

static void fault_on_bus(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (fault_mend(info))
		return;
	/* A fault comes again by itself when this returns; raise covers what
	 * somebody sent. */
	sigaction(number, &fault.old, NULL);
	if (info->si_code <= 0)
		raise(number);
}

void fault_watch(void)
{
	struct sigaction action = {.sa_sigaction = fault_on_bus};
	struct sigaction now;

	sigaction(SIGBUS, NULL, &now);
	if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == fault_on_bus)
		return;
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	fault.old = now;
	sigaction(SIGBUS, &action, NULL);
}

bool fault_take(void *bytes, size_t size)
{
	long page_bytes = sysconf(_SC_PAGESIZE);

	if (atom_load_relaxed_u64(&fault.begin) != 0)
		return false;
	atom_store_relaxed_u64(&fault.page_bytes, (uint64_t)page_bytes);
	atom_store_relaxed_u64(&fault.end, (uintptr_t)bytes + size);
	atom_store_relaxed_u32(&fault.mended, 0);
	atom_store_relaxed_u64(&fault.begin, (uintptr_t)bytes);
	return true;
}

bool fault_was_mended(void)
{
	return atom_load_relaxed_u32(&fault.mended) != 0;
}

void fault_give_back(void)
{
	atom_store_relaxed_u64(&fault.begin, 0);
}
