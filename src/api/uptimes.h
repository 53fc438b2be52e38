/* The uptime numbers of every service over 7 and 30 days, from windows in Postgres, fetched with one query and remembered for a few seconds:
 * the overview is asked for often and these numbers move slowly. Worker life. The arithmetic is core/uptime.h's. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/uptime.h"

struct db;
struct uptimes;

/** How many periods of 24 hours, the last one ending now, are kept apart. */
#define UPTIME_DAYS 30

/** What is known of one of them; seconds. */
struct uptime_day {
  int32_t known_s, degraded_s, down_s;
};

struct service_uptime {
  char *service;
  struct uptime days7, days30;
  struct uptime_day days[UPTIME_DAYS]; /* oldest first */
};

struct uptimes *uptimes_new(void);
/** NULL is nothing. */
void uptimes_free(struct uptimes *u);

/** Fetches the numbers anew when they are older than a few seconds. False when Postgres does not give them; then none are known. */
bool uptimes_refresh(struct uptimes *u, struct db *db, int64_t wall_us, int64_t mono_ms, int64_t timeout_ms, struct err *e) MUST_CHECK;
/** The numbers of a service as of the last refresh, NULL when it is not in the catalogue. Borrowed until the next refresh. */
const struct service_uptime *uptimes_find(const struct uptimes *u, const char *service);
/** The i-th in order of names, NULL behind the last. */
const struct service_uptime *uptimes_at(const struct uptimes *u, size_t i);

/** The percentage as clients see it, a new value: cut to four decimals, never rounded up to 100; null when nothing is known or u is NULL. */
json_t *uptimes_percent(const struct uptime *u);
