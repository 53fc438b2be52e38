/* Maintenance windows: stretches of time during which alerts of some services are held back. One-off, or coming again on days of the week at a time of a named
 * zone: a window at 02:00 begins when the clocks there show 02:00, in summer and in winter, and lasts its minutes.
 *
 * The JSON form: {"id", "title", "services": [names, or "*"], "starts_at", "ends_at", "recurrence": {"days": ["mon", ...], "at": "02:00",
 * "duration_minutes", "time_zone"} or null}. A recurring one may go on for good ("ends_at": null); what begins before its end is not cut. Pure. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** Longest stretch of a recurring window, minutes. */
#define MAINTENANCE_MINUTES_MOST 1440
#define MAINTENANCE_SERVICES_MOST 1000

struct zone;

struct maintenance {
  int64_t id;
  char *title;
  json_t *services;
  int64_t starts_us, ends_us; /* ends_us 0: none */
  /* recurring */
  struct zone *zone; /* NULL: it is a single stretch */
  unsigned days;     /* a bit a day, Monday first */
  int minute;        /* of the day */
  int duration_minutes;
};

struct maintenance_span {
  int64_t starts_us, ends_us;
};

/** False with a sentence and the member at fault. To be released with maintenance_done. */
bool maintenance_read(struct maintenance *m, const json_t *json, const char **field, struct err *e) MUST_CHECK;
void maintenance_done(struct maintenance *m);

bool maintenance_covers(const struct maintenance *m, const char *service);
/** Is it on at that moment? Then *ends_us says until when. */
bool maintenance_is_on(const struct maintenance *m, int64_t at_us, int64_t *ends_us);
/** The next stretches that are not over at that moment, at most n; how many there are. */
size_t maintenance_next(const struct maintenance *m, int64_t at_us, struct maintenance_span *spans, size_t n);
