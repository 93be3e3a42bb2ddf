# The sources: two fragments, the live ones and those that need no privilege.
include src/port/live.mk
include src/port/offline.mk
