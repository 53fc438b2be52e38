/* What may be asked about actions:
 *   {"op":"act", ...}                                   does something to a service (actions.h)
 *   {"op":"action","id"}                                an action of the last ones
 *   {"op":"logs","service","lines","actor","from"}      {"source", "lines"}: the last lines of its log, as its script reads them
 *   {"op":"follow", ...}, {"op":"follow_next", ...}      its lines as they come (followings.h) */
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/logtext.h"
#include "scheduler/actions.h"
#include "scheduler/audit.h"
#include "scheduler/catalogue.h"
#include "scheduler/control.h"
#include "scheduler/files.h"
#include "scheduler/followings.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"

#define LINES_DEFAULT 100
/** Somebody waits at the other end, milliseconds. */
#define LOGS_MS 8000

static void op_act(struct scheduler *s, struct asking *a, const json_t *request)
{
  actions_begin(s->actions, a, request);
}

static void op_action(struct scheduler *s, struct asking *a, const json_t *request)
{
  json_t *action = actions_present(s->actions, json_text_of(request, "id", ""));
  if (action)
    asking_answer(a, json_pack("{s:o}", "action", action));
  else
    asking_refuse(a, "not_found", "there is no action of that id among the last ones");
}

/* Somebody who waits for lines. */
struct reading {
  struct asking *asking;
  struct scheduler *scheduler;
  json_t *source; /* which driver, which target */
  size_t lines;
};

static void free_reading(void *arg)
{
  struct reading *r = arg;
  json_decref(r->source);
  free(r);
}

static void on_logs(void *arg, const struct outcome *o)
{
  struct reading *r = arg;
  const json_t *settings = json_object_get(files_settings(r->scheduler->files), "logs");
  if (o->status != STATUS_HEALTHY) {
    asking_refuse(r->asking, "failed", "%s", o->error ? o->error : "no lines came");
  } else {
    json_t *json = json_object();
    json_object_set(json, "source", r->source);
    json_object_set_new(json, "lines", logtext_lines_of(o->answer, r->lines, json_object_get(settings, "mask")));
    json_set_stamp(json, "taken_at", clock_wall_us());
    asking_answer(r->asking, json);
  }
}

static void op_logs(struct scheduler *s, struct asking *a, const json_t *request)
{
  const char *name = json_text_of(request, "service", "");
  const struct service *service = catalogue_find(s, name);
  json_t *can = service && service->declaration ? json_object_get(service->declaration->json, "can") : NULL;
  int64_t lines = json_int_of(request, "lines", LINES_DEFAULT);
  if (!service || !service->declaration) {
    asking_refuse(a, "not_found", "there is no service \"%s\"", name);
    return;
  }
  if (!json_object_get(can, "logs")) {
    asking_refuse(a, "not_declared", "the service \"%s\" declares no logs; its file may say logs = journal.unit \"...\" or the like", name);
    return;
  }
  struct audit audit = { .action = "logs", .subject = name };
  audit_from(&audit, request);
  audit_note(s, &audit);
  struct reading *r = MEM_NEW(struct reading);
  *r = (struct reading){ .asking = a, .scheduler = s, .source = json_incref(json_object_get(can, "logs")) };
  asking_own(a, r, free_reading);
  r->lines = lines < 1 ? 1 : lines > LOGTEXT_LINES_CAP ? LOGTEXT_LINES_CAP : (size_t)lines;
  json_t *argument = json_integer((json_int_t)r->lines);
  bool begun =
      pool_do(s->pool,
              &(struct deed){
                  .kind = ITEM_SERVICE, .file = service->file, .name = name, .what = "logs", .argument = argument, .timeout_ms = LOGS_MS },
              on_logs, r);
  json_decref(argument);
  if (!begun)
    on_logs(r, &(struct outcome){ .error = "its script is gone" });
}

static void op_follow(struct scheduler *s, struct asking *a, const json_t *request)
{
  followings_begin(s->followings, a, request);
}

static void op_follow_next(struct scheduler *s, struct asking *a, const json_t *request)
{
  followings_next(s->followings, a, request);
}

const struct control_op actions_ops[] = {
  { "act", op_act },       { "action", op_action },           { "logs", op_logs },
  { "follow", op_follow }, { "follow_next", op_follow_next }, { NULL, NULL },
};
