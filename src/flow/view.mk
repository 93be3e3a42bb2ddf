# columns, filter, record, topk, names
librawtop_a_SOURCES += \
	src/flow/column_icmp.c \
	src/flow/column_parts.h \
	src/flow/column_print.c \
	src/flow/column_services.c \
	src/flow/column_units.c \
	src/flow/columns.c src/flow/columns.h \
	src/flow/columns.def \
	src/flow/end.def \
	src/flow/names.c \
	src/flow/proto_names.def
