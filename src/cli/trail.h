/* What signalbox(1) changes itself, without the scheduler, for the audit trail: noted before it is done (base/spool.h). */
#pragma once

#include "base/spool.h"

/** changed: the file or directory that will be; directory: where rows are left, NULL: beside it. subject is whom or what it is done to; parameters (no
 * secrets) are taken over. NULL with a sentence: then it must not be done. */
struct spool_row *trail_begin(const char *directory, const char *changed, const char *action, const char *subject, json_t *parameters,
                              struct err *e) MUST_CHECK;
/** Done, or not. Returns that; false too when it was done and cannot be told. row NULL: it was not begun. */
bool trail_end(struct spool_row *row, bool done, struct err *e) MUST_CHECK;
