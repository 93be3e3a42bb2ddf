/*
 * options.h: every option once, in options.def; parser, --help and the man
 * page read that row.
 */
#ifndef RAWTOP_CMD_OPTIONS_H
#define RAWTOP_CMD_OPTIONS_H

#include "base/err.h"
#include "base/text.h"
#include "engine/engine.h"

/* Subcommands, one bit each, so that a row says who takes it. */
enum command_bit {
#define COMMAND(name, label, help) COMMAND_BIT_##name,
#include "cmd/commands.def"
#undef COMMAND
	COMMAND_BIT_COUNT
};

#endif
