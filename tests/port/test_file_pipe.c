/* The file source at the end of a pipe: what is there is delivered at once. */
#include "test_pack.h"

#include "port/file.h"
#include "port/sources.h"
#include "tests/port/filter_text.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct line {
	int write;
	int read;
	struct source *source;
};

static struct line line_open(const char *filter)
{
	struct port_filter *given = filter_text(filter);
	struct line l;
	struct err e;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	l.read = ends[0];
	l.write = ends[1];
	l.source = source_file_open_fd(l.read, "a pipe", given, &e);
	port_filter_release(given);
	cr_assert(l.source, "%s", e.text);
	return l;
}

static void line_put(const struct line *l, const void *bytes, size_t n)
{
	cr_assert_eq(write(l->write, bytes, n), (ssize_t)n);
}

static void line_close(struct line *l)
{
	l->source->ops->close(l->source);
	close(l->read);
	if (l->write >= 0)
		close(l->write);
}

Test(file_pipe, nothing_comes_from_a_silent_pipe_and_no_error)
{
	struct line l = line_open("");
	struct seen s = {0};

	seen_take(&s, l.source, 0);
	cr_assert_eq(s.end, SOURCE_NOTHING);
	seen_take(&s, l.source, 5);
	cr_assert_eq(s.end, SOURCE_NOTHING);
	line_close(&l);
}

Test(file_pipe, each_packet_is_delivered_when_it_is_whole)
{
	struct line l = line_open("");
	struct pack p = {0};
	struct seen s = {0};

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	line_put(&l, p.bytes, p.size);
	seen_take(&s, l.source, 0);
	cr_assert_eq(s.end, SOURCE_NOTHING);
	cr_assert_eq(s.count, 0);
	for (uint32_t i = 0; i < 20; i++) {
		struct pack record = {0};

		pack_record_of(&record, i, 60 + i);
		line_put(&l, record.bytes, 30);
		seen_take(&s, l.source, 0);
		cr_assert_eq(s.count, i);
		line_put(&l, record.bytes + 30, record.size - 30);
		seen_take(&s, l.source, 0);
		cr_assert_eq(s.end, SOURCE_NOTHING);
		cr_assert_eq(s.count, i + 1);
		cr_assert_eq(s.packets[i].caplen, 60 + i);
		cr_assert_eq(s.packets[i].data[59], (uint8_t)(i + 59));
		pack_free(&record);
	}
	close(l.write);
	l.write = -1;
	seen_take(&s, l.source, 0);
	cr_assert_eq(s.end, SOURCE_END);
	line_close(&l);
	seen_free(&s);
	pack_free(&p);
}

static void build_mixed(struct pack *p, bool ng)
{
	struct pack unknown = {0};

	if (!ng) {
		p->big = true;
		pack_pcap(p, PACK_NS, 4, 65535, 1);
	} else {
		pack_section(p);
		pack_iface(p, 1, 0, 9);
		pack_bytes(&unknown, p->bytes, p->size);
		pack_block(p, 77, &unknown);
	}
	for (uint32_t i = 0; i < 20; i++) {
		uint8_t data[40];

		memset(data, (int)i, sizeof(data));
		if (ng)
			pack_enhanced(p, 0, i, data, i * 2, 100, &i);
		else
			pack_record(p, 0, i, data, i * 2, 100);
	}
	pack_free(&unknown);
}

Test(file_pipe, byte_by_byte_gives_the_same_as_the_whole)
{
	for (int ng = 0; ng < 2; ng++) {
		struct line l = line_open("");
		struct pack p = {0};
		struct seen s = {0};

		build_mixed(&p, ng);
		for (size_t i = 0; i < p.size; i++) {
			line_put(&l, p.bytes + i, 1);
			seen_take(&s, l.source, 0);
			cr_assert_eq(s.end, SOURCE_NOTHING, "%s", s.e.text);
		}
		close(l.write);
		l.write = -1;
		seen_take(&s, l.source, 0);
		cr_assert_eq(s.end, SOURCE_END);
		cr_assert_eq(s.count, 20);
		for (uint32_t i = 0; i < 20; i++) {
			cr_assert_eq(s.packets[i].time_ns, i);
			cr_assert_eq(s.packets[i].caplen, i * 2);
			cr_assert(i == 0 || s.packets[i].data[i * 2 - 1] == i);
		}
		line_close(&l);
		seen_free(&s);
		pack_free(&p);
	}
}

struct writer {
	int fd;
	const struct pack *pack;
};

static void *writer_main(void *argument)
{
	const struct writer *w = argument;
	size_t done = 0;

	while (done < w->pack->size) {
		ssize_t n = write(w->fd, w->pack->bytes + done,
				  w->pack->size - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	close(w->fd);
	return NULL;
}

/* More than a pipe holds, so written by a thread while it is read. */
static void read_through(const struct pack *p, struct seen *s)
{
	struct line l = line_open("");
	struct writer w = {l.write, p};
	pthread_t thread;

	*s = (struct seen){0};
	cr_assert_eq(pthread_create(&thread, NULL, writer_main, &w), 0);
	l.write = -1;
	do
		seen_take(s, l.source, 1000);
	while (s->end == SOURCE_NOTHING);
	pthread_join(thread, NULL);
	line_close(&l);
}

Test(file_pipe, large_records_and_many_small_ones_come_through_whole)
{
	struct pack p = {0};
	struct seen s;

	pack_pcap(&p, PACK_US, 4, 1 << 20, 1);
	for (uint32_t i = 0; i < 30; i++) {
		pack_record_of(&p, i, 200000 + i);
		for (uint32_t j = 0; j < 1000; j++)
			pack_record_of(&p, j, 60);
	}
	read_through(&p, &s);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 30 * 1001);
	for (uint32_t i = 0; i < s.count; i++) {
		uint32_t j = i % 1001;
		uint32_t caplen = j ? 60 : 200000 + i / 1001;
		uint32_t seed = j ? j - 1 : i / 1001;

		cr_assert_eq(s.packets[i].caplen, caplen);
		cr_assert_eq(s.packets[i].data[caplen - 1],
			     (uint8_t)(seed + caplen - 1));
	}
	seen_free(&s);
	pack_free(&p);
}

Test(file_pipe, a_large_block_nobody_knows_is_passed_over)
{
	struct pack p = {0};
	struct pack unknown = {0};
	struct seen s;
	uint8_t zeros[4096] = {0};

	pack_section(&p);
	pack_iface(&p, 1, 0, 9);
	for (int i = 0; i < 600; i++)
		pack_bytes(&unknown, zeros, sizeof(zeros));
	pack_enhanced(&p, 0, 1, "one", 3, 3, NULL);
	pack_block(&p, 0xbad, &unknown);
	pack_enhanced(&p, 0, 2, "two", 3, 3, NULL);
	read_through(&p, &s);
	cr_assert_eq(s.end, SOURCE_END, "%s", s.e.text);
	cr_assert_eq(s.count, 2);
	cr_assert(memcmp(s.packets[1].data, "two", 3) == 0);
	seen_free(&s);
	pack_free(&p);
	pack_free(&unknown);
}

Test(file_pipe, foreign_and_missing_input_is_told_when_it_comes)
{
	struct line l = line_open("");
	struct seen s = {0};

	line_put(&l, "tcpdump: permission denied", 26);
	seen_take(&s, l.source, 0);
	cr_assert_eq(s.end, SOURCE_FAILED);
	cr_assert_eq(s.e.status, EXIT_USAGE);
	cr_assert(strstr(s.e.text, "looks like text"), "%s", s.e.text);
	line_close(&l);
	l = line_open("");
	close(l.write);
	l.write = -1;
	seen_take(&s, l.source, 0);
	cr_assert_eq(s.end, SOURCE_FAILED);
	cr_assert_eq(s.e.status, EXIT_USAGE);
	cr_assert(strstr(s.e.text, "is empty"), "%s", s.e.text);
	line_close(&l);
}

Test(file_pipe, an_expression_applies_and_keeps_the_pipe_going)
{
	struct line l = line_open("len = 61");
	struct pack p = {0};
	struct seen s = {0};

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	for (uint32_t i = 60; i < 64; i++)
		pack_record_of(&p, i, i);
	line_put(&l, p.bytes, p.size);
	seen_take(&s, l.source, 0);
	cr_assert_eq(s.end, SOURCE_NOTHING);
	cr_assert_eq(s.count, 1);
	cr_assert_eq(s.packets[0].caplen, 61);
	line_put(&l, p.bytes + 24, p.size - 24);
	seen_take(&s, l.source, 0);
	cr_assert_eq(s.count, 2);
	line_close(&l);
	seen_free(&s);
	pack_free(&p);
}

Test(file_pipe, a_fifo_without_a_writer_waits_for_one)
{
	char path[] = "/tmp/test-fifo-XXXXXX";
	struct pack p = {0};
	struct seen s = {0};
	struct source *source;
	struct err e;
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
	unlink(path);
	cr_assert_eq(mkfifo(path, 0600), 0);
	source = source_file_open(path, NULL, &e);
	cr_assert(source, "%s", e.text);
	seen_take(&s, source, 1);
	cr_assert_eq(s.end, SOURCE_NOTHING);
	fd = open(path, O_WRONLY);
	cr_assert(fd >= 0);
	pack_pcap(&p, PACK_US, 4, 65535, 1);
	pack_record_of(&p, 1, 60);
	cr_assert_eq(write(fd, p.bytes, p.size), (ssize_t)p.size);
	seen_take(&s, source, 0);
	cr_assert_eq(s.end, SOURCE_NOTHING);
	cr_assert_eq(s.count, 1);
	close(fd);
	seen_take(&s, source, 0);
	cr_assert_eq(s.end, SOURCE_END);
	source->ops->close(source);
	unlink(path);
	seen_free(&s);
	pack_free(&p);
}

Test(file_pipe, a_dash_is_standard_input_and_a_file_there_is_read_to_its_end)
{
	struct pack p = {0};
	struct seen s = {0};
	struct source *source;
	struct err e;
	int fd;

	pack_pcap(&p, PACK_US, 4, 65535, 1);
	pack_record_of(&p, 1, 60);
	fd = pack_open(p.bytes, p.size);
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	source = source_file_open("-", NULL, &e);
	cr_assert(source, "%s", e.text);
	cr_assert_str_eq(source->label, "file standard input");
	/* It grows meanwhile. */
	cr_assert_eq(pwrite(fd, p.bytes + 24, p.size - 24, (off_t)p.size),
		     (ssize_t)p.size - 24);
	seen_all(&s, source);
	cr_assert_eq(s.end, SOURCE_END);
	cr_assert_eq(s.count, 2);
	cr_assert_eq(lseek(STDIN_FILENO, 0, SEEK_CUR),
		     (off_t)(2 * p.size - 24));
	seen_free(&s);
	pack_free(&p);
}
