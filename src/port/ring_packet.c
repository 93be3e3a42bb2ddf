#include "port/ring_packet.h"

#include "base/atom.h"
#include "base/bits.h"
#include "base/clock.h"
#include "wire/link.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define RING_PACKET_FRAME_BYTES 2048u /* only a unit of account in V3 */
#define RING_PACKET_VLAN_BYTES	4u
#define RING_PACKET_MACS_BYTES	12u
#define RING_PACKET_LINE	64u
#define RING_PACKET_AHEAD	8u
/* Where the frame's struct sockaddr_ll stands: TPACKET_ALIGN, unsigned. */
#define RING_PACKET_ADDRESS                                                    \
	((sizeof(struct tpacket3_hdr) + TPACKET_ALIGNMENT - 1) &               \
	 ~(size_t)(TPACKET_ALIGNMENT - 1))

static uint8_t *ring_packet_block(const struct ring_packet *r, uint32_t number)
{
	return r->map + (size_t)number * RING_PACKET_BLOCK_BYTES;
}

/* The word by which the kernel and this program hand a block over. */
static atom_u32 *ring_packet_status(const struct ring_packet *r,
				    uint32_t number)
{
	void *status =
		ring_packet_block(r, number) +
		offsetof(struct tpacket_block_desc, hdr.bh1.block_status);

	return status;
}

static bool ring_packet_ask(struct ring_packet *r, int fd, uint32_t bytes)
{
	struct tpacket_req3 request = {
		.tp_block_size = RING_PACKET_BLOCK_BYTES,
		.tp_block_nr = bytes / RING_PACKET_BLOCK_BYTES,
		.tp_frame_size = RING_PACKET_FRAME_BYTES,
		.tp_retire_blk_tov = RING_PACKET_RETIRE_MS,
	};

	request.tp_frame_nr = request.tp_block_nr * (RING_PACKET_BLOCK_BYTES /
						     RING_PACKET_FRAME_BYTES);
	r->block_count = request.tp_block_nr;
	return setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request,
			  sizeof(request)) == 0;
}

bool ring_packet_open(struct ring_packet *r, int fd, uint32_t bytes,
		      struct err *e)
{
	int version = TPACKET_V3;
	unsigned reserve = RING_PACKET_VLAN_BYTES;
	void *map;

	*r = (struct ring_packet){0};
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RESERVE, &reserve,
		       sizeof(reserve)) != 0)
		return err_system(e, EXIT_USAGE,
				  "asking for a TPACKET_V3 ring "
				  "(the kernel must be Linux 3.2 or later)");
	assert(bytes >= RING_PACKET_BYTES_MIN);
	while (!ring_packet_ask(r, fd, bytes)) {
		if (errno != ENOMEM || bytes / 2 < RING_PACKET_BYTES_MIN)
			return err_system(e, EXIT_USAGE,
					  "taking %u KiB for a packet ring",
					  bytes >> 10);
		bytes /= 2;
	}
	map = mmap(NULL, (size_t)r->block_count * RING_PACKET_BLOCK_BYTES,
		   PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_system(e, EXIT_USAGE,
				  "mapping a packet ring of %u KiB",
				  bytes >> 10);
	r->map = map;
	return true;
}

void ring_packet_close(struct ring_packet *r)
{
	if (r->map != NULL)
		munmap(r->map,
		       (size_t)r->block_count * RING_PACKET_BLOCK_BYTES);
	*r = (struct ring_packet){0};
}

bool ring_packet_is_ready(const struct ring_packet *r)
{
	/* P1, pairs with the kernel's barrier in prb_close_block: the frames
	 * are there before the status says so. */
	return (atom_load_acquire_u32(ring_packet_status(r, r->next)) &
		TP_STATUS_USER) != 0;
}

/* The link type of what stands at the frame's start, by hardware type. */
static enum link_type ring_packet_link(uint16_t hatype)
{
	switch (hatype) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return LINK_ETHERNET;
	case ARPHRD_NONE:
	case ARPHRD_VOID:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
	case ARPHRD_PPP: /* the kernel's PPP shows no PPP header */
		return LINK_RAW;
	default:
		return LINK_UNKNOWN;
	}
}

/* The kernel takes the outermost tag out of the frame: back behind the MACs,
 * which move down into the room reserved for that. */
static void ring_packet_put_tag(struct packet *p, uint8_t *frame,
				const struct tpacket3_hdr *h)
{
	uint16_t tpid = (h->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0
				? h->hv1.tp_vlan_tpid
				: ETH_P_8021Q;

	if (p->caplen < RING_PACKET_MACS_BYTES)
		return;
	memmove(frame - RING_PACKET_VLAN_BYTES, frame, RING_PACKET_MACS_BYTES);
	frame -= RING_PACKET_VLAN_BYTES;
	bits_put_be16(frame + RING_PACKET_MACS_BYTES, tpid);
	bits_put_be16(frame + RING_PACKET_MACS_BYTES + 2,
		      (uint16_t)h->hv1.tp_vlan_tci);
	p->data = frame;
	p->caplen += RING_PACKET_VLAN_BYTES;
	p->len += RING_PACKET_VLAN_BYTES;
}

/* A link layer that rawtop does not know, but under it there is IP. */
static void ring_packet_skip_link(struct packet *p, uint8_t *h_bytes,
				  const struct tpacket3_hdr *h,
				  uint16_t protocol)
{
	uint32_t skip = (uint32_t)(h->tp_net - h->tp_mac);

	if ((protocol != ETH_P_IP && protocol != ETH_P_IPV6) ||
	    h->tp_net < h->tp_mac || skip > p->caplen)
		return;
	p->link = LINK_RAW;
	p->data = h_bytes + h->tp_net;
	p->caplen -= skip;
	p->len -= skip;
}

static uint8_t ring_packet_flags(const struct tpacket3_hdr *h,
				 const struct sockaddr_ll *from)
{
	unsigned flags = from->sll_pkttype & PACKET_FLAG_CLASS_MASK;

	if ((h->tp_status & TP_STATUS_CSUMNOTREADY) != 0)
		flags |= PACKET_FLAG_CHECKSUM_PARTIAL;
	/* On loopback a packet is seen going out, then coming in. */
	if (from->sll_hatype == ARPHRD_LOOPBACK &&
	    from->sll_pkttype == PACKET_OUTGOING)
		flags |= PACKET_FLAG_COPY;
	return (uint8_t)flags;
}

static void ring_packet_describe(struct packet *p, uint8_t *h_bytes)
{
	const struct tpacket3_hdr *h = (const void *)h_bytes;
	const struct sockaddr_ll *from =
		(const void *)(h_bytes + RING_PACKET_ADDRESS);

	p->data = h_bytes + h->tp_mac;
	p->time_ns = h->tp_sec * CLOCK_NS_PER_S + h->tp_nsec;
	p->caplen = h->tp_snaplen;
	p->len = h->tp_len;
	p->iface = (uint32_t)from->sll_ifindex;
	p->link = (uint8_t)ring_packet_link(from->sll_hatype);
	p->flags = ring_packet_flags(h, from);
	p->worker = 0;
	p->quoted_worker = 0;
	if ((h->tp_status & TP_STATUS_VLAN_VALID) != 0 &&
	    p->link == LINK_ETHERNET)
		ring_packet_put_tag(p, h_bytes + h->tp_mac, h);
	else if (p->link == LINK_UNKNOWN)
		ring_packet_skip_link(p, h_bytes, h,
				      __builtin_bswap16(from->sll_protocol));
}

/*
 * The other core has just written these lines. Frames come in runs of one
 * size: the header some frames ahead is guessed; a wrong guess costs nothing.
 */
static void ring_packet_prefetch(const uint8_t *h_bytes, uint32_t step)
{
	uintptr_t ahead =
		(uintptr_t)h_bytes + (uintptr_t)RING_PACKET_AHEAD * step;

	__builtin_prefetch((const void *)ahead);
	__builtin_prefetch((const void *)(ahead + RING_PACKET_LINE));
}

/* How long a full block took to fill; 0 for one that ran out of time. */
static uint64_t ring_packet_fill_ns(const struct tpacket_hdr_v1 *bh)
{
	uint64_t first_ns = bh->ts_first_pkt.ts_sec * CLOCK_NS_PER_S +
			    bh->ts_first_pkt.ts_nsec;
	uint64_t last_ns = bh->ts_last_pkt.ts_sec * CLOCK_NS_PER_S +
			   bh->ts_last_pkt.ts_nsec;

	if ((bh->block_status & TP_STATUS_BLK_TMO) != 0 || last_ns < first_ns)
		return 0;
	return last_ns - first_ns;
}

uint32_t ring_packet_take(struct ring_packet *r, struct block *b)
{
	uint32_t number = r->next;
	uint8_t *bytes = ring_packet_block(r, number);
	const struct tpacket_block_desc *desc = (const void *)bytes;
	uint32_t count = desc->hdr.bh1.num_pkts;
	uint8_t *h_bytes = bytes + desc->hdr.bh1.offset_to_first_pkt;

	assert(count <= b->capacity);
	for (uint32_t i = 0; i < count; i++) {
		const struct tpacket3_hdr *h = (const void *)h_bytes;

		ring_packet_prefetch(h_bytes, h->tp_next_offset);
		ring_packet_describe(&b->packets[i], h_bytes);
		h_bytes += h->tp_next_offset;
	}
	b->count = count;
	r->fill_ns = ring_packet_fill_ns(&desc->hdr.bh1);
	r->next = number + 1 == r->block_count ? 0 : number + 1;
	return number;
}

void ring_packet_give_back(struct ring_packet *r, uint32_t number)
{
	assert(number < r->block_count);
	/* P2, pairs with the kernel's read in prb_dispatch_next_block: this
	 * program's last look at the frames is before. */
	atom_store_release_u32(ring_packet_status(r, number), TP_STATUS_KERNEL);
}
