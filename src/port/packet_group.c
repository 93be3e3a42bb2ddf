#include "port/packet_group.h"

#include <assert.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct packet_group {
	pthread_mutex_t lock;
	unsigned owners;
	unsigned members; /* sockets in the kernel's group */
	uint16_t id;	  /* the kernel's number, while there are members */
};

struct packet_group *packet_group_make(struct err *e)
{
	struct packet_group *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		err_set(e, EXIT_USAGE, "making a packet fanout: no memory");
		return NULL;
	}
	pthread_mutex_init(&g->lock, NULL);
	g->owners = 1;
	return g;
}

struct packet_group *packet_group_share(struct packet_group *g)
{
	pthread_mutex_lock(&g->lock);
	g->owners++;
	pthread_mutex_unlock(&g->lock);
	return g;
}

void packet_group_drop(struct packet_group *g)
{
	unsigned left;

	if (g == NULL)
		return;
	pthread_mutex_lock(&g->lock);
	assert(g->owners > 0);
	left = --g->owners;
	pthread_mutex_unlock(&g->lock);
	if (left > 0)
		return;
	assert(g->members == 0);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Makes a group that nobody else is in. */
static bool packet_group_found(struct packet_group *g, int fd, struct err *e)
{
	uint32_t how =
		(uint32_t)(PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID)
		<< 16;
	socklen_t size = sizeof(how);

	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, sizeof(how)) != 0 ||
	    getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, &size) != 0) {
		err_system(e, EXIT_USAGE,
			   "making a packet fanout group of our own");
		err_remedy(e, "the kernel must be Linux 4.12 or later; "
			      "--workers 1 needs no group");
		return false;
	}
	g->id = (uint16_t)(how & UINT16_MAX);
	return true;
}

static bool packet_group_enter(const struct packet_group *g, int fd,
			       struct err *e)
{
	uint32_t how = g->id | (uint32_t)PACKET_FANOUT_HASH << 16;

	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &how, sizeof(how)) == 0)
		return true;
	err_system(e, EXIT_USAGE, "joining packet fanout group %u", g->id);
	err_remedy(e, "--workers 1 needs no group");
	return false;
}

bool packet_group_join(struct packet_group *g, int fd, struct err *e)
{
	bool joined;

	pthread_mutex_lock(&g->lock);
	joined = g->members == 0 ? packet_group_found(g, fd, e)
				 : packet_group_enter(g, fd, e);
	g->members += joined;
	pthread_mutex_unlock(&g->lock);
	return joined;
}

void packet_group_close_member(struct packet_group *g, int fd)
{
	/* Within the lock: who joins then sees the group as the kernel does. */
	pthread_mutex_lock(&g->lock);
	assert(g->members > 0);
	g->members--;
	close(fd);
	pthread_mutex_unlock(&g->lock);
}
