#include "lab/target.h"

#include "lab/hosts.h"

#include <arpa/inet.h>
#include <string.h>

struct target target_make(uint8_t version, uint8_t network, uint8_t number,
			  uint16_t port)
{
	struct target t;
	uint8_t addr[16];

	memset(&t, 0, sizeof(t));
	hosts_put_address(addr, version, network, number);
	if (version == 4) {
		t.v4.sin_family = AF_INET;
		t.v4.sin_port = htons(port);
		memcpy(&t.v4.sin_addr, addr, 4);
	} else {
		t.v6.sin6_family = AF_INET6;
		t.v6.sin6_port = htons(port);
		memcpy(&t.v6.sin6_addr, addr, 16);
	}
	return t;
}

const struct sockaddr *target_address(const struct target *t)
{
	return &t->any;
}

socklen_t target_size(const struct target *t)
{
	return t->any.sa_family == AF_INET ? sizeof(t->v4) : sizeof(t->v6);
}

int target_open(uint8_t version, int type, int proto)
{
	return socket(version == 4 ? AF_INET : AF_INET6,
		      type | SOCK_NONBLOCK | SOCK_CLOEXEC, proto);
}
