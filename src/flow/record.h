/*
 * record.h: a flow as a line of JSON or CSV. The fields stand once in
 * record.def, from which the printer, the CSV header and the man page read.
 */
#ifndef RAWTOP_FLOW_RECORD_H
#define RAWTOP_FLOW_RECORD_H

#include "base/text.h"
#include "flow/flow.h"

#define RECORD_TEXT_MAX 2048

/* Append one record and a newline. */
void record_print_json(struct text *t, const struct flow *flow);
void record_print_csv(struct text *t, const struct flow *flow);
void record_print_csv_header(struct text *t);

#endif
