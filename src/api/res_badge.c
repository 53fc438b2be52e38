/* GET /health/badge/:service.svg: a public service's status as a small picture, for pages of others. A service that is not public has none, and whether it
 * exists at all is not told. */
#include "api/now.h"
#include "api/overall.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "base/json.h"

static const struct {
  const char *word, *colour;
} badges[] = {
  [STATUS_NO_DATA] = { "unknown", "#6b7280" },
  [STATUS_HEALTHY] = { "healthy", "#1a7f37" },
  [STATUS_DEGRADED] = { "degraded", "#9a6700" },
  [STATUS_DOWN] = { "down", "#c4302b" },
};

/* Width of a text of 11 px, about. */
static int width_of(const char *text)
{
  return 12 + (int)strlen(text) * 7;
}

/* Names hold a-z, 0-9, '.', '_' and '-' only: nothing to escape. */
static void draw(struct buf *b, const char *name, enum status status)
{
  int left = width_of(name), right = width_of(badges[status].word);
  buf_printf(
      b,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"20\" role=\"img\" aria-label=\"%s: %s\"><title>%s: %s</title>"
      "<rect width=\"%d\" height=\"20\" rx=\"3\" fill=\"#374151\"/><path d=\"M%d 0h%da3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-%dz\" fill=\"%s\"/>"
      "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" text-anchor=\"middle\">"
      "<text x=\"%d\" y=\"14\">%s</text><text x=\"%d\" y=\"14\">%s</text></g></svg>\n",
      left + right, name, badges[status].word, name, badges[status].word, left + right, left, right - 3, right - 3, badges[status].colour,
      left / 2, name, left + right / 2, badges[status].word);
}

void res_badge(struct api *a, const struct request *q, struct response *r)
{
  struct err e;
  const char *field;
  size_t n = strlen(q->params[0]), i;
  const json_t *card;
  if (!query_read(q->query, NULL, 0, &field, &e)) {
    problem_answer(r, PROBLEM_BAD_REQUEST, field, "%s", e.text);
    return;
  }
  json_t *now = n > 4 && strcmp(q->params[0] + n - 4, ".svg") == 0 ? now_from_scheduler(a, q, &e) : NULL;
  bool drawn = false;
  json_array_foreach(json_object_get(now, "services"), i, card) {
    const char *name = json_text_of(card, "service_name", "");
    if (strlen(name) != n - 4 || strncmp(name, q->params[0], n - 4) != 0 || !json_bool_of(card, "public", false))
      continue;
    r->content_type = "image/svg+xml";
    r->cache_control = "public, max-age=30";
    draw(&r->body, name, overall_card_status(card));
    drawn = true;
  }
  json_decref(now);
  if (!drawn)
    problem_answer(r, PROBLEM_NOT_FOUND, NULL, "There is no public service of that name.");
}
