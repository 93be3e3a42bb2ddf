#include "lab/hosts.h"

#include "base/bits.h"
#include "lab/stream.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>

#define HOSTS_UDP_SIZE	8
#define HOSTS_ICMP_SIZE 8

struct hosts {
	struct datagram_out out;
	struct streams *streams;
};

/* What a host does. */
enum host_role {
	HOST_PING = 1,
	HOST_UDP = 2,	/* echo on port 7, names on port 53 */
	HOST_TCP = 4,	/* the services of service.c */
	HOST_SWAP = 8,	/* sends protocols 253 and 254 back */
	HOST_WALL = 16, /* only TCP port 80 passes */
	HOST_SILENT = 32,
	HOST_CHAIN = 64, /* as far away as its number says */
};

/* Why an ICMP error is sent, in both families. */
enum host_error {
	ERROR_PORT,
	ERROR_PROTOCOL,
	ERROR_HOST,
	ERROR_PROHIBITED,
	ERROR_TTL,
};

struct hosts *hosts_open(const struct datagram_out *out)
{
	struct hosts *h = malloc(sizeof(*h));

	if (h == NULL)
		return NULL;
	h->out = *out;
	h->streams = streams_open(&h->out);
	if (h->streams == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void hosts_close(struct hosts *h)
{
	streams_close(h->streams);
	free(h);
}

bool hosts_busy(const struct hosts *h)
{
	return streams_busy(h->streams);
}

void hosts_tick(struct hosts *h, uint64_t now_ns)
{
	streams_tick(h->streams, now_ns);
}

/* ---- addresses ---- */

void hosts_put_address(uint8_t out[16], uint8_t version, uint8_t network,
		       uint8_t number)
{
	memset(out, 0, 16);
	if (version == 4) {
		out[0] = 10;
		out[1] = network;
		out[3] = number;
	} else {
		out[0] = 0xfd;
		out[3] = network;
		out[15] = number;
	}
}

/* What the host at an address does; 0: nobody is there. */
static unsigned hosts_find_roles(uint8_t version, const uint8_t addr[16],
				 uint8_t *number)
{
	static const unsigned roles[] = {
		[HOSTS_FRIENDLY] = HOST_PING | HOST_UDP | HOST_TCP,
		[HOSTS_CUSTOM] = HOST_PING | HOST_SWAP,
		[HOSTS_WALLED] = HOST_TCP | HOST_WALL,
		[HOSTS_SILENT] = HOST_SILENT,
	};
	uint8_t network = version == 4 ? addr[1] : addr[3];
	uint8_t same[16];

	*number = version == 4 ? addr[3] : addr[15];
	hosts_put_address(same, version, network, *number);
	if (memcmp(same, addr, sizeof(same)) != 0)
		return 0;
	if (network == HOSTS_NET_CHAIN && *number >= 1 &&
	    *number <= HOSTS_CHAIN_LEN)
		return HOST_PING | HOST_CHAIN;
	if (network == HOSTS_NET_LAB &&
	    *number < sizeof(roles) / sizeof(roles[0]))
		return roles[*number];
	return 0;
}

static bool hosts_is_multicast(const struct datagram *d)
{
	if (d->ends.version == 6)
		return d->ends.dst[0] == 0xff;
	return d->ends.dst[0] >= 224 ||
	       memcmp(d->ends.dst, "\x0a\x00\x00\xff", 4) == 0 ||
	       memcmp(d->ends.dst, "\x0a\xff\xff\xff", 4) == 0;
}

/* ---- ICMP errors ---- */

static bool host_is_icmp_error(const struct datagram *d)
{
	const uint8_t *icmp = d->bytes + d->offset;

	if (d->len - d->offset < 1)
		return false;
	if (d->proto == IPPROTO_ICMPV6)
		return icmp[0] < ICMP6_ECHO_REQUEST;
	return d->proto == IPPROTO_ICMP && icmp[0] != ICMP_ECHO &&
	       icmp[0] != ICMP_ECHOREPLY && icmp[0] != ICMP_TIMESTAMP;
}

/* Sends an ICMP error from `sender` that quotes what fits (RFC 1812 section
 * 4.3.2.3: 576 bytes in all; RFC 4443: 1280). */
static void host_send_error(struct hosts *h, const struct datagram *d,
			    enum host_error error, const uint8_t sender[16])
{
	static const uint8_t types4[][2] = {
		[ERROR_PORT] = {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH},
		[ERROR_PROTOCOL] = {ICMP_DEST_UNREACH, ICMP_PROT_UNREACH},
		[ERROR_HOST] = {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH},
		[ERROR_PROHIBITED] = {ICMP_DEST_UNREACH, ICMP_PKT_FILTERED},
		[ERROR_TTL] = {ICMP_TIME_EXCEEDED, ICMP_EXC_TTL},
	};
	static const uint8_t types6[][2] = {
		[ERROR_PORT] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT},
		[ERROR_PROTOCOL] = {ICMP6_PARAM_PROB,
				    ICMP6_PARAMPROB_NEXTHEADER},
		[ERROR_HOST] = {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR},
		[ERROR_PROHIBITED] = {ICMP6_DST_UNREACH,
				      ICMP6_DST_UNREACH_ADMIN},
		[ERROR_TTL] = {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT},
	};
	bool ipv4 = d->ends.version == 4;
	const uint8_t *type = ipv4 ? types4[error] : types6[error];
	size_t room = datagram_room(d->ends.version);
	size_t most = (ipv4 ? 576 : 1280) - room - HOSTS_ICMP_SIZE;
	size_t quoted = d->len < most ? d->len : most;
	struct datagram_ends ends = {.version = d->ends.version};
	uint8_t bytes[DATAGRAM_MTU];
	uint8_t *icmp = bytes + room;

	/* Errors answer neither errors nor later fragments (RFC 1122). */
	if (!d->first || host_is_icmp_error(d))
		return;
	memcpy(ends.src, sender, sizeof(ends.src));
	memcpy(ends.dst, d->ends.src, sizeof(ends.dst));
	memset(icmp, 0, HOSTS_ICMP_SIZE);
	icmp[0] = type[0];
	icmp[1] = type[1];
	/* A parameter problem points at the byte: the next header field. */
	if (!ipv4 && error == ERROR_PROTOCOL)
		icmp[7] = 6;
	memcpy(icmp + HOSTS_ICMP_SIZE, d->bytes, quoted);
	datagram_send(&ends, ipv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, bytes,
		      HOSTS_ICMP_SIZE + quoted, 2, &h->out);
}

/* ---- what hosts answer ---- */

/* Adds to a stored Internet checksum what the message loses (RFC 1624). */
static void host_adjust_sum(uint8_t *at, uint16_t less)
{
	uint32_t sum = bits_be16(at);

	sum += less;
	sum = (sum >> 16) + (sum & 0xffff);
	bits_put_be16(at, (uint16_t)sum);
}

/*
 * An echo reply is the request with another type and swapped addresses, so
 * fragments can be answered one by one, without putting them together.
 */
static void host_answer_ping(struct hosts *h, const struct datagram *d)
{
	uint8_t *icmp = d->bytes + d->offset;
	bool ipv4 = d->proto == IPPROTO_ICMP;
	uint8_t request = ipv4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST;

	if (d->first) {
		if (d->len - d->offset < HOSTS_ICMP_SIZE || icmp[0] != request)
			return;
		icmp[0] = ipv4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
		/* 8 to 0: less in the high byte; 128 to 129: more. */
		host_adjust_sum(icmp + 2, ipv4 ? 0x0800 : 0xfeff);
	}
	datagram_send_back(d, &h->out);
}

/* Where the question of a DNS query ends; 0 when it has no whole one. */
static size_t host_find_question_end(const uint8_t *dns, size_t len)
{
	size_t at = 12;

	if (len < 17 || bits_be16(dns + 4) != 1 || (dns[2] & 0x80))
		return 0;
	while (at < len && dns[at] != 0) {
		if (dns[at] > 63)
			return 0;
		at += 1 + (size_t)dns[at];
	}
	return at + 5 <= len ? at + 5 : 0;
}

/* Every name is the friendly host. */
static void host_answer_name(struct hosts *h, const struct datagram *d,
			     const uint8_t *udp, size_t len)
{
	size_t question = host_find_question_end(udp + 8, len - 8);
	struct datagram_ends ends = {.version = d->ends.version};
	uint8_t bytes[DATAGRAM_MTU], addr[16];
	uint8_t *out = bytes + datagram_room(d->ends.version);
	uint8_t *dns = out + HOSTS_UDP_SIZE, *answer = dns + question;
	uint16_t type;
	size_t size;

	if (question == 0 || question > 512)
		return;
	memcpy(dns, udp + 8, question);
	type = bits_be16(dns + question - 4);
	dns[2] = 0x81; /* an answer, recursion desired */
	dns[3] = 0x80; /* and available */
	memset(dns + 6, 0, 6);
	size = type == 1 ? 4 : type == 28 ? 16 : 0;
	if (size > 0) {
		dns[7] = 1;
		hosts_put_address(addr, size == 4 ? 4 : 6, HOSTS_NET_LAB,
				  HOSTS_FRIENDLY);
		memcpy(answer, "\xc0\x0c", 2); /* the name of the question */
		memcpy(answer + 2, dns + question - 4, 4);
		bits_put_be32(answer + 6, 60);
		bits_put_be16(answer + 10, (uint16_t)size);
		memcpy(answer + 12, addr, size);
		size += 12;
	}
	memcpy(ends.src, d->ends.dst, sizeof(ends.src));
	memcpy(ends.dst, d->ends.src, sizeof(ends.dst));
	memcpy(out, udp + 2, 2);
	memcpy(out + 2, udp, 2);
	size += HOSTS_UDP_SIZE + question;
	bits_put_be16(out + 4, (uint16_t)size);
	datagram_send(&ends, IPPROTO_UDP, bytes, size, 6, &h->out);
}

static void host_answer_udp(struct hosts *h, const struct datagram *d)
{
	uint8_t *udp = d->bytes + d->offset;
	size_t len = d->len - d->offset;
	uint8_t port[2];

	/* Later fragments can only belong to an echo that is let through. */
	if (!d->first) {
		datagram_send_back(d, &h->out);
		return;
	}
	if (len < HOSTS_UDP_SIZE)
		return;
	switch (bits_be16(udp + 2)) {
	case 7:
		memcpy(port, udp, 2);
		memcpy(udp, udp + 2, 2);
		memcpy(udp + 2, port, 2);
		datagram_send_back(d, &h->out);
		break;
	case 53:
		host_answer_name(h, d, udp, len);
		break;
	default:
		host_send_error(h, d, ERROR_PORT, d->ends.dst);
	}
}

static bool host_lets_through(const struct datagram *d)
{
	return d->proto == IPPROTO_TCP && d->first && d->len - d->offset >= 4 &&
	       bits_be16(d->bytes + d->offset + 2) == 80;
}

static void host_answer(struct hosts *h, const struct datagram *d,
			unsigned roles, uint64_t now_ns)
{
	uint8_t ping = d->ends.version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (roles & HOST_SILENT)
		return;
	if ((roles & HOST_WALL) && !host_lets_through(d)) {
		host_send_error(h, d, ERROR_PROHIBITED, d->ends.dst);
		return;
	}
	if (d->proto == IPPROTO_TCP)
		streams_take(h->streams, d, roles & HOST_TCP, now_ns);
	else if (d->proto == ping)
		host_answer_ping(h, d);
	else if (d->proto == IPPROTO_UDP && (roles & HOST_UDP))
		host_answer_udp(h, d);
	else if (d->proto == IPPROTO_UDP)
		host_send_error(h, d, ERROR_PORT, d->ends.dst);
	else if ((roles & HOST_SWAP) && (d->proto == 253 || d->proto == 254))
		datagram_send_back(d, &h->out);
	else
		host_send_error(h, d, ERROR_PROTOCOL, d->ends.dst);
}

void hosts_take(struct hosts *h, uint8_t *bytes, size_t len, uint64_t now_ns)
{
	uint8_t sender[16], number;
	struct datagram d;
	unsigned roles;

	if (!datagram_parse(&d, bytes, len) || hosts_is_multicast(&d))
		return;
	roles = hosts_find_roles(d.ends.version, d.ends.dst, &number);
	if (roles == 0) {
		hosts_put_address(sender, d.ends.version, HOSTS_NET_LAB,
				  HOSTS_FRIENDLY);
		host_send_error(h, &d, ERROR_HOST, sender);
	} else if ((roles & HOST_CHAIN) && d.ttl < number) {
		hosts_put_address(sender, d.ends.version, HOSTS_NET_CHAIN,
				  d.ttl == 0 ? 1 : d.ttl);
		host_send_error(h, &d, ERROR_TTL, sender);
	} else {
		host_answer(h, &d, roles, now_ns);
	}
}

void hosts_send_inbound(struct hosts *h, uint16_t port)
{
	static const char text[] = "from a host of the rawtop lab\n";
	struct datagram_ends ends = {.version = 4};
	uint8_t bytes[DATAGRAM_MTU];
	uint8_t *udp = bytes + datagram_room(4);

	hosts_put_address(ends.src, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY);
	hosts_put_address(ends.dst, 4, HOSTS_NET_LAB, HOSTS_SELF);
	bits_put_be16(udp, (uint16_t)(port + 30000));
	bits_put_be16(udp + 2, port);
	bits_put_be16(udp + 4, HOSTS_UDP_SIZE + sizeof(text) - 1);
	memcpy(udp + HOSTS_UDP_SIZE, text, sizeof(text) - 1);
	datagram_send(&ends, IPPROTO_UDP, bytes,
		      HOSTS_UDP_SIZE + sizeof(text) - 1, 6, &h->out);
}
