/* The file source and what is no capture, or no longer whole. */
#include "test_pack.h"

#include "port/file.h"
#include "port/sources.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_text(const struct err *e, const char *part)
{
	cr_assert(strstr(e->text, part), "\"%s\" is not in: %s", part, e->text);
}

/* Three records of 60, 0 and 1000 bytes. */
static void small(struct pack *p)
{
	*p = (struct pack){0};
	pack_pcap(p, PACK_US, 4, 65535, 1);
	pack_record_of(p, 1, 60);
	pack_record_of(p, 2, 0);
	pack_record_of(p, 3, 1000);
}

static void expect_refusal(const void *bytes, size_t n, const char *part)
{
	struct err e;
	struct source *s = pack_source(bytes, n, "", &e);

	cr_assert_null(s);
	cr_assert_eq(e.status, EXIT_USAGE);
	expect_text(&e, part);
}

Test(file_faults, a_foreign_file_is_refused_by_the_name_of_what_it_is)
{
	expect_refusal("", 0, "is empty");
	expect_refusal("\x1f\x8b\x08 and so on", 12, "compressed by gzip");
	expect_refusal("\x1f\x8b\x08 and so on", 12, "(zcat ");
	expect_refusal("\x28\xb5\x2f\xfd and so on", 12, "zstd");
	expect_refusal("\xfd"
		       "7zXZ\0 and so on",
		       12, "xzcat");
	expect_refusal("snoop\0\0\0\0\0\0\2", 12, "snoop");
	expect_refusal("#!/bin/sh\necho", 14, "looks like text");
	expect_refusal("hi", 2, "looks like text");
	expect_refusal("\0\0\0\0\0\0\0\0", 8, "zeros");
	expect_refusal("\xde\xad\xbe\xef\1", 5, "begins with de ad be ef");
	expect_refusal("\x01", 1, "begins with 01");
	expect_refusal("\xd4\xc3\xb2\xa1\1\0\4\0................", 24,
		       "version 1.4");
}

Test(file_faults, what_is_no_file_is_refused_with_the_reason)
{
	char path[] = "/tmp/test-file-XXXXXX";
	struct err e;
	int fd;

	cr_assert_null(source_file_open("/", NULL, &e));
	cr_assert_eq(e.status, EXIT_USAGE);
	expect_text(&e, "is a directory");
	cr_assert_null(source_file_open("/nowhere/x.pcap", NULL, &e));
	cr_assert_eq(e.status, EXIT_USAGE);
	expect_text(&e, "No such file");
	cr_assert_null(source_file_open("/nowhere/\033[2J", NULL, &e));
	cr_assert_null(strchr(e.text, '\033'));
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	fchmod(fd, 0);
	if (geteuid() != 0) {
		cr_assert_null(source_file_open(path, NULL, &e));
		expect_text(&e, "Permission denied");
	}
	close(fd);
	unlink(path);
}

Test(file_faults, a_terminal_is_refused)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	struct err e;

	cr_assert(fd >= 0);
	cr_assert_eq(grantpt(fd), 0);
	cr_assert_eq(unlockpt(fd), 0);
	cr_assert_null(source_file_open(ptsname(fd), NULL, &e));
	expect_text(&e, "is a terminal");
	close(fd);
}

/* A file by a name, with this content. */
static int make_file(char *path, const struct pack *p)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, p->bytes, p->size), (ssize_t)p->size);
	return fd;
}

Test(file_faults,
     a_file_that_shrinks_while_it_is_read_is_an_error_and_no_signal)
{
	char path[] = "/tmp/test-file-XXXXXX";
	struct pack p = {0};
	struct seen s = {0};
	struct source *source;
	struct block *b;
	struct err e;
	int fd;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	for (uint32_t i = 0; i < 20000; i++)
		pack_record_of(&p, i, 60);
	fd = make_file(path, &p);
	source = source_file_open(path, NULL, &e);
	cr_assert(source, "%s", e.text);
	cr_assert_eq(source->ops->next(source, &b, 0, &e), SOURCE_BLOCK);
	cr_assert_eq(ftruncate(fd, 1000), 0);
	/* What was handed out is still there. */
	cr_assert_eq(b->packets[b->count - 1].data[1], (uint8_t)(b->count));
	source->ops->release(source, b);
	seen_take(&s, source, 0);
	cr_assert_eq(s.end, SOURCE_FAILED);
	cr_assert_eq(s.e.status, EXIT_INPUT);
	expect_text(&s.e, "became shorter");
	source->ops->close(source);
	close(fd);
	unlink(path);
	seen_free(&s);
	pack_free(&p);
}

/* A file of 20000 packets is open, its first block taken, its lease lost, as
 * when we were stopped for too long, and it is cut to 8000 bytes. */
struct cut {
	char path[32];
	struct source *source;
	struct block *block;
};

static void cut_open(struct cut *c)
{
	struct pack p = {0};
	struct err e;
	int fd, mine;

	strcpy(c->path, "/tmp/test-file-XXXXXX");
	pack_pcap(&p, PACK_US, 4, 65535, 1);
	for (uint32_t i = 0; i < 20000; i++)
		pack_record_of(&p, i, 60);
	fd = make_file(c->path, &p);
	close(fd); /* nobody writes: a lease can be had */
	mine = source_file_descriptor(c->path, &e);
	cr_assert(mine >= 0, "%s", e.text);
	c->source = source_file_take(mine, c->path, NULL, &e);
	cr_assert(c->source, "%s", e.text);
	cr_assert_eq(c->source->ops->next(c->source, &c->block, 0, &e),
		     SOURCE_BLOCK);
	if (fcntl(mine, F_GETLEASE) != F_RDLCK)
		cr_skip("no lease on this file system: nothing is mapped");
	cr_assert_eq(fcntl(mine, F_SETLEASE, F_UNLCK), 0);
	cr_assert_eq(truncate(c->path, 8000), 0);
	pack_free(&p);
}

static void cut_close(struct cut *c)
{
	c->source->ops->close(c->source);
	unlink(c->path);
}

Test(file_faults, a_map_that_is_cut_reads_as_zeros_and_ends_in_an_error)
{
	struct seen s = {0};
	struct block *b;
	struct cut c;

	cut_open(&c);
	b = c.block;
	cr_assert_eq(b->packets[0].data[1], 1);
	cr_assert_eq(b->packets[b->count - 1].data[1], 0);
	c.source->ops->release(c.source, b);
	seen_take(&s, c.source, 0);
	cr_assert_eq(s.end, SOURCE_FAILED);
	cr_assert_eq(s.e.status, EXIT_INPUT);
	expect_text(&s.e, "was cut off while it was read");
	cr_assert_eq(s.count, 0);
	cut_close(&c);
	seen_free(&s);
}

Test(file_faults, a_map_that_is_cut_unseen_is_read_on_and_found_short)
{
	struct seen s = {0};
	struct cut c;

	cut_open(&c);
	c.source->ops->release(c.source, c.block);
	seen_take(&s, c.source, 0);
	cr_assert_eq(s.end, SOURCE_FAILED);
	expect_text(&s.e, "became shorter");
	cut_close(&c);
	seen_free(&s);
}

Test(file_faults, a_fault_elsewhere_kills_as_it_did)
{
	char path[] = "/tmp/test-file-XXXXXX";
	int status = 0, fd = mkstemp(path);
	struct cut c;
	pid_t child;

	cut_open(&c);
	cr_assert_eq(ftruncate(fd, 4096), 0);
	child = fork();
	if (child == 0) {
		volatile char *p =
			mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

		if (p == MAP_FAILED || ftruncate(fd, 0) != 0)
			_exit(77);
		_exit(p[9] * 0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	/* A sanitizer has its own way to die. */
	cr_assert(status != 0 && status != 77 << 8, "status %#x",
		  (unsigned)status);
	child = fork();
	if (child == 0) {
		raise(SIGBUS);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_neq(status, 0);
	c.source->ops->release(c.source, c.block);
	cut_close(&c);
	close(fd);
	unlink(path);
}

static int open_to_write(const char *path)
{
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

Test(file_faults, whoever_writes_to_a_mapped_file_waits_until_it_is_let_go)
{
	char path[] = "/tmp/test-file-XXXXXX";
	struct pack p = {0};
	struct seen s = {0};
	struct source *source;
	struct block *b, *none = NULL;
	struct err e;
	uint32_t handed_out;
	int fd;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	for (uint32_t i = 0; i < 20000; i++)
		pack_record_of(&p, i, 60);
	close(make_file(path, &p));
	source = source_file_open(path, NULL, &e);
	cr_assert(source, "%s", e.text);
	cr_assert_eq(source->ops->next(source, &b, 0, &e), SOURCE_BLOCK);
	fd = open_to_write(path);
	if (fd >= 0)
		cr_skip_test("no leases on the file system of /tmp");
	cr_assert_eq(errno, EWOULDBLOCK);
	/* A block that is out keeps the file as it is. */
	cr_assert_eq(source->ops->next(source, &none, 0, &e), SOURCE_NOTHING);
	cr_assert_lt(open_to_write(path), 0);
	for (uint32_t i = 0; i < b->count; i++)
		cr_assert_eq(b->packets[i].data[59], (uint8_t)(i + 59));
	handed_out = b->count;
	source->ops->release(source, b);
	/* Then the next packets are read: none is missing, none comes twice. */
	cr_assert_eq(source->ops->next(source, &b, 0, &e), SOURCE_BLOCK);
	cr_assert_eq(b->packets[0].data[0], (uint8_t)handed_out);
	fd = open_to_write(path);
	cr_assert(fd >= 0);
	cr_assert_eq(ftruncate(fd, 1000), 0);
	source->ops->release(source, b);
	seen_take(&s, source, 0);
	cr_assert_eq(s.end, SOURCE_FAILED);
	expect_text(&s.e, "became shorter");
	source->ops->close(source);
	close(fd);
	unlink(path);
	seen_free(&s);
	pack_free(&p);
}

/* Records of all lengths, beyond what is asked of a map at a time. */
Test(file_faults, a_large_file_is_the_same_mapped_and_read)
{
	struct pack p = {0};
	struct seen mapped = {0}, read = {0};
	struct source *source;
	struct err e;
	int fd;

	pack_pcap(&p, PACK_US, 4, 262144, 1);
	for (uint32_t i = 0; i < 4000; i++)
		pack_record_of(&p, i, i % 97 == 0 ? 200000 : i * 7919 % 1500);
	source = pack_source(p.bytes, p.size, "", &e);
	cr_assert(source, "%s", e.text);
	seen_all(&mapped, source);
	fd = pack_open(p.bytes, p.size);
	source = source_file_open_fd(fd, "the same", NULL, &e);
	cr_assert(source, "%s", e.text);
	seen_all(&read, source);
	close(fd);
	cr_assert_eq(mapped.end, SOURCE_END);
	cr_assert_eq(read.end, SOURCE_END);
	cr_assert_eq(mapped.count, 4000);
	cr_assert_eq(read.count, 4000);
	for (size_t i = 0; i < mapped.count; i++) {
		const struct seen_packet *a = &mapped.packets[i];
		const struct seen_packet *b = &read.packets[i];

		cr_assert_eq(a->time_ns, b->time_ns);
		cr_assert_eq(a->caplen, b->caplen);
		cr_assert_eq(memcmp(a->data, b->data, a->caplen), 0);
	}
	seen_free(&mapped);
	seen_free(&read);
	pack_free(&p);
}

Test(file_faults, a_file_that_grows_is_read_as_long_as_it_was)
{
	char path[] = "/tmp/test-file-XXXXXX";
	struct pack p;
	struct seen s = {0};
	struct source *source;
	struct err e;
	int fd;

	small(&p);
	fd = make_file(path, &p);
	source = source_file_open(path, NULL, &e);
	cr_assert(source, "%s", e.text);
	cr_assert_eq(write(fd, p.bytes + 24, p.size - 24),
		     (ssize_t)p.size - 24);
	seen_all(&s, source);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_eq(s.count, 3);
	close(fd);
	unlink(path);
	seen_free(&s);
	pack_free(&p);
}

Test(file_faults, the_end_and_a_failure_are_told_again_when_asked_again)
{
	struct pack p;
	struct seen s = {0};
	struct source *source;
	struct err e;

	small(&p);
	source = pack_source(p.bytes, p.size - 1, "", &e);
	cr_assert(source, "%s", e.text);
	for (int i = 0; i < 3; i++) {
		seen_take(&s, source, 0);
		cr_assert_eq(s.end, SOURCE_FAILED);
		expect_text(&s.e, "1000 bytes announced, 999 left");
	}
	cr_assert_eq(s.count, 2);
	cr_assert_eq(atom_load_relaxed_u64(&source->counts.damaged), 1);
	source->ops->close(source);
	seen_free(&s);
	pack_free(&p);
}

/* The same with two sections, two interfaces, options and an unknown block;
 * ends[] are the offsets behind each of the *count packets. */
static void small_ng(struct pack *p, size_t *ends, size_t *count)
{
	struct pack unknown = {0};
	uint32_t flags = 1;

	*p = (struct pack){0};
	*count = 0;
	pack_section(p);
	pack_iface(p, 1, 0, 9);
	pack_enhanced(p, 0, 5, "some bytes", 10, 60, &flags);
	ends[(*count)++] = p->size;
	pack_bytes(&unknown, "what is this", 12);
	pack_block(p, 0x0badcafe, &unknown);
	pack_iface(p, 101, 0, 6);
	pack_enhanced(p, 1, 6, "more", 4, 4, NULL);
	ends[(*count)++] = p->size;
	p->big = true;
	pack_section(p);
	pack_iface(p, 1, 0, -1);
	pack_enhanced(p, 0, 7, "", 0, 0, NULL);
	ends[(*count)++] = p->size;
	pack_free(&unknown);
}

/* So much of a file, by a path or through a pipe. */
static bool seen_cut(struct seen *s, const struct pack *p, size_t n, bool pipe)
{
	struct source *source;
	int fd = -1;

	*s = (struct seen){0};
	source = pipe ? pack_source_pipe(p->bytes, n, &fd, &s->e)
		      : pack_source(p->bytes, n, "", &s->e);
	if (source)
		seen_all(s, source);
	if (fd >= 0)
		close(fd);
	return source != NULL;
}

/* Cuts a file at every offset: all packets before the cut come, then its end
 * or the word that it is cut. Between blocks it may end. */
static void cut_everywhere(const struct pack *p, size_t header,
			   const size_t *ends, size_t count, bool ng)
{
	for (size_t n = 0; n <= p->size; n++) {
		for (int pipe = 0; pipe < 2; pipe++) {
			struct seen s;
			bool opened = seen_cut(&s, p, n, pipe);
			size_t whole = 0;
			bool end = n == header;

			while (whole < count && ends[whole] <= n)
				end = n == ends[whole++];
			cr_assert_eq(s.count, whole, "cut at %zu", n);
			cr_assert(pipe || opened == (n >= header) || ng);
			if (end)
				cr_assert_eq(s.end, SOURCE_END, "at %zu", n);
			else if (!ng)
				cr_assert(!opened || s.end == SOURCE_FAILED);
			if (opened && s.end == SOURCE_FAILED)
				cr_assert_neq(s.e.status, EXIT_OK);
			seen_free(&s);
		}
	}
}

Test(file_faults, a_pcap_file_cut_anywhere_gives_all_before_the_cut)
{
	static const size_t ends[] = {24 + 76, 24 + 76 + 16,
				      24 + 76 + 16 + 1016};
	struct pack p;

	small(&p);
	cr_assert_eq(p.size, ends[2]);
	cut_everywhere(&p, 24, ends, 3, false);
	pack_free(&p);
}

Test(file_faults, a_pcapng_file_cut_anywhere_gives_all_before_the_cut)
{
	struct pack p;
	size_t ends[8];
	size_t count;

	small_ng(&p, ends, &count);
	cut_everywhere(&p, 28, ends, count, true);
	pack_free(&p);
}

Test(file_faults, a_cut_is_told_with_the_record_the_offset_and_the_bytes)
{
	struct pack p;
	struct seen s;

	small(&p);
	seen_cut(&s, &p, 24 + 76 + 16 + 16 + 12, false);
	expect_text(&s.e, "record 3 at byte 116 is cut short: 1000 bytes "
			  "announced, 12 left");
	cr_assert_eq(s.e.status, EXIT_INPUT);
	cr_assert_eq(s.counted[COUNT_DAMAGED], 1);
	seen_free(&s);
	seen_cut(&s, &p, 24 + 76 + 7, true);
	expect_text(&s.e, "record 2 at byte 100 is cut short within its "
			  "header: 7 of 16 bytes are there");
	seen_free(&s);
	seen_cut(&s, &p, 20, false);
	expect_text(&s.e, "within its header: 20 of 24 bytes are there");
	cr_assert_eq(s.counted[COUNT_DAMAGED], 0);
	seen_free(&s);
	pack_free(&p);
}

/* Wrong bytes anywhere: the law holds and nothing is read beyond the block
 * (seen_take asserts both), whatever the answer is. */
static size_t flip_everywhere(struct pack *p)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	size_t failures = 0;

	for (size_t at = 0; at < p->size; at++) {
		uint8_t was = p->bytes[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			struct seen s;

			p->bytes[at] = values[i];
			if (!seen_cut(&s, p, p->size, at % 2) ||
			    s.end == SOURCE_FAILED) {
				failures++;
				cr_assert_neq(s.e.status, EXIT_OK);
				cr_assert_neq(s.e.text[0], '\0');
			}
			seen_free(&s);
		}
		p->bytes[at] = was;
	}
	return failures;
}

Test(file_faults, a_wrong_byte_anywhere_is_survived)
{
	struct pack p;
	size_t ends[8];
	size_t count;

	small(&p);
	cr_assert_gt(flip_everywhere(&p), 20);
	pack_free(&p);
	small_ng(&p, ends, &count);
	cr_assert_gt(flip_everywhere(&p), 100);
	pack_free(&p);
}
