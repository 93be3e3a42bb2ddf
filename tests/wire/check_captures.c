/*
 * check_captures.c: decodes real captures and compares every header fact with
 * what a reference dissector wrote down of them: those in ../shared/captures,
 * beside the source tree, or in the folder that RAWTOP_CAPTURES names. Not
 * there: skipped.
 *
 * Differences that have a reason stand in captures.known; any other makes the
 * check fail, and so does a known one that is no more.
 */
#include "tests/wire/facts.h"
#include "tests/wire/known.h"
#include "tests/wire/reference.h"
#include "wire/link.h"
#include "wire/view.h"

#include <fts.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_SKIPPED	  77
#define PATH_SIZE	  4096
#define DIFFERENCES_SHOWN 200

struct check {
	const char *root;
	struct known *known;
	unsigned files;
	unsigned files_unread; /* libpcap refuses them */
	unsigned long packets;
	unsigned long packets_unread; /* libpcap reads less of the file */
	unsigned long facts;
	unsigned long equal;
	unsigned long explained;
	unsigned long different;
};

/*
 * What the reference says, in the form of facts.c: of lists only the first,
 * outermost one (q_ips joins by '|'); nothing instead of a quoted header that
 * it could not read; and not what belongs to the packet that is quoted.
 */
static void reference_first(const struct reference *r, const char *column,
			    struct text *t)
{
	const char *value = reference_value(r, column);
	const char *end = strchr(value, ';');
	bool quotes = reference_value(r, "q_ips")[0] != '\0';

	if (quotes &&
	    (strcmp(column, "icmp_id") == 0 ||
	     strcmp(column, "icmp_seq") == 0 || strcmp(column, "frag6") == 0))
		return;
	if (strcmp(column, "q_ips") == 0) {
		end = strchr(value, '|');
		if (strcmp(value, ">:") == 0)
			return;
	}
	text_put_bytes(t, value, end ? (size_t)(end - value) : strlen(value));
}

static void check_fact(struct check *c, const struct fact *fact,
		       const struct view *v, const struct reference *r,
		       const char *file)
{
	const char *frame = reference_value(r, "frame");
	char ours_buf[256], theirs_buf[256];
	struct text ours, theirs;

	text_init(&ours, ours_buf, sizeof(ours_buf));
	text_init(&theirs, theirs_buf, sizeof(theirs_buf));
	fact->write(&ours, v, fact->which);
	reference_first(r, fact->column, &theirs);
	c->facts++;
	if (strcmp(ours.buf, theirs.buf) == 0) {
		c->equal++;
		return;
	}
	if (known_take(c->known, file, frame, fact->column)) {
		c->explained++;
		return;
	}
	if (c->different++ < DIFFERENCES_SHOWN)
		printf("%s frame %s %s: here \"%s\", reference \"%s\" (%s)\n",
		       file, frame, fact->column, ours.buf, theirs.buf,
		       reference_value(r, "protos"));
}

static void check_packets(struct check *c, pcap_t *pcap, struct reference *r,
			  const char *file)
{
	enum link_type link = link_from_linktype((uint32_t)pcap_datalink(pcap));
	bool readable = true;

	while (reference_next(r)) {
		struct pcap_pkthdr *header;
		const u_char *data;
		struct view v;

		readable = readable && pcap_next_ex(pcap, &header, &data) == 1;
		if (!readable) {
			c->packets_unread++;
			continue;
		}
		c->packets++;
		view_decode(&v, data, header->caplen, header->len, link);
		for (size_t i = 0; i < fact_count; i++)
			check_fact(c, &fact_table[i], &v, r, file);
	}
}

/* One table of the reference: ROOT/reference/FILE.tsv tells of ROOT/FILE. */
static void check_file(struct check *c, const char *table, const char *file)
{
	char capture[PATH_SIZE], message[PCAP_ERRBUF_SIZE];
	struct reference r;
	pcap_t *pcap;
	int n = snprintf(capture, sizeof(capture), "%s/%.*s", c->root,
			 (int)(strlen(file) - strlen(".tsv")), file);

	if (n < 0 || (size_t)n >= sizeof(capture) || !reference_open(&r, table))
		return;
	c->files++;
	pcap = pcap_open_offline(capture, message);
	if (pcap) {
		check_packets(c, pcap, &r, file);
		pcap_close(pcap);
	} else {
		c->files_unread++;
		while (reference_next(&r))
			c->packets_unread++;
	}
	reference_close(&r);
}

static bool is_table(const FTSENT *e)
{
	return e->fts_info == FTS_F && e->fts_namelen > 4 &&
	       strcmp(e->fts_name + e->fts_namelen - 4, ".tsv") == 0 &&
	       e->fts_name[0] != '_';
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool check_all(struct check *c)
{
	char core[PATH_SIZE], tcp[PATH_SIZE];
	char *paths[] = {core, tcp, NULL};
	size_t skip = strlen(c->root) + strlen("/reference/");
	FTSENT *e;
	FTS *fts;

	snprintf(core, sizeof(core), "%s/reference/core", c->root);
	snprintf(tcp, sizeof(tcp), "%s/reference/tcp", c->root);
	fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	if (!fts)
		return false;
	while ((e = fts_read(fts)))
		if (is_table(e))
			check_file(c, e->fts_path, e->fts_path + skip);
	fts_close(fts);
	return true;
}

static void report(const struct check *c)
{
	printf("%u files, %u not readable by libpcap; %lu packets, %lu not\n",
	       c->files, c->files_unread, c->packets, c->packets_unread);
	printf("%lu facts compared: %lu equal, %lu explained, %lu different\n",
	       c->facts, c->equal, c->explained, c->different);
}

int main(void)
{
	/* The test harness of automake names the source tree so. */
	const char *source = getenv("srcdir") ? getenv("srcdir") : ".";
	const char *given = getenv("RAWTOP_CAPTURES");
	char root[PATH_SIZE], known[PATH_SIZE];
	struct check c = {.root = given ? given : root};

	snprintf(root, sizeof(root), "%s/../shared/captures", source);
	snprintf(known, sizeof(known), "%s/tests/wire/captures.known", source);
	if (access(c.root, R_OK) != 0) {
		printf("skipped: no ../shared/captures\n");
		return STATUS_SKIPPED;
	}
	c.known = known_open(known);
	if (!c.known || !check_all(&c))
		return 1;
	report(&c);
	return known_close(c.known) && c.different == 0 && c.files > 0 ? 0 : 1;
}
