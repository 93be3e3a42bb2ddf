# Sources that need no privilege: files, and traffic that is made.
librawtop_a_SOURCES += \
	src/port/file.c src/port/file.h \
	src/port/file_block.c src/port/file_inner.h \
	src/port/file_filter.c src/port/file_filter.h \
	src/port/file_input.c src/port/file_input.h \
	src/port/file_kind.c src/port/file_kind.h \
	src/port/file_map.c src/port/file_map.h \
	src/port/file_say.c \
	src/port/file_walk.h \
	src/port/made.c \
	src/port/made_frame.c src/port/made_frame.h \
	src/port/made_gen.c src/port/made_gen.h \
	src/port/made.def \
	src/port/made_parse.c \
	src/port/made_pick.c src/port/made_pick.h \
	src/port/pcap_ahead.c src/port/pcap_ahead.h \
	src/port/pcap_file.c src/port/pcap_file.h \
	src/port/pcapng.c src/port/pcapng.h \
	src/port/pcapng_time.c src/port/pcapng_time.h
