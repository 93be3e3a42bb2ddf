# Every room's tests add a fragment of their own.
include tests/base/local.mk
include tests/pipe/local.mk
include tests/wire/local.mk
include tests/priv/local.mk
include tests/flow/local.mk
include tests/port/local.mk
include tests/engine/local.mk
include tests/lab/local.mk
include tests/cmd/local.mk
include tests/ui/local.mk
include tests/live/local.mk
include tests/conform/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
