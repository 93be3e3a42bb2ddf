#include "flow/column_parts.h"

#include <assert.h>
#include <stddef.h>

#define ANY 256 /* the row says what the type is, whatever the code */

struct icmp_row {
	uint8_t type;
	uint16_t code;
	const char *label; /* fits the state column where it is common */
};

/* IANA, ICMP Parameters; a code's own row stands before its type's. */
static const struct icmp_row icmp4_rows[] = {
	{0, ANY, "echo reply"},
	{3, 0, "net unreach"},
	{3, 1, "host unreach"},
	{3, 2, "proto unreach"},
	{3, 3, "port unreach"},
	{3, 4, "frag needed"},
	{3, 5, "route failed"},
	{3, 9, "prohibited"},
	{3, 10, "prohibited"},
	{3, 13, "prohibited"},
	{4, ANY, "source quench"},
	{5, ANY, "redirect"},
	{8, ANY, "echo request"},
	{9, ANY, "router advert"},
	{10, ANY, "router solicit"},
	{11, 0, "ttl exceeded"},
	{11, 1, "reassembly timeout"},
	{12, ANY, "bad parameter"},
	{13, ANY, "timestamp"},
	{14, ANY, "timestamp reply"},
	{15, ANY, "info request"},
	{16, ANY, "info reply"},
	{17, ANY, "mask request"},
	{18, ANY, "mask reply"},
	{40, ANY, "photuris"},
	{42, ANY, "extended echo request"},
	{43, ANY, "extended echo reply"},
};

/* IANA, ICMPv6 Parameters. */
static const struct icmp_row icmp6_rows[] = {
	{1, 0, "no route"},
	{1, 1, "prohibited"},
	{1, 2, "beyond scope"},
	{1, 3, "addr unreach"},
	{1, 4, "port unreach"},
	{1, 5, "source policy"},
	{1, 6, "reject route"},
	{2, ANY, "too big"},
	{3, 0, "hops exceeded"},
	{3, 1, "reassembly timeout"},
	{4, ANY, "bad parameter"},
	{128, ANY, "echo request"},
	{129, ANY, "echo reply"},
	{130, ANY, "mld query"},
	{131, ANY, "mld report"},
	{132, ANY, "mld done"},
	{133, ANY, "router solicit"},
	{134, ANY, "router advert"},
	{135, ANY, "neighbor solicit"},
	{136, ANY, "neighbor advert"},
	{137, ANY, "redirect"},
	{138, ANY, "renumbering"},
	{139, ANY, "node info query"},
	{140, ANY, "node info reply"},
	{141, ANY, "inverse solicit"},
	{142, ANY, "inverse advert"},
	{143, ANY, "mld2 report"},
	{144, ANY, "home agent request"},
	{145, ANY, "home agent reply"},
	{146, ANY, "mobile solicit"},
	{147, ANY, "mobile advert"},
	{148, ANY, "path solicit"},
	{149, ANY, "path advert"},
	{151, ANY, "mrd advert"},
	{152, ANY, "mrd solicit"},
	{153, ANY, "mrd done"},
	{154, ANY, "fast handover"},
	{155, ANY, "rpl control"},
	{157, ANY, "duplicate request"},
	{158, ANY, "duplicate confirm"},
	{160, ANY, "extended echo request"},
	{161, ANY, "extended echo reply"},
};

const char *column_icmp_label(uint8_t proto, uint8_t type, uint8_t code)
{
	const struct icmp_row *rows = icmp4_rows;
	size_t count = sizeof(icmp4_rows) / sizeof(*icmp4_rows);

	assert(flow_has_icmp(proto));
	if (proto == IPPROTO_ICMPV6) {
		rows = icmp6_rows;
		count = sizeof(icmp6_rows) / sizeof(*icmp6_rows);
	}
	for (size_t i = 0; i < count; i++) {
		if (rows[i].type == type &&
		    (rows[i].code == ANY || rows[i].code == code))
			return rows[i].label;
	}
	return NULL;
}

void column_put_icmp(struct text *t, uint8_t proto, uint8_t type, uint8_t code)
{
	const char *label = column_icmp_label(proto, type, code);

	if (label) {
		text_put(t, label);
		return;
	}
	text_put(t, "type ");
	text_put_u64(t, type);
	if (code != 0) {
		text_put(t, " code ");
		text_put_u64(t, code);
	}
}
