/* What the gate and its checklist are asked and told over the control socket:
 *   {"op":"ready"}       {"gate":{...}, "blocking":[names]}
 *   {"op":"checklist"}   {"all_passed","ready","gate","checks","history"}
 *   {"op":"override","check","reason","expires_in_seconds","force","actor","from"}   {"check":{...},"gate":{...}}
 *   {"op":"lift","check","actor","from"}                                             the same
 *   {"op":"preflight","actor","from"}                                                {"checks":[...]}, which are being run
 * What changes something is answered when it is durable, and is in the audit trail. */
#include "base/json.h"
#include "scheduler/audit.h"
#include "scheduler/control.h"
#include "scheduler/gatekeeper.h"

#define REASON_LEAST 10
#define REASON_MOST 500
#define EXPIRES_LEAST_S 60
#define EXPIRES_MOST_S 86400
#define EXPIRES_DEFAULT_S 3600

static void op_ready(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  json_t *json = json_object();
  json_object_set_new(json, "gate", gatekeeper_flag(s->gatekeeper));
  json_object_set_new(json, "blocking", gatekeeper_blocking(s->gatekeeper));
  asking_answer(a, json);
}

static void op_checklist(struct scheduler *s, struct asking *a, const json_t *request)
{
  (void)request;
  asking_answer(a, gatekeeper_present(s->gatekeeper));
}

/* Characters, not bytes, and no blanks around them. */
static size_t characters(const char *text)
{
  size_t n = 0, blanks = 0;
  for (text += strspn(text, " \t\r\n"); *text; text++) {
    if (((unsigned char)*text & 0xc0) == 0x80)
      continue;
    blanks = strchr(" \t\r\n", *text) ? blanks + 1 : 0;
    n++;
  }
  return n - blanks;
}

/* The check of the request, and who asks; NULL: refused. */
static struct preflight *find(struct scheduler *s, struct asking *a, const json_t *request)
{
  const char *name = json_text_of(request, "check", "");
  struct preflight *p = checklist_find(gatekeeper_checklist(s->gatekeeper), name);
  if (!json_text_of(request, "actor", NULL))
    asking_refuse(a, "bad_request", "who asks? A request that changes something needs an \"actor\"");
  else if (!p)
    asking_refuse(a, "not_found", "there is no check \"%s\" on the checklist", name);
  return json_text_of(request, "actor", NULL) ? p : NULL;
}

/* Found anew: weighing may have let go of it with its file. */
static void weigh_and_answer(struct scheduler *s, struct asking *a, const json_t *request)
{
  gatekeeper_weigh(s->gatekeeper, json_text_of(request, "actor", NULL));
  const struct preflight *p = find(s, a, request);
  if (!p)
    return;
  json_t *json = json_object();
  json_object_set_new(json, "check", gatekeeper_present_check(s->gatekeeper, p));
  json_object_set_new(json, "gate", gatekeeper_flag(s->gatekeeper));
  asking_answer_when_durable(a, json);
}

/* What was tried and refused is a row of the audit trail too. */
static void note(struct scheduler *s, const json_t *request, const char *action, const struct preflight *p, const char *outcome)
{
  json_t *parameters = json_object();
  static const char *const shown[] = { "reason", "expires_in_seconds", "force" };
  for (size_t i = 0; i < ARRAY_LEN(shown); i++)
    if (json_object_get(request, shown[i]))
      json_object_set(parameters, shown[i], json_object_get(request, shown[i]));
  struct audit audit = { .action = action, .subject = p ? p->name : "gate", .parameters = parameters, .outcome = outcome };
  audit_from(&audit, request);
  audit_note(s, &audit);
  json_decref(parameters);
}

static void op_override(struct scheduler *s, struct asking *a, const json_t *request)
{
  struct preflight *p = find(s, a, request);
  const char *reason = json_text_of(request, "reason", "");
  int64_t seconds = json_int_of(request, "expires_in_seconds", EXPIRES_DEFAULT_S);
  if (!p)
    return;
  if (characters(reason) < REASON_LEAST || characters(reason) > REASON_MOST) {
    asking_refuse(a, "invalid", "reason: %d to %d characters that tell others why", REASON_LEAST, REASON_MOST);
    return;
  }
  if (seconds < EXPIRES_LEAST_S || seconds > EXPIRES_MOST_S) {
    asking_refuse(a, "invalid", "expires_in_seconds: from %d to %d (24 hours)", EXPIRES_LEAST_S, EXPIRES_MOST_S);
    return;
  }
  if (p->check.required && !json_bool_of(request, "force", false)) {
    note(s, request, "override", p, "refused: it is required");
    asking_refuse(a, "unforced", "%s is required: generation would begin without it. Say so with \"force\": true", p->title);
    return;
  }
  gatekeeper_override(s->gatekeeper, p, json_text_of(request, "actor", ""), reason, seconds * 1000);
  note(s, request, "override", p, "in force");
  weigh_and_answer(s, a, request);
}

static void op_lift(struct scheduler *s, struct asking *a, const json_t *request)
{
  struct preflight *p = find(s, a, request);
  if (!p)
    return;
  if (p->override.by) {
    gatekeeper_lift(s->gatekeeper, p);
    note(s, request, "override_lifted", p, "lifted");
  }
  weigh_and_answer(s, a, request);
}

static void op_preflight(struct scheduler *s, struct asking *a, const json_t *request)
{
  if (!json_text_of(request, "actor", NULL)) {
    asking_refuse(a, "bad_request", "who asks? A request that changes something needs an \"actor\"");
    return;
  }
  note(s, request, "preflights_run", NULL, "started");
  gatekeeper_run_all(s->gatekeeper);
  json_t *json = json_object(), *all = gatekeeper_present(s->gatekeeper);
  json_object_set(json, "checks", json_object_get(all, "checks"));
  json_decref(all);
  asking_answer_when_durable(a, json);
}

const struct control_op gate_ops[] = {
  { "ready", op_ready }, { "checklist", op_checklist }, { "override", op_override },
  { "lift", op_lift },   { "preflight", op_preflight }, { NULL, NULL },
};
