#include "port/file_kind.h"

#include <stdio.h>
#include <string.h>

/* So many bytes are looked at to tell text from anything else. */
#define TEXT_LOOK_BYTES 64

struct file_kind {
	const char *magic;
	size_t size;
	const char *what;
	const char *remedy; /* with %s for the name, or NULL */
};

#define MAGIC(s) s, sizeof(s) - 1

static const struct file_kind file_kinds[] = {
	{MAGIC("\x1f\x8b"), "compressed by gzip", "zcat %s | rawtop -r -"},
	{MAGIC("\x28\xb5\x2f\xfd"), "compressed by zstd",
	 "zstdcat %s | rawtop -r -"},
	{MAGIC("\xfd"
	       "7zXZ\0"),
	 "compressed by xz", "xzcat %s | rawtop -r -"},
	{MAGIC("BZh"), "compressed by bzip2", "bzcat %s | rawtop -r -"},
	{MAGIC("\x04\x22\x4d\x18"), "compressed by lz4",
	 "lz4 -dc %s | rawtop -r -"},
	{MAGIC("PK\x03\x04"), "a zip archive", "unzip -p %s | rawtop -r -"},
	{MAGIC("snoop\0\0\0"), "a capture of Solaris snoop",
	 "editcap -F pcap %s - | rawtop -r -"},
	{MAGIC("TRSNIFF data    \x1a"), "a capture of the Sniffer",
	 "editcap -F pcap %s - | rawtop -r -"},
	{MAGIC("XCP\0"), "a capture of NetXRay",
	 "editcap -F pcap %s - | rawtop -r -"},
	{MAGIC("RTSS"), "a capture of Network Monitor",
	 "editcap -F pcap %s - | rawtop -r -"},
	{MAGIC("GMBU"), "a capture of Network Monitor",
	 "editcap -F pcap %s - | rawtop -r -"},
	{MAGIC("\x54\x52\x00\x64\x54\x52\x00"), "a capture of iptrace",
	 "editcap -F pcap %s - | rawtop -r -"},
	{MAGIC("btsnoop\0"), "a Bluetooth capture", NULL},
	{MAGIC("\x7f"
	       "ELF"),
	 "a program", NULL},
	{MAGIC("%PDF-"), "a PDF document", NULL},
	{MAGIC("\x89PNG"), "an image", NULL},
	{MAGIC("SQLite format 3"), "a SQLite database", NULL},
	{MAGIC("\0\0\0\0"), "zeros", NULL},
};

static bool file_kind_is_text(const uint8_t *bytes, size_t n)
{
	if (n > TEXT_LOOK_BYTES)
		n = TEXT_LOOK_BYTES;
	for (size_t i = 0; i < n; i++)
		if ((bytes[i] < ' ' && !strchr("\t\r\n", bytes[i])) ||
		    bytes[i] == 0 || bytes[i] == 0x7f)
			return false;
	return true;
}

static const struct file_kind *file_kind_find(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < sizeof(file_kinds) / sizeof(*file_kinds); i++)
		if (n >= file_kinds[i].size &&
		    memcmp(bytes, file_kinds[i].magic, file_kinds[i].size) == 0)
			return &file_kinds[i];
	return NULL;
}

/* Appends the remedy with the name in its place. */
static void file_kind_advise(struct err *e, const char *remedy,
			     const char *name)
{
	const char *hole = strstr(remedy, "%s");

	err_remedy(e, "%.*s%s%s", (int)(hole - remedy), remedy, name, hole + 2);
}

bool file_kind_refuse(const char *name, const uint8_t *bytes, size_t n,
		      struct err *e)
{
	const struct file_kind *kind = file_kind_find(bytes, n);
	char first[16] = "";

	if (kind) {
		err_set(e, EXIT_USAGE, "%s is no pcap or pcapng file: it is %s",
			name, kind->what);
		if (kind->remedy)
			file_kind_advise(e, kind->remedy, name);
		return false;
	}
	if (file_kind_is_text(bytes, n))
		return err_set(e, EXIT_USAGE,
			       "%s is no pcap or pcapng file: it looks like "
			       "text",
			       name);
	for (size_t i = 0; i < n && i < 4; i++)
		snprintf(first + 3 * i, sizeof(first) - 3 * i, " %02x",
			 bytes[i]);
	return err_set(e, EXIT_USAGE,
		       "%s is no pcap or pcapng file: it begins with%s", name,
		       first);
}
