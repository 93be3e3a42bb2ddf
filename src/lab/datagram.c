#include "lab/datagram.h"

#include "base/bits.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#define DATAGRAM_TTL	     64
#define DATAGRAM_HEADERS_MAX 8

uint32_t datagram_sum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	uint64_t wide = sum;

	for (; len > 1; len -= 2, bytes += 2)
		wide += bits_be16(bytes);
	if (len > 0)
		wide += (uint64_t)bytes[0] << 8;
	while (wide >> 32 != 0)
		wide = (wide >> 32) + (wide & UINT32_MAX);
	return (uint32_t)wide;
}

uint16_t datagram_fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

size_t datagram_address_size(uint8_t version)
{
	return version == 4 ? 4 : 16;
}

size_t datagram_room(uint8_t version)
{
	return version == 4 ? 20 : 40;
}

static bool datagram_parse_ipv4(struct datagram *d)
{
	size_t header_len, total;

	if (d->len < 20)
		return false;
	header_len = (size_t)(d->bytes[0] & 0x0f) * 4;
	total = bits_be16(d->bytes + 2);
	if (header_len < 20 || total < header_len || total > d->len)
		return false;
	d->len = total;
	d->offset = header_len;
	d->ttl = d->bytes[8];
	d->proto = d->bytes[9];
	d->first = (bits_be16(d->bytes + 6) & 0x1fff) == 0;
	memcpy(d->ends.src, d->bytes + 12, 4);
	memcpy(d->ends.dst, d->bytes + 16, 4);
	return true;
}

static bool datagram_parse_ipv6(struct datagram *d)
{
	size_t total;

	if (d->len < 40)
		return false;
	total = 40 + (size_t)bits_be16(d->bytes + 4);
	if (total > d->len)
		return false;
	d->len = total;
	d->offset = 40;
	d->proto = d->bytes[6];
	d->ttl = d->bytes[7];
	d->first = true;
	memcpy(d->ends.src, d->bytes + 8, 16);
	memcpy(d->ends.dst, d->bytes + 24, 16);
	for (unsigned i = 0; i < DATAGRAM_HEADERS_MAX; i++) {
		const uint8_t *header = d->bytes + d->offset;
		bool fragment = d->proto == IPPROTO_FRAGMENT;
		size_t size;

		if (!fragment && d->proto != IPPROTO_HOPOPTS &&
		    d->proto != IPPROTO_ROUTING && d->proto != IPPROTO_DSTOPTS)
			return true;
		if (d->offset + 8 > d->len)
			return false;
		size = fragment ? 8 : 8 + (size_t)header[1] * 8;
		if (d->offset + size > d->len)
			return false;
		if (fragment)
			d->first = (bits_be16(header + 2) & 0xfff8) == 0;
		d->proto = header[0];
		d->offset += size;
		if (!d->first)
			return true;
	}
	return false;
}

bool datagram_parse(struct datagram *d, uint8_t *bytes, size_t len)
{
	memset(d, 0, sizeof(*d));
	d->bytes = bytes;
	d->len = len;
	if (len == 0)
		return false;
	d->ends.version = bytes[0] >> 4;
	if (d->ends.version == 4)
		return datagram_parse_ipv4(d);
	return d->ends.version == 6 && datagram_parse_ipv6(d);
}

static void datagram_seal_ipv4(uint8_t *bytes, size_t header_len)
{
	memset(bytes + 10, 0, 2);
	bits_put_be16(bytes + 10,
		      datagram_fold(datagram_sum(bytes, header_len, 0)));
}

void datagram_send_back(const struct datagram *d,
			const struct datagram_out *out)
{
	size_t size = datagram_address_size(d->ends.version);
	uint8_t *src = d->bytes + (d->ends.version == 4 ? 12 : 8);

	memcpy(src, d->ends.dst, size);
	memcpy(src + size, d->ends.src, size);
	if (d->ends.version == 4) {
		d->bytes[8] = DATAGRAM_TTL;
		datagram_seal_ipv4(d->bytes, (size_t)(d->bytes[0] & 0xf) * 4);
	} else {
		d->bytes[7] = DATAGRAM_TTL;
	}
	out->send(out->context, d->bytes, d->len);
}

/* The pseudo header of RFC 9293 section 3.1 and RFC 8200 section 8.1. */
static uint32_t datagram_sum_pseudo(const struct datagram_ends *ends,
				    uint8_t proto, size_t len)
{
	size_t size = datagram_address_size(ends->version);
	uint32_t sum = datagram_sum(ends->src, size, 0);

	sum = datagram_sum(ends->dst, size, sum);
	return sum + proto + (uint32_t)len;
}

void datagram_send(const struct datagram_ends *ends, uint8_t proto,
		   uint8_t *bytes, size_t len, size_t sum_at,
		   const struct datagram_out *out)
{
	size_t room = datagram_room(ends->version);
	uint8_t *transport = bytes + room;

	assert(room + len <= DATAGRAM_MTU);
	memset(bytes, 0, room);
	if (ends->version == 4) {
		bytes[0] = 0x45;
		bits_put_be16(bytes + 2, (uint16_t)(room + len));
		bytes[6] = 0x40; /* don't fragment, so the id may stay 0 */
		bytes[8] = DATAGRAM_TTL;
		bytes[9] = proto;
		memcpy(bytes + 12, ends->src, 4);
		memcpy(bytes + 16, ends->dst, 4);
		datagram_seal_ipv4(bytes, room);
	} else {
		bytes[0] = 0x60;
		bits_put_be16(bytes + 4, (uint16_t)len);
		bytes[6] = proto;
		bytes[7] = DATAGRAM_TTL;
		memcpy(bytes + 8, ends->src, 16);
		memcpy(bytes + 24, ends->dst, 16);
	}
	if (sum_at != 0) {
		uint32_t sum = proto == IPPROTO_ICMP
				       ? 0
				       : datagram_sum_pseudo(ends, proto, len);
		uint16_t folded;

		memset(transport + sum_at, 0, 2);
		folded = datagram_fold(datagram_sum(transport, len, sum));
		/* For UDP 0 means "none"; the other zero is the same sum. */
		if (folded == 0 && proto == IPPROTO_UDP)
			folded = 0xffff;
		bits_put_be16(transport + sum_at, folded);
	}
	out->send(out->context, bytes, room + len);
}
