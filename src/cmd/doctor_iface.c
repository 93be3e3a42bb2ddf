/*
 * doctor_iface.c: the interfaces, their offloads and reverse-path filters.
 */
#include "cmd/doctor.h"

#include "base/text.h"
#include "cmd/shell_word.h"
#include "lab/space.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *iface_link_label(unsigned hardware)
{
	static const struct {
		unsigned hardware;
		const char *label;
	} rows[] = {
		{ARPHRD_ETHER, "Ethernet"},
		{ARPHRD_LOOPBACK, "loopback"},
		{ARPHRD_NONE, "raw IP"},
		{ARPHRD_PPP, "PPP"},
		{ARPHRD_TUNNEL, "tunnel"},
		{ARPHRD_TUNNEL6, "tunnel6"},
		{ARPHRD_SIT, "sit"},
		{ARPHRD_IPGRE, "GRE"},
		{ARPHRD_IEEE80211, "802.11"},
		{ARPHRD_IEEE80211_RADIOTAP, "radiotap"},
		{ARPHRD_INFINIBAND, "InfiniBand"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].hardware == hardware)
			return rows[i].label;
	return "another link type";
}

static struct ifreq iface_request(const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

/* One offload by its ethtool question: on? Refused counts as off. */
static bool iface_ask_offload(int fd, const char *name, unsigned question,
			      unsigned mask)
{
	struct ethtool_value value = {.cmd = question};
	struct ifreq request = iface_request(name);

	request.ifr_data = (void *)&value;
	return ioctl(fd, SIOCETHTOOL, &request) == 0 &&
	       (value.data & mask) != 0;
}

static void iface_print_offloads(int fd, const char *name, bool loopback)
{
	static const struct {
		const char *label;
		unsigned question, mask;
		bool merges; /* frames above the MTU are seen */
	} rows[] = {
		{"gro", ETHTOOL_GGRO, 1, true},
		{"lro", ETHTOOL_GFLAGS, ETH_FLAG_LRO, true},
		{"tso", ETHTOOL_GTSO, 1, true},
		{"gso", ETHTOOL_GGSO, 1, true},
		{"rx-checksum", ETHTOOL_GRXCSUM, 1, false},
		{"tx-checksum", ETHTOOL_GTXCSUM, 1, false},
	};
	char buf[128], remedy_buf[256];
	struct text t, remedy;
	bool merges = false;

	text_init(&t, buf, sizeof(buf));
	text_init(&remedy, remedy_buf, sizeof(remedy_buf));
	shell_word_put(&remedy, name);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!iface_ask_offload(fd, name, rows[i].question,
				       rows[i].mask))
			continue;
		text_printf(&t, "%s%s", t.len > 0 ? " " : "", rows[i].label);
		/* What the loopback carries is nowhere split. */
		if (!rows[i].merges || loopback)
			continue;
		merges = true;
		text_printf(&remedy, " %s off", rows[i].label);
	}
	doctor_find(merges ? DOCTOR_NOTE : DOCTOR_GOOD, "  offloads", "%s%s",
		    t.len > 0 ? buf : "none",
		    merges ? ": packets of one connection are seen merged"
			   : "");
	if (merges)
		doctor_remedy("to count each: sudo ethtool -K %s", remedy_buf);
}

/* The kernel uses the greater of all/ and the interface's own. */
static void iface_print_rp_filter(const char *name)
{
	static const char *const labels[] = {"off", "strict", "loose"};
	char path[128];
	long own, all = space_read_setting(
			  "/proc/sys/net/ipv4/conf/all/rp_filter");

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter",
		 name);
	own = space_read_setting(path);
	if (own < all)
		own = all;
	if (own < 0 || own > 2)
		return;
	doctor_find(own == 1 ? DOCTOR_NOTE : DOCTOR_GOOD, "  rp_filter", "%s%s",
		    labels[own],
		    own == 1 ? ": packets whose sender is routed elsewhere are "
			       "not accepted (shown as refused)"
			     : "");
	if (own == 1)
		doctor_remedy("sudo sysctl -w net.ipv4.conf.all.rp_filter=2 if "
			      "routes are asymmetric");
}

static void iface_print(int fd, const char *name)
{
	struct ifreq flags = iface_request(name), mtu = flags, link = flags;
	bool up, running;

	if (ioctl(fd, SIOCGIFFLAGS, &flags) == -1 ||
	    ioctl(fd, SIOCGIFMTU, &mtu) == -1 ||
	    ioctl(fd, SIOCGIFHWADDR, &link) == -1) {
		doctor_find(DOCTOR_NOTE, name, "has just gone");
		return;
	}
	up = flags.ifr_flags & IFF_UP;
	running = flags.ifr_flags & IFF_RUNNING;
	doctor_find(up && running ? DOCTOR_GOOD : DOCTOR_NOTE, name,
		    "%s, %s, MTU %d",
		    !up	      ? "down"
		    : running ? "up"
			      : "up without carrier",
		    iface_link_label(link.ifr_hwaddr.sa_family), mtu.ifr_mtu);
	/* It may be down on purpose. */
	if (!up)
		return;
	iface_print_offloads(fd, name,
			     link.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
	iface_print_rp_filter(name);
}

void doctor_print_ifaces(void)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	doctor_head("Interfaces");
	if (all == NULL || fd == -1) {
		doctor_find(DOCTOR_BAD, "interfaces", "cannot be listed");
	} else {
		for (struct if_nameindex *i = all; i->if_index != 0; i++)
			iface_print(fd, i->if_name);
	}
	if (all != NULL)
		if_freenameindex(all);
	if (fd != -1)
		close(fd);
}
