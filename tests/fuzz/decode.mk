# The standalone driver, which every fuzz target links where there is no
# libFuzzer, and the decoder's target.
EXTRA_DIST += tests/fuzz/driver.c tests/fuzz/driver.h
