/* /admin/health/startup-checklist: what has to be there before generation may begin, and overrides of it. */
#include "api/body.h"
#include "api/form.h"
#include "api/now.h"
#include "api/order.h"
#include "api/problem.h"
#include "api/routes.h"
#include "base/json.h"

/** Bounds of an override, as the scheduler has them too; a character has up to four bytes. */
#define REASON_LEAST 10
#define REASON_MOST_BYTES 2000
#define EXPIRES_LEAST_S 60
#define EXPIRES_MOST_S 86400

void res_checklist(struct api *a, const struct request *q, struct response *r)
{
  json_t *json;
  struct err e;
  if (!form_has_no_query(q, r))
    return;
  if (now_checklist(a, q, &json, &e) == NOW_KNOWN)
    response_json(r, json);
  else
    problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "%s", e.text);
}

/* Takes the members over, as the whole of what the operation is told. */
static json_t *order(struct api *a, const struct request *q, const char *op, json_t *members, struct response *r)
{
  json_set_text(members, "op", op);
  json_t *answer = order_put(a, q, members, now_left_ms(q, REQUEST_TIME_MS), r);
  json_object_del(answer, "ok");
  return answer;
}

/* The scheduler's answer has the check and the gate; the client asked about the check. */
static void answer_check(struct response *r, json_t *answer)
{
  if (!answer)
    return;
  response_json(r, json_incref(json_object_get(answer, "check")));
  json_decref(answer);
}

void res_override(struct api *a, const struct request *q, struct response *r)
{
  enum { REASON, EXPIRES, FORCE, COUNT };
  struct member m[COUNT] = {
    [REASON] = { "reason", MEMBER_TEXT, .required = true, .least = REASON_LEAST, .most = REASON_MOST_BYTES },
    [EXPIRES] = { "expires_in_seconds", MEMBER_INT, .least = EXPIRES_LEAST_S, .most = EXPIRES_MOST_S },
    [FORCE] = { "force", MEMBER_BOOL },
  };
  json_t *body = body_read(q, m, COUNT, r);
  if (!body)
    return;
  json_object_set_new(body, "check", json_string(q->params[0]));
  answer_check(r, order(a, q, "override", body, r));
}

void res_lift(struct api *a, const struct request *q, struct response *r)
{
  json_t *body = body_read(q, NULL, 0, r);
  if (!body)
    return;
  json_object_set_new(body, "check", json_string(q->params[0]));
  answer_check(r, order(a, q, "lift", body, r));
}

void res_preflight(struct api *a, const struct request *q, struct response *r)
{
  json_t *body = body_read(q, NULL, 0, r);
  json_t *answer = body ? order(a, q, "preflight", body, r) : NULL;
  if (!answer)
    return;
  response_json(r, answer);
  r->status = 202;
}
