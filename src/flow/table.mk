# the flow table
librawtop_a_SOURCES += \
	src/flow/flow.h \
	src/flow/key.h \
	src/flow/state.def \
	src/flow/table.h \
	src/flow/table_counts.def
