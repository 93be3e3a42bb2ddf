#!/bin/sh
# Every kept input through the decoder's target, fuzzer or not.
exec ./tests/fuzz/fuzz_decode "${srcdir:-.}"/tests/fuzz/corpus/decode/*
