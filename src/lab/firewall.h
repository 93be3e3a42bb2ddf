/*
 * firewall.h: the lab's rule, which drops inbound UDP to one port, so that
 * the screen has something refused to show.
 */
#ifndef RAWTOP_LAB_FIREWALL_H
#define RAWTOP_LAB_FIREWALL_H

#include <stdbool.h>
#include <stdint.h>

/* Where nft(8) is; NULL when it is not installed. */
const char *firewall_find_nft(void);

/* Sets the rule in this network namespace; false when nft is missing or
 * refuses. */
bool firewall_drop_udp(uint16_t port);

#endif
