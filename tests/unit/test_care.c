/* What actions rest on: did a restart help, how far measures are from their limits, log lines as they may be shown. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "core/logtext.h"
#include "core/margin.h"
#include "core/rescue.h"

/* A letter a second after the restart: h, d, x (down), . (no data), - (no result). */
static enum rescue_verdict watch(const char *seconds, struct rescue *r)
{
  enum rescue_verdict verdict = RESCUE_WATCHING;
  rescue_begin(r, 1000);
  for (size_t i = 0; seconds[i] && verdict == RESCUE_WATCHING; i++) {
    int64_t now_ms = 1000 + (int64_t)(i + 1) * 1000;
    static const struct {
      char letter;
      enum status status;
    } of[] = { { 'h', STATUS_HEALTHY }, { 'd', STATUS_DEGRADED }, { 'x', STATUS_DOWN }, { '.', STATUS_NO_DATA } };
    verdict = rescue_look(r, now_ms);
    for (size_t k = 0; k < 4; k++)
      if (seconds[i] == of[k].letter)
        verdict = rescue_result(r, of[k].status, now_ms);
  }
  return verdict;
}

Test(rescue, its_deadline_counts_from_when_the_restart_was_done)
{
  struct rescue r;
  rescue_begin(&r, 0);
  rescue_watch(&r, 600000, RESCUE_DEADLINE_MS);
  cr_assert_eq(rescue_look(&r, 600000 + RESCUE_DEADLINE_MS - 1), RESCUE_WATCHING);
  cr_assert_eq(rescue_look(&r, 600000 + RESCUE_DEADLINE_MS), RESCUE_DID_NOT_HELP);
  rescue_watch(&r, 600000, 5000);
  cr_assert_eq(rescue_look(&r, 604999), RESCUE_WATCHING);
  cr_assert_eq(rescue_look(&r, 605000), RESCUE_DID_NOT_HELP);
}

Test(rescue, helped_is_healthy_for_a_while_and_not_for_a_moment)
{
  static const struct {
    const char *seconds;
    enum rescue_verdict verdict;
    int64_t took_ms;
  } rows[] = {
    { "hhh", RESCUE_WATCHING, 0 },     { "hhhh", RESCUE_HELPED, 1000 },        { "h---h", RESCUE_HELPED, 1000 },
    { "xxhhhh", RESCUE_HELPED, 3000 }, { "hhxhhhh", RESCUE_HELPED, 4000 },     { "hhdhhh", RESCUE_WATCHING, 0 },
    { "hh.hhh", RESCUE_WATCHING, 0 },  { "hxhxhxhxhxhx", RESCUE_WATCHING, 0 }, { "--------", RESCUE_WATCHING, 0 },
  };
  struct rescue r;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    cr_assert_eq(watch(rows[i].seconds, &r), rows[i].verdict, "%s", rows[i].seconds);
    if (rows[i].verdict == RESCUE_HELPED)
      cr_assert_eq(rescue_took_ms(&r), rows[i].took_ms, "%s", rows[i].seconds);
  }
  rescue_begin(&r, 0);
  cr_assert_eq(rescue_look(&r, RESCUE_DEADLINE_MS - 1), RESCUE_WATCHING);
  cr_assert_eq(rescue_look(&r, RESCUE_DEADLINE_MS), RESCUE_DID_NOT_HELP);
  cr_assert_eq(rescue_result(&r, STATUS_DOWN, RESCUE_DEADLINE_MS), RESCUE_DID_NOT_HELP);
}

Test(margin, numbers_have_a_distance_and_texts_have_none)
{
  json_t *limits = json_pack("{s:{s:s, s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "used_pct", "degraded", "> 85", "down", "> 95", "free",
                             "down", "< 10", "mode", "degraded", "~= 'run'", "gone", "down", "> 1", "jobs", "down", "== 3");
  json_t *measures = json_pack("{s:i, s:i, s:s, s:i}", "used_pct", 90, "free", 12, "mode", "stop", "jobs", 2),
         *list = margins_of(limits, measures);
  static const struct {
    const char *measure, *status;
    bool met, has_margin;
    double margin;
  } rows[] = { { "used_pct", "degraded", true, true, -5 }, { "used_pct", "down", false, true, 5 }, { "free", "down", false, true, 2 },
               { "mode", "degraded", true, false, 0 },     { "gone", "down", false, false, 0 },    { "jobs", "down", false, false, 0 } };
  cr_assert_eq(json_array_size(list), ARRAY_LEN(rows));
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const json_t *row = json_array_get(list, i), *margin = json_object_get(row, "margin");
    cr_assert_str_eq(json_text_of(row, "measure", ""), rows[i].measure);
    const json_t *value = json_object_get(measures, rows[i].measure);
    cr_assert(value ? json_equal(json_object_get(row, "value"), value) : json_is_null(json_object_get(row, "value")));
    cr_assert_str_eq(json_text_of(row, "limit", ""), json_text_of(json_object_get(limits, rows[i].measure), rows[i].status, "?"),
                     "as it was written");
    cr_assert_str_eq(json_text_of(row, "status", ""), rows[i].status);
    cr_assert_eq(json_bool_of(row, "met", !rows[i].met), rows[i].met);
    cr_assert_eq(json_is_real(margin), rows[i].has_margin, "%s", rows[i].measure);
    if (rows[i].has_margin)
      cr_assert_float_eq(json_real_value(margin), rows[i].margin, 1e-9);
  }
  json_decref(list);
  list = margins_of(limits, NULL);
  cr_assert_eq(json_array_size(list), ARRAY_LEN(rows), "a run without measures");
  json_decref(list);
  json_decref(limits);
  json_decref(measures);
}

Test(logtext, is_valid_plain_and_without_secrets)
{
  static const struct {
    const char *text;
    size_t most;
    const char *lines; /* as JSON */
  } rows[] = {
    { "", 10, "[]" },
    { "one", 10, "[\"one\"]" },
    { "one\ntwo\n", 10, "[\"one\",\"two\"]" },
    { "one\ntwo\nthree\n", 2, "[\"two\",\"three\"]" },
    { "one\n\nthree", 2, "[\"\",\"three\"]" },
    { "one\r\n", 1, "[\"one\"]" },
    { "a\tb\x01\x7f", 1, "[\"a b\"]" },
    { "\x1b[1;31mred\x1b[0m \x1b]0;title\x07name\x1b(B", 1, "[\"red name\"]" },
    { "\x1b]8;;http://x\x1b\\link", 1, "[\"link\"]" },
    { "cut \x1b[", 1, "[\"cut \"]" },
    { "bad \xff utf", 1, "[\"bad \xef\xbf\xbd utf\"]" },
    { "PASSWORD=hunter2 rest", 1, "[\"PASSWORD=*** rest\"]" },
    { "{\"token=abc\", 1}", 1, "[\"{\\\"token=***\\\", 1}\"]" },
    { "Authorization: Bearer eyJ.x.y; more", 1, "[\"Authorization: Bearer ***; more\"]" },
    { "postgres://u:secret@db/x and http://host:80/a@b", 1, "[\"postgres://u:***@db/x and http://host:80/a@b\"]" },
    { "license-key: ABC-1 ok", 1, "[\"license-key: *** ok\"]" },
  };
  json_t *masks = json_pack("[s, s, i]", "license-key: ", "", 3);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    json_t *lines = logtext_lines(rows[i].text, strlen(rows[i].text), rows[i].most, masks);
    char *text = json_dumps(lines, JSON_COMPACT);
    cr_assert_str_eq(text, rows[i].lines);
    free(text);
    json_decref(lines);
  }
  json_decref(masks);
  static char huge[3 * LOGTEXT_LINE_CAP];
  memset(huge, 'x', sizeof huge);
  json_t *lines = logtext_lines(huge, sizeof huge, 5000, NULL);
  cr_assert_eq(json_array_size(lines), 1);
  cr_assert_eq(json_string_length(json_array_get(lines, 0)), LOGTEXT_LINE_CAP + 3);
  json_decref(lines);
}
