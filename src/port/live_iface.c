#include "port/live_iface.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIVE_IFACE_NAMES_SHOWN 5
/* It may be renamed between two questions, but not for ever. */
#define LIVE_IFACE_TRIES 3

struct live_iface live_iface_by_name(const char *name)
{
	struct live_iface found = {0};
	struct ifreq ifr = {0};
	int fd;

	if (strlen(name) >= sizeof(ifr.ifr_name))
		return found;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return found;
	memcpy(ifr.ifr_name, name, strlen(name));
	if (ioctl(fd, SIOCGIFINDEX, &ifr) == 0) {
		found.index = (uint32_t)ifr.ifr_ifindex;
		memcpy(found.name, ifr.ifr_name, sizeof(found.name));
		if (ioctl(fd, SIOCGIFHWADDR, &ifr) == 0)
			found.type = ifr.ifr_hwaddr.sa_family;
		if (ioctl(fd, SIOCGIFFLAGS, &ifr) == 0)
			found.up = (ifr.ifr_flags & IFF_UP) != 0;
	}
	close(fd);
	return found;
}

struct live_iface live_iface_by_index(uint32_t index)
{
	char name[IF_NAMESIZE];
	struct live_iface found;

	for (int i = 0; i < LIVE_IFACE_TRIES; i++) {
		if (if_indextoname(index, name) == NULL)
			break;
		found = live_iface_by_name(name);
		if (found.index == index)
			return found;
	}
	return (struct live_iface){0};
}

struct live_iface live_iface_follow(uint32_t index, const char *name)
{
	struct live_iface found = {0};

	if (index != 0)
		found = live_iface_by_index(index);
	return found.index != 0 ? found : live_iface_by_name(name);
}

/* Levenshtein's distance of two names, cut at IF_NAMESIZE bytes. */
static unsigned live_iface_distance(const char *a, const char *b)
{
	unsigned row[IF_NAMESIZE + 1];
	size_t a_len = strnlen(a, IF_NAMESIZE);
	size_t b_len = strnlen(b, IF_NAMESIZE);

	for (size_t j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

/* Appends the nearest names; each found by one more pass over the list. */
static void live_iface_put_nearest(struct text *t, const char *name,
				   const struct if_nameindex *list)
{
	bool shown[256] = {false};
	size_t count = 0;

	while (count < sizeof(shown) && list[count].if_index != 0)
		count++;
	for (size_t n = 0; n < count && n < LIVE_IFACE_NAMES_SHOWN; n++) {
		size_t best = count;

		for (size_t i = 0; i < count; i++) {
			if (!shown[i] &&
			    (best == count ||
			     live_iface_distance(name, list[i].if_name) <
				     live_iface_distance(name,
							 list[best].if_name)))
				best = i;
		}
		shown[best] = true;
		text_put(t, n == 0 ? "" : ", ");
		text_put_safe(t, list[best].if_name, strlen(list[best].if_name),
			      false);
	}
	if (count > LIVE_IFACE_NAMES_SHOWN)
		text_put(t, " …");
}

bool live_iface_unknown(const char *name, struct err *e)
{
	char safe[128];
	char names[256];
	struct text t;
	struct if_nameindex *list = if_nameindex();

	text_init(&t, safe, sizeof(safe));
	text_put_safe(&t, name, strlen(name), false);
	text_init(&t, names, sizeof(names));
	if (list == NULL)
		return err_system(e, EXIT_USAGE,
				  "cannot ask which interfaces there are");
	live_iface_put_nearest(&t, name, list);
	if_freenameindex(list);
	err_set(e, EXIT_USAGE, "there is no network interface \"%s\"", safe);
	err_remedy(e, "there are: %s", names);
	return false;
}
