/*
 * priv.h: the privileged helper. priv_start forks it before anything from
 * outside is parsed; it keeps CAP_NET_RAW (and CAP_NET_ADMIN if it is there,
 * for SO_RCVBUFFORCE), opens and configures sockets on request, and passes
 * the descriptors over a socket pair. The caller keeps no capability and has
 * no-new-privileges set. Each ends when the other does.
 *
 * What is left to fear: raw and packet sockets send as well. Whoever takes the
 * caller over through a packet that it parses can, with the sockets it holds
 * or asks for, forge packets from any address to the networks of this machine
 * (ARP and DHCP answers too) and read all traffic; it gets no file, process,
 * address, route or other privilege. Therefore a request is a choice from a
 * closed list, of what the vantages need and nothing else: no address,
 * interface, option or path crosses; buffers are bounded to 64 MiB and sockets
 * to 1024 and one more each second; and the helper never reads a packet.
 */
#ifndef RAWTOP_PRIV_PRIV_H
#define RAWTOP_PRIV_PRIV_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The closed list of what may be asked for. */
enum priv_request_kind {
	PRIV_RAW_IPV4, /* socket(AF_INET, SOCK_RAW, proto), proto 1–255 */
	PRIV_RAW_IPV6, /* socket(AF_INET6, SOCK_RAW, proto) */
	PRIV_PACKET,   /* socket(AF_PACKET, SOCK_RAW, 0): not yet bound */
};

struct priv_request {
	uint8_t kind;
	uint8_t proto;
	uint32_t receive_buffer_bytes; /* 0: leave it; else bounded, forced if
					  allowed, else asked for */
};

struct priv;

/*
 * Forks the helper and gives up every capability of this process and, when it
 * was started by sudo or is setuid root, its root user (the real user of a
 * setuid program, the caller of sudo else); sets no-new-privileges. Call it
 * before threads start. NULL with *e set when the fork fails. Lacking privilege
 * is no error here: priv_open will say so.
 */
struct priv *priv_start(struct err *e);

/*
 * Gives up the same without a helper, where no socket is needed (a file):
 * call it before the first byte from outside is read. False with *e set when
 * something is left that should be gone.
 */
bool priv_give_up(struct err *e);

/*
 * Asks the helper for a descriptor; the caller owns it (close-on-exec). -1
 * with *e set: the system's answer with the remedy (setcap, sudo, the lab),
 * or that the helper is gone. Any thread; one request at a time.
 */
int priv_open(struct priv *p, const struct priv_request *request,
	      struct err *e);

/* Is the helper alive? It is noticed within a second when it is killed. */
bool priv_alive(const struct priv *p);

/* The helper's process, for tests and the doctor. */
pid_t priv_pid(const struct priv *p);

/* Ends the helper and waits for it. NULL is allowed. */
void priv_stop(struct priv *p);

#endif
