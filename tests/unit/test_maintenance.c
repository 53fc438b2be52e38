/* Maintenance windows in named time zones, over changes of the clocks. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "core/maintenance.h"
#include "core/zone.h"

static int64_t us(const char *stamp)
{
  int64_t at_us;
  cr_assert(clock_parse(stamp, &at_us), "%s", stamp);
  return at_us;
}

/* The first three stretches from a moment on: "start/end start/end ...". */
static const char *next_three(const char *json_text, const char *from, char text[256])
{
  struct err e;
  struct maintenance m;
  struct maintenance_span spans[3];
  const char *field;
  char stamp[CLOCK_STAMP_SIZE];
  json_t *json = json_read(json_text, strlen(json_text), &e);
  cr_assert(json && maintenance_read(&m, json, &field, &e), "%s: %s", json_text, e.text);
  size_t n = maintenance_next(&m, us(from), spans, 3), at = 0;
  text[0] = '\0';
  for (size_t i = 0; i < n; i++) {
    at += (size_t)snprintf(text + at, 256 - at, "%s%s", i ? " " : "", clock_format(spans[i].starts_us, stamp));
    at += (size_t)snprintf(text + at, 256 - at, "/%s", clock_format(spans[i].ends_us, stamp));
  }
  maintenance_done(&m);
  json_decref(json);
  return text;
}

#define RECURS(starts, ends, days, at, minutes, zone)                                                                                 \
  "{\"title\": \"t\", \"services\": [\"*\"], \"starts_at\": \"" starts "\", \"ends_at\": " ends ", \"recurrence\": {\"days\": [" days \
  "], \"at\": \"" at "\", \"duration_minutes\": " minutes ", \"time_zone\": \"" zone "\"}}"

Test(maintenance, comes_again_when_the_clocks_there_show_its_time)
{
  static const struct {
    const char *json, *from, *spans;
  } rows[] = {
    /* winter to summer on 29 March 2026: 02:00 is skipped and is 03:00 CEST */
    { RECURS("2026-01-01T00:00:00Z", "null", "\"sun\"", "02:00", "60", "Europe/Berlin"), "2026-03-22T12:00:00Z",
      "2026-03-29T01:00:00Z/2026-03-29T02:00:00Z 2026-04-05T00:00:00Z/2026-04-05T01:00:00Z 2026-04-12T00:00:00Z/2026-04-12T01:00:00Z" },
    { RECURS("2026-01-01T00:00:00Z", "null", "\"sun\"", "02:30", "60", "Europe/Berlin"), "2026-03-29T00:00:00Z",
      "2026-03-29T01:30:00Z/2026-03-29T02:30:00Z 2026-04-05T00:30:00Z/2026-04-05T01:30:00Z 2026-04-12T00:30:00Z/2026-04-12T01:30:00Z" },
    /* summer to winter on 25 October 2026: 02:30 comes twice, the first time counts, and the hour lasts an hour */
    { RECURS("2026-01-01T00:00:00Z", "null", "\"sun\"", "02:30", "60", "Europe/Berlin"), "2026-10-20T00:00:00Z",
      "2026-10-25T00:30:00Z/2026-10-25T01:30:00Z 2026-11-01T01:30:00Z/2026-11-01T02:30:00Z 2026-11-08T01:30:00Z/2026-11-08T02:30:00Z" },
    { RECURS("2026-01-01T00:00:00Z", "null", "\"sun\"", "03:00", "60", "Europe/Berlin"), "2026-10-20T00:00:00Z",
      "2026-10-25T02:00:00Z/2026-10-25T03:00:00Z 2026-11-01T02:00:00Z/2026-11-01T03:00:00Z 2026-11-08T02:00:00Z/2026-11-08T03:00:00Z" },
    /* the day of the week is the zone's: Monday in Auckland begins on Sunday in UTC */
    { RECURS("2026-01-01T00:00:00Z", "null", "\"mon\"", "01:00", "30", "Pacific/Auckland"), "2026-06-01T00:00:00Z",
      "2026-06-07T13:00:00Z/2026-06-07T13:30:00Z 2026-06-14T13:00:00Z/2026-06-14T13:30:00Z 2026-06-21T13:00:00Z/2026-06-21T13:30:00Z" },
    { RECURS("2026-01-01T00:00:00Z", "null", "\"mon\", \"tue\"", "23:30", "90", "UTC"), "2026-11-24T00:30:00Z", /* one is on */
      "2026-11-23T23:30:00Z/2026-11-24T01:00:00Z 2026-11-24T23:30:00Z/2026-11-25T01:00:00Z 2026-11-30T23:30:00Z/2026-12-01T01:00:00Z" },
    /* bounds: what begins before the end is not cut, what would begin before the start is not there */
    { RECURS("2026-11-24T02:00:01Z", "\"2026-11-26T02:30:00Z\"", "\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"", "02:00",
             "60", "UTC"),
      "2026-11-01T00:00:00Z", "2026-11-25T02:00:00Z/2026-11-25T03:00:00Z 2026-11-26T02:00:00Z/2026-11-26T03:00:00Z" },
    { RECURS("2026-01-01T00:00:00Z", "\"2026-02-01T00:00:00Z\"", "\"mon\"", "02:00", "60", "UTC"), "2026-03-01T00:00:00Z", "" },
    /* a whole day, over a change, in a zone of half hours */
    { RECURS("2026-01-01T00:00:00Z", "null", "\"sat\"", "00:00", "1440", "Australia/Lord_Howe"), "2026-10-01T00:00:00Z",
      "2026-10-02T13:30:00Z/2026-10-03T13:30:00Z 2026-10-09T13:00:00Z/2026-10-10T13:00:00Z 2026-10-16T13:00:00Z/2026-10-17T13:00:00Z" },
    /* years beyond the tables of the database */
    { RECURS("2026-01-01T00:00:00Z", "null", "\"wed\"", "12:00", "60", "America/New_York"), "2060-07-01T00:00:00Z",
      "2060-07-07T16:00:00Z/2060-07-07T17:00:00Z 2060-07-14T16:00:00Z/2060-07-14T17:00:00Z 2060-07-21T16:00:00Z/2060-07-21T17:00:00Z" },
    { "{\"title\": \"t\", \"services\": [\"db\"], \"starts_at\": \"2026-11-24T22:00:00Z\", \"ends_at\": \"2026-11-25T00:00:00+01:00\"}",
      "2026-11-24T21:00:00Z", "2026-11-24T22:00:00Z/2026-11-24T23:00:00Z" },
    { "{\"title\": \"t\", \"services\": [\"db\"], \"starts_at\": \"2026-11-24T22:00:00Z\", \"ends_at\": \"2026-11-25T00:00:00+01:00\"}",
      "2026-11-24T23:00:00Z", "" },
  };
  char text[256];
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_str_eq(next_three(rows[i].json, rows[i].from, text), rows[i].spans, "row %zu: %s", i, text);
}

Test(maintenance, is_on_from_its_first_moment_to_before_its_last)
{
  struct maintenance m;
  struct err e;
  const char *field;
  int64_t ends_us;
  json_t *json = json_pack("{s:s, s:[s], s:s, s:s}", "title", "t", "services", "db", "starts_at", "2026-11-24T22:00:00Z", "ends_at",
                           "2026-11-24T23:00:00Z");
  cr_assert(maintenance_read(&m, json, &field, &e));
  cr_expect_not(maintenance_is_on(&m, us("2026-11-24T21:59:59.999999Z"), &ends_us));
  cr_expect(maintenance_is_on(&m, us("2026-11-24T22:00:00Z"), &ends_us));
  cr_expect_eq(ends_us, us("2026-11-24T23:00:00Z"));
  cr_expect_not(maintenance_is_on(&m, us("2026-11-24T23:00:00Z"), &ends_us));
  cr_expect(maintenance_covers(&m, "db"));
  cr_expect_not(maintenance_covers(&m, "web"));
  maintenance_done(&m);
  json_decref(json);
}

/* Does the C library show that minute of that day (from 1970) at that moment, by the zone in TZ? */
static bool shows(int64_t moment_us, int64_t day, int minute)
{
  time_t t = (time_t)(moment_us / 1000000);
  struct tm tm;
  localtime_r(&t, &tm);
  tm.tm_isdst = 0;
  int64_t local_s = (int64_t)timegm(&tm);
  return local_s == day * 86400 + minute * INT64_C(60);
}

Test(maintenance, each_minute_of_two_years_is_the_first_moment_at_which_the_c_library_shows_it_but_for_those_that_are_skipped)
{
  static const struct {
    const char *zone;
    int skipped;
  } rows[] = { { "Europe/Berlin", 120 }, { "America/New_York", 120 }, { "Australia/Lord_Howe", 60 }, { "Asia/Kolkata", 0 } };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct zone *z = zone_new(rows[i].zone);
    int skipped = 0;
    setenv("TZ", rows[i].zone, 1);
    tzset();
    for (int64_t day = 20454; day < 20454 + 730; day++) { /* from 2026-01-01 on */
      for (int minute = 0; minute < 1440; minute++) {
        int64_t at_us = zone_moment(z, day, minute);
        skipped += !shows(at_us, day, minute);
        cr_assert(!shows(at_us - INT64_C(3600000000), day, minute) && !shows(at_us - INT64_C(1800000000), day, minute),
                  "%s day %d minute %d: the second time", rows[i].zone, (int)day, minute);
      }
      cr_assert_eq(zone_day_of(z, zone_moment(z, day, 720)), day);
    }
    cr_expect_eq(skipped, rows[i].skipped, "%s: %d", rows[i].zone, skipped);
    zone_free(z);
  }
  cr_expect_null(zone_new("Europe/Atlantis"));
}

Test(maintenance, what_makes_no_sense_is_refused_with_the_member_at_fault)
{
#define TAIL "\"starts_at\": \"2026-11-24T22:00:00Z\", \"ends_at\": \"2026-11-24T23:00:00Z\"}"
#define AGAIN(days, at, minutes, zone)                                                                                                \
  "{\"title\": \"t\", \"services\": [\"*\"], \"recurrence\": {\"days\": " days ", \"at\": \"" at "\", \"duration_minutes\": " minutes \
  ", \"time_zone\": \"" zone "\"}, \"starts_at\": \"2026-11-24T22:00:00Z\"}"
  static const struct {
    const char *json, *field;
  } rows[] = {
    { "{\"title\": \"\", \"services\": [\"*\"], " TAIL, "title" },
    { "{\"title\": \"t\", \"services\": [], " TAIL, "services" },
    { "{\"title\": \"t\", \"services\": \"db\", " TAIL, "services" },
    { "{\"title\": \"t\", \"services\": [\"Not A Name\"], " TAIL, "services" },
    { "{\"title\": \"t\", \"services\": [\"*\"], \"starts_at\": \"now\", \"ends_at\": \"2026-11-24T23:00:00Z\"}", "starts_at" },
    { "{\"title\": \"t\", \"services\": [\"*\"], \"ends_at\": \"2026-11-24T23:00:00Z\"}", "starts_at" },
    { "{\"title\": \"t\", \"services\": [\"*\"], \"starts_at\": \"2026-11-24T23:00:00Z\"}", "ends_at" },
    { "{\"title\": \"t\", \"services\": [\"*\"], \"starts_at\": \"2026-11-24T23:00:00Z\", \"ends_at\": \"2026-11-24T23:00:00Z\"}",
      "ends_at" },
    { AGAIN("[]", "02:00", "60", "UTC"), "recurrence.days" },
    { AGAIN("[\"monday\"]", "02:00", "60", "UTC"), "recurrence.days" },
    { AGAIN("[\"mon\"]", "2:00", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "02:000", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "+2:00", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "02: 5", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "02.00", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "24:00", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "02:60", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "02:-1", "60", "UTC"), "recurrence.at" },
    { AGAIN("[\"mon\"]", "02:00", "0", "UTC"), "recurrence.duration_minutes" },
    { AGAIN("[\"mon\"]", "02:00", "1441", "UTC"), "recurrence.duration_minutes" },
    { AGAIN("[\"mon\"]", "02:00", "60", "Europe/Atlantis"), "recurrence.time_zone" },
    { AGAIN("[\"mon\"]", "02:00", "60", ""), "recurrence.time_zone" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct maintenance m;
    struct err e;
    const char *field = "";
    json_t *json = json_read(rows[i].json, strlen(rows[i].json), &e);
    cr_assert(json, "%s: %s", rows[i].json, e.text);
    cr_expect_not(maintenance_read(&m, json, &field, &e), "%s", rows[i].json);
    cr_expect_str_eq(field, rows[i].field, "%s: %s", rows[i].json, e.text);
    json_decref(json);
  }
}
