#include "tests/wire/packet.h"

#include "base/bits.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void packet_init(struct packet_build *b)
{
	memset(b, 0, sizeof(*b));
	b->begin = PACKET_SIZE;
}

uint8_t *packet_data(struct packet_build *b)
{
	return b->bytes + b->begin;
}

uint32_t packet_len(const struct packet_build *b)
{
	return (uint32_t)(PACKET_SIZE - b->begin);
}

uint8_t *put_bytes(struct packet_build *b, const void *bytes, size_t n)
{
	assert(n <= b->begin);
	b->begin -= n;
	memcpy(packet_data(b), bytes, n);
	return packet_data(b);
}

static uint8_t digit_value(char c)
{
	return (uint8_t)(isdigit((unsigned char)c) ? c - '0'
						   : (c | 0x20) - 'a' + 10);
}

uint8_t *put_hex(struct packet_build *b, const char *digits)
{
	uint8_t bytes[PACKET_SIZE];
	size_t n = 0;

	while (*digits) {
		if (*digits == ' ') {
			digits++;
			continue;
		}
		bytes[n++] = (uint8_t)(digit_value(digits[0]) << 4 |
				       digit_value(digits[1]));
		digits += 2;
	}
	return put_bytes(b, bytes, n);
}

uint8_t *put_ethernet(struct packet_build *b, uint16_t type)
{
	uint8_t *h = put_hex(b, "020000000001 020000000002 0000");

	bits_put_be16(h + 12, type);
	return h;
}

uint8_t *put_vlan(struct packet_build *b, uint16_t id, uint16_t type)
{
	uint8_t *h = put_hex(b, "00000000");

	bits_put_be16(h, id);
	bits_put_be16(h + 2, type);
	return h;
}

uint8_t *put_mpls(struct packet_build *b, uint32_t label, bool bottom)
{
	uint8_t *h = put_hex(b, "00000000");

	bits_put_be32(h, label << 12 | (uint32_t)bottom << 8 | 64);
	return h;
}

uint8_t *put_ipv4(struct packet_build *b, uint8_t protocol)
{
	uint32_t payload = packet_len(b);
	uint8_t *h = put_hex(b, "4500 0000 0001 0000 4000 0000"
				"0a000001 0a000002");

	bits_put_be16(h + 2, (uint16_t)(payload + 20));
	h[9] = protocol;
	return h;
}

uint8_t *put_ipv6(struct packet_build *b, uint8_t next_header)
{
	uint32_t payload = packet_len(b);
	uint8_t *h = put_hex(b, "60000000 0000 0040"
				"fd000000000000000000000000000001"
				"fd000000000000000000000000000002");

	bits_put_be16(h + 4, (uint16_t)payload);
	h[6] = next_header;
	return h;
}

uint8_t *put_tcp(struct packet_build *b)
{
	return put_hex(b, "3039 0050 00000001 00000002 5018 0200 0000 0000");
}

uint8_t *put_udp(struct packet_build *b, uint16_t from, uint16_t to)
{
	uint32_t payload = packet_len(b);
	uint8_t *h = put_hex(b, "0000 0000 0000 0000");

	bits_put_be16(h, from);
	bits_put_be16(h + 2, to);
	bits_put_be16(h + 4, (uint16_t)(payload + 8));
	return h;
}

void packet_plain(struct packet_build *b)
{
	packet_init(b);
	put_tcp(b);
	put_ipv4(b, 6);
	put_ethernet(b, 0x0800);
}

void decode_cut(struct view *v, struct packet_build *b, uint32_t caplen,
		enum link_type link)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(caplen > 0 ? caplen : 1);
	assert(copy && caplen <= packet_len(b));
	memcpy(copy, packet_data(b), caplen);
	memset(v, 0xa5, sizeof(*v));
	view_decode(v, copy, caplen, packet_len(b), link);
}

void decode(struct view *v, struct packet_build *b, enum link_type link)
{
	decode_cut(v, b, packet_len(b), link);
}

const char *shape(const struct view *v)
{
	static char text[VIEW_LAYERS_MAX * 16];
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < v->count; i++) {
		const char *label = proto_label((enum proto)v->layer[i].proto);

		if (i > 0)
			text[n++] = '/';
		memcpy(text + n, label, strlen(label) + 1);
		n += strlen(label);
	}
	return text;
}
