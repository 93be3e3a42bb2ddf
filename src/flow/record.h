/*
 * record.h: a flow as a line of JSON or CSV. The fields stand once in
 * record.def, from which the printers, the CSV header and the man page read.
 */
#ifndef RAWTOP_FLOW_RECORD_H
#define RAWTOP_FLOW_RECORD_H

#include "base/text.h"
#include "flow/flow.h"

/* No record, nor the CSV header, is longer, newline included. */
#define RECORD_TEXT_MAX 2048

/*
 * Append one record and a newline. All or nothing: where fewer than its bytes
 * are left nothing is appended and t->cut is set, so give RECORD_TEXT_MAX.
 * JSON (RFC 8259): one object; fields that the flow does not have are left
 * out. CSV (RFC 4180, lines end in \n): such cells are empty.
 */
void record_print_json(struct text *t, const struct flow *flow);
void record_print_csv(struct text *t, const struct flow *flow);
void record_print_csv_header(struct text *t);

/* Tells the fields and what they mean, in order, for the man page. */
void record_help(void (*line)(void *context, const char *name,
			      const char *help),
		 void *context);

#endif
