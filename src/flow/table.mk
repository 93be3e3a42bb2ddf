# the flow table
librawtop_a_SOURCES += \
	src/flow/datagram.c src/flow/datagram.h \
	src/flow/flow.h \
	src/flow/hash.c src/flow/hash.h \
	src/flow/icmp.c src/flow/icmp.h \
	src/flow/key.c src/flow/key.h \
	src/flow/memo.c src/flow/memo.h \
	src/flow/state.def \
	src/flow/table.c src/flow/table.h \
	src/flow/table_add.c \
	src/flow/table_batch.c \
	src/flow/table_clock.c \
	src/flow/table_counts.def \
	src/flow/table_end.c \
	src/flow/table_entry.c src/flow/table_entry.h \
	src/flow/table_host.c \
	src/flow/table_index.c src/flow/table_index.h \
	src/flow/table_inner.h \
	src/flow/table_put.c \
	src/flow/table_quick.h \
	src/flow/table_read.c \
	src/flow/tcp.c src/flow/tcp.h \
	src/flow/verdict.c src/flow/verdict.h
