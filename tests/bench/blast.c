/*
 * blast IFACE PACKETS RATE FLOWS [MAC]: sends 64-byte UDP frames (60 and the
 * frame check sequence) by AF_PACKET in batches of 64, paced to RATE packets
 * a second, over FLOWS five-tuples in turn, and prints what it sent and how
 * fast. The frames are made beforehand, so that the rate is the kernel's. For
 * the live benchmark: only ever on a veth pair between namespaces that the
 * benchmark made. Bounded by PACKETS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH	  64
#define FRAME	  60
#define STRIDE	  64
#define FLOWS_MAX 1000000u

static double blast_now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One frame: Ethernet, IPv4 with a right checksum, UDP without one. */
static void blast_build(uint8_t *f, const uint8_t mac[6], uint32_t flow)
{
	uint32_t sum = 0;
	uint16_t source = (uint16_t)(1024 + flow % 50000);

	memset(f, 0, FRAME);
	memcpy(f, mac, 6);
	memcpy(f + 6, "\x02\x00\x00\x00\x00\x01", 6);
	memcpy(f + 12, "\x08\x00\x45\x00\x00\x2e\x00\x00\x40\x00\x40\x11", 12);
	memcpy(f + 26, "\x0a\x01\x00\x01\x0a\x01\x00\x02", 8);
	f[28] = (uint8_t)(flow / 50000); /* more hosts beyond 50 000 ports */
	f[34] = (uint8_t)(source >> 8);
	f[35] = (uint8_t)source;
	memcpy(f + 36, "\x23\x28\x00\x1a", 4);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)(f[i] << 8 | f[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	f[24] = (uint8_t)(sum >> 8);
	f[25] = (uint8_t)sum;
}

static int blast_open(const char *iface)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(iface),
	};
	int one = 1;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || to.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("blast");
		exit(1);
	}
	(void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one,
			 sizeof(one));
	return fd;
}

static uint8_t *blast_build_all(const uint8_t mac[6], uint32_t flows)
{
	uint8_t *frames = malloc((size_t)flows * STRIDE);

	if (!frames) {
		perror("blast");
		exit(1);
	}
	for (uint32_t i = 0; i < flows; i++)
		blast_build(frames + (size_t)i * STRIDE, mac, i);
	return frames;
}

/* Sends them all; false with errno set when the kernel takes no more. */
static bool blast_send_all(int fd, uint64_t packets, double rate,
			   uint8_t *frames, uint32_t flows, uint64_t *sent)
{
	struct mmsghdr messages[BATCH];
	struct iovec iov[BATCH];
	double start_s = blast_now_s();
	uint32_t flow = 0;

	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (*sent = 0; *sent < packets;) {
		uint64_t left = packets - *sent;
		unsigned want = left < BATCH ? (unsigned)left : BATCH;
		int n;

		for (unsigned i = 0; i < want; i++)
			iov[i] = (struct iovec){
				frames + (size_t)((flow + i) % flows) * STRIDE,
				FRAME};
		while ((double)*sent > (blast_now_s() - start_s) * rate)
			;
		n = sendmmsg(fd, messages, want, 0);
		if (n < 0 && errno != ENOBUFS && errno != EAGAIN)
			return false;
		if (n < 0)
			continue;
		*sent += (uint64_t)n;
		flow = (uint32_t)((flow + (uint64_t)n) % flows);
	}
	return true;
}

int main(int argc, char **argv)
{
	uint8_t mac[6] = {2, 0, 0, 0, 0, 2};
	uint64_t packets;
	uint64_t sent;
	double rate;
	double start_s;
	uint32_t flows;
	uint8_t *frames;
	int fd;

	packets = argc < 5 ? 0 : strtoull(argv[2], NULL, 10);
	rate = argc < 5 ? 0 : strtod(argv[3], NULL);
	flows = argc < 5 ? 0 : (uint32_t)strtoul(argv[4], NULL, 10);
	if (packets == 0 || rate <= 0 || flows == 0 || flows > FLOWS_MAX) {
		fprintf(stderr,
			"usage: blast IFACE PACKETS RATE FLOWS [MAC]\n");
		return 2;
	}
	if (argc > 5 &&
	    sscanf(argv[5], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5]) != 6) {
		fprintf(stderr, "blast: not a MAC address: %s\n", argv[5]);
		return 2;
	}
	fd = blast_open(argv[1]);
	frames = blast_build_all(mac, flows);
	start_s = blast_now_s();
	if (!blast_send_all(fd, packets, rate, frames, flows, &sent)) {
		perror("blast: sendmmsg");
		return 1;
	}
	printf("%llu %.0f\n", (unsigned long long)sent,
	       (double)sent / (blast_now_s() - start_s));
	free(frames);
	return 0;
}
