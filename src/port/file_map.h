/*
 * file_map.h: a regular file in memory without a copy, safe from whoever would
 * truncate it meanwhile.
 *
 * A byte of a mapping that is no longer in the file is a SIGBUS, and no look
 * beforehand closes that gap. A read lease (fcntl(2), F_SETLEASE) does: it is
 * refused while anybody has the file open for writing, and afterwards the
 * kernel holds back whoever opens it for writing or truncates it until the
 * lease is given up, or for /proc/sys/fs/lease-break-time. So a mapped file is
 * asked before each block whether somebody waits; then the mapping goes and
 * the rest is read. Whoever stops us for longer than that time lets the file
 * be cut all the same: then its end reads as zeros (base/fault.h), and the
 * map says that it was cut. Leases are for one's own files (or CAP_LEASE) on
 * local file systems; every other file is read. One map at a time in a
 * process; a second file is read.
 *
 * Pages are asked for in bulk, where an error of the disk is met, and given
 * back when their packets are done with, so that the resident size does not
 * follow the file's.
 */
#ifndef RAWTOP_PORT_FILE_MAP_H
#define RAWTOP_PORT_FILE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_map {
	uint8_t *bytes; /* for reading; NULL: nothing is mapped */
	size_t size;
	size_t page_bytes;
	int fd;
};

/*
 * Maps the first `size` (> 0) bytes of an open file and takes the lease. False
 * when it cannot be had, or when the file has become shorter: then the file is
 * to be read. Undo with file_map_close, while fd is open.
 */
bool file_map_open(struct file_map *m, int fd, uint64_t size);

/* False when somebody waits for the file: close the map soon. */
bool file_map_is_quiet(const struct file_map *m);

/* Has a part been read that was no longer in the file, and read as zeros? Once
 * so, it stays so. */
bool file_map_is_cut(const struct file_map *m);

/* Gets bytes [from, to) ready to be looked at; false when the system cannot:
 * read the file instead. */
bool file_map_ask(const struct file_map *m, size_t from, size_t to);

/* Gives back the pages that lie in [from, to), but for a last one in part. */
void file_map_drop(const struct file_map *m, size_t from, size_t to);

void file_map_close(struct file_map *m);

#endif
