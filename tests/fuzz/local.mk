# tests of fuzz
include tests/fuzz/decode.mk
include tests/fuzz/file.mk
