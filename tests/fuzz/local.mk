# tests of fuzz
include tests/fuzz/decode.mk
