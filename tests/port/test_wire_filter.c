/*
 * The wire source's BPF: in the kernel, in user space, for every link type.
 */
#include "port/sources.h"

#include "base/bits.h"
#include "tests/port/filter_text.h"
#include "tests/port/world.h"
#include "tests/priv/space.h"
#include "wire/link.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS    400
#define TYPE_TEST   0x88b5 /* local experiments (IEEE Std 802) */
#define ETHER_BYTES 14
#define TEST_PROTO  253

static struct err e;
static struct heard heard[64];

static struct source *open_wire(struct world *w, const char *iface,
				const char *filter)
{
	return world_wire(
		w, (struct source_wire_config){.iface = iface,
					       .filter = filter_text(filter)});
}

static void shut(struct world *w, struct source *s)
{
	heard_expect_law(s);
	s->ops->close(s);
	world_close(w);
}

/* A frame from there to here: MACs, EtherType, then n bytes of `fill`. */
static size_t make_frame(uint8_t *frame, uint16_t type, size_t n, uint8_t fill)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	memcpy(frame, macs, sizeof(macs));
	bits_put_be16(frame + 12, type);
	memset(frame + ETHER_BYTES, fill, n);
	return ETHER_BYTES + n;
}

static void send_frame(int fd, const uint8_t *frame, size_t n)
{
	cr_assert_eq(send(fd, frame, n, 0), (ssize_t)n, "%s", strerror(errno));
}

static int open_tun(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		cr_skip_test("no /dev/net/tun: %s", strerror(errno));
	memcpy(ifr.ifr_name, name, strlen(name));
	cr_assert_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

Test(wire_filter, an_expression_about_vlan_runs_in_user_space)
{
	uint16_t type = 0x8100;
	uint8_t frame[200];
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire(&w, "v0", "vlan 77");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 2);
	for (unsigned id = 75; id < 80; id++) {
		size_t n = make_frame(frame, type, 60, 9);

		bits_put_be16(frame + 14, (uint16_t)id);
		bits_put_be16(frame + 16, TYPE_TEST);
		send_frame(there, frame, n);
	}
	cr_assert_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].bytes[15], 77);
	cr_expect_geq(heard_count(&s->counts.filtered), 4);
	shut(&w, s);
}

Test(wire_filter, an_expression_about_vlan_and_direction_is_refused)
{
	struct source_wire_config config = {
		.iface = "v0",
		.snaplen = 100,
		.filter = filter_text("vlan 1 and inbound")};
	struct world w;

	world_open(&w);
	world_start_priv(&w);
	cr_expect_null(source_wire_open(w.priv, &config, &e));
	port_filter_release(config.filter);
	cr_expect(strstr(e.text, "direction"), "%s", e.text);
	world_close(&w);
}

Test(wire_filter, the_expression_is_attached_and_exchanged)
{
	uint8_t udp = 17;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "udp dst port 7001");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	for (uint16_t port = 7000; port < 7010; port++) {
		to = world_ipv4("10.9.0.1", port, &size);
		world_send(fd, "x", 1, &to, size);
	}
	cr_expect_eq(
		heard_collect(s, heard, 64, heard_has_proto, &udp, QUIET_MS),
		1);
	cr_expect_eq(heard_count(&s->counts.seen), 1);
	cr_expect_not(filter_text_set(s, "udp dst port 7 and and", &e));
	cr_expect(strstr(e.text, "syntax error"), "%s", e.text);
	cr_expect(strstr(e.text, "^"), "%s", e.text);
	cr_assert(filter_text_set(s,
				  "udp dst port 7002 or udp dst port "
				  "7003",
				  &e),
		  "%s", e.text);
	for (uint16_t port = 7000; port < 7010; port++) {
		to = world_ipv4("10.9.0.1", port, &size);
		world_send(fd, "x", 1, &to, size);
	}
	cr_expect_eq(
		heard_collect(s, heard, 64, heard_has_proto, &udp, QUIET_MS),
		2);
	cr_assert(filter_text_set(s, "", &e));
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 0);
	shut(&w, s);
}

Test(wire_filter, a_filter_that_cannot_be_attached_runs_in_user_space)
{
	static uint8_t payload[300];
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	/* Too deep for a load that is counted from the IP header. */
	s = open_wire(&w, "v0", "udp and ip[200] == 5");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 2);
	to = world_ipv4("10.9.0.1", 9, &size);
	for (uint8_t i = 0; i < 10; i++) {
		payload[200 - 28] = i;
		world_send(fd, payload, sizeof(payload), &to, size);
	}
	cr_assert_eq(heard_collect(s, heard, 64, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].bytes[14 + 200], 5);
	cr_expect_geq(heard_count(&s->counts.filtered), 9);
	shut(&w, s);
}

Test(wire_filter, packets_without_link_header_are_raw_and_filtered_as_such)
{
	/* IPv4, 10.7.0.2 to 10.7.0.1, protocol 253, 4 bytes; no checksum. */
	uint8_t ip[24] = {0x45, 0, 0, 24, 0,  0, 0, 0, 9,   253, 0,   0,
			  10,	7, 0, 2,  10, 7, 0, 1, 'a', 'b', 'c', 'd'};
	struct world w;
	struct source *s;
	int tun;

	world_open(&w);
	tun = open_tun("t0");
	cr_assert_eq(world_run(&w, "ip addr add 10.7.0.1/24 dev t0 && "
				   "ip link set t0 up"),
		     0);
	world_start_priv(&w);
	s = open_wire(&w, NULL,
		      "src host 10.7.0.2 and ip[8] == 9 and len < 30");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	for (uint8_t ttl = 5; ttl < 15; ttl++) {
		ip[8] = ttl;
		cr_assert_eq(write(tun, ip, sizeof(ip)), (ssize_t)sizeof(ip));
	}
	cr_assert_eq(heard_collect(s, heard, 64, NULL, NULL, QUIET_MS), 1);
	ip[8] = 9;
	cr_expect_eq(heard[0].p.link, LINK_RAW);
	cr_expect_eq(heard[0].p.len, sizeof(ip));
	cr_expect_eq(memcmp(heard[0].bytes, ip, sizeof(ip)), 0);
	cr_expect_eq(heard[0].p.iface, if_nametoindex("t0"));
	shut(&w, s);
}

Test(wire_filter, direction_words_run_in_the_kernel)
{
	struct world w;
	struct source *s;

	world_open(&w);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "inbound and icmp");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	cr_assert_eq(world_run(&w, "ping -c1 10.9.0.2"), 0);
	cr_assert_eq(heard_collect(s, heard, 64, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].bytes[34], 0, "an echo reply");
	shut(&w, s);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
