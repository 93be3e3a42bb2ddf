#include "lab/lab.h"

#include "lab/carrier.h"
#include "lab/child.h"
#include "lab/firewall.h"
#include "lab/hosts.h"
#include "lab/netlink.h"
#include "lab/player.h"
#include "lab/space.h"
#include "lab/traffic.h"
#include "lab/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAB_NEAR "lab0"
#define LAB_FAR	 "lab1"

/* Known to both ends of a veth pair: locally administered. */
static const uint8_t lab_near_mac[6] = {0x02, 0, 0, 0, 0, 0x01};

struct lab {
	struct child player;
	struct child traffic;
	bool has_player;
	bool has_traffic;
	char text[320];
};

/* ---- the hosts' process ---- */

static bool lab_start_tun(struct lab *lab, const struct lab_config *config,
			  struct err *e)
{
	struct carrier c;

	if (!carrier_open_tun(&c, LAB_NEAR, e))
		return false;
	if (!child_fork(&lab->player, c.fd, e)) {
		carrier_close(&c);
		return false;
	}
	if (lab->player.pid == 0) {
		child_reduce();
		_exit(player_run(&c, lab->player.lifeline, config->traffic)
			      ? EXIT_OK
			      : EXIT_USAGE);
	}
	carrier_close(&c);
	lab->has_player = true;
	return true;
}

/* The hosts' side of the veth pair: a namespace, then the far end of it. */
static void lab_run_far(struct child *self, bool inbound)
{
	struct carrier c;
	struct err e;

	if (!space_enter_far(&e)) {
		child_tell_error(self, &e);
		_exit(EXIT_USAGE);
	}
	/* No stack of its own shall speak beside the hosts. */
	space_write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	child_tell(self);
	if (!child_await(self, &e))
		_exit(EXIT_USAGE);
	if (!carrier_open_far(&c, LAB_FAR, lab_near_mac, &e)) {
		child_tell_error(self, &e);
		_exit(EXIT_USAGE);
	}
	child_reduce();
	child_tell(self);
	_exit(player_run(&c, self->lifeline, inbound) ? EXIT_OK : EXIT_USAGE);
}

static bool lab_start_veth(struct lab *lab, const struct lab_config *config,
			   struct netlink *n, struct err *e)
{
	struct child *player = &lab->player;

	if (!child_fork(player, -1, e))
		return false;
	if (player->pid == 0)
		lab_run_far(player, config->traffic);
	lab->has_player = true;
	/* It has its namespace; the pair is made; it has its end. */
	if (!child_await(player, e) ||
	    !netlink_add_veth(n, LAB_NEAR, lab_near_mac, LAB_FAR, player->pid,
			      e))
		return false;
	carrier_plain(LAB_NEAR);
	child_tell(player);
	return child_await(player, e);
}

static bool lab_start_hosts(struct lab *lab, const struct lab_config *config,
			    struct netlink *n, const char **carrier,
			    struct err *e)
{
	*carrier = "tun";
	if (config->carrier != LAB_CARRIER_VETH) {
		if (lab_start_tun(lab, config, e))
			return true;
		if (config->carrier == LAB_CARRIER_TUN) {
			err_remedy(e, "--carrier veth does without");
			return false;
		}
	}
	*carrier = "veth";
	return lab_start_veth(lab, config, n, e);
}

/* ---- the network ---- */

static bool lab_number_family(struct netlink *n, uint8_t version,
			      uint8_t address_prefix, struct err *e)
{
	uint8_t addr[16], network[16];

	/* New interfaces take this over from the machine. */
	if (version == 6)
		space_write_file("/proc/sys/net/ipv6/conf/" LAB_NEAR
				 "/disable_ipv6",
				 "0");
	hosts_put_address(addr, version, HOSTS_NET_LAB, HOSTS_SELF);
	hosts_put_address(network, version, HOSTS_NET_LAB, 0);
	return netlink_add_address(n, LAB_NEAR, version, addr, address_prefix,
				   e) &&
	       netlink_add_route(n, LAB_NEAR, version, network, 8, e);
}

/* Addresses and routes. Without IPv6 in the kernel the lab has IPv4 only. */
static bool lab_number(struct netlink *n, bool *ipv6, struct err *e)
{
	struct err ignored;

	if (!netlink_set_up(n, "lo", e) || !netlink_set_up(n, LAB_NEAR, e) ||
	    !lab_number_family(n, 4, 24, e))
		return false;
	*ipv6 = lab_number_family(n, 6, 64, &ignored);
	/* So that ping works without a capability, too. */
	space_write_file("/proc/sys/net/ipv4/ping_group_range", "0 0");
	return true;
}

static bool lab_start_traffic(struct lab *lab, struct err *e)
{
	struct traffic *t;

	if (!child_fork(&lab->traffic, -1, e))
		return false;
	if (lab->traffic.pid == 0) {
		t = traffic_open();
		child_reduce();
		child_tell(&lab->traffic);
		if (t != NULL)
			traffic_run(t, lab->traffic.lifeline);
		_exit(t != NULL ? EXIT_OK : EXIT_USAGE);
	}
	lab->has_traffic = true;
	return child_await(&lab->traffic, e);
}

static bool lab_build(struct lab *lab, const struct lab_config *config,
		      struct netlink *n, struct err *e)
{
	const char *carrier;
	bool ipv6, rule;

	if (!lab_start_hosts(lab, config, n, &carrier, e) ||
	    !lab_number(n, &ipv6, e))
		return false;
	rule = firewall_drop_udp(HOSTS_PORT_DROPPED);
	if (config->traffic && !lab_start_traffic(lab, e))
		return false;
	snprintf(lab->text, sizeof(lab->text),
		 "lab: this side is 10.0.0.1%s on %s (%s); 10.0.0.2 is "
		 "friendly, .3 answers protocol 253, .4 has a firewall, .5 is "
		 "silent, 10.9.0.9 is 9 hops away; %s",
		 ipv6 ? ", fd00::1" : " (no IPv6 here)", LAB_NEAR, carrier,
		 rule ? "UDP to our port 7777 is dropped by a rule"
		      : "no rule drops UDP 7777: nft is missing (install "
			"nftables)");
	return true;
}

struct lab *lab_start(const struct lab_config *config, struct err *e)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct netlink n;
	bool good;

	if (lab == NULL) {
		err_system(e, EXIT_USAGE, "no memory for the lab");
		return NULL;
	}
	if (!space_enter(e)) {
		free(lab);
		return NULL;
	}
	good = netlink_open(&n, e);
	if (good) {
		good = lab_build(lab, config, &n, e);
		netlink_close(&n);
	}
	if (good)
		return lab;
	lab_stop(lab);
	return NULL;
}

const char *lab_describe(const struct lab *lab)
{
	return lab->text;
}

void lab_stop(struct lab *lab)
{
	if (lab->has_traffic)
		child_stop(&lab->traffic);
	if (lab->has_player)
		child_stop(&lab->player);
	free(lab);
}

/* ---- a command inside ---- */

static int lab_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

int lab_command(struct lab *lab, char *const argv[], struct err *e)
{
	void (*before_int)(int), (*before_quit)(int);
	int channel[2], number = 0, status;
	pid_t parent = getpid(), child;
	ssize_t n;

	(void)lab;
	if (pipe2(channel, O_CLOEXEC) == -1) {
		err_system(e, EXIT_USAGE, "cannot make a pipe");
		return -1;
	}
	/* Ctrl-C is for the command; we end when it has. */
	before_int = signal(SIGINT, SIG_IGN);
	before_quit = signal(SIGQUIT, SIG_IGN);
	fflush(NULL);
	child = fork();
	if (child == 0)
		warden_run(argv, parent, channel[1]);
	close(channel[1]);
	n = child == -1 ? -1 : read(channel[0], &number, sizeof(number));
	close(channel[0]);
	status = child == -1 ? -1 : lab_wait(child);
	signal(SIGINT, before_int);
	signal(SIGQUIT, before_quit);
	if (child == -1 || n > 0) {
		if (n > 0)
			errno = number;
		err_system(e, EXIT_USAGE, "cannot run %s in the lab", argv[0]);
		return -1;
	}
	return status;
}
