/*
 * values.c: what each option does with its text. One function per row of
 * options.def, found by its id.
 */
#include "base/clock.h"
#include "cmd/nearest.h"
#include "cmd/options.h"

#include <ctype.h>
#include <math.h>
#include <net/if.h>
#include <string.h>

#define VALUES_SNAPLEN_MIN 64
#define VALUES_SNAPLEN_MAX 262144
#define VALUES_FLOWS_MIN   64
#define VALUES_FLOWS_MAX   (UINT64_C(1) << 28)
#define VALUES_TIME_MAX_S  (366.0 * 24 * 3600)

struct values_unit {
	const char *suffix;
	double factor;
};

/* A decimal number and one of the suffixes; false if it is not that. */
static bool values_scale(const char *text, const struct values_unit *units,
			 size_t unit_count, double *out)
{
	double x = 0, place = 1;
	const char *p = text;
	unsigned digits = 0;

	for (; isdigit((unsigned char)*p); p++, digits++)
		x = x * 10 + (*p - '0');
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, digits++)
			x += (*p - '0') * (place /= 10);
	if (digits == 0 || digits > 15)
		return false;
	for (size_t i = 0; i < unit_count; i++) {
		if (strcmp(p, units[i].suffix) == 0) {
			*out = x * units[i].factor;
			return true;
		}
	}
	return false;
}

/* Seconds, be they as many as they may. */
static bool values_parse_seconds(const char *text, double *seconds)
{
	static const struct values_unit units[] = {
		{"", 1},   {"s", 1},	{"ms", 1e-3}, {"us", 1e-6},
		{"m", 60}, {"min", 60}, {"h", 3600},  {"d", 86400},
	};

	return values_scale(text, units, sizeof(units) / sizeof(units[0]),
			    seconds);
}

bool options_parse_time(const char *text, uint64_t *time_ns)
{
	double seconds;

	if (!values_parse_seconds(text, &seconds) ||
	    seconds > VALUES_TIME_MAX_S)
		return false;
	*time_ns = (uint64_t)llround(seconds * 1e9);
	return true;
}

bool options_parse_count(const char *text, uint64_t *count)
{
	static const struct values_unit units[] = {
		{"", 1},
		{"k", 1e3},
		{"K", 1e3},
		{"M", 1e6},
		{"G", 1e9},
		{"Ki", 1024},
		{"Mi", 1024 * 1024},
		{"Gi", 1024.0 * 1024 * 1024},
	};
	double x;

	if (!values_scale(text, units, sizeof(units) / sizeof(units[0]), &x) ||
	    x > 1e15 || x != floor(x))
		return false;
	*count = (uint64_t)x;
	return true;
}

/* ---- values that several options share ---- */

static bool value_count(enum option id, const char *text, uint64_t min,
			uint64_t max, uint32_t *out, struct err *e)
{
	uint64_t x;

	if (!options_parse_count(text, &x) || x < min || x > max)
		return err_set(e, EXIT_USAGE,
			       "--%s %s: not a number from %llu to %llu",
			       option_table[id].name, text,
			       (unsigned long long)min,
			       (unsigned long long)max);
	*out = (uint32_t)x;
	return true;
}

static bool value_time(enum option id, const char *text, bool zero_allowed,
		       uint64_t *out, struct err *e)
{
	double seconds;

	if (values_parse_seconds(text, &seconds) && seconds > VALUES_TIME_MAX_S)
		return err_set(e, EXIT_USAGE,
			       "--%s %s: too long, a year is the most (365d)",
			       option_table[id].name, text);
	if (!options_parse_time(text, out))
		return err_set(e, EXIT_USAGE,
			       "--%s %s: not a time (500ms, 30s, 5m, 1h)",
			       option_table[id].name, text);
	if (*out == 0 && !zero_allowed)
		return err_set(e, EXIT_USAGE, "--%s must be more than 0",
			       option_table[id].name);
	return true;
}

/* One of a few words; their count when it is none of them. */
static unsigned value_word(const char *text, const char *const *words,
			   unsigned count)
{
	unsigned i = 0;

	while (i < count && strcmp(text, words[i]) != 0)
		i++;
	return i;
}

/* ---- one function per option ---- */

static bool take_iface(struct options *o, const char *text, struct err *e)
{
	struct engine_config *c = &o->engine;

	if (text[0] == '\0' || strlen(text) >= IF_NAMESIZE)
		return err_set(e, EXIT_USAGE,
			       "--iface %s: not the name of an interface",
			       text);
	for (unsigned i = 0; i < c->iface_count; i++)
		if (strcmp(c->ifaces[i], text) == 0)
			return true;
	if (c->iface_count == ENGINE_IFACES_MAX)
		return err_set(e, EXIT_USAGE, "more than %d interfaces",
			       ENGINE_IFACES_MAX);
	c->ifaces[c->iface_count++] = text;
	return true;
}

static bool take_file(struct options *o, const char *text, struct err *e)
{
	if (text[0] == '\0')
		return err_set(e, EXIT_USAGE, "--read needs a file name");
	if (o->engine.file != NULL)
		return err_set(e, EXIT_USAGE, "--read is given twice");
	o->engine.file = text;
	return true;
}

static bool take_made(struct options *o, const char *text, struct err *e)
{
	if (text[strspn(text, ", ")] == '\0')
		return err_set(e, EXIT_USAGE,
			       "--made needs a key at least, as flows=20 "
			       "(rawtop(8) lists them)");
	if (!source_made_parse(text, &o->made, e))
		return false;
	o->engine.made = &o->made;
	return true;
}

static bool proto_unknown(const char *word, struct err *e)
{
	struct nearest near;

	err_set(e, EXIT_USAGE, "unknown protocol %s", word);
	nearest_start(&near, word);
	for (unsigned n = 1; n < 256; n++)
		if (flow_proto_name((uint8_t)n) != NULL)
			nearest_offer(&near, flow_proto_name((uint8_t)n));
	if (near.name != NULL)
		err_remedy(
			e,
			"the nearest is %s; a number from 1 to 255 works too",
			near.name);
	else
		err_remedy(e, "a name as in /etc/protocols or a number from 1 "
			      "to 255");
	return false;
}

static bool take_one_proto(struct engine_config *c, const char *word,
			   struct err *e)
{
	int number = flow_proto_number(word);

	if (number < 1 || number > 255)
		return proto_unknown(word, e);
	for (unsigned i = 0; i < c->proto_count; i++)
		if (c->protos[i] == number)
			return true;
	/* The numbers are distinct and from 1 to 255, so there is room. */
	c->protos[c->proto_count++] = (uint8_t)number;
	return true;
}

static bool take_proto(struct options *o, const char *text, struct err *e)
{
	char word[32];

	/* The first -p replaces the default; further ones add to it. */
	if (!options_given(o, OPTION_proto))
		o->engine.proto_count = 0;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (len == 0)
			return err_set(e, EXIT_USAGE,
				       "--proto: a name is missing between "
				       "commas");
		if (len >= sizeof(word))
			len = sizeof(word) - 1;
		memcpy(word, text, len);
		word[len] = '\0';
		if (!take_one_proto(&o->engine, word, e))
			return false;
		text += strcspn(text, ",");
		if (*text == '\0')
			return true;
		text++;
	}
}

static bool take_vantage(struct options *o, const char *text, struct err *e)
{
	static const char *const words[] = {"host", "wire", "both"};
	static const enum engine_vantage vantages[] = {ENGINE_HOST, ENGINE_WIRE,
						       ENGINE_BOTH};
	unsigned i = value_word(text, words, 3);

	if (i == 3)
		return err_set(e, EXIT_USAGE,
			       "--vantage %s: neither host nor wire nor both",
			       text);
	o->engine.vantage = vantages[i];
	return true;
}

static bool take_max_flows(struct options *o, const char *text, struct err *e)
{
	return value_count(OPTION_max_flows, text, VALUES_FLOWS_MIN,
			   VALUES_FLOWS_MAX, &o->engine.max_flows, e);
}

static bool take_snaplen(struct options *o, const char *text, struct err *e)
{
	return value_count(OPTION_snaplen, text, VALUES_SNAPLEN_MIN,
			   VALUES_SNAPLEN_MAX, &o->engine.snaplen, e);
}

static bool take_workers(struct options *o, const char *text, struct err *e)
{
	return value_count(OPTION_workers, text, 1, BLOCK_WORKERS_MAX,
			   &o->engine.workers, e);
}

static bool take_idle_timeout(struct options *o, const char *text,
			      struct err *e)
{
	return value_time(OPTION_idle_timeout, text, false,
			  &o->engine.idle_timeout_ns, e);
}

static bool take_active_timeout(struct options *o, const char *text,
				struct err *e)
{
	return value_time(OPTION_active_timeout, text, true,
			  &o->engine.active_timeout_ns, e);
}

static bool take_closed_linger(struct options *o, const char *text,
			       struct err *e)
{
	return value_time(OPTION_closed_linger, text, true,
			  &o->engine.closed_linger_ns, e);
}

static bool take_output(struct options *o, const char *text, struct err *e)
{
	static const char *const forms[] = {"json:", "csv:"};

	if (options_given(o, OPTION_output))
		return err_set(e, EXIT_USAGE, "--output is given twice");
	if (strcmp(text, "none") == 0) {
		o->output = OUTPUT_NONE;
		o->output_path = NULL;
		return true;
	}
	for (unsigned i = 0; i < 2; i++) {
		size_t len = strlen(forms[i]);

		if (strncmp(text, forms[i], len) == 0 && text[len] != '\0') {
			o->output = i == 0 ? OUTPUT_JSON : OUTPUT_CSV;
			o->output_path = text + len;
			return true;
		}
	}
	return err_set(e, EXIT_USAGE,
		       "--output %s: neither json:FILE nor csv:FILE nor none",
		       text);
}

static bool take_duration(struct options *o, const char *text, struct err *e)
{
	return value_time(OPTION_duration, text, false, &o->duration_ns, e);
}

static bool take_stats_json(struct options *o, const char *text, struct err *e)
{
	if (text[0] == '\0')
		return err_set(e, EXIT_USAGE, "--stats-json needs a file name");
	o->stats_path = text;
	return true;
}

static bool take_sort(struct options *o, const char *text, struct err *e)
{
	struct nearest near;

	o->sort = column_find(text);
	if (o->sort != COLUMN_COUNT)
		return true;
	err_set(e, EXIT_USAGE, "--sort %s: no such column", text);
	nearest_start(&near, text);
	for (int i = 0; i < COLUMN_COUNT; i++)
		nearest_offer(&near, column_table[i].name);
	if (near.name != NULL)
		err_remedy(e, "the nearest is %s", near.name);
	else
		err_remedy(e, "the man page lists them");
	return false;
}

static bool take_ascii(struct options *o, const char *text, struct err *e)
{
	(void)text;
	(void)e;
	o->ascii = true;
	return true;
}

static bool take_no_color(struct options *o, const char *text, struct err *e)
{
	(void)text;
	(void)e;
	o->monochrome = true;
	return true;
}

static bool take_carrier(struct options *o, const char *text, struct err *e)
{
	static const char *const words[] = {"auto", "tun", "veth"};
	static const enum lab_carrier carriers[] = {
		LAB_CARRIER_AUTO, LAB_CARRIER_TUN, LAB_CARRIER_VETH};
	unsigned i = value_word(text, words, 3);

	if (i == 3)
		return err_set(e, EXIT_USAGE,
			       "--carrier %s: neither tun nor veth nor auto",
			       text);
	o->carrier = carriers[i];
	return true;
}

static bool take_quiet(struct options *o, const char *text, struct err *e)
{
	(void)text;
	(void)e;
	o->quiet = true;
	return true;
}

/* Help and version are told by their bit in options.given. */
static bool take_help(struct options *o, const char *text, struct err *e)
{
	(void)o;
	(void)text;
	(void)e;
	return true;
}

static bool take_version(struct options *o, const char *text, struct err *e)
{
	return take_help(o, text, e);
}

bool options_take(struct options *o, enum option id, const char *value,
		  struct err *e)
{
	static bool (*const take[OPTION_COUNT])(struct options *, const char *,
						struct err *) = {
#define OPTION(id, ...) [OPTION_##id] = take_##id,
#include "cmd/options.def"
#undef OPTION
	};

	return take[id](o, value, e);
}
