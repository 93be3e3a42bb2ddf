/*
 * doctor_kernel.c: privilege, and what the kernel offers.
 */
#include "cmd/doctor.h"

#include "cmd/shell_word.h"
#include "lab/firewall.h"
#include "lab/space.h"

#include <arpa/inet.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- privilege ---- */

static const char *doctor_program_path(char path[256])
{
	ssize_t n = readlink("/proc/self/exe", path, 255);

	if (n <= 0)
		return "rawtop";
	path[n] = '\0';
	return path;
}

static bool doctor_file_has_net_raw(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool has;

	if (fd == -1)
		return false;
	capng_clear(CAPNG_SELECT_BOTH);
	has = capng_get_caps_fd(fd) == 0 &&
	      capng_have_capability(CAPNG_PERMITTED, CAP_NET_RAW);
	close(fd);
	return has;
}

void doctor_print_privilege(void)
{
	char buf[256], word_buf[512];
	const char *path = doctor_program_path(buf);
	struct text word;
	bool raw, admin;

	doctor_head("Privilege");
	capng_clear(CAPNG_SELECT_BOTH);
	capng_get_caps_process();
	raw = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW);
	admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN);
	if (raw) {
		doctor_find(DOCTOR_GOOD, "CAP_NET_RAW", "held (user %u)",
			    (unsigned)geteuid());
	} else {
		doctor_find(DOCTOR_BAD, "CAP_NET_RAW",
			    "not held (user %u): no live traffic",
			    (unsigned)geteuid());
		text_init(&word, word_buf, sizeof(word_buf));
		shell_word_put(&word, path);
		doctor_remedy("sudo %s, or sudo setcap cap_net_raw+ep %s, or "
			      "without any: rawtop lab",
			      word_buf, word_buf);
	}
	if (admin)
		doctor_find(DOCTOR_GOOD, "CAP_NET_ADMIN",
			    "held: big socket buffers");
	else
		doctor_find(DOCTOR_NOTE, "CAP_NET_ADMIN",
			    "not held: socket buffers end at "
			    "net.core.rmem_max (%ld bytes)",
			    space_read_setting("/proc/sys/net/core/rmem_max"));
	if (doctor_file_has_net_raw(path))
		doctor_find(DOCTOR_GOOD, "this file", "has cap_net_raw");
	else
		doctor_find(DOCTOR_NOTE, "this file", "has no capability: %s",
			    path);
}

/* ---- what the kernel offers ---- */

enum probe_bit {
	PROBE_SOCKET = 1, /* an AF_PACKET socket could be opened */
	PROBE_RING = 2,
	PROBE_FANOUT = 4,
};

static int probe_packet_socket(void)
{
	int version = TPACKET_V3;
	/* A group of the kernel's choice: a number of ours may be another
	 * program's. */
	uint32_t fanout =
		(uint32_t)(PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID)
		<< 16;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	int bits = 0;

	if (fd == -1)
		return 0;
	bits |= PROBE_SOCKET;
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) == 0)
		bits |= PROBE_RING;
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &fanout,
		       sizeof(fanout)) == 0)
		bits |= PROBE_FANOUT;
	close(fd);
	return bits;
}

/* Without privilege it can be tried in a namespace of a child's. */
static int probe_packet_socket_inside(void)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct err e;

		_exit(space_enter(&e) ? probe_packet_socket() : 0);
	}
	if (child == -1)
		return 0;
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void doctor_print_packet(void)
{
	int bits = probe_packet_socket();

	if ((bits & PROBE_SOCKET) == 0)
		bits = probe_packet_socket_inside();
	if ((bits & PROBE_SOCKET) == 0) {
		doctor_find(DOCTOR_NOTE, "AF_PACKET",
			    "cannot be tried without privilege");
		doctor_remedy("sudo rawtop doctor");
		return;
	}
	doctor_find(bits & PROBE_RING ? DOCTOR_GOOD : DOCTOR_BAD, "TPACKET_V3",
		    "%s", bits & PROBE_RING ? "yes" : "no: needs Linux 3.2");
	doctor_find(bits & PROBE_FANOUT ? DOCTOR_GOOD : DOCTOR_BAD,
		    "PACKET_FANOUT", "%s",
		    bits & PROBE_FANOUT ? "yes"
					: "no: needs Linux 4.12; one "
					  "--workers only");
}

static void doctor_print_setting(const char *topic, const char *path)
{
	long value = space_read_setting(path);

	if (value == -1)
		doctor_find(DOCTOR_GOOD, topic, "no such setting here");
	else
		doctor_find(DOCTOR_GOOD, topic, "%ld", value);
}

static void doctor_print_namespaces(void)
{
	struct err e;

	if (space_allowed(&e))
		doctor_find(DOCTOR_GOOD, "namespaces",
			    "allowed: rawtop lab works");
	else
		doctor_find(DOCTOR_BAD, "namespaces", "no rawtop lab: %s",
			    e.text);
	doctor_print_setting("  max_user_ns",
			     "/proc/sys/user/max_user_namespaces");
	doctor_print_setting("  userns_clone",
			     "/proc/sys/kernel/unprivileged_userns_clone");
	doctor_print_setting("  apparmor userns",
			     "/proc/sys/kernel/apparmor_restrict_"
			     "unprivileged_userns");
}

static void doctor_print_tun(void)
{
	const char *path = "/dev/net/tun";
	struct stat st;
	int fd;

	if (stat(path, &st) == -1) {
		doctor_find(DOCTOR_NOTE, "TUN",
			    "%s: %s; the lab uses a veth pair", path,
			    strerror(errno));
		doctor_remedy("sudo modprobe tun");
		return;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		doctor_find(DOCTOR_NOTE, "TUN",
			    "%s has mode %04o, not for this user; the lab uses "
			    "a veth pair",
			    path, (unsigned)st.st_mode & 07777);
	else
		doctor_find(DOCTOR_GOOD, "TUN", "%s opens (mode %04o)", path,
			    (unsigned)st.st_mode & 07777);
	if (fd != -1)
		close(fd);
}

static void doctor_print_nft(void)
{
	const char *nft = firewall_find_nft();

	if (nft != NULL) {
		doctor_find(DOCTOR_GOOD, "nft", "%s", nft);
		return;
	}
	doctor_find(DOCTOR_NOTE, "nft",
		    "not found: the lab has no firewall rule to show");
	doctor_remedy("sudo apt install nftables");
}

void doctor_print_kernel(void)
{
	struct utsname name;

	doctor_head("Kernel");
	if (uname(&name) == 0)
		doctor_find(DOCTOR_GOOD, "release", "%s %s", name.release,
			    name.machine);
	doctor_print_packet();
	doctor_print_namespaces();
	doctor_print_tun();
	doctor_print_nft();
}
