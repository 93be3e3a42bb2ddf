/*
 * shell_word.h: a word from outside as somebody may paste it into a shell.
 */
#ifndef RAWTOP_CMD_SHELL_WORD_H
#define RAWTOP_CMD_SHELL_WORD_H

#include "base/text.h"

/*
 * Appends `word` so that a shell reads it as one word with just these bytes:
 * as it is if nothing in it is special, else in single quotes; if it holds
 * bytes that are not printable ASCII, as $'...' with \xHH (bash, zsh). What
 * comes out is printable ASCII, never cut inside an escape unless t is full.
 */
void shell_word_put(struct text *t, const char *word);

#endif
