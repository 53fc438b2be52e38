/* GET /metrics: what Prometheus is told, from the scheduler. Who may ask is nginx's to say, by address: scrapers have no name. */
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "base/ask.h"
#include "base/json.h"

#define METRICS_MS 1500
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* A scheduler that is silent is what a scraper has to hear of, not an error of its own. */
static const char silent[] = "# TYPE signalbox_up gauge\n"
                             "# HELP signalbox_up 1 while the scheduler answers; 0: nothing else is known.\n"
                             "signalbox_up 0\n# EOF\n";
static const char answers[] = "# TYPE signalbox_up gauge\n"
                              "# HELP signalbox_up 1 while the scheduler answers; 0: nothing else is known.\n"
                              "signalbox_up 1\n";

void res_metrics(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  const char *field;
  json_t *request, *answer;
  if (!query_read(q->query, NULL, 0, &field, &e)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
    return;
  }
  request = ask_request("metrics", NULL);
  bool ok = ask(a->ask, request, now_left_ms(q, METRICS_MS), &answer, &e) == ASK_ANSWERED;
  json_decref(request);
  r->content_type = OPENMETRICS;
  buf_add_text(&r->body, ok ? answers : silent);
  if (ok)
    buf_add_text(&r->body, json_text_of(answer, "text", "# EOF\n"));
  json_decref(answer);
}
