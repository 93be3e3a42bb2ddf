#include "port/ip_socket_batch.h"

#include "base/bits.h"
#include "base/clock.h"
#include "base/memory.h"
#include "port/ip_socket_message.h"
#include "wire/link.h"

#include <assert.h>
#include <string.h>

#define IP_BATCH_LINE 64u

bool ip_batch_open(struct ip_batch *b, uint32_t snaplen, struct err *e)
{
	b->snaplen = snaplen;
	b->slot_bytes =
		snaplen < IP_BATCH_SLOT_MAX ? snaplen : IP_BATCH_SLOT_MAX;
	b->slot_stride = (b->slot_bytes / IP_BATCH_LINE | 1u) * IP_BATCH_LINE +
			 2 * IP_BATCH_LINE;
	b->slots_bytes = b->slot_stride * IP_BATCH_MESSAGES;
	b->slots = memory_map(b->slots_bytes, "received messages", e);
	if (b->slots == NULL)
		return false;
	for (unsigned i = 0; i < IP_BATCH_MESSAGES; i++) {
		struct msghdr *msg = &b->messages[i].msg_hdr;

		b->iov[i].iov_base = b->slots + i * b->slot_stride;
		b->iov[i].iov_len = b->slot_bytes;
		msg->msg_iov = &b->iov[i];
		msg->msg_iovlen = 1;
		msg->msg_name = &b->names[i];
		msg->msg_control = b->control[i];
	}
	return true;
}

void ip_batch_close(struct ip_batch *b)
{
	memory_unmap(b->slots, b->slots_bytes);
	b->slots = NULL;
}

unsigned ip_batch_receive(struct ip_batch *b, const struct ip_socket *from)
{
	int n;

	assert(b->next == b->count);
	for (unsigned i = 0; i < IP_BATCH_MESSAGES; i++) {
		struct msghdr *msg = &b->messages[i].msg_hdr;

		msg->msg_namelen = sizeof(b->names[i]);
		msg->msg_controllen = IP_BATCH_CONTROL_BYTES;
	}
	/* With MSG_TRUNC the kernel tells the length before it was cut. */
	n = recvmmsg(from->fd, b->messages, IP_BATCH_MESSAGES,
		     MSG_DONTWAIT | MSG_TRUNC, NULL);
	/* EAGAIN: drained. An error that was pending on the socket is cleared
	 * by this, and concerns no packet. */
	b->count = n > 0 ? (unsigned)n : 0;
	b->next = 0;
	b->from = from;
	return b->count;
}

size_t ip_batch_room(const struct ip_batch *b)
{
	return b->slot_bytes + IP_MESSAGE_HEADERS_MAX;
}

static size_t ip_batch_pack_ipv4(uint8_t *data, struct packet *p,
				 const uint8_t *from, uint32_t got,
				 uint32_t length)
{
	memcpy(data, from, got);
	p->caplen = got;
	p->len = length;
	/* The kernel has cut what is behind the total length. A super-packet
	 * may have 0 there. */
	if (got >= 4 && bits_be16(from + 2) > length)
		p->len = bits_be16(from + 2);
	return got;
}

static size_t ip_batch_pack_ipv6(const struct ip_batch *b, uint8_t *data,
				 struct packet *p, const struct ip_message *m,
				 uint32_t got, uint32_t length)
{
	const struct mmsghdr *msg = &b->messages[b->next];
	const struct sockaddr_in6 *source = &b->names[b->next];
	size_t headers = ip_message_write_ipv6(m, source->sin6_addr.s6_addr,
					       b->from->proto, length, data);

	memcpy(data + headers, msg->msg_hdr.msg_iov->iov_base, got);
	p->len = (uint32_t)(headers + length);
	p->caplen = (uint32_t)(headers + got);
	if (p->caplen > b->snaplen)
		p->caplen = b->snaplen;
	return p->caplen;
}

size_t ip_batch_pack(struct ip_batch *b, uint8_t *data, struct packet *p,
		     uint32_t *drops)
{
	const struct mmsghdr *msg = &b->messages[b->next];
	uint32_t length = msg->msg_len;
	uint32_t got = length < b->slot_bytes ? length : b->slot_bytes;
	struct ip_message m;
	size_t used;

	assert(b->next < b->count);
	ip_message_read(&m, &msg->msg_hdr);
	if (m.has_drops)
		*drops = m.drops;
	used = b->from->ipv6
		       ? ip_batch_pack_ipv6(b, data, p, &m, got, length)
		       : ip_batch_pack_ipv4(data, p,
					    msg->msg_hdr.msg_iov->iov_base, got,
					    length);
	p->data = data;
	p->time_ns = m.time_ns != 0 ? m.time_ns : clock_real_ns();
	p->iface = m.iface;
	p->link = LINK_RAW;
	p->flags = PACKET_CLASS_HOST | PACKET_FLAG_HOST_VANTAGE;
	if (m.reassembled)
		p->flags |= PACKET_FLAG_REASSEMBLED;
	p->worker = 0;
	p->quoted_worker = 0;
	b->next++;
	return used;
}
