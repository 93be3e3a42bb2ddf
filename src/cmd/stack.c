/*
 * stack.c: whether the main thread's stack may grow as far as it will.
 */
#include "cmd/cmd.h"

#include <sys/resource.h>

bool cmd_check_stack(unsigned needed_kib, struct err *e)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) != 0 ||
	    limit.rlim_cur >> 10 >= needed_kib)
		return true;
	return err_set(e, EXIT_USAGE,
		       "the limit on the stack is %llu KiB, and %u are needed "
		       "(ulimit -s 8192)",
		       (unsigned long long)limit.rlim_cur >> 10, needed_kib);
}
