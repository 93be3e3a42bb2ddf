# The fuzz targets, one makefile each. driver.c stands in for libFuzzer where
# there is none; `make fuzz-targets` builds them all.
include tests/fuzz/decode.mk
include tests/fuzz/file.mk

fuzz-targets: tests/fuzz/fuzz_decode$(EXEEXT) tests/fuzz/fuzz_file$(EXEEXT)
.PHONY: fuzz-targets
