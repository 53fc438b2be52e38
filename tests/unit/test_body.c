/* Bodies, and the form of requests that change something. */
#include <criterion/criterion.h>

#include "api/body.h"
#include "api/form.h"
#include "base/json.h"

enum { NAME, COUNT, SHARE, ON, UNTIL, LIST, MORE, MEMBERS };

static void known(struct member m[MEMBERS])
{
  const struct member rows[MEMBERS] = {
    [NAME] = { "name", MEMBER_TEXT, .required = true, .least = 1, .most = 8 },
    [COUNT] = { "count", MEMBER_INT, .least = 1, .most = 10 },
    [SHARE] = { "share", MEMBER_REAL },
    [ON] = { "on", MEMBER_BOOL },
    [UNTIL] = { "until", MEMBER_STAMP, .nullable = true },
    [LIST] = { "list", MEMBER_LIST, .most = 2 },
    [MORE] = { "more", MEMBER_OBJECT },
  };
  memcpy(m, rows, sizeof rows);
}

static json_t *read_text(const char *text, struct member m[MEMBERS], struct response *r)
{
  struct request q = { .body = text, .body_len = strlen(text) };
  known(m);
  return body_read(&q, m, MEMBERS, r);
}

Test(body, members_arrive_as_what_they_are)
{
  struct member m[MEMBERS];
  struct response r;
  response_init(&r);
  json_t *body = read_text(
      "{\"name\":\"a\\nb\",\"count\":10,\"share\":0.5,\"on\":true,\"until\":\"2026-08-22T10:00:00Z\",\"list\":[1],\"more\":{}}", m, &r);
  cr_assert(body, "%s", buf_text(&r.body));
  cr_expect_str_eq(m[NAME].text, "a\nb");
  cr_expect(m[COUNT].number == 10 && m[SHARE].real == 0.5 && m[ON].truth && m[UNTIL].number == 1787392800000000);
  cr_expect(json_array_size(m[LIST].value) == 1 && json_is_object(m[MORE].value));
  json_decref(body);
  body = read_text("{\"name\":\"a\",\"until\":null}", m, &r);
  cr_assert(body, "%s", buf_text(&r.body));
  cr_expect(m[UNTIL].given && !m[UNTIL].value && !m[COUNT].given && !m[LIST].value);
  json_decref(body);
  struct request nothing = { .body = "" };
  body = body_read(&nothing, NULL, 0, &r);
  cr_expect(body && json_object_size(body) == 0);
  json_decref(body);
  response_done(&r);
}

Test(body, what_is_wrong_is_named)
{
  static const struct {
    const char *text;
    int status;
    const char *field, *detail; /* field "": none */
  } rows[] = {
    { "", 422, "name", "needed" },
    { "{", 400, "", "line 1" },
    { "{} {}", 400, "", "not JSON" },
    { "{\"name\":\"a\",\"name\":\"b\"}", 400, "", "duplicate" },
    { "{\"name\":\"\\u0000\"}", 400, "", "not JSON" },
    { "[]", 422, "", "one JSON object" },
    { "null", 422, "", "one JSON object" },
    { "{\"name\":null}", 422, "name", "null" },
    { "{\"name\":1}", 422, "name", "a text" },
    { "{\"name\":\"\"}", 422, "name", "between 1 and 8 bytes" },
    { "{\"name\":\"123456789\"}", 422, "name", "not 9" },
    { "{\"name\":\"\\u001b\"}", 422, "name", "control" },
    { "{\"name\":\"a\",\"count\":0}", 422, "count", "between 1 and 10" },
    { "{\"name\":\"a\",\"count\":1.5}", 422, "count", "whole number" },
    { "{\"name\":\"a\",\"count\":\"1\"}", 422, "count", "whole number" },
    { "{\"name\":\"a\",\"share\":\"x\"}", 422, "share", "a number" },
    { "{\"name\":\"a\",\"on\":1}", 422, "on", "true or false" },
    { "{\"name\":\"a\",\"until\":\"tomorrow\"}", 422, "until", "RFC 3339" },
    { "{\"name\":\"a\",\"until\":0}", 422, "until", "RFC 3339" },
    { "{\"name\":\"a\",\"until\":\"1969-01-01T00:00:00Z\"}", 422, "until", "RFC 3339" },
    { "{\"name\":\"a\",\"list\":{}}", 422, "list", "a list" },
    { "{\"name\":\"a\",\"list\":[1,2,3]}", 422, "list", "at most 2 items" },
    { "{\"name\":\"a\",\"more\":[]}", 422, "more", "an object" },
    { "{\"name\":\"a\",\"nmae\":\"b\"}", 422, "nmae", "known: name, count" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct member m[MEMBERS];
    struct response r;
    struct err e;
    response_init(&r);
    cr_expect(!read_text(rows[i].text, m, &r), "%s", rows[i].text);
    json_t *problem = json_read(buf_text(&r.body), r.body.len, &e);
    cr_expect_eq(r.status, rows[i].status, "%s: %d", rows[i].text, r.status);
    cr_expect_str_eq(json_text_of(problem, "field", ""), rows[i].field, "%s", rows[i].text);
    cr_expect(strstr(json_text_of(problem, "detail", ""), rows[i].detail), "%s: %s", rows[i].text, buf_text(&r.body));
    json_decref(problem);
    response_done(&r);
  }
}

Test(body, an_object_inside_says_where_it_stands)
{
  struct member m[] = { { "from", MEMBER_TEXT, .required = true } };
  struct response r;
  response_init(&r);
  json_t *object = json_pack("{s:i}", "from", 1);
  cr_expect(!body_read_object(object, "quiet", m, 1, &r));
  cr_expect(strstr(buf_text(&r.body), "\"field\":\"quiet.from\""), "%s", buf_text(&r.body));
  json_decref(object);
  response_done(&r);
}

Test(form, what_changes_something_is_json_and_not_sent_by_a_foreign_page)
{
  static const struct {
    const char *method, *type, *host, *origin, *site;
    int status; /* 0: right */
  } rows[] = {
    { "GET", NULL, "a", "https://evil", "cross-site", 0 },
    { "HEAD", NULL, "a", NULL, NULL, 0 },
    { "OPTIONS", NULL, "a", "null", "cross-site", 0 },
    { "POST", "application/json", "a", NULL, NULL, 0 },
    { "POST", "Application/JSON; charset=utf-8", "a", NULL, NULL, 0 },
    { "POST", "application/json ;charset=utf-8", "a", NULL, NULL, 0 },
    { "DELETE", NULL, "a", NULL, NULL, 415 },
    { "POST", "application/jsonp", "a", NULL, NULL, 415 },
    { "POST", "text/plain", "a", NULL, NULL, 415 },
    { "POST", "text/plain; application/json", "a", NULL, NULL, 415 },
    { "PUT", "application/x-www-form-urlencoded", "a", NULL, NULL, 415 },
    { "POST", "application/json", "a:8080", "http://a:8080", "same-origin", 0 },
    { "POST", "application/json", "a:8080", "https://A:8080", NULL, 0 },
    { "POST", "application/json", "a:8080", "http://a:8081", NULL, 403 },
    { "POST", "application/json", "a", "http://a.evil", NULL, 403 },
    { "POST", "application/json", "a", "http://evil/a", NULL, 403 },
    { "POST", "application/json", "a", "null", NULL, 403 },
    { "POST", "application/json", NULL, "http://a", NULL, 403 },
    { "POST", "application/json", "a", "http://a", "same-site", 403 },
    { "POST", "application/json", "a", NULL, "cross-site", 403 },
    { "POST", "application/json", "a", NULL, "none", 403 },
    { "BREW", "text/plain", "a", NULL, NULL, 415 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct request q = { .method = rows[i].method,
                         .content_type = rows[i].type,
                         .host = rows[i].host,
                         .origin = rows[i].origin,
                         .fetch_site = rows[i].site,
                         .query = "" };
    struct response r;
    response_init(&r);
    bool right = form_is_right(&q, &r);
    cr_expect_eq(right ? 0 : r.status, rows[i].status, "row %zu: %d", i, r.status);
    q.query = "confirm=a";
    bool changes = strcmp(rows[i].method, "GET") != 0 && strcmp(rows[i].method, "HEAD") != 0 && strcmp(rows[i].method, "OPTIONS") != 0;
    cr_expect_eq(form_is_right(&q, &r), right && !changes, "row %zu: a query beside a body", i);
    cr_expect(!right || !changes || r.status == 400);
    response_done(&r);
  }
}
