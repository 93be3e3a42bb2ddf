# columns, filter, record, topk, names
librawtop_a_SOURCES += \
	src/flow/column_icmp.c \
	src/flow/column_parts.h \
	src/flow/column_print.c \
	src/flow/column_rank.h \
	src/flow/column_services.c \
	src/flow/column_units.c \
	src/flow/columns.c src/flow/columns.h \
	src/flow/columns.def \
	src/flow/end.def \
	src/flow/filter.c src/flow/filter.h \
	src/flow/filter.def \
	src/flow/filter_address.c \
	src/flow/filter_match.c \
	src/flow/filter_parts.h \
	src/flow/filter_word.c \
	src/flow/names.c \
	src/flow/proto_names.def \
	src/flow/record.c src/flow/record.h \
	src/flow/record.def \
	src/flow/topk.c src/flow/topk.h \
	src/flow/topk_scan.h \
	src/flow/topk_select.c src/flow/topk_select.h
