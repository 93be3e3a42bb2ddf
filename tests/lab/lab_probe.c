/*
 * Asks each host of the lab, through the kernel's own sockets, what it is
 * there for. Run inside: rawtop lab -- lab_probe. Prints one line per promise
 * and exits 1 when one is broken.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PROBE_WAIT_MS 10000

union probe_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t probe_address(union probe_address *a, const char *text,
			       uint16_t port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons(port);
		return sizeof(a->v4);
	}
	inet_pton(AF_INET6, text, &a->v6.sin6_addr);
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons(port);
	return sizeof(a->v6);
}

/* A connected socket with a receive timeout; -1 with errno. */
static int probe_connect(const char *text, uint16_t port, int type, int proto)
{
	struct timeval wait = {.tv_sec = PROBE_WAIT_MS / 1000};
	union probe_address a;
	socklen_t size = probe_address(&a, text, port);
	int fd = socket(a.any.sa_family, type, proto);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, &a.any, size) == -1) {
		int number = errno;

		close(fd);
		errno = number;
		return -1;
	}
	return fd;
}

static bool probe_udp_echo(const char *host)
{
	char out[2000], in[2048];
	int fd = probe_connect(host, 7, SOCK_DGRAM, 0);
	bool good = fd != -1;

	memset(out, 'u', sizeof(out));
	good = good && send(fd, out, sizeof(out), 0) == sizeof(out) &&
	       recv(fd, in, sizeof(in), 0) == sizeof(out) &&
	       memcmp(in, out, sizeof(out)) == 0;
	close(fd);
	return good;
}

static bool probe_udp_refused(const char *host)
{
	int fd = probe_connect(host, 9999, SOCK_DGRAM, 0);
	bool good;
	char c;

	good = fd != -1 && send(fd, "x", 1, 0) == 1 &&
	       recv(fd, &c, 1, 0) == -1 && errno == ECONNREFUSED;
	close(fd);
	return good;
}

/* Fetches so many bytes and counts what comes behind the empty line. */
static bool probe_fetch(const char *host, uint16_t port, size_t want)
{
	int fd = probe_connect(host, port, SOCK_STREAM, 0);
	char buf[16384], *body = NULL;
	size_t got = 0;
	ssize_t n;

	if (fd == -1)
		return false;
	n = snprintf(buf, sizeof(buf), "GET /bytes/%zu HTTP/1.0\r\n\r\n", want);
	if (send(fd, buf, (size_t)n, 0) != n)
		return false;
	while ((n = recv(fd, buf, sizeof(buf) - 1, 0)) > 0) {
		if (body == NULL) {
			buf[n] = '\0';
			body = strstr(buf, "\r\n\r\n");
			if (body == NULL)
				break;
			got = (size_t)(buf + n - (body + 4));
		} else {
			got += (size_t)n;
		}
	}
	close(fd);
	return n == 0 && got == want;
}

/* Sends and receives at once, so that both windows are used up again and
 * again; what comes back must be what went out. */
static bool probe_tcp_echo(const char *host)
{
	enum { TOTAL = 200000 };
	int fd = probe_connect(host, 7, SOCK_STREAM, 0);
	static char out[TOTAL], in[TOTAL];
	size_t sent = 0, got = 0;
	ssize_t n;

	if (fd == -1)
		return false;
	for (size_t i = 0; i < TOTAL; i++)
		out[i] = (char)(i * 2654435761u >> 13);
	while (got < TOTAL) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};

		if (sent < TOTAL)
			wait.events |= POLLOUT;
		if (poll(&wait, 1, PROBE_WAIT_MS) != 1)
			break;
		if (wait.revents & POLLOUT) {
			n = send(fd, out + sent, TOTAL - sent, MSG_DONTWAIT);
			sent += n > 0 ? (size_t)n : 0;
			if (sent == TOTAL)
				shutdown(fd, SHUT_WR);
		}
		if (wait.revents & (POLLIN | POLLHUP | POLLERR)) {
			n = recv(fd, in + got, TOTAL - got, 0);
			if (n <= 0)
				break;
			got += (size_t)n;
		}
	}
	n = got == TOTAL ? recv(fd, out, 1, 0) : -1;
	close(fd);
	for (size_t i = 0; i < TOTAL && n == 0; i++)
		if (in[i] != (char)(i * 2654435761u >> 13))
			n = -1;
	return n == 0;
}

static bool probe_upload(const char *host)
{
	static char out[500000];
	int fd = probe_connect(host, 9, SOCK_STREAM, 0);
	size_t sent = 0;
	bool good;
	char c;

	while (fd != -1 && sent < sizeof(out)) {
		ssize_t n = send(fd, out + sent, sizeof(out) - sent, 0);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	good = sent == sizeof(out) && shutdown(fd, SHUT_WR) == 0 &&
	       recv(fd, &c, 1, 0) == 0;
	close(fd);
	return good;
}

static bool probe_tcp_fails(const char *host, uint16_t port, int number)
{
	int fd = probe_connect(host, port, SOCK_STREAM, 0);

	if (fd == -1)
		return errno == number;
	close(fd);
	return false;
}

static bool probe_custom(const char *host)
{
	int fd = probe_connect(host, 0, SOCK_RAW, 253);
	char buf[128];
	ssize_t n;
	bool good;

	n = fd != -1 && send(fd, "own", 3, 0) == 3
		    ? recv(fd, buf, sizeof(buf), 0)
		    : -1;
	good = n == 23 && memcmp(buf + 20, "own", 3) == 0;
	close(fd);
	return good;
}

/* Who answers a UDP datagram with this TTL, and with which ICMP type? */
static bool probe_hop(int ttl, const char *hop, int type)
{
	int on = 1, fd = probe_connect("10.9.0.9", 33434, SOCK_DGRAM, 0);
	struct pollfd wait = {.fd = fd};
	char control[512], text[INET_ADDRSTRLEN] = "";
	struct msghdr message = {.msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct sock_extended_err error = {0};
	struct sockaddr_in from;

	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (send(fd, "x", 1, 0) == 1 && poll(&wait, 1, PROBE_WAIT_MS) == 1 &&
	    recvmsg(fd, &message, MSG_ERRQUEUE) != -1) {
		const unsigned char *data = CMSG_DATA(CMSG_FIRSTHDR(&message));

		memcpy(&error, data, sizeof(error));
		memcpy(&from, data + sizeof(error), sizeof(from));
		inet_ntop(AF_INET, &from.sin_addr, text, sizeof(text));
	}
	close(fd);
	return error.ee_type == type && strcmp(text, hop) == 0;
}

static bool probe_hops(void)
{
	char hop[32];

	for (int ttl = 1; ttl <= 8; ttl++) {
		snprintf(hop, sizeof(hop), "10.9.0.%d", ttl);
		if (!probe_hop(ttl, hop, 11))
			return false;
	}
	return probe_hop(9, "10.9.0.9", 3);
}

static int probe_tell(const char *promise, bool good)
{
	printf("%s %s\n", good ? "ok  " : "FAIL", promise);
	fflush(stdout);
	return good ? 0 : 1;
}

int main(void)
{
	int bad = 0;

	bad += probe_tell("UDP echo", probe_udp_echo("10.0.0.2"));
	bad += probe_tell("UDP echo, IPv6", probe_udp_echo("fd00::2"));
	bad += probe_tell("a closed UDP port", probe_udp_refused("10.0.0.2"));
	bad += probe_tell("TCP fetch", probe_fetch("10.0.0.2", 80, 300000));
	bad += probe_tell("TCP fetch, IPv6", probe_fetch("fd00::2", 443, 1));
	bad += probe_tell("TCP echo", probe_tcp_echo("10.0.0.2"));
	bad += probe_tell("TCP upload", probe_upload("10.0.0.2"));
	bad += probe_tell("a closed TCP port",
			  probe_tcp_fails("10.0.0.2", 81, ECONNREFUSED));
	bad += probe_tell("the firewall's open port",
			  probe_fetch("10.0.0.4", 80, 100));
	bad += probe_tell("the firewall's other ports",
			  probe_tcp_fails("10.0.0.4", 22, EHOSTUNREACH));
	bad += probe_tell("protocol 253", probe_custom("10.0.0.3"));
	bad += probe_tell("the hops of the chain", probe_hops());
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
