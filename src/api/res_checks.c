/* GET /admin/health/checks: which files of checks are loaded, what is wrong with them, and the runners that execute them. Only the scheduler
 * knows that. */
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "base/json.h"

void res_checks(struct api *a, const struct request *q, struct response *r)
{
  static const char *const members[] = { "files", "runners" };
  json_t *status, *json;
  const char *field;
  struct err e;
  if (!query_read(q->query, NULL, 0, &field, &e)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
    return;
  }
  status = now_status(a, q, &e);
  if (!status) {
    problem_answer(r, PROBLEM_UNAVAILABLE, NULL, "%s", e.text);
    return;
  }
  json = json_object();
  for (size_t i = 0; i < ARRAY_LEN(members); i++)
    json_object_set(json, members[i], json_object_get(status, members[i]));
  json_decref(status);
  response_json(r, json);
}
