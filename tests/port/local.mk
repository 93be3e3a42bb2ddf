include tests/port/live.mk
include tests/port/offline.mk
