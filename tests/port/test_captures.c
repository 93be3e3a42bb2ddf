/*
 * test_captures.c: over every capture file of a folder, the file source gives
 * the packets that libpcap gives: the same number, times, lengths and bytes;
 * where libpcap stops at damage, it gives those at least. A plain program,
 * because the folder is not part of the project: exit status 77 without it.
 */
#include "port/sources.h"

#include <ftw.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WAIT_MS	     1000
#define SHOWN_MAX    40
#define DIRS_AT_ONCE 16

struct tally {
	unsigned files;
	unsigned equal;
	unsigned further;     /* read beyond where libpcap stops */
	unsigned only_us;     /* libpcap refuses the file */
	unsigned both_refuse; /* neither reads it */
	unsigned different;
	unsigned long long packets;
};

/* nftw has no argument for its caller. */
static struct tally tally;

static void differ(const char *path, const char *what,
		   unsigned long long number)
{
	if (tally.different++ < SHOWN_MAX)
		printf("DIFFERENT %s: packet %llu: %s\n", path, number, what);
}

/*
 * Is it the same time? libpcap 1.10 reads both halves of a pcap time as signed
 * 32 bits, and multiplies the lower one as such: it is compared modulo 2^32,
 * which tells all times that make sense.
 */
static bool same_time(const struct packet *p, const struct pcap_pkthdr *h)
{
	uint64_t seconds = (uint64_t)h->ts.tv_sec;

	if (h->ts.tv_sec < 0)
		seconds = (uint32_t)h->ts.tv_sec;
	return (uint32_t)(p->time_ns - seconds * 1000000000u) ==
	       (uint32_t)h->ts.tv_usec;
}

/* What differs between one packet of each side, or NULL. */
static const char *compare(const struct packet *p, const struct pcap_pkthdr *h,
			   const u_char *bytes, uint32_t snaplen)
{
	uint32_t caplen = p->caplen;
	uint32_t len = h->len < p->caplen ? p->caplen : h->len;

	/* libpcap cuts what is longer than the file says it may be. */
	if (caplen > snaplen)
		caplen = snaplen;
	if (caplen != h->caplen)
		return "caplen";
	if (p->len != len)
		return "len";
	if (!same_time(p, h))
		return "time";
	if (memcmp(p->data, bytes, caplen) != 0)
		return "bytes";
	return NULL;
}

/* libpcap does not read several interfaces that are not alike. */
static bool is_limit(pcap_t *pcap)
{
	return strstr(pcap_geterr(pcap), "different from the") != NULL;
}

/* Compares all packets of one block; false at a difference or when libpcap
 * has no more (*ended). */
static bool compare_block(const char *path, pcap_t *pcap, const struct block *b,
			  unsigned long long *number, int *ended)
{
	for (uint32_t i = 0; i < b->count; i++) {
		struct pcap_pkthdr *h;
		const u_char *bytes;
		const char *what;

		*ended = pcap_next_ex(pcap, &h, &bytes);
		if (*ended != 1)
			return false;
		++*number;
		what = compare(&b->packets[i], h, bytes,
			       (uint32_t)pcap_snapshot(pcap));
		if (what) {
			differ(path, what, *number);
			return false;
		}
	}
	return true;
}

/* seen = delivered + filtered + damaged, and all that was delivered came. */
static void check_law(const char *path, const struct source *s,
		      unsigned long long delivered)
{
	uint64_t seen = atom_load_relaxed_u64(&s->counts.seen);
	uint64_t out = atom_load_relaxed_u64(&s->counts.delivered);
	uint64_t damaged = atom_load_relaxed_u64(&s->counts.damaged);

	if (seen != out + damaged || out != delivered)
		differ(path, "the counts break the law", delivered);
}

/* Both have come to their ends: do they see them alike? */
static void compare_ends(const char *path, pcap_t *pcap, int ended,
			 enum source_take take, const struct err *e,
			 unsigned long long further)
{
	if (take == SOURCE_END && ended == PCAP_ERROR && further == 0 &&
	    !is_limit(pcap)) {
		differ(path, "libpcap finds damage, we do not", 0);
		printf("  libpcap: %s\n", pcap_geterr(pcap));
	} else if (take == SOURCE_FAILED && ended == PCAP_ERROR_BREAK) {
		differ(path, "we find damage, libpcap does not", 0);
		printf("  we: %s\n", e->text);
	} else if (further > 0) {
		tally.further++;
		printf("further   %s: %llu packets: libpcap: %s\n", path,
		       further,
		       ended == PCAP_ERROR ? pcap_geterr(pcap) : "end");
	} else {
		tally.equal++;
	}
}

static void compare_all(const char *path, struct source *s, pcap_t *pcap)
{
	unsigned long long number = 0;
	unsigned long long delivered = 0;
	unsigned before = tally.different;
	bool same = true;
	int ended = 1;
	struct pcap_pkthdr *h;
	const u_char *bytes;
	struct block *b;
	enum source_take take;
	struct err e;

	while ((take = s->ops->next(s, &b, WAIT_MS, &e)) == SOURCE_BLOCK) {
		delivered += b->count;
		if (same)
			same = compare_block(path, pcap, b, &number, &ended);
		s->ops->release(s, b);
	}
	check_law(path, s, delivered);
	tally.packets += delivered;
	if (tally.different > before)
		return;
	if (ended == 1)
		ended = pcap_next_ex(pcap, &h, &bytes);
	if (ended == 1)
		differ(path, "libpcap reads more", number + 1);
	else
		compare_ends(path, pcap, ended, take, &e, delivered - number);
}

static int compare_file(const char *path, const struct stat *st, int kind,
			struct FTW *where)
{
	char words[PCAP_ERRBUF_SIZE];
	struct source *s;
	pcap_t *pcap;
	struct err e;

	(void)st;
	(void)where;
	if (kind != FTW_F)
		return 0;
	tally.files++;
	s = source_file_open(path, NULL, &e);
	pcap = pcap_open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, words);
	if (s && pcap) {
		compare_all(path, s, pcap);
	} else if (s) {
		tally.only_us++;
		printf("only we   %s: libpcap: %s\n", path, words);
	} else if (pcap) {
		differ(path, "libpcap opens it", 0);
		printf("  we: %s\n", e.text);
	} else {
		tally.both_refuse++;
	}
	if (s)
		s->ops->close(s);
	if (pcap)
		pcap_close(pcap);
	return 0;
}

int main(int argc, char **argv)
{
	const char *folder = getenv("RAWTOP_CAPTURES");
	struct stat st;

	if (argc > 1)
		folder = argv[1];
	if (!folder)
		folder = CAPTURES_DIR;
	if (stat(folder, &st) != 0) {
		printf("skipped: no ../shared/captures\n");
		return 77;
	}
	if (nftw(folder, compare_file, DIRS_AT_ONCE, FTW_PHYS) != 0) {
		perror(folder);
		return 1;
	}
	printf("%u files, %llu packets: %u equal, %u read further than "
	       "libpcap, %u that libpcap refuses, %u refused by both, "
	       "%u different\n",
	       tally.files, tally.packets, tally.equal, tally.further,
	       tally.only_us, tally.both_refuse, tally.different);
	return tally.different > 0 || tally.files == 0;
}
