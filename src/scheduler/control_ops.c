/* What anybody at the control socket may ask about the checks:
 *   {"op":"overview"} {"op":"service","service"} {"op":"status"}   what is known now (present.h)
 *   {"op":"metrics"}             {"text"}: what Prometheus is told
 *   {"op":"recheck","service"}   runs it now; answered when the outcome is durable in the journal
 *   {"op":"sync"}                answered when everything that happened so far is in Postgres
 *   {"op":"reload"}              reads the directory of checks; answered when every change was taken or refused */
#include "base/json.h"
#include "scheduler/catalogue.h"
#include "scheduler/control.h"
#include "scheduler/files.h"
#include "scheduler/journal.h"
#include "scheduler/metrics.h"
#include "scheduler/present.h"
#include "scheduler/runs.h"
#include "scheduler/store.h"

static void op_overview(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  asking_answer_line(a, present_overview_text(s));
}

static void op_status(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  asking_answer(a, present_status(s));
}

static void op_metrics(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  char *text = metrics_text(s);
  asking_answer(a, json_pack("{s:s}", "text", text));
  free(text);
}

static void op_service(struct scheduler *s, struct asking *a, const json_t *request)
{
  const char *name = json_text_of(request, "service", "");
  json_t *presented = present_service(s, name);
  if (presented)
    asking_answer(a, presented);
  else
    asking_refuse(a, "not_found", "there is no service \"%s\"", name);
}

static void op_recheck(struct scheduler *s, struct asking *a, const json_t *request)
{
  const char *name = json_text_of(request, "service", "");
  struct service *service = catalogue_find(s, name);
  if (!service || !service->declaration) {
    asking_refuse(a, "not_found", "there is no service \"%s\"", name);
    return;
  }
  asking_list_add(&service->rechecks, a);
  runs_start(s, service);
}

static void answer_yes(void *asking)
{
  asking_answer(asking, NULL);
}

static void op_sync(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  if (!store_when_stored(s->store, journal_depth(s->journal).last_seq, answer_yes, a))
    asking_refuse(a, "busy", "%d others wait for Postgres already", STORE_WAITERS_CAP);
}

static void op_reload(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  files_rescan(s->files, answer_yes, a);
}

const struct control_op control_ops[] = {
  { "metrics", op_metrics }, { "overview", op_overview }, { "service", op_service }, { "status", op_status },
  { "recheck", op_recheck }, { "sync", op_sync },         { "reload", op_reload },   { NULL, NULL },
};
