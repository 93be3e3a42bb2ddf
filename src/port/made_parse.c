/*
 * Reads the text form of made traffic, and holds the bounds of its numbers.
 */
#include "base/text.h"
#include "port/made_gen.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define WORD_SHOWN_SIZE 64

enum made_kind { MADE_U8, MADE_U32, MADE_U64, MADE_REAL };

struct made_member {
	const char *name;
	enum made_kind kind;
	size_t offset;
	uint64_t max;
};

static const struct made_member made_members[] = {
#define MADE(name, kind, max, initial, help)                                   \
	{#name, kind, offsetof(struct source_made_config, name), max},
#include "port/made.def"
#undef MADE
};

#define MEMBER_COUNT (sizeof(made_members) / sizeof(*made_members))

/* A decimal number: mantissa * 10^exponent. No library function: those read
 * the decimal point of the locale. */
struct made_number {
	uint64_t mantissa;
	int exponent;
};

static bool made_read_digits(const char **at, const char *end,
			     struct made_number *n, bool fraction)
{
	const char *from = *at;

	for (; *at < end && isdigit((unsigned char)**at); ++*at) {
		if (__builtin_mul_overflow(n->mantissa, 10, &n->mantissa) ||
		    __builtin_add_overflow(n->mantissa, (uint64_t)(**at - '0'),
					   &n->mantissa))
			return false;
		n->exponent -= fraction;
	}
	return *at > from;
}

/* Reads all of [at, end): 1000, 1e6, 0.8, 1.5e3. */
static bool made_read_number(const char *at, const char *end,
			     struct made_number *n)
{
	struct made_number power = {0};

	*n = (struct made_number){0};
	if (!made_read_digits(&at, end, n, false))
		return false;
	if (at < end && *at == '.') {
		at++;
		if (!made_read_digits(&at, end, n, true))
			return false;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (!made_read_digits(&at, end, &power, false) ||
		    power.mantissa > 30)
			return false;
		n->exponent += (int)power.mantissa;
	}
	return at == end;
}

static bool made_whole(const struct made_number *n, uint64_t *x)
{
	int exponent = n->exponent;

	*x = n->mantissa;
	for (; exponent < 0; exponent++) {
		if (*x % 10 != 0)
			return false;
		*x /= 10;
	}
	for (; exponent > 0 && *x > 0; exponent--)
		if (__builtin_mul_overflow(*x, 10, x))
			return false;
	return true;
}

static void made_store(struct source_made_config *config,
		       const struct made_member *m, uint64_t x, double real)
{
	uint8_t *at = (uint8_t *)config + m->offset;
	uint32_t x32 = (uint32_t)x;

	switch (m->kind) {
	case MADE_U8:
		*at = (uint8_t)x;
		break;
	case MADE_U32:
		memcpy(at, &x32, sizeof(x32));
		break;
	case MADE_U64:
		memcpy(at, &x, sizeof(x));
		break;
	case MADE_REAL:
		memcpy(at, &real, sizeof(real));
		break;
	}
}

static bool made_set(struct source_made_config *config,
		     const struct made_member *m, const char *value,
		     const char *end, struct err *e)
{
	struct made_number n;
	uint64_t x = 0;
	double real = 0;
	bool good = made_read_number(value, end, &n);

	if (good && m->kind == MADE_REAL) {
		real = (double)n.mantissa * pow(10, n.exponent);
		good = real <= (double)m->max;
	} else if (good) {
		good = made_whole(&n, &x) && x <= m->max;
	}
	if (!good)
		return err_set(e, EXIT_USAGE,
			       "made traffic: %s takes a %snumber from 0 to "
			       "%llu",
			       m->name, m->kind == MADE_REAL ? "" : "whole ",
			       (unsigned long long)m->max);
	made_store(config, m, x, real);
	return true;
}

static const struct made_member *made_find(const char *name, size_t n)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if (strlen(made_members[i].name) == n &&
		    memcmp(made_members[i].name, name, n) == 0)
			return &made_members[i];
	return NULL;
}

/* size=64-1500 or size=64 */
static bool made_set_sizes(struct source_made_config *config, const char *value,
			   const char *end, struct err *e)
{
	const char *dash = memchr(value, '-', (size_t)(end - value));

	return made_set(config, made_find("size_min", 8), value,
			dash ? dash : end, e) &&
	       made_set(config, made_find("size_max", 8),
			dash ? dash + 1 : value, end, e);
}

static bool made_read_word(struct source_made_config *config, const char *word,
			   const char *end, struct err *e)
{
	const char *equal = memchr(word, '=', (size_t)(end - word));
	size_t n = (size_t)((equal ? equal : end) - word);
	const struct made_member *m = made_find(word, n);
	char shown[WORD_SHOWN_SIZE];
	struct text t;

	if (equal && n == 4 && memcmp(word, "size", 4) == 0)
		return made_set_sizes(config, equal + 1, end, e);
	if (equal && m)
		return made_set(config, m, equal + 1, end, e);
	text_init(&t, shown, sizeof(shown));
	text_put_safe(&t, word, n, false);
	if (m)
		return err_set(e, EXIT_USAGE,
			       "made traffic: %s needs a value, as %s=1", shown,
			       shown);
	err_set(e, EXIT_USAGE, "made traffic: \"%s\" is not known", shown);
	err_remedy(e, "there are "
#define MADE(name, kind, max, initial, help) #name ", "
#include "port/made.def"
#undef MADE
		      "and size (64 or 64-1500)");
	return false;
}

bool made_config_check(const struct source_made_config *config, struct err *e)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const struct made_member *m = &made_members[i];
		const uint8_t *at = (const uint8_t *)config + m->offset;
		uint32_t x32;

		if (m->kind == MADE_U32 && (memcpy(&x32, at, 4), x32 > m->max))
			return err_set(e, EXIT_USAGE,
				       "made traffic: %s is at most %llu",
				       m->name, (unsigned long long)m->max);
	}
	if (config->size_min > config->size_max)
		return err_set(e, EXIT_USAGE,
			       "made traffic: size_min %u is above size_max %u",
			       config->size_min, config->size_max);
	if (config->udp_percent + config->icmp_percent > 100 ||
	    config->ipv6_percent > 100)
		return err_set(e, EXIT_USAGE,
			       "made traffic: more than 100 percent");
	if (!(config->zipf >= 0 && config->zipf <= MADE_ZIPF_MAX))
		return err_set(e, EXIT_USAGE,
			       "made traffic: zipf is from 0 to %d",
			       MADE_ZIPF_MAX);
	if (config->rate_packets > MADE_RATE_MAX)
		return err_set(e, EXIT_USAGE,
			       "made traffic: rate_packets is at most %llu",
			       (unsigned long long)MADE_RATE_MAX);
	return true;
}

bool source_made_parse(const char *text, struct source_made_config *config,
		       struct err *e)
{
	*config = (struct source_made_config){
#define MADE(name, kind, max, initial, help) .name = (initial),
#include "port/made.def"
#undef MADE
	};
	while (*text) {
		size_t n = strcspn(text, ", ");

		if (n > 0 && !made_read_word(config, text, text + n, e))
			return false;
		text += n;
		text += strspn(text, ", ");
	}
	return made_config_check(config, e);
}
