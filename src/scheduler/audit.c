#include "scheduler/audit.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "scheduler/journal.h"

int64_t audit_note(struct scheduler *s, const struct audit *a)
{
  json_t *json = json_object();
  json_set_text(json, "actor", a->actor ? a->actor : "signalbox");
  json_set_text(json, "source", a->source);
  json_set_text(json, "action", a->action);
  if (a->parameters)
    json_object_set(json, "parameters", (json_t *)(uintptr_t)a->parameters);
  json_set_text(json, "outcome", a->outcome);
  char *body = json_line(json);
  int64_t seq = journal_add(s->journal, &(struct entry){
                                            .kind = ENTRY_NOTE,
                                            .note = "audit",
                                            .service = a->subject ? a->subject : "",
                                            .body = body,
                                            .at_us = a->at_us ? a->at_us : clock_wall_us(),
                                        });
  log_info("audit", "actor=%s action=%s subject=%s outcome=%s", LOG_QUOTE(json_text_of(json, "actor", "")), a->action,
           LOG_QUOTE(a->subject), LOG_QUOTE(a->outcome));
  free(body);
  json_decref(json);
  return seq;
}

void audit_from(struct audit *a, const json_t *request)
{
  a->actor = json_text_of(request, "actor", NULL);
  a->source = json_text_of(request, "from", NULL);
}

void audit_read(struct audit *a, const json_t *row)
{
  audit_from(a, row);
  a->action = json_text_of(row, "action", "unknown");
  a->subject = json_text_of(row, "subject", NULL);
  a->parameters = json_object_get(row, "parameters");
  a->outcome = json_text_of(row, "outcome", NULL);
}
