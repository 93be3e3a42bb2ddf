/*
 * An expression over a file's packets: compiled for each link type that is met,
 * and never by the thread that reads the file, which nobody could stop.
 */
#include "port/file_filter.h"
#include "tests/port/filter_text.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static pthread_t reader;
static unsigned compiled_here;
static unsigned compiled_cooked;

typedef int compile_function(pcap_t *handle, struct bpf_program *program,
			     const char *text, int optimize, bpf_u_int32 mask);

/* Stands in front of libpcap's, and looks who calls. */
int pcap_compile(pcap_t *handle, struct bpf_program *program, const char *text,
		 int optimize, bpf_u_int32 mask)
{
	compile_function *real;
	void *found = dlsym(RTLD_NEXT, "pcap_compile");

	memcpy(&real, &found, sizeof(real));
	if (pthread_equal(pthread_self(), reader))
		compiled_here++;
	if (pcap_datalink(handle) == DLT_LINUX_SLL)
		compiled_cooked++;
	return real(handle, program, text, optimize, mask);
}

/* IPv4 and UDP to port 53, behind a header of Linux cooked v1. */
static const uint8_t cooked[16 + 28] = {
	[14] = 0x08, [16] = 0x45, [19] = 28,   [24] = 64,
	[25] = 17,   [36] = 0x30, [39] = 0x35, [41] = 8,
};

static struct packet packet_of(enum link_type link, size_t from)
{
	return (struct packet){
		.data = cooked + from,
		.caplen = (uint32_t)(sizeof(cooked) - from),
		.len = (uint32_t)(sizeof(cooked) - from),
		.link = (uint8_t)link,
	};
}

/* How many of a packet of every kind are kept. */
static uint32_t kept(struct file_filter *f)
{
	struct packet packets[] = {
		packet_of(LINK_RAW, 16),
		packet_of(LINK_SLL, 0),
		packet_of(LINK_IPV4, 16),
		packet_of(LINK_UNKNOWN, 0),
	};
	uint32_t count = sizeof(packets) / sizeof(packets[0]);
	struct err e;

	cr_assert(file_filter_keep(f, packets, &count, &e), "%s", e.text);
	cr_expect_eq(compiled_here, 0);
	return count;
}

static void set(struct file_filter *f, const char *expression)
{
	struct port_filter *held = filter_text(expression);
	struct err e;

	reader = pthread_self();
	compiled_here = 0;
	cr_assert(file_filter_set(f, held, &e), "%s", e.text);
	cr_expect_eq(compiled_here, 0);
	port_filter_release(held);
}

Test(file_filter, a_link_type_that_is_met_is_not_compiled_for_by_who_reads)
{
	struct file_filter f = {0};

	set(&f, "udp port 53");
	cr_expect_eq(compiled_cooked, 0);
	cr_expect_eq(kept(&f), 3);
	cr_expect_eq(compiled_cooked, 1, "once for the type that was met");
	cr_expect_eq(kept(&f), 3);
	cr_expect_eq(compiled_cooked, 1, "and not again");
	set(&f, "udp port 54");
	cr_expect_eq(compiled_cooked, 2, "a new one for what was met before");
	cr_expect_eq(kept(&f), 0);
	file_filter_close(&f);
}

Test(file_filter, what_means_nothing_for_the_only_link_type_is_an_error)
{
	struct packet p = packet_of(LINK_MPLS, 0);
	struct file_filter f = {0};
	uint32_t count = 1;
	struct err e;

	set(&f, "ether host 1:2:3:4:5:6");
	cr_expect_not(file_filter_keep(&f, &p, &count, &e));
	cr_expect(strstr(e.text, "not understood"), "%s", e.text);
	cr_expect_eq(count, 1);
	file_filter_close(&f);
}
