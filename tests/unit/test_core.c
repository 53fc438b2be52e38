/* Limits, declarations, the schedule, messages, policies. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "core/clockset.h"
#include "core/declaration.h"
#include "core/limit.h"
#include "core/message.h"
#include "core/policy.h"
#include "core/schedule.h"
#include "core/vouch.h"

static json_t *read_json(const char *text)
{
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  cr_assert(json, "%s: %s", text, e.text);
  return json;
}

Test(core, limits_are_read_as_written)
{
  static const struct {
    const char *written, *measures;
    int status; /* -1: refused; else of enum status, the limit being for degraded */
  } rows[] = {
    { "> 85", "{\"m\": 85}", STATUS_HEALTHY },
    { "> 85", "{\"m\": 85.01}", STATUS_DEGRADED },
    { ">85", "{\"m\": 86}", STATUS_DEGRADED },
    { ">= 85", "{\"m\": 85}", STATUS_DEGRADED },
    { "< 0.5", "{\"m\": 0}", STATUS_DEGRADED },
    { "<= -1e3", "{\"m\": -1000}", STATUS_DEGRADED },
    { "== 'ok'", "{\"m\": \"ok\"}", STATUS_DEGRADED },
    { "~= \"ok\"", "{\"m\": \"ok\"}", STATUS_HEALTHY },
    { "~= 'ok'", "{\"m\": \"bad\"}", STATUS_DEGRADED },
    { "== false", "{\"m\": false}", STATUS_DEGRADED },
    { "== 3", "{\"m\": 3.0}", STATUS_DEGRADED },
    { "> 85", "{}", STATUS_NO_DATA },
    { "> 85", "{\"m\": \"90\"}", STATUS_NO_DATA },
    { "== 'ok'", "{\"m\": 1}", STATUS_NO_DATA },
    { "> 'ok'", "{}", -1 },
    { "85", "{}", -1 },
    { "> 85%", "{}", -1 },
    { "=> 85", "{}", -1 },
    { "> nan", "{}", -1 },
    { "", "{}", -1 },
    { "== ok", "{}", -1 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct limit l;
    struct err e;
    bool ok = limit_parse(&l, "m", STATUS_DEGRADED, rows[i].written, &e);
    cr_assert_eq(ok, rows[i].status >= 0, "\"%s\"", rows[i].written);
    if (!ok)
      continue;
    json_t *measures = read_json(rows[i].measures);
    cr_expect_eq((int)limits_judge(&l, 1, measures, &e), rows[i].status, "\"%s\" on %s", rows[i].written, rows[i].measures);
    json_decref(measures);
    limit_done(&l);
  }
}

Test(core, the_worst_limit_decides_and_is_named)
{
  struct limit l[3];
  struct err e;
  cr_assert(limit_parse(&l[0], "used_pct", STATUS_DEGRADED, "> 85", &e));
  cr_assert(limit_parse(&l[1], "used_pct", STATUS_DOWN, "> 95", &e));
  cr_assert(limit_parse(&l[2], "write_ms", STATUS_DEGRADED, "> 500", &e));
  json_t *measures = read_json("{\"used_pct\": 97.2, \"write_ms\": 900}");
  cr_assert_eq(limits_judge(l, 3, measures, &e), STATUS_DOWN);
  cr_assert_str_eq(e.text, "used_pct 97.2 > 95");
  json_decref(measures);
  measures = read_json("{\"used_pct\": 90, \"write_ms\": 900}");
  cr_assert_eq(limits_judge(l, 3, measures, &e), STATUS_DEGRADED);
  cr_assert_str_eq(e.text, "used_pct 90 > 85", "of two that are as bad the first");
  json_decref(measures);
  for (size_t i = 0; i < ARRAY_LEN(l); i++)
    limit_done(&l[i]);
}

Test(core, declarations_are_checked_and_completed)
{
  static const struct {
    const char *json, *fault; /* fault: part of the sentence, NULL: good */
  } rows[] = {
    { "{\"name\": \"disk\"}", NULL },
    { "{\"name\": \"comfyui-1.gpu_0\", \"every_ms\": 1000, \"limits\": {\"m\": {\"down\": \"> 1\"}}}", NULL },
    { "{}", "needs a name" },
    { "{\"name\": \"Disk\"}", "cannot be a service's name" },
    { "{\"name\": \"-disk\"}", "cannot be a service's name" },
    { "{\"name\": \"a/b\"}", "cannot be a service's name" },
    { "{\"name\": \"\"}", "cannot be a service's name" },
    { "{\"name\": \"uptime\"}", "is a route" },
    { "{\"name\": \"startup-checklist\"}", "is a route" },
    { "{\"name\": \"d\", \"every_ms\": 10}", "every: must be a duration from 100ms" },
    { "{\"name\": \"d\", \"evry_ms\": 1000}", "unknown key \"evry_ms\"" },
    { "{\"name\": \"d\", \"fall\": 0}", "fall: must be a whole number from 1" },
    { "{\"name\": \"d\", \"critical\": 1}", "critical: must be true or false" },
    { "{\"name\": \"d\", \"limits\": {\"m\": {\"bad\": \"> 1\"}}}", "\"bad\" is not" },
    { "{\"name\": \"d\", \"limits\": {\"m\": {\"down\": \"1\"}}}", "is not understood" },
    { "{\"name\": \"d\", \"depends_on\": [1]}", "depends_on: must be a list of texts" },
    { "{\"name\": \"d\", \"flap\": {\"changes\": 4, \"within\": \"1h\"}}", NULL },
    { "{\"name\": \"d\", \"flap\": false}", NULL },
    { "{\"name\": \"d\", \"flap\": {\"changes\": 99}}", "service d: flap: changes: must be a whole number" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e = { "" };
    json_t *json = read_json(rows[i].json);
    struct declaration *d = declaration_read(json, &e);
    cr_expect_eq(d != NULL, rows[i].fault == NULL, "%s: %s", rows[i].json, e.text);
    cr_expect(!rows[i].fault || strstr(e.text, rows[i].fault), "%s: %s", rows[i].json, e.text);
    declaration_free(d);
    json_decref(json);
  }
  struct err e;
  json_t *json = read_json("{\"name\": \"disk\", \"every_ms\": 3000}");
  struct declaration *d = declaration_read(json, &e);
  cr_assert_str_eq(d->title, "disk");
  cr_assert(d->every_ms == 3000 && d->timeout_ms == 10000 && d->retry_every_ms == 3000 && d->rise == 1 && d->fall == 2 && !d->critical);
  declaration_free(d);
  json_decref(json);
}

Test(core, the_schedule_gives_out_in_order_whatever_goes_in_and_out)
{
  enum { N = 500 };
  struct due dues[N] = { 0 };
  struct schedule s;
  unsigned seed = 7;
  schedule_init(&s);
  cr_assert_null(schedule_next(&s));
  for (int i = 0; i < N; i++)
    schedule_set(&s, &dues[i], rand_r(&seed) % 100000);
  for (int i = 0; i < N; i += 3)
    schedule_set(&s, &dues[i], rand_r(&seed) % 100000);
  for (int i = 0; i < N; i += 7)
    schedule_remove(&s, &dues[i]);
  schedule_remove(&s, &dues[0]);
  size_t given = 0;
  int64_t last = 0;
  for (struct due *d; (d = schedule_next(&s)); given++) {
    cr_assert_geq(d->at_ms, last);
    cr_assert_eq(d->at_ms % SCHEDULE_TICK_MS, 0);
    last = d->at_ms;
    schedule_remove(&s, d);
  }
  cr_assert_eq(given, N - (N + 6) / 7);
  schedule_done(&s);
}

Test(core, due_times_are_rounded_up_to_a_tick_and_no_further)
{
  static const int64_t rows[][2] = {
    { 0, 0 }, { 1, 1 }, { SCHEDULE_TICK_MS - 1, 1 }, { SCHEDULE_TICK_MS, 1 }, { SCHEDULE_TICK_MS + 1, 2 }
  };
  struct schedule s;
  struct due due = { 0 };
  schedule_init(&s);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    schedule_set(&s, &due, rows[i][0]);
    cr_expect_eq(due.at_ms, rows[i][1] * SCHEDULE_TICK_MS, "%d becomes %d", (int)rows[i][0], (int)due.at_ms);
  }
  schedule_remove(&s, &due);
  cr_expect(due.slot == 0 && !schedule_next(&s), "the last one is gone, and may be set again");
  schedule_set(&s, &due, 7);
  cr_expect_eq(schedule_next(&s), &due);
  schedule_done(&s);
}

Test(core, a_result_speaks_for_three_intervals_and_no_longer)
{
  cr_expect_not(vouch_is_over(30000, 90000));
  cr_expect(vouch_is_over(30000, 90001));
}

Test(core, a_service_keeps_its_place_in_the_interval_and_services_are_spread)
{
  unsigned buckets[10] = { 0 };
  for (int i = 0; i < 1000; i++) {
    char name[32];
    snprintf(name, sizeof name, "service-%d", i);
    int64_t first = schedule_grid_ms(name, 10000, 1234567);
    cr_assert(first > 1234567 && first <= 1244567);
    cr_assert_eq(schedule_grid_ms(name, 10000, first), first + 10000);
    cr_assert_eq(schedule_grid_ms(name, 10000, first + 4321), first + 10000, "a late run shifts nothing");
    cr_assert_eq(schedule_grid_ms(name, 10000, first - 1), first);
    buckets[first % 10000 / 1000]++;
  }
  for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
    cr_assert(buckets[i] > 60 && buckets[i] < 140, "second %zu of ten has %u of 1000", i, buckets[i]);
}

Test(core, messages_come_back_as_they_were_sent)
{
  struct err e;
  json_t *measures = read_json("{\"used_pct\": 12.5}");
  struct message_result result = { .id = 7,
                                   .status = STATUS_DEGRADED,
                                   .latency_ms = 12,
                                   .error = "used_pct 12.5 > 10",
                                   .measures = measures,
                                   .late_us = 42 },
                        result_back;
  char *line = message_write_result(&result);
  json_t *json = read_json(line);
  cr_assert_str_eq(json_text_of(json, "op", ""), "result");
  cr_assert(message_read_result(json, &result_back, &e), "%s", e.text);
  cr_assert(result_back.id == 7 && result_back.status == STATUS_DEGRADED && result_back.latency_ms == 12 && result_back.late_us == 42);
  cr_assert_str_eq(result_back.error, result.error);
  cr_assert(json_equal(result_back.measures, measures));
  json_decref(json);
  free(line);

  struct message_run run = { .id = 9,
                             .kind = ITEM_SERVICE,
                             .file = "disk.lua",
                             .service = "disk",
                             .what = "logs",
                             .argument = measures,
                             .timeout_ms = 5000,
                             .due_us = 99 },
                     run_back;
  line = message_write_run(&run);
  json = read_json(line);
  cr_assert(message_read_run(json, &run_back, &e), "%s", e.text);
  cr_assert(run_back.id == 9 && run_back.timeout_ms == 5000 && run_back.due_us == 99 && strcmp(run_back.service, "disk") == 0);
  cr_assert(run_back.kind == ITEM_SERVICE && strcmp(run_back.what, "logs") == 0 && json_equal(run_back.argument, measures));
  json_decref(json);
  free(line);
  json_decref(measures);

  static const char *const bad[] = { "{}", "{\"id\": 1, \"status\": \"green\"}", "[]", "{\"id\": \"1\"}" };
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
    json = read_json(bad[i]);
    cr_assert_not(message_read_result(json, &result_back, &e), "%s", bad[i]);
    cr_assert_not(message_read_run(json, &run_back, &e), "%s", bad[i]);
    json_decref(json);
  }
}

Test(core, settings_say_how_long_things_are_kept)
{
  static const struct {
    const char *json, *fault; /* fault: part of the sentence, NULL: good */
    int64_t raw_days, results;
  } rows[] = {
    { "{}", NULL, 14, 2000000 },
    { "{\"comfyui\": {\"a\": 1}, \"retention\": {\"raw\": \"3d\"}}", NULL, 3, 2000000 },
    { "{\"journal\": {\"max_results\": 5000}}", NULL, 14, 5000 },
    { "{\"retention\": {\"raw\": \"12h\"}}", "at least \"1d\"", 0, 0 },
    { "{\"retention\": {\"raws\": \"3d\"}}", "there is no \"raws\" in it", 0, 0 },
    { "{\"retention\": {\"hourly\": 3}}", "must be a duration", 0, 0 },
    { "{\"retention\": 14}", "must be a table", 0, 0 },
    { "{\"journal\": {\"max_results\": 10}}", "from 1000", 0, 0 },
    { "{\"uptime\": {\"degraded_weight\": 0}}", NULL, 14, 2000000 },
    { "{\"uptime\": {\"degraded_weight\": 1.01}}", "from 0", 0, 0 },
    { "{\"uptime\": {\"degraded_weight\": \"0.5\"}}", "must be a number", 0, 0 },
    { "{\"uptime\": {\"weight\": 1}}", "there is no \"weight\" in it", 0, 0 },
    { "{\"flap\": {\"within\": \"1h\"}}", NULL, 14, 2000000 },
    { "{\"flap\": 3}", "flap: must be a table", 0, 0 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e = { "" };
    struct policy p = policy_default();
    json_t *json = read_json(rows[i].json);
    cr_expect_eq(policy_read(json, &p, &e), rows[i].fault == NULL, "%s: %s", rows[i].json, e.text);
    cr_expect(!rows[i].fault || strstr(e.text, rows[i].fault), "%s: %s", rows[i].json, e.text);
    cr_expect(rows[i].fault || (p.raw_keep_ms == rows[i].raw_days * 86400000 && p.journal_results == rows[i].results), "%s", rows[i].json);
    json_decref(json);
  }
}

Test(core, absence_of_the_monitor_is_a_hole_when_something_was_missed)
{
  enum { SECOND = 1000000 };
  static const struct {
    int64_t every_s, last_s, heartbeat_s, start_s, hole_s; /* hole_s 0: none */
  } rows[] = {
    { 30, 1000, 1010, 1012, 0 },    /* a restart */
    { 30, 1000, 1010, 1090, 0 },    /* two looks missed at most */
    { 30, 1000, 1010, 1091, 1030 }, /* from the end of what the last result spoke for */
    { 5, 1000, 1004, 1014, 0 },     /* the same for one that is looked at often */
    { 5, 1000, 1004, 1016, 1005 },
    { 600, 1000, 1100, 1650, 0 },        /* not yet due again for long */
    { 600, 1000, 1100, 1661, 1600 },     /* a minute late */
    { 86400, 1000, 5000, 80000, 0 },     /* nothing was due */
    { 86400, 1000, 5000, 90000, 87400 }, /* two days would be more than it can speak for */
    { 30, 1000, 1085, 1090, 0 },         /* the monitor was there, the result was late */
    { 30, 1000, 1010, 900, 0 },          /* the clock was set back meanwhile */
    { 30, 0, 1010, 9000, 0 },            /* never looked at */
    { 30, 1000, 0, 9000, 0 },            /* no heartbeat known */
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_eq(vouch_hole_us(rows[i].last_s * SECOND, rows[i].every_s * 1000, rows[i].heartbeat_s * SECOND, rows[i].start_s * SECOND),
                 rows[i].hole_s * SECOND, "row %zu", i);
}

Test(core, setting_the_clock_is_noticed_and_slewing_is_not)
{
  enum { SECOND = 1000000 };
  static const struct {
    int64_t wall_s, mono_s;
    int64_t by_s, undoes_s, since_s; /* by_s 0: not set */
  } rows[] = {
    { 5000, 10, 0, 0, 0 },        { 5060, 70, 0, 0, 0 },
    { 8720, 130, 3600, 0, 0 },                                      /* an hour forward */
    { 8780, 190, 0, 0, 0 },       { 5250, 260, -3600, 3600, 8720 }, /* and back */
    { 5310, 320, 0, 0, 0 },       { 1770, 380, -3600, 0, 0 },       /* back without having been forward */
    { 1900, 390, 120, 0, 0 },     { 1850, 400, -60, 60, 1900 },     /* half of it taken back */
    { 1800, 410, -60, 0, 0 },     { 1811, 420, 1, 0, 0 },
    { 1000, 430, -821, 1, 1811 }, /* by far more than it was ahead */
  };
  struct clockset c = { 0 };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct clockset_move m = { 0 };
    bool set = clockset_see(&c, rows[i].wall_s * SECOND, rows[i].mono_s * SECOND, &m);
    cr_expect_eq(set, rows[i].by_s != 0, "row %zu", i);
    cr_expect(m.by_us == rows[i].by_s * SECOND && m.undoes_us == rows[i].undoes_s * SECOND && m.undone_since_us == rows[i].since_s * SECOND,
              "row %zu", i);
  }
  c = (struct clockset){ 0 };
  int64_t wall_us = 5000 * (int64_t)SECOND;
  for (int64_t mono_us = 0; mono_us < 100000 * (int64_t)SECOND; mono_us += SECOND) {
    struct clockset_move m;
    wall_us += SECOND + 500; /* 500 ppm, the most that the kernel slews */
    cr_assert_not(clockset_see(&c, wall_us, mono_us, &m));
  }
}
