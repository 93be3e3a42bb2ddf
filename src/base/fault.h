/*
 * fault.h: the one area of mapped file that may fail to be there when it is
 * read: a byte that is no longer in the file, or that the disk does not give,
 * is a SIGBUS. The fault is mended: from that page on the area reads as zeros,
 * and whoever reads it asks whether that was so. Every other SIGBUS does what
 * it did before.
 *
 * A signal handler can only reach a global: this is the place for it.
 */
#ifndef RAWTOP_BASE_FAULT_H
#define RAWTOP_BASE_FAULT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Takes SIGBUS, and remembers what it did. Again and again does no harm; not
 * while another thread changes what signals do. */
void fault_watch(void);

/* Names the area, from a page's first byte on, mapped for reading. False when
 * there is one already. Any thread; fault_watch has been called. */
bool fault_take(void *bytes, size_t size);

/* Any thread: has a part of the area been mended since it was named? */
bool fault_was_mended(void);

/* The area is no more: call it before the area is unmapped, when no thread
 * reads in it. */
void fault_give_back(void);

/* For handlers of SIGBUS that stand before this one: mends what it can; false
 * when it is another fault. Async-signal-safe. */
bool fault_mend(const siginfo_t *info);

#endif
