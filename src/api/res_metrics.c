/* GET /metrics: what Prometheus is told, from the scheduler; uptimes from Postgres, left out while it does not answer. Who may ask is nginx's to say, by address: scrapers have no name. */
#include "api/now.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/uptimes.h"
#include "base/ask.h"
#include "base/clock.h"
#include "base/json.h"

#define METRICS_MS 1500
#define UPTIMES_MS 500
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* A scheduler that is silent is what a scraper has to hear of, not an error of its own. */
static const char silent[] = "# TYPE signalbox_up gauge\n"
                             "# HELP signalbox_up 1 while the scheduler answers; 0: nothing else is known.\n"
                             "signalbox_up 0\n# EOF\n";
static const char answers[] = "# TYPE signalbox_up gauge\n"
                              "# HELP signalbox_up 1 while the scheduler answers; 0: nothing else is known.\n"
                              "signalbox_up 1\n";

/* Of what is not known there is no sample. */
static void add_uptimes(struct api *a, const struct request *q, struct buf *b)
{
  static const enum uptime_range ranges[] = { UPTIME_7D, UPTIME_30D };
  struct err e;
  size_t count;
  if (!uptimes_refresh(a->uptimes, a->db, clock_wall_us(), clock_mono_ms(), now_left_ms(q, UPTIMES_MS), &e))
    return;
  const struct service_uptime *list = uptimes_all(a->uptimes, &count);
  buf_add_text(b, "# TYPE signalbox_service_uptime_ratio gauge\n"
                  "# HELP signalbox_service_uptime_ratio Share of the known time of that range in which the service was up; degraded "
                  "counts by its weight.\n");
  for (size_t i = 0; i < count * ARRAY_LEN(ranges); i++) {
    const struct service_uptime *one = &list[i / ARRAY_LEN(ranges)];
    enum uptime_range range = ranges[i % ARRAY_LEN(ranges)];
    double percent = uptime_percent(&one->ranges[range]);
    if (percent >= 0)
      buf_printf(b, "signalbox_service_uptime_ratio{service=\"%s\",range=\"%s\"} %.6f\n", one->service, uptime_ranges[range].name,
                 (double)(int64_t)(percent * 10000 + 1e-6) / 1e6); /* cut, as everywhere: 1 is without a moment's outage */
  }
}

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
  if (ok) {
    add_uptimes(a, q, &r->body);
    buf_add_text(&r->body, json_text_of(answer, "text", "# EOF\n"));
  }
  json_decref(answer);
}
