/*
 * reduce.h: giving up privilege, by libcap-ng. Inside this room.
 */
#ifndef RAWTOP_PRIV_REDUCE_H
#define RAWTOP_PRIV_REDUCE_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/* Who is behind root: the user who called sudo, or a setuid-root program. */
struct reduce_user {
	bool known;  /* there is somebody to change to */
	bool setuid; /* by the real user: the groups are the user's already */
	uid_t uid;
	gid_t gid;
};

/* The real user of a setuid-root program; else, for root, SUDO_UID and
 * SUDO_GID. Known only when that user is not root again. */
struct reduce_user reduce_user_behind_root(void);

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
