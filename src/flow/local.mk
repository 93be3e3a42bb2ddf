# src/flow: the table (table.mk), and what is read from it (view.mk)
include src/flow/table.mk
include src/flow/view.mk
librawtop_a_SOURCES += src/flow/common.c
