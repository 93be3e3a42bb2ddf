/*
 * The wire source's interfaces: down, gone, back again, unknown, and shared
 * by several sockets.
 */
#include "port/sources.h"

#include "base/bits.h"
#include "base/clock.h"
#include "tests/port/filter_text.h"
#include "tests/port/world.h"
#include "tests/priv/space.h"

#include <criterion/criterion.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define QUIET_MS   400
#define TEST_PROTO 253

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

static bool wait_both_up(struct source *const s[2], uint32_t up)
{
	uint64_t until_ns = clock_monotonic_ns() + 20 * CLOCK_NS_PER_S;

	while (clock_monotonic_ns() < until_ns) {
		for (unsigned i = 0; i < 2; i++) {
			struct block *b;

			if (s[i]->ops->next(s[i], &b, 50, &e) == SOURCE_BLOCK)
				s[i]->ops->release(s[i], b);
		}
		if (atom_load_relaxed_u32(&s[0]->up) == up &&
		    atom_load_relaxed_u32(&s[1]->up) == up)
			return true;
	}
	return false;
}

static bool wait_up(struct source *s, uint32_t up)
{
	return wait_both_up((struct source *const[]){s, s}, up);
}

static void recreate(struct world *w)
{
	cr_assert_eq(world_run(w,
			       "ip link add v0 addr 02:00:00:00:00:01 type "
			       "veth peer name v1 addr 02:00:00:00:00:02 && "
			       "ip link set v1 netns /proc/self/fd/%d && "
			       "ip addr add 10.9.0.1/24 dev v0 && "
			       "ip link set v0 up && "
			       "nsenter --net=/proc/self/fd/%d sh -c '"
			       "ip addr add 10.9.0.2/24 dev v1 && "
			       "ip link set v1 up && "
			       "ip neigh add 10.9.0.1 lladdr "
			       "02:00:00:00:00:01 dev v1'",
			       w->there, w->there),
		     0);
}

Test(wire_iface, an_interface_that_goes_down_and_up_is_survived)
{
	uint8_t proto = TEST_PROTO;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	cr_expect_eq(atom_load_relaxed_u32(&s->up), 1);
	cr_assert_eq(world_run(&w, "ip link set v0 down"), 0);
	cr_expect(wait_up(s, 0));
	cr_assert_eq(world_run(&w, "ip link set v0 up"), 0);
	cr_expect(wait_up(s, 1));
	to = world_ipv4("10.9.0.2", 0, &size);
	world_send(fd, "abc", 3, &to, size);
	cr_expect_eq(heard_collect(s, heard, 1, heard_has_proto, &proto, 3000),
		     1);
	shut(&w, s);
}

static void vanish_and_return(unsigned fanout_size)
{
	uint8_t proto = TEST_PROTO;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = world_wire(&w, (struct source_wire_config){
				   .iface = "v0", .fanout_size = fanout_size});
	to = world_ipv4("10.9.0.2", 0, &size);
	world_send(fd, "abc", 3, &to, size);
	cr_assert_eq(world_run(&w, "ip link del v0"), 0);
	/* What came before is still delivered. */
	cr_expect_eq(heard_collect(s, heard, 1, heard_has_proto, &proto, 3000),
		     1);
	cr_expect(wait_up(s, 0));
	recreate(&w);
	cr_expect(wait_up(s, 1));
	world_send(fd, "abc", 3, &to, size);
	cr_expect_eq(heard_collect(s, heard, 1, heard_has_proto, &proto, 3000),
		     1);
	cr_expect_eq(heard[0].p.iface, if_nametoindex("v0"));
	shut(&w, s);
}

Test(wire_iface, an_interface_that_is_deleted_and_made_again_is_survived)
{
	vanish_and_return(0);
}

Test(wire_iface, a_fanout_survives_that_too)
{
	vanish_and_return(2);
}

Test(wire_iface, an_interface_that_is_down_is_waited_for)
{
	struct world w;
	struct source *s;

	world_open(&w);
	cr_assert_eq(world_run(&w, "ip link add d0 type veth peer name d1"), 0);
	world_start_priv(&w);
	for (unsigned fanout = 0; fanout < 2; fanout++) {
		cr_assert_eq(world_run(&w, "ip link set d0 down"), 0);
		s = world_wire(
			&w, (struct source_wire_config){
				    .iface = "d0", .fanout_size = 1 + fanout});
		cr_expect_eq(atom_load_relaxed_u32(&s->up), 0);
		cr_expect_gt(s->block_count, 0);
		cr_assert_eq(world_run(&w, "ip link set d0 up"), 0);
		cr_expect(wait_up(s, 1));
		s->ops->close(s);
	}
	world_close(&w);
}

Test(wire_iface, an_interface_lost_for_good_with_the_helper_is_said)
{
	enum source_take took = SOURCE_NOTHING;
	struct world w;
	struct source *s;

	world_open(&w);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	cr_assert_eq(world_run(&w, "ip link del v0"), 0);
	cr_expect(wait_up(s, 0));
	cr_assert_eq(world_run(&w, "kill -9 %d", priv_pid(w.priv)), 0);
	recreate(&w);
	for (unsigned i = 0; i < 200 && took != SOURCE_FAILED; i++) {
		struct block *b;

		took = s->ops->next(s, &b, 100, &e);
		if (took == SOURCE_BLOCK)
			s->ops->release(s, b);
	}
	cr_expect_eq(took, SOURCE_FAILED);
	cr_expect(strstr(e.text, "rawtop-priv) is gone"), "%s", e.text);
	shut(&w, s);
}

Test(wire_iface, an_unknown_interface_is_refused_with_the_nearest_names)
{
	struct source_wire_config config = {
		.iface = "vv0", .snaplen = 100, .filter = NULL};
	struct world w;

	world_open(&w);
	world_start_priv(&w);
	cr_expect_null(source_wire_open(w.priv, &config, &e));
	cr_expect(strstr(e.text, "no network interface \"vv0\" (there are: "
				 "v0, "),
		  "%s", e.text);
	config.iface = "a\033[31mverylongnamethatcannotbe";
	cr_expect_null(source_wire_open(w.priv, &config, &e));
	cr_expect_null(strchr(e.text, '\033'), "%s", e.text);
	world_close(&w);
}

#define FLOWS 60

/* Sends a packet of each flow. */
static void send_flows(int fd)
{
	struct sockaddr_storage to;
	socklen_t size;

	for (uint16_t i = 0; i < FLOWS; i++) {
		to = world_ipv4("10.9.0.1", (uint16_t)(9000 + i), &size);
		world_send(fd, "x", 1, &to, size);
	}
}

/* The two sources of a fanout together got each flow's packet `times` times;
 * and both got some. */
static void expect_flows(struct source *const s[2], unsigned times)
{
	unsigned got[FLOWS] = {0};

	for (unsigned i = 0; i < 2; i++) {
		unsigned n =
			heard_collect(s[i], heard, 64, NULL, NULL, QUIET_MS);

		cr_expect_gt(n, 0);
		for (unsigned k = 0; k < n; k++)
			got[bits_be16(heard[k].bytes + 36) - 9000]++;
		heard_expect_law(s[i]);
	}
	for (unsigned i = 0; i < FLOWS; i++)
		cr_expect_eq(got[i], times, "flow %u was seen %u times", i,
			     got[i]);
}

/* Two sources of one fanout, as an engine with two workers opens them. */
static void open_fanout(struct world *w, struct source *s[2])
{
	struct source_wire_config config = {
		.iface = "v0",
		.filter = filter_text("udp dst portrange 9000-9059"),
		.fanout_size = 2};

	s[0] = world_wire(w, config);
	config.filter = filter_text("udp dst portrange 9000-9059");
	config.fanout_with = s[0];
	config.fanout_index = 1;
	s[1] = world_wire(w, config);
}

static void close_both(struct source *const s[2])
{
	s[0]->ops->close(s[0]);
	s[1]->ops->close(s[1]);
}

Test(wire_iface, two_sockets_of_a_fanout_get_every_packet_once)
{
	struct source *s[2];
	struct world w;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	open_fanout(&w, s);
	cr_expect(strstr(s[0]->note, "one of 2"), "%s", s[0]->note);
	cr_expect_str_eq(s[0]->label, "wire v0 #1");
	cr_expect_str_eq(s[1]->label, "wire v0 #2");
	send_flows(fd);
	expect_flows(s, 1);
	close_both(s);
	world_close(&w);
}

Test(wire_iface, two_fanouts_do_not_take_packets_from_each_other)
{
	struct source *one[2], *other[2];
	struct world w;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	open_fanout(&w, one);
	open_fanout(&w, other);
	send_flows(fd);
	expect_flows(one, 1);
	expect_flows(other, 1);
	close_both(one);
	close_both(other);
	world_close(&w);
}

Test(wire_iface, a_fanout_whose_first_member_was_closed_goes_on)
{
	struct source_wire_config config = {
		.iface = "v0",
		.filter = filter_text("udp dst portrange "
				      "9000-9059"),
		.fanout_size = 2,
		.fanout_index = 1};
	struct source *s[2], *first;
	struct world w;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	open_fanout(&w, s);
	config.fanout_with = s[1];
	first = s[0];
	s[0] = world_wire(&w, config);
	first->ops->close(first);
	send_flows(fd);
	expect_flows(s, 1);
	close_both(s);
	world_close(&w);
}

Test(wire_iface, members_that_come_back_are_in_one_fanout_again)
{
	struct source *s[2];
	struct world w;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	open_fanout(&w, s);
	cr_assert_eq(world_run(&w, "ip link del v0"), 0);
	cr_expect(wait_both_up(s, 0));
	recreate(&w);
	cr_expect(wait_both_up(s, 1));
	send_flows(fd);
	expect_flows(s, 1);
	close_both(s);
	world_close(&w);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
