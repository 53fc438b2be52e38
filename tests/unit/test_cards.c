/* JSON as text: written, and gone through. */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#include "api/cards.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/jsontext.h"

static void add_name(void *arg, const char *service, struct buf *out)
{
  buf_printf(arg, "%s ", service);
  jsontext_bool(out, "seen", true);
}

Test(cards, are_copied_and_each_gets_what_is_added)
{
  static const struct {
    const char *text, *copy, *names; /* copy NULL: refused */
  } rows[] = {
    { "[]", "[]", "" },
    { " [ ] rest", "[]", "" },
    { "[{\"service_name\":\"a\"}]", "[{\"service_name\":\"a\",\"seen\":true}]", "a " },
    { "[{\"service_name\" : \"a\", \"x\":[{}]} ,\n {\"service_name\":\"b\",\"y\":{\"z\":[1,{\"q\":\"}\"}]}}]",
      "[{\"service_name\" : \"a\", \"x\":[{}],\"seen\":true},{\"service_name\":\"b\",\"y\":{\"z\":[1,{\"q\":\"}\"}]},\"seen\":true}]",
      "a b " },
    { "[{\"service_name\":\"a\",\"e\":\"\\\"]}\\\\\"}]", "[{\"service_name\":\"a\",\"e\":\"\\\"]}\\\\\",\"seen\":true}]", "a " },
    { "", NULL, NULL },
    { "{}", NULL, NULL },
    { "[", NULL, NULL },
    { "[1]", NULL, NULL },
    { "[{}]", NULL, NULL },
    { "[{\"title\":\"a\",\"service_name\":\"a\"}]", NULL, NULL },
    { "[{\"service_name\":\"a\"", NULL, NULL },
    { "[{\"service_name\":\"a\"]", NULL, NULL },
    { "[{\"service_name\":\"a\",\"e\":\"\\", NULL, NULL },
    { "[{\"service_name\":\"a\",\"e\":\"}]", NULL, NULL },
    { "[{\"service_name\":\"a\"} {\"service_name\":\"b\"}]", NULL, NULL },
    { "[{\"service_name\":\"a\\\"\"}]", NULL, NULL },
    { "[{\"service_name\":1}]", NULL, NULL },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct buf out, names;
    const char *end;
    buf_init(&out, 4096);
    buf_init(&names, 4096);
    bool ok = cards_copy(rows[i].text, &out, add_name, &names, &end);
    cr_expect_eq(ok, rows[i].copy != NULL, "%s", rows[i].text);
    if (ok && rows[i].copy) {
      cr_expect_str_eq(buf_text(&out), rows[i].copy);
      cr_expect_str_eq(buf_text(&names), rows[i].names);
      cr_expect(end > rows[i].text && end[-1] == ']', "%s", rows[i].text);
    }
    buf_done(&out);
    buf_done(&names);
  }
}

Test(cards, a_name_too_long_is_refused)
{
  struct buf text, out;
  const char *end;
  buf_init(&text, 4096);
  buf_init(&out, 4096);
  buf_add_text(&text, "[{\"service_name\":\"");
  for (int i = 0; i < 1000; i++)
    buf_add_text(&text, "x");
  buf_add_text(&text, "\"}]");
  cr_expect(!cards_copy(buf_text(&text), &out, add_name, &out, &end));
  buf_done(&text);
  buf_done(&out);
}

Test(jsontext, writes_what_jansson_reads)
{
  static const char *const texts[] = {
    "", "plain", "a\"b", "back\\slash", "line\nbreak\ttab", "\x01\x1f\x7f", "\xc3\xbc\xf0\x9f\x9a\xa6", "</script>"
  };
  for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
    struct buf b;
    struct err e;
    buf_init(&b, 4096);
    buf_add_text(&b, "{");
    jsontext_text(&b, "text", texts[i]);
    jsontext_text(&b, "none", NULL);
    jsontext_int(&b, "least", INT64_MIN);
    jsontext_bool(&b, "yes", true);
    jsontext_stamp(&b, "at", 1787392800000001);
    jsontext_stamp(&b, "never", 0);
    jsontext_raw(&b, "list", "[");
    jsontext_separate(&b);
    jsontext_string(&b, texts[i]);
    jsontext_separate(&b);
    buf_add_text(&b, "1]");
    buf_add_text(&b, "}");
    json_t *json = json_read(buf_text(&b), b.len, &e);
    cr_assert(json, "%s: %s", buf_text(&b), e.text);
    cr_expect_str_eq(json_text_of(json, "text", "?"), texts[i]);
    cr_expect(json_is_null(json_object_get(json, "none")) && json_int_of(json, "least", 0) == INT64_MIN &&
              json_bool_of(json, "yes", false));
    cr_expect_str_eq(json_text_of(json, "at", "?"), "2026-08-22T10:00:00.000001Z");
    cr_expect(json_is_null(json_object_get(json, "never")) && json_array_size(json_object_get(json, "list")) == 2);
    json_decref(json);
    buf_done(&b);
  }
  struct buf bad;
  buf_init(&bad, 64);
  jsontext_string(&bad, "a\xff"
                        "b");
  cr_expect_str_eq(buf_text(&bad), "\"a\xef\xbf\xbd"
                                   "b\"");
  buf_done(&bad);
}

static void reads_back_as(double value, const char *written)
{
  struct buf b;
  struct err e;
  buf_init(&b, 4096);
  buf_add_text(&b, "{");
  json_t *measures = json_pack("{s: f}", "m", value);
  jsontext_value(&b, "measures", measures);
  if (written)
    cr_expect_str_eq(buf_text(&b), written);
  buf_add_text(&b, "}");
  json_t *json = json_read(buf_text(&b), b.len, &e);
  cr_assert(json, "%s: %s", buf_text(&b), e.text);
  double back = json_real_value(json_object_get(json_object_get(json, "measures"), "m"));
  cr_expect(back == value && signbit(back) == signbit(value), "%a is read back as %a", value, back);
  json_decref(json);
  json_decref(measures);
  buf_done(&b);
}

Test(jsontext, measures_read_back_as_the_same_numbers)
{
  static const double whole[] = { 0.0,          -0.0,  1e22, 5e-324,           DBL_MAX, 1.0 / 3, 0.1 + 0.2, 8999999999.999999,
                                  9000000000.1, -1e-7, 1e-6, 4503599627.370497 };
  for (size_t i = 0; i < ARRAY_LEN(whole); i++)
    reads_back_as(whole[i], NULL);
  reads_back_as(1.234, "{\"measures\":{\"m\":1.234}");
  reads_back_as(-0.000001, "{\"measures\":{\"m\":-0.000001}");
  reads_back_as(97.0, "{\"measures\":{\"m\":97.0}");
  reads_back_as(-1200.05, "{\"measures\":{\"m\":-1200.05}");
  uint64_t seed = 1;
  for (int i = 0; i < 20000; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    int64_t n = (int64_t)(seed >> 10);
    reads_back_as((double)n / (i % 2 ? 1e6 : 1e3), NULL);
    reads_back_as((double)(n % 100000000) / (i % 2 ? 1e6 : 1e3), NULL);
    reads_back_as((double)n / 4294967296.0 / (double)(i + 1), NULL);
  }
}

Test(jsontext, trees_are_written_whole)
{
  static const char *const texts[] = { "{}",
                                       "[]",
                                       "null",
                                       "\"a\"",
                                       "{\"a\":{\"b\":[1,{\"c\":2.5}]},\"d\":1}",
                                       "{\"\":1,\"a\\\"b\":\"\\u0001\",\"n\":null,\"t\":true,\"f\":false,\"i\":-9223372036854775808}",
                                       "{\"\xc3\xbc\":\"\xc3\xbc\\\\\",\"{\":\"{\",\"[\":2.5}",
                                       "{\"a\":\"{\",\"b\":\"\xf0\x9f\x9a\xa6\"}" };
  for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
    struct buf b;
    struct err e;
    json_t *value = json_read(texts[i], strlen(texts[i]), &e), *back;
    buf_init(&b, 4096);
    buf_add_text(&b, "{");
    jsontext_value(&b, "value", value);
    buf_add_text(&b, "}");
    back = json_read(buf_text(&b), b.len, &e);
    cr_assert(back, "%s: %s", buf_text(&b), e.text);
    cr_expect(json_equal(json_object_get(back, "value"), value), "%s", buf_text(&b));
    json_decref(value);
    json_decref(back);
    buf_done(&b);
  }
}
