/*
 * reduce.h: giving up privilege, by libcap-ng. Inside this room.
 */
#ifndef RAWTOP_PRIV_REDUCE_H
#define RAWTOP_PRIV_REDUCE_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Who started sudo. */
struct reduce_user {
	bool known; /* there is somebody to change to */
	uid_t uid;
	gid_t gid;
};

/* Reads SUDO_UID and SUDO_GID; known only for root under sudo, and when the
 * user is not root again. */
struct reduce_user reduce_user_from_sudo(void);

/*
 * Changes this process to the user (all three identifiers, supplementary
 * groups), if known, and leaves it with no capability in any set, or, with
 * keep_network, with CAP_NET_RAW and CAP_NET_ADMIN as far as it held them.
 * The bounding set cannot be narrowed without CAP_SETPCAP (a program with
 * file capabilities); no-new-privileges, set here too, makes it moot. False
 * with *e set when anything that should be gone is still there.
 */
bool reduce_privilege(const struct reduce_user *user, bool keep_network,
		      struct err *e);

#endif
