# The private test network.
librawtop_a_SOURCES += \
	src/lab/carrier.c src/lab/carrier.h \
	src/lab/child.c src/lab/child.h \
	src/lab/datagram.c src/lab/datagram.h \
	src/lab/firewall.c src/lab/firewall.h \
	src/lab/hosts.c src/lab/hosts.h \
	src/lab/lab.c src/lab/lab.h \
	src/lab/netlink.c src/lab/netlink.h \
	src/lab/player.c src/lab/player.h \
	src/lab/service.c src/lab/service.h \
	src/lab/space.c src/lab/space.h \
	src/lab/stream.c src/lab/stream.h \
	src/lab/talk.c src/lab/talk.h \
	src/lab/target.c src/lab/target.h \
	src/lab/traffic.c src/lab/traffic.h \
	src/lab/warden.c src/lab/warden.h
