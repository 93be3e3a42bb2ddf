# src/port: live
librawtop_a_SOURCES += \
	src/port/filter.c src/port/filter.h \
	src/port/filter_code.c src/port/filter_code.h \
	src/port/filter_desk.c src/port/filter_desk.h \
	src/port/ip_socket.c \
	src/port/ip_socket_batch.c src/port/ip_socket_batch.h \
	src/port/ip_socket_filter.c src/port/ip_socket_filter.h \
	src/port/ip_socket_message.c src/port/ip_socket_message.h \
	src/port/live_iface.c src/port/live_iface.h \
	src/port/packet_filter.c src/port/packet_filter.h \
	src/port/packet_group.c src/port/packet_group.h \
	src/port/packet_socket.c \
	src/port/ring_packet.c src/port/ring_packet.h \
	src/port/source.h src/port/source_counts.def src/port/sources.h
