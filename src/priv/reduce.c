#include "priv/reduce.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A number as sudo writes it: digits only, within uid_t and not its -1. */
static bool reduce_parse_id(const char *text, uint32_t *id)
{
	unsigned long long x;
	size_t n;

	if (text == NULL)
		return false;
	n = strlen(text);
	if (n == 0 || n > 10 || strspn(text, "0123456789") != n)
		return false;
	x = strtoull(text, NULL, 10);
	if (x >= UINT32_MAX)
		return false;
	*id = (uint32_t)x;
	return true;
}

struct reduce_user reduce_user_behind_root(void)
{
	struct reduce_user user = {0};
	uint32_t uid;
	uint32_t gid;

	if (geteuid() != 0)
		return user;
	/* A setuid program's environment is its caller's: not believed. */
	if (getuid() != 0) {
		user.known = true;
		user.setuid = true;
		user.uid = getuid();
		user.gid = getgid();
		return user;
	}
	if (!reduce_parse_id(getenv("SUDO_UID"), &uid) || uid == 0 ||
	    !reduce_parse_id(getenv("SUDO_GID"), &gid))
		return user;
	user.known = true;
	user.uid = uid;
	user.gid = gid;
	return user;
}

/* Root's groups go; the user's own come. */
static bool reduce_groups(const struct reduce_user *user)
{
	struct passwd *pw;

	if (user->setuid)
		return true;
	pw = getpwuid(user->uid);
	if (pw != NULL)
		return initgroups(pw->pw_name, user->gid) == 0;
	return setgroups(0, NULL) == 0;
}

static bool reduce_change_user(const struct reduce_user *user, struct err *e)
{
	/*
	 * In a user namespace where that user does not exist (EINVAL) there
	 * is nobody to change to, and root there is nobody outside.
	 */
	if (setresgid(user->gid, user->gid, user->gid) != 0) {
		if (errno == EINVAL && !user->setuid)
			return true;
		return err_system(e, EXIT_USAGE,
				  "changing to the caller's group %u",
				  (unsigned)user->gid);
	}
	if (!reduce_groups(user))
		return err_system(e, EXIT_USAGE,
				  "changing to the groups of user %u",
				  (unsigned)user->uid);
	/* Capabilities are given up below, one by one, not by this. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ||
	    setresuid(user->uid, user->uid, user->uid) != 0 ||
	    prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return err_system(e, EXIT_USAGE,
				  "changing to the calling user %u",
				  (unsigned)user->uid);
	return true;
}

/* Picks what stays: nothing, or the network capabilities that are held. */
static void reduce_choose(bool keep_network)
{
	bool raw = capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW);
	bool admin = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN);
	capng_type_t sets = (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED |
					   CAPNG_BOUNDING_SET);

	capng_clear(CAPNG_SELECT_ALL);
	if (keep_network && raw)
		capng_update(CAPNG_ADD, sets, CAP_NET_RAW);
	if (keep_network && admin)
		capng_update(CAPNG_ADD, sets, CAP_NET_ADMIN);
}

/* Is anything left beyond the two that may be kept? */
static bool reduce_verify(bool keep_network)
{
	if (capng_get_caps_process() != 0)
		return false;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		bool may = keep_network &&
			   (cap == CAP_NET_RAW || cap == CAP_NET_ADMIN);

		if (capng_have_capability(CAPNG_INHERITABLE, cap) ||
		    capng_have_capability(CAPNG_AMBIENT, cap))
			return false;
		if (!may && (capng_have_capability(CAPNG_EFFECTIVE, cap) ||
			     capng_have_capability(CAPNG_PERMITTED, cap)))
			return false;
	}
	return true;
}

bool reduce_privilege(const struct reduce_user *user, bool keep_network,
		      struct err *e)
{
	if (capng_get_caps_process() != 0)
		return err_set(e, EXIT_USAGE,
			       "reading this process's capabilities failed");
	/* Needs CAP_SETPCAP, which changing the user may cost: first. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP)) {
		reduce_choose(keep_network);
		if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
			return err_system(e, EXIT_USAGE,
					  "narrowing the bounding set");
	}
	if (user->known && !reduce_change_user(user, e))
		return false;
	if (capng_get_caps_process() != 0)
		return err_set(e, EXIT_USAGE,
			       "reading this process's capabilities failed");
	reduce_choose(keep_network);
	capng_apply((capng_select_t)(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT));
	if (!reduce_verify(keep_network))
		return err_set(e, EXIT_USAGE,
			       "giving up capabilities failed: some are left");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_system(e, EXIT_USAGE, "setting no-new-privileges");
	return true;
}
