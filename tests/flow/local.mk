# tests of flow
include tests/flow/table.mk
include tests/flow/view.mk
