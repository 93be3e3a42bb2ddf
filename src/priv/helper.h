/*
 * helper.h: the other process. Inside this room.
 */
#ifndef RAWTOP_PRIV_HELPER_H
#define RAWTOP_PRIV_HELPER_H

#include "priv/reduce.h"

/*
 * The life of the helper, in the child of the fork: closes what it inherited
 * but `socket_fd`, reduces itself, greets, then answers requests until the
 * other end is closed or the parent dies. Never returns.
 */
void helper_run(int socket_fd, const struct reduce_user *user)
	__attribute__((noreturn));

#endif
