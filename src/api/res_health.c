/* GET /health and /health/live: for anybody, so as little as answers the question (draft-inadarei-api-health-check). */
#include "api/now.h"
#include "api/overall.h"
#include "api/routes.h"
#include "base/json.h"

/* What the draft calls the statuses; unknown and degraded are a warning, for the service may well be there. */
static const char *word(enum status status)
{
  return status == STATUS_HEALTHY ? "pass" : status == STATUS_DOWN ? "fail" : "warn";
}

/* Names only of those that are declared public, and no more of them than how they are. */
static json_t *public_checks(const json_t *services)
{
  json_t *checks = json_object();
  size_t i;
  const json_t *card;
  json_array_foreach(services, i, card) {
    if (!json_bool_of(card, "public", false))
      continue;
    json_t *list = json_array(), *check = json_object();
    json_set_text(check, "componentType", "component");
    json_set_text(check, "status", word(overall_card_status(card)));
    json_array_append_new(list, check);
    json_object_set_new(checks, json_text_of(card, "service_name", ""), list);
  }
  return checks;
}

static void answer(struct response *r, const char *status, json_t *checks)
{
  json_t *json = json_object();
  json_set_text(json, "status", status);
  if (json_object_size(checks))
    json_object_set(json, "checks", checks);
  json_decref(checks);
  response_json(r, json);
  r->content_type = "application/health+json";
  r->status = strcmp(status, "fail") == 0 ? 503 : 200;
}

/* fail: a critical service is down or not known, or the scheduler does not answer. warn: anything else is not as it should be. */
void res_health(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  json_t *overview = now_from_scheduler(a, q, &e), *services = json_object_get(overview, "services");
  struct overall all = overall_of(services);
  bool fail = !overview || all.status == STATUS_DOWN || all.critical_unknown;
  answer(r, fail ? "fail" : word(all.status), public_checks(services));
  /* A cache may give out what is a second old, and for two more while it asks again. Beyond that nothing is known now. */
  r->cache_control = "max-age=1, stale-while-revalidate=2";
  json_decref(overview);
}

void res_health_live(struct api *a, const struct request *q, struct response *r)
{
  (void)a;
  (void)q;
  answer(r, "pass", json_object());
}
