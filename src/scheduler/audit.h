/* The audit trail as the scheduler writes it: through the journal, so that what is done while Postgres is away is audited all the same. The table,
 * its chain of hashes and who may do what with it stand in the migration. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct audit {
  const char *actor;        /* a user's name; NULL: Signalbox itself */
  const char *source;       /* an address or a program, NULL: none */
  const char *action;       /* "restart", "override" ... */
  const char *subject;      /* what it was done to, NULL: nothing in particular */
  const json_t *parameters; /* NULL: none. No secrets: what is here is read by every viewer. */
  const char *outcome;      /* NULL: not known yet */
  int64_t at_us;            /* when it happened; 0: now */
};

/** Notes a row; returns the journal's seq. */
int64_t audit_note(struct scheduler *s, const struct audit *a);

/** Who asks: fills actor and source from a request's "actor" and "from". Texts are borrowed from the request. */
void audit_from(struct audit *a, const json_t *request);
/** All of it but the time, from {"actor", "from", "action", "subject", "parameters", "outcome"}. Everything is borrowed from the row. */
void audit_read(struct audit *a, const json_t *row);
