/* Paths, queries, cursors, and the one word for everything. */
#include <criterion/criterion.h>

#include "api/cursor.h"
#include "api/overall.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/router.h"
#include "base/json.h"

static void nothing(struct api *api, const struct request *q, struct response *r)
{
  (void)api;
  (void)q;
  (void)r;
}

static const struct route table[] = {
  { "GET", "/health", ROLE_NOBODY, nothing },
  { "GET", "/admin/health", ROLE_VIEWER, nothing },
  { "GET", "/admin/health/uptime", ROLE_VIEWER, nothing },
  { "GET", "/admin/health/alerts/:service", ROLE_VIEWER, nothing },
  { "PUT", "/admin/health/alerts/:service", ROLE_ADMIN, nothing },
  { "GET", "/admin/health/:service", ROLE_VIEWER, nothing },
  { "POST", "/admin/health/:service/ack/:what", ROLE_ADMIN, nothing },
};

Test(router, finds_the_row_and_decodes_its_parameters)
{
  static const struct {
    const char *method, *path;
    int outcome, row; /* row -1: none */
    const char *first, *second, *allow;
  } rows[] = {
    { "GET", "/health", ROUTE_FOUND, 0, "", "", "GET, HEAD, OPTIONS" },
    { "HEAD", "/health", ROUTE_FOUND, 0, "", "", "GET, HEAD, OPTIONS" },
    { "GET", "/he%61lth", ROUTE_FOUND, 0, "", "", "GET, HEAD, OPTIONS" },
    { "GET", "/health/", ROUTE_UNKNOWN, -1, "", "", "" },
    { "GET", "//health", ROUTE_UNKNOWN, -1, "", "", "" },
    { "GET", "/", ROUTE_UNKNOWN, -1, "", "", "" },
    { "GET", "/Health", ROUTE_UNKNOWN, -1, "", "", "" },
    { "GET", "/health/../admin/health", ROUTE_UNKNOWN, -1, "", "", "" },
    { "GET", "/a/b/c/d/e/f/g/h/i/j/k", ROUTE_UNKNOWN, -1, "", "", "" },
    { "OPTIONS", "/health", ROUTE_NO_METHOD, 0, "", "", "GET, HEAD, OPTIONS" },
    { "POST", "/health", ROUTE_NO_METHOD, 0, "", "", "GET, HEAD, OPTIONS" },
    { "get", "/health", ROUTE_NO_METHOD, 0, "", "", "GET, HEAD, OPTIONS" },
    { "GET", "/admin/health/uptime", ROUTE_FOUND, 2, "", "", "GET, HEAD, OPTIONS" },
    { "PUT", "/admin/health/uptime", ROUTE_NO_METHOD, 2, "", "", "GET, HEAD, OPTIONS" },
    { "GET", "/admin/health/comfyui-1", ROUTE_FOUND, 5, "comfyui-1", "", "GET, HEAD, OPTIONS" },
    { "GET", "/admin/health/a%2Fb", ROUTE_FOUND, 5, "a/b", "", "GET, HEAD, OPTIONS" },
    { "GET", "/admin/health/a+b", ROUTE_FOUND, 5, "a+b", "", "GET, HEAD, OPTIONS" },
    { "GET", "/admin/health/%C3%BC", ROUTE_FOUND, 5, "\xc3\xbc", "", "GET, HEAD, OPTIONS" },
    { "GET", "/admin/health/", ROUTE_UNKNOWN, -1, "", "", "" },
    { "PUT", "/admin/health/alerts/disk", ROUTE_FOUND, 4, "disk", "", "GET, HEAD, PUT, OPTIONS" },
    { "DELETE", "/admin/health/alerts/disk", ROUTE_NO_METHOD, 3, "disk", "", "GET, HEAD, PUT, OPTIONS" },
    { "POST", "/admin/health/disk/ack/now", ROUTE_FOUND, 6, "disk", "now", "POST, OPTIONS" },
    { "HEAD", "/admin/health/disk/ack/now", ROUTE_NO_METHOD, 6, "disk", "now", "POST, OPTIONS" },
    { "POST", "/admin/health/disk/ack/", ROUTE_UNKNOWN, -1, "", "", "" },
    { "GET", "", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "*", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/health%", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/health%4", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/health%zz", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/health%00", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/health%0a", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/health%ff", ROUTE_MALFORMED, -1, "", "", "" },
    { "GET", "/%c0%af", ROUTE_MALFORMED, -1, "", "", "" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char params[REQUEST_PARAMS][REQUEST_PARAM_SIZE] = { "" };
    struct route_match match;
    struct err e;
    int outcome = (int)router_find(table, ARRAY_LEN(table), rows[i].method, rows[i].path, params, &match, &e);
    cr_expect_eq(outcome, rows[i].outcome, "%s %s: %d", rows[i].method, rows[i].path, outcome);
    cr_expect_eq(match.route ? match.route - table : -1, rows[i].row, "%s %s", rows[i].method, rows[i].path);
    cr_expect_str_eq(match.allow, rows[i].allow, "%s %s", rows[i].method, rows[i].path);
    if (rows[i].row >= 0) {
      cr_expect(!*rows[i].first || strcmp(params[0], rows[i].first) == 0, "%s: %s", rows[i].path, params[0]);
      cr_expect(!*rows[i].second || strcmp(params[1], rows[i].second) == 0, "%s: %s", rows[i].path, params[1]);
    }
  }
}

Test(router, takes_parameters_up_to_their_room_and_no_longer)
{
  char path[600] = "/admin/health/", params[REQUEST_PARAMS][REQUEST_PARAM_SIZE];
  size_t start = strlen(path);
  struct route_match match;
  struct err e;
  memset(path + start, 'x', REQUEST_PARAM_SIZE - 1);
  cr_assert_eq(router_find(table, ARRAY_LEN(table), "GET", path, params, &match, &e), ROUTE_FOUND);
  cr_assert_eq(strlen(params[0]), REQUEST_PARAM_SIZE - 1);
  path[start + REQUEST_PARAM_SIZE - 1] = 'x';
  cr_assert_eq(router_find(table, ARRAY_LEN(table), "GET", path, params, &match, &e), ROUTE_MALFORMED);
}

Test(query, is_read_strictly)
{
  static const struct {
    const char *query, *a, *b, *field, *fault; /* a, b NULL: not given; fault NULL: good */
  } rows[] = {
    { "", NULL, NULL, NULL, NULL },
    { "a=1", "1", NULL, NULL, NULL },
    { "a=1&b=two+words%21", "1", "two words!", NULL, NULL },
    { "&&b=&", NULL, "", NULL, NULL },
    { "a=b=c", "b=c", NULL, NULL, NULL },
    { "%61=x", "x", NULL, NULL, NULL },
    { "a=1&a=1", NULL, NULL, "a", "given twice" },
    { "a", NULL, NULL, "a", "needs a value" },
    { "b=%", NULL, NULL, "b", "two hexadecimal digits" },
    { "b=%00", NULL, NULL, "b", "control characters" },
    { "b=%ff", NULL, NULL, "b", "UTF-8" },
    { "c=1", NULL, NULL, NULL, "no parameter \"c\" here; known: a, b" },
    { "=1", NULL, NULL, NULL, "no parameter \"\"" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct parameter known[] = { { .name = "a" }, { .name = "b" } };
    const char *field;
    struct err e = { "" };
    bool ok = query_read(rows[i].query, known, 2, &field, &e);
    cr_expect_eq(ok, rows[i].fault == NULL, "\"%s\": %s", rows[i].query, e.text);
    if (ok) {
      cr_expect(known[0].given == (rows[i].a != NULL) && strcmp(known[0].value, rows[i].a ? rows[i].a : "") == 0, "\"%s\"", rows[i].query);
      cr_expect(known[1].given == (rows[i].b != NULL) && strcmp(known[1].value, rows[i].b ? rows[i].b : "") == 0, "\"%s\"", rows[i].query);
    } else {
      cr_expect(rows[i].fault && strstr(e.text, rows[i].fault), "\"%s\": %s", rows[i].query, e.text);
      cr_expect(rows[i].field ? field && strcmp(field, rows[i].field) == 0 : !field, "\"%s\"", rows[i].query);
    }
  }
}

Test(cursor, comes_back_as_it_was_and_nothing_else_is_taken)
{
  static const char *const bad[] = { "",
                                     "c1",
                                     "c1-1-2",
                                     "c1-1-2-3-4",
                                     "c1-1-2-g",
                                     "c2-1-2-3",
                                     "C1-1-2-3",
                                     "c1-01-2-3",
                                     "c1- 1-2-3",
                                     "c1-1-2-+3",
                                     "c1-11111111111111111-2-3",
                                     "c1-0x1-2-3",
                                     "c1-1-2-3 " };
  struct cursor c = { .since_us = 1764000000123456, .at_us = 1764080000654321, .id = 9007199254740993 }, again;
  char text[CURSOR_SIZE];
  cr_assert(cursor_read(cursor_write(&c, text), &again), "%s", text);
  cr_assert(again.since_us == c.since_us && again.at_us == c.at_us && again.id == c.id);
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    cr_expect(!cursor_read(bad[i], &again), "\"%s\"", bad[i]);
}

Test(overall, one_word_for_everything)
{
  static const struct {
    const char *cards;
    int status;
    bool critical_unknown;
  } rows[] = {
    { "[]", STATUS_NO_DATA, false },
    { "[{\"status\":\"healthy\",\"stale\":false,\"critical\":true}]", STATUS_HEALTHY, false },
    { "[{\"status\":\"healthy\",\"stale\":false},{\"status\":\"down\",\"stale\":false}]", STATUS_DEGRADED, false },
    { "[{\"status\":\"healthy\",\"stale\":false},{\"status\":null,\"stale\":false}]", STATUS_DEGRADED, false },
    { "[{\"status\":\"degraded\",\"stale\":false,\"critical\":true}]", STATUS_DEGRADED, false },
    { "[{\"status\":\"down\",\"stale\":false,\"critical\":true}]", STATUS_DOWN, false },
    { "[{\"status\":\"healthy\",\"stale\":true,\"critical\":true}]", STATUS_NO_DATA, true },
    { "[{\"status\":\"healthy\",\"critical\":true}]", STATUS_NO_DATA, true },
    { "[{\"status\":null,\"stale\":false,\"critical\":true},{\"status\":\"down\",\"stale\":false,\"critical\":true}]", STATUS_DOWN, true },
    { "[{\"status\":\"down\",\"stale\":true,\"critical\":true}]", STATUS_NO_DATA, true },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e;
    json_t *cards = json_read(rows[i].cards, strlen(rows[i].cards), &e);
    struct overall all = overall_of(cards);
    cr_expect((int)all.status == rows[i].status && all.critical_unknown == rows[i].critical_unknown, "%s: %d", rows[i].cards,
              (int)all.status);
    json_decref(cards);
  }
}

Test(problem, says_what_failed_and_sqlstates_have_one_meaning)
{
  struct response r;
  struct err e;
  response_init(&r);
  buf_add_text(&r.body, "half an answer");
  problem_answer(&r, PROBLEM_UNAVAILABLE, "days", "not \"now\"");
  json_t *json = json_read(buf_text(&r.body), r.body.len, &e);
  cr_assert(json, "%s", e.text);
  cr_expect_str_eq(json_text_of(json, "type", ""), "/problems/unavailable");
  cr_expect_str_eq(json_text_of(json, "detail", ""), "not \"now\"");
  cr_expect_str_eq(json_text_of(json, "field", ""), "days");
  cr_expect(r.status == 503 && json_int_of(json, "status", 0) == 503 && strstr(buf_text(&r.headers), "Retry-After: "));
  cr_expect_str_eq(r.content_type, "application/problem+json");
  json_decref(json);
  response_done(&r);

  cr_expect_eq(problem_of_sqlstate(""), PROBLEM_UNAVAILABLE);
  cr_expect_eq(problem_of_sqlstate("57014"), PROBLEM_UNAVAILABLE);
  cr_expect_eq(problem_of_sqlstate("22008"), PROBLEM_BAD_REQUEST);
  cr_expect_eq(problem_of_sqlstate("23505"), PROBLEM_CONFLICT);
  cr_expect_eq(problem_of_sqlstate("42601"), PROBLEM_INTERNAL);
}

Test(response, raw_members_and_items_join_into_json)
{
  struct response r;
  struct err e;
  response_init(&r);
  response_begin(&r, json_pack("{s:f}", "percent", 99.9));
  response_list(&r, "list");
  for (int i = 0; i < 2; i++) {
    response_item(&r, json_object());
    response_member(&r, "raw", "[1,2]");
    response_member(&r, "more", "null");
    response_end(&r);
  }
  response_list_end(&r);
  response_end(&r);
  cr_expect_str_eq(buf_text(&r.body), "{\"percent\":99.9,\"list\":[{\"raw\":[1,2],\"more\":null},{\"raw\":[1,2],\"more\":null}]}");
  json_t *json = json_read(buf_text(&r.body), r.body.len, &e);
  cr_expect(json, "%s", e.text);
  json_decref(json);
  response_done(&r);
}
