#include "port/pcapng_time.h"

#include "base/clock.h"

#define DECIMAL_NS 9
/* 10^19 is the largest power of ten in 64 bits; over that nothing is left. */
#define DECIMAL_MAX 19

/* 64 bits of units times 10^9 do not fit into 64 bits. */
__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

static uint64_t pcapng_power_of_ten(unsigned exponent)
{
	uint64_t x = 1;

	while (exponent-- > 0)
		x *= 10;
	return x;
}

void pcapng_time_prepare(struct pcapng_iface *iface)
{
	iface->unit_ns = 0;
	if (!iface->binary && iface->exponent <= DECIMAL_NS &&
	    iface->offset_s == 0)
		iface->unit_ns =
			pcapng_power_of_ten(DECIMAL_NS - iface->exponent);
}

static wide pcapng_time_wide(const struct pcapng_iface *iface, uint64_t units)
{
	unsigned exponent = iface->exponent;

	if (iface->binary) {
		/* 64 + 30 bits: a shift beyond them leaves nothing. */
		if (exponent > 94)
			return 0;
		return (wide)(((unsigned_wide)units * CLOCK_NS_PER_S) >>
			      exponent);
	}
	if (exponent <= DECIMAL_NS)
		return (wide)units *
		       (wide)pcapng_power_of_ten(DECIMAL_NS - exponent);
	if (exponent - DECIMAL_NS > DECIMAL_MAX)
		return 0;
	return (wide)(units / pcapng_power_of_ten(exponent - DECIMAL_NS));
}

uint64_t pcapng_time_ns(const struct pcapng_iface *iface, uint64_t units)
{
	uint64_t short_ns;
	wide ns;

	if (iface->unit_ns &&
	    !__builtin_mul_overflow(units, iface->unit_ns, &short_ns) &&
	    short_ns <= INT64_MAX)
		return short_ns;
	ns = pcapng_time_wide(iface, units) +
	     (wide)iface->offset_s * (wide)CLOCK_NS_PER_S;
	if (ns < 0)
		return 0;
	return ns > INT64_MAX ? INT64_MAX : (uint64_t)ns;
}
