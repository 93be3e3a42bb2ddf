#include "lab/netlink.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NETLINK_SIZE 1024

/* A request under construction; len is always a multiple of four. */
struct netlink_request {
	union {
		struct nlmsghdr header;
		unsigned char bytes[NETLINK_SIZE];
	};
};

bool netlink_open(struct netlink *n, struct err *e)
{
	n->sequence = 0;
	n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (n->fd != -1)
		return true;
	return err_system(e, EXIT_USAGE,
			  "the lab cannot open a netlink socket");
}

void netlink_close(struct netlink *n)
{
	close(n->fd);
}

/* ---- building ---- */

static unsigned char *request_take(struct netlink_request *r, size_t size)
{
	unsigned char *at = r->bytes + r->header.nlmsg_len;
	size_t whole = NLMSG_ALIGN(size);

	assert(r->header.nlmsg_len + whole <= NETLINK_SIZE);
	memset(at, 0, whole);
	r->header.nlmsg_len += (uint32_t)whole;
	return at;
}

static void request_start(struct netlink_request *r, struct netlink *n,
			  uint16_t type, uint16_t flags, const void *body,
			  size_t size)
{
	memset(&r->header, 0, sizeof(r->header));
	r->header.nlmsg_len = sizeof(r->header);
	r->header.nlmsg_type = type;
	r->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	r->header.nlmsg_seq = ++n->sequence;
	memcpy(request_take(r, size), body, size);
}

static void request_put(struct netlink_request *r, uint16_t type,
			const void *value, size_t size)
{
	struct rtattr attribute = {
		.rta_len = (unsigned short)RTA_LENGTH(size),
		.rta_type = type,
	};
	unsigned char *at = request_take(r, RTA_LENGTH(size));

	memcpy(at, &attribute, sizeof(attribute));
	if (size > 0)
		memcpy(at + RTA_LENGTH(0), value, size);
}

/* Opens an attribute that holds others; returns where it begins. */
static size_t request_open(struct netlink_request *r, uint16_t type)
{
	size_t at = r->header.nlmsg_len;

	request_put(r, type, NULL, 0);
	return at;
}

static void request_close(struct netlink_request *r, size_t at)
{
	unsigned short len = (unsigned short)(r->header.nlmsg_len - at);

	memcpy(r->bytes + at, &len, sizeof(len));
}

/* ---- asking ---- */

/* Sends and waits for the kernel's answer: 0, or an errno. */
static int netlink_ask(struct netlink *n, struct netlink_request *r)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	union {
		struct nlmsghdr header;
		unsigned char bytes[4096];
	} answer;
	struct nlmsgerr body;

	if (sendto(n->fd, r->bytes, r->header.nlmsg_len, 0,
		   (struct sockaddr *)&kernel, sizeof(kernel)) == -1)
		return errno;
	for (;;) {
		ssize_t len = recv(n->fd, &answer, sizeof(answer), 0);

		if (len == -1 && errno == EINTR)
			continue;
		if (len == -1)
			return errno;
		if ((size_t)len < NLMSG_HDRLEN + sizeof(body) ||
		    answer.header.nlmsg_seq != n->sequence ||
		    answer.header.nlmsg_type != NLMSG_ERROR)
			continue;
		memcpy(&body, answer.bytes + NLMSG_HDRLEN, sizeof(body));
		return -body.error;
	}
}

static bool netlink_finish(struct netlink *n, struct netlink_request *r,
			   const char *what, const char *name, struct err *e)
{
	errno = netlink_ask(n, r);
	if (errno == 0 || errno == EEXIST)
		return true;
	return err_system(e, EXIT_USAGE, "the lab cannot %s %s", what, name);
}

bool netlink_add_veth(struct netlink *n, const char *name, const uint8_t mac[6],
		      const char *far_name, pid_t far, struct err *e)
{
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_flags = IFF_NOARP,
		.ifi_change = IFF_NOARP,
	};
	uint32_t far_pid = (uint32_t)far;
	size_t link_info, data, peer;
	struct netlink_request r;

	request_start(&r, n, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info,
		      sizeof(info));
	request_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	request_put(&r, IFLA_ADDRESS, mac, 6);
	link_info = request_open(&r, IFLA_LINKINFO);
	request_put(&r, IFLA_INFO_KIND, "veth", 5);
	data = request_open(&r, IFLA_INFO_DATA);
	peer = request_open(&r, VETH_INFO_PEER);
	memcpy(request_take(&r, sizeof(info)), &info, sizeof(info));
	request_put(&r, IFLA_IFNAME, far_name, strlen(far_name) + 1);
	request_put(&r, IFLA_NET_NS_PID, &far_pid, sizeof(far_pid));
	request_close(&r, peer);
	request_close(&r, data);
	request_close(&r, link_info);
	return netlink_finish(n, &r, "make the veth pair", name, e);
}

bool netlink_set_up(struct netlink *n, const char *name, struct err *e)
{
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)if_nametoindex(name),
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct netlink_request r;

	request_start(&r, n, RTM_NEWLINK, 0, &info, sizeof(info));
	return netlink_finish(n, &r, "set up", name, e);
}

bool netlink_add_address(struct netlink *n, const char *name, uint8_t version,
			 const uint8_t *addr, uint8_t prefix, struct err *e)
{
	struct ifaddrmsg info = {
		.ifa_family = version == 4 ? AF_INET : AF_INET6,
		.ifa_prefixlen = prefix,
		.ifa_flags = version == 6 ? IFA_F_NODAD : 0,
		.ifa_index = if_nametoindex(name),
	};
	size_t size = version == 4 ? 4 : 16;
	struct netlink_request r;

	request_start(&r, n, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &info,
		      sizeof(info));
	request_put(&r, IFA_LOCAL, addr, size);
	request_put(&r, IFA_ADDRESS, addr, size);
	return netlink_finish(n, &r, "give an address to", name, e);
}

bool netlink_add_route(struct netlink *n, const char *name, uint8_t version,
		       const uint8_t *network, uint8_t prefix, struct err *e)
{
	struct rtmsg info = {
		.rtm_family = version == 4 ? AF_INET : AF_INET6,
		.rtm_dst_len = prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = version == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	uint32_t index = if_nametoindex(name);
	struct netlink_request r;

	request_start(&r, n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &info,
		      sizeof(info));
	request_put(&r, RTA_DST, network, version == 4 ? 4 : 16);
	request_put(&r, RTA_OIF, &index, sizeof(index));
	return netlink_finish(n, &r, "route over", name, e);
}
