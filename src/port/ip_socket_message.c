#include "port/ip_socket_message.h"

#include "base/bits.h"
#include "base/clock.h"

#include <netinet/in.h>
#include <string.h>
#include <time.h>

#define IP_MESSAGE_IPV6_BYTES 40

/* IPV6_FLOWINFO stands in linux/in6.h only, which netinet/in.h excludes. */
#define IP_MESSAGE_FLOWINFO 11

static void ip_message_read_socket(struct ip_message *m,
				   const struct cmsghdr *c)
{
	struct timespec time;

	if (c->cmsg_type == SO_TIMESTAMPNS) {
		memcpy(&time, CMSG_DATA(c), sizeof(time));
		m->time_ns = (uint64_t)time.tv_sec * CLOCK_NS_PER_S +
			     (uint64_t)time.tv_nsec;
	} else if (c->cmsg_type == SO_RXQ_OVFL) {
		memcpy(&m->drops, CMSG_DATA(c), sizeof(m->drops));
		m->has_drops = true;
	}
}

static void ip_message_read_ipv4(struct ip_message *m, const struct cmsghdr *c)
{
	struct in_pktinfo info;

	if (c->cmsg_type == IP_PKTINFO) {
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		m->iface = (uint32_t)info.ipi_ifindex;
	} else if (c->cmsg_type == IP_RECVFRAGSIZE) {
		m->reassembled = true;
	}
}

static void ip_message_add_extension(struct ip_message *m,
				     const struct cmsghdr *c, uint8_t type)
{
	size_t length = c->cmsg_len - CMSG_LEN(0);

	/* A header is a multiple of 8 bytes; less was cut. */
	if (m->extension_count == IP_MESSAGE_EXTENSIONS_MAX || length < 8)
		return;
	m->extensions[m->extension_count++] = (struct ip_extension){
		.bytes = CMSG_DATA(c),
		.length = (uint32_t)length,
		.type = type,
	};
}

static void ip_message_read_ipv6(struct ip_message *m, const struct cmsghdr *c)
{
	struct in6_pktinfo info;
	int number;

	switch (c->cmsg_type) {
	case IPV6_PKTINFO:
		memcpy(&info, CMSG_DATA(c), sizeof(info));
		m->iface = info.ipi6_ifindex;
		memcpy(m->destination, &info.ipi6_addr, 16);
		break;
	case IPV6_HOPLIMIT:
		memcpy(&number, CMSG_DATA(c), sizeof(number));
		m->hop_limit = (uint8_t)number;
		break;
	case IP_MESSAGE_FLOWINFO:
		m->flow_info = bits_be32(CMSG_DATA(c));
		break;
	case IPV6_RECVFRAGSIZE:
		m->reassembled = true;
		break;
	case IPV6_HOPOPTS:
		ip_message_add_extension(m, c, IPPROTO_HOPOPTS);
		break;
	case IPV6_RTHDR:
		ip_message_add_extension(m, c, IPPROTO_ROUTING);
		break;
	case IPV6_DSTOPTS:
		ip_message_add_extension(m, c, IPPROTO_DSTOPTS);
		break;
	default:
		break;
	}
}

void ip_message_read(struct ip_message *m, const struct msghdr *msg)
{
	/* CMSG_NXTHDR wants a pointer to what it only reads. */
	struct msghdr copy = *msg;

	m->time_ns = 0;
	m->iface = 0;
	m->has_drops = false;
	m->reassembled = false;
	m->hop_limit = 0;
	m->flow_info = 0;
	m->extension_count = 0;
	memset(m->destination, 0, sizeof(m->destination));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&copy); c != NULL;
	     c = CMSG_NXTHDR(&copy, c)) {
		if (c->cmsg_level == SOL_SOCKET)
			ip_message_read_socket(m, c);
		else if (c->cmsg_level == IPPROTO_IP)
			ip_message_read_ipv4(m, c);
		else if (c->cmsg_level == IPPROTO_IPV6)
			ip_message_read_ipv6(m, c);
	}
}

size_t ip_message_write_ipv6(const struct ip_message *m,
			     const uint8_t source[16], uint8_t proto,
			     size_t payload_length, uint8_t *out)
{
	/* The byte that names what comes next: the last header's. */
	uint8_t *next = &out[6];
	size_t at = IP_MESSAGE_IPV6_BYTES;
	size_t length;

	bits_put_be32(out, 6u << 28 | (m->flow_info & 0x0fffffff));
	out[7] = m->hop_limit;
	memcpy(out + 8, source, 16);
	memcpy(out + 24, m->destination, 16);
	for (unsigned i = 0; i < m->extension_count; i++) {
		const struct ip_extension *x = &m->extensions[i];

		if (at + x->length > IP_MESSAGE_HEADERS_MAX)
			break;
		*next = x->type;
		memcpy(out + at, x->bytes, x->length);
		next = &out[at];
		at += x->length;
	}
	*next = proto;
	length = at - IP_MESSAGE_IPV6_BYTES + payload_length;
	bits_put_be16(out + 4,
		      length > UINT16_MAX ? UINT16_MAX : (uint16_t)length);
	return at;
}

struct ip_option {
	int level;
	int name;
};

static bool ip_message_switch_on(int fd, const struct ip_option *options,
				 size_t count)
{
	int on = 1;

	for (size_t i = 0; i < count; i++) {
		if (setsockopt(fd, options[i].level, options[i].name, &on,
			       sizeof(on)) != 0)
			return false;
	}
	return true;
}

bool ip_message_request(int fd, bool ipv6)
{
	static const struct ip_option ipv4_options[] = {
		{SOL_SOCKET, SO_TIMESTAMPNS},
		{SOL_SOCKET, SO_RXQ_OVFL},
		{IPPROTO_IP, IP_PKTINFO},
		{IPPROTO_IP, IP_RECVFRAGSIZE},
	};
	/* The traffic class comes with the flow label, in one word. */
	static const struct ip_option ipv6_options[] = {
		{SOL_SOCKET, SO_TIMESTAMPNS},
		{SOL_SOCKET, SO_RXQ_OVFL},
		{IPPROTO_IPV6, IPV6_RECVPKTINFO},
		{IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
		{IPPROTO_IPV6, IP_MESSAGE_FLOWINFO},
		{IPPROTO_IPV6, IPV6_RECVHOPOPTS},
		{IPPROTO_IPV6, IPV6_RECVRTHDR},
		{IPPROTO_IPV6, IPV6_RECVDSTOPTS},
		{IPPROTO_IPV6, IPV6_RECVFRAGSIZE},
	};

	if (ipv6)
		return ip_message_switch_on(fd, ipv6_options,
					    sizeof(ipv6_options) /
						    sizeof(ipv6_options[0]));
	return ip_message_switch_on(fd, ipv4_options,
				    sizeof(ipv4_options) /
					    sizeof(ipv4_options[0]));
}
