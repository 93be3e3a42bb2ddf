#include "lab/carrier.h"

#include "lab/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct ifreq carrier_request(const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

bool carrier_open_tun(struct carrier *c, const char *name, struct err *e)
{
	struct ifreq request = carrier_request(name);

	c->far_index = 0;
	c->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (c->fd == -1)
		return err_system(e, EXIT_USAGE,
				  "the lab cannot open /dev/net/tun");
	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(c->fd, TUNSETIFF, &request) == 0)
		return true;
	err_system(e, EXIT_USAGE, "the lab cannot make the TUN interface %s",
		   name);
	close(c->fd);
	return false;
}

void carrier_plain(const char *name)
{
	static const uint32_t questions[] = {ETHTOOL_STSO, ETHTOOL_SGSO,
					     ETHTOOL_SGRO, ETHTOOL_STXCSUM};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct ethtool_value off = {.cmd = questions[i]};
		struct ifreq request = carrier_request(name);

		request.ifr_data = (void *)&off;
		if (fd == -1 || ioctl(fd, SIOCETHTOOL, &request) == -1)
			break;
	}
	if (fd != -1)
		close(fd);
}

bool carrier_open_far(struct carrier *c, const char *name,
		      const uint8_t near_mac[6], struct err *e)
{
	struct sockaddr_ll place = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	struct netlink n;
	bool up;

	if (!netlink_open(&n, e))
		return false;
	up = netlink_set_up(&n, name, e);
	netlink_close(&n);
	if (!up)
		return false;
	carrier_plain(name);
	memcpy(c->near_mac, near_mac, sizeof(c->near_mac));
	c->far_index = place.sll_ifindex;
	/* SOCK_DGRAM: the kernel takes and gives the Ethernet header. */
	c->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd != -1 &&
	    bind(c->fd, (struct sockaddr *)&place, sizeof(place)) == 0)
		return true;
	err_system(e, EXIT_USAGE, "the lab cannot open a packet socket on %s",
		   name);
	if (c->fd != -1)
		close(c->fd);
	return false;
}

ssize_t carrier_read(struct carrier *c, uint8_t *bytes, size_t size)
{
	struct sockaddr_ll from = {0};
	socklen_t from_size = sizeof(from);
	ssize_t len;

	if (c->far_index == 0)
		len = read(c->fd, bytes, size);
	else
		len = recvfrom(c->fd, bytes, size, 0, (struct sockaddr *)&from,
			       &from_size);
	if (len > 0 && from.sll_pkttype == PACKET_OUTGOING)
		return 0;
	if (len >= 0)
		return len;
	/* Down is not gone: it may come up again. */
	return errno == EAGAIN || errno == EINTR || errno == ENETDOWN ||
			       errno == EIO
		       ? 0
		       : -1;
}

void carrier_write(struct carrier *c, const uint8_t *bytes, size_t len)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol =
			htons(bytes[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6),
		.sll_ifindex = c->far_index,
		.sll_halen = 6,
	};
	ssize_t done;

	if (c->far_index == 0) {
		done = write(c->fd, bytes, len);
	} else {
		memcpy(to.sll_addr, c->near_mac, sizeof(c->near_mac));
		done = sendto(c->fd, bytes, len, 0, (struct sockaddr *)&to,
			      sizeof(to));
	}
	(void)done; /* lost, as on a wire */
}

void carrier_close(struct carrier *c)
{
	close(c->fd);
}
