/* What becomes of an attempt to deliver a message. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/delivery.h"

Test(delivery, what_a_channel_returns_says_what_became_of_it)
{
  static const struct {
    const char *answer; /* NULL: it returned nothing */
    enum delivery_fate fate;
    int64_t wait_ms;
    int status_code;
    const char *error; /* part of it, NULL: none */
  } rows[] = {
    { NULL, DELIVERY_DONE, 0, 0, NULL },
    { "true", DELIVERY_DONE, 0, 0, NULL },
    { "null", DELIVERY_DONE, 0, 0, NULL },
    { "\"message-17\"", DELIVERY_DONE, 0, 0, NULL },
    { "{}", DELIVERY_DONE, 0, 0, NULL },
    { "false", DELIVERY_AGAIN, 0, 0, "not delivered" },
    /* as the module http returns it */
    { "{\"status\": 200, \"body\": \"ok\", \"headers\": {}}", DELIVERY_DONE, 0, 200, NULL },
    { "{\"status\": 202}", DELIVERY_DONE, 0, 202, NULL },
    { "{\"status\": 299}", DELIVERY_DONE, 0, 299, NULL },
    { "{\"status\": 301}", DELIVERY_NEVER, 0, 301, "answered 301" },
    { "{\"status\": 400, \"body\": \"invalid_payload\"}", DELIVERY_NEVER, 0, 400, "answered 400" },
    { "{\"status\": 404}", DELIVERY_NEVER, 0, 404, "answered 404" },
    { "{\"status\": 410}", DELIVERY_NEVER, 0, 410, "answered 410" },
    { "{\"status\": 408}", DELIVERY_AGAIN, 0, 408, "answered 408" },
    { "{\"status\": 425}", DELIVERY_AGAIN, 0, 425, "answered 425" },
    { "{\"status\": 429}", DELIVERY_AGAIN, 0, 429, "answered 429" },
    { "{\"status\": 500}", DELIVERY_AGAIN, 0, 500, "answered 500" },
    { "{\"status\": 503, \"headers\": {\"retry-after\": \"7\"}}", DELIVERY_AGAIN, 7000, 503, "answered 503" },
    { "{\"status\": 429, \"headers\": {\"Retry-After\": \"2.5\"}}", DELIVERY_AGAIN, 2500, 429, "answered 429" },
    { "{\"status\": 429, \"headers\": {\"retry-after\": \"soon\"}}", DELIVERY_AGAIN, 0, 429, "answered 429" },
    { "{\"status\": 503, \"headers\": {\"age\": \"99\", \"retry-after\": \"7\", \"x\": \"3\"}}", DELIVERY_AGAIN, 7000, 503,
      "answered 503" },
    { "{\"status\": 503, \"headers\": {\"age\": \"99\"}}", DELIVERY_AGAIN, 0, 503, "answered 503" },
    { "{\"status\": 404, \"headers\": {\"retry-after\": \"7\"}}", DELIVERY_NEVER, 0, 404, "answered 404" },
    /* what says it better than the status */
    { "{\"status\": 200, \"body\": \"no_service\", \"delivered\": false}", DELIVERY_NEVER, 0, 200, "answered 200" },
    { "{\"status\": 200, \"delivered\": false, \"retry\": true, \"error\": \"the body is not ok\"}", DELIVERY_AGAIN, 0, 200, "not ok" },
    { "{\"status\": 409, \"delivered\": true}", DELIVERY_DONE, 0, 409, NULL },
    { "{\"status\": 400, \"retry\": true}", DELIVERY_AGAIN, 0, 400, "answered 400" },
    { "{\"status\": 503, \"retry\": false, \"error\": \"gone\"}", DELIVERY_NEVER, 0, 503, "gone" },
    { "{\"status\": 429, \"retry\": 0.25, \"headers\": {\"retry-after\": \"9\"}}", DELIVERY_AGAIN, 250, 429, "answered 429" },
    { "{\"status\": 429, \"retry\": 1e12}", DELIVERY_AGAIN, DELIVERY_WAIT_MOST_MS, 429, "answered 429" },
    { "{\"status\": 429, \"retry\": -5}", DELIVERY_AGAIN, 0, 429, "answered 429" },
    { "{\"error\": \"250 expected, 554 came\", \"retry\": false}", DELIVERY_NEVER, 0, 0, "554" },
    { "{\"error\": \"no route\"}", DELIVERY_AGAIN, 0, 0, "no route" },
    { "{\"delivered\": false}", DELIVERY_AGAIN, 0, 0, "not delivered" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct delivery d;
    json_t *answer = rows[i].answer ? json_loads(rows[i].answer, JSON_DECODE_ANY, NULL) : NULL;
    cr_assert_eq(answer != NULL, rows[i].answer != NULL);
    delivery_judge(&d, STATUS_HEALTHY, NULL, answer, 0);
    cr_expect_eq((int)d.fate, (int)rows[i].fate, "%s: %d", rows[i].answer, (int)d.fate);
    cr_expect_eq(d.wait_ms, rows[i].wait_ms, "%s: %" PRId64, rows[i].answer, d.wait_ms);
    cr_expect_eq(d.status_code, rows[i].status_code, "%s: %d", rows[i].answer, d.status_code);
    cr_expect(rows[i].error ? strstr(d.error.text, rows[i].error) != NULL : !d.error.text[0], "%s: %s", rows[i].answer, d.error.text);
    json_decref(answer);
  }
}

Test(delivery, what_a_channel_raises_is_tried_again)
{
  struct delivery d;
  delivery_judge(&d, STATUS_DOWN, "http POST http://127.0.0.1:1/: connection refused", NULL, 0);
  cr_assert(d.fate == DELIVERY_AGAIN && strstr(d.error.text, "refused"));
  delivery_judge(&d, STATUS_NO_DATA, "slack.lua:7: attempt to index a nil value", NULL, 0);
  cr_assert(d.fate == DELIVERY_AGAIN && strstr(d.error.text, "slack.lua:7"));
}

Test(delivery, answers_and_references_are_cut_between_characters)
{
  struct delivery d;
  struct buf euros;
  buf_init(&euros, 4000);
  for (size_t i = 0; i < 1300; i++)
    buf_add_text(&euros, "\xe2\x82\xac");
  char *long_text = buf_take(&euros);
  json_t *answer = json_pack("{s:i, s:s, s:s}", "status", 200, "body", long_text, "reference", long_text);
  delivery_judge(&d, STATUS_HEALTHY, NULL, answer, 0);
  cr_assert_eq(strlen(d.answer), 1023);
  cr_assert_eq(strlen(d.reference), 498);
  json_decref(answer);
  free(long_text);
}

Test(delivery, retry_after_is_seconds_or_a_date)
{
  int64_t now_us;
  cr_assert(clock_parse("2026-11-06T08:49:07Z", &now_us));
  static const struct {
    const char *text;
    int64_t ms;
  } rows[] = {
    { "120", 120000 },
    { "0", 0 },
    { "99999999999999", DELIVERY_WAIT_MOST_MS },
    { "-5", 0 },
    { "", 0 },
    { "12 apples", 0 },
    { "Fri, 06 Nov 2026 08:49:37 GMT", 30000 },
    { "Friday, 06-Nov-26 08:49:37 GMT", 30000 },
    { "Fri Nov  6 08:49:37 2026", 30000 },
    { "Fri, 06 Nov 2026 08:48:37 GMT", 0 },
    { "Fri, 06 Nov 2026 08:49:37 CET", 0 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_eq(delivery_retry_after_ms(rows[i].text, now_us), rows[i].ms, "\"%s\"", rows[i].text);
}

Test(delivery, pauses_double_up_to_five_minutes_and_are_not_alike)
{
  static const int64_t most_ms[] = { 1000, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000, 300000 };
  for (unsigned i = 0; i < ARRAY_LEN(most_ms); i++)
    for (uint32_t chance = 0; chance < 1000000; chance += 997) {
      int64_t ms = delivery_pause_ms(i, chance);
      cr_assert(ms >= most_ms[i] / 2 && ms <= most_ms[i], "%u attempts, chance %u: %" PRId64, i, chance, ms);
    }
  cr_assert_eq(delivery_pause_ms(1000000, UINT32_MAX) <= 300000, true);
  cr_assert_neq(delivery_pause_ms(3, 1), delivery_pause_ms(3, 2));
}
