/* The uptime numbers of every service, from windows in Postgres, fetched with one query and remembered for a few seconds: the overview is asked
 * for often and these numbers move slowly. Postgres adds up the time of each status, for a service that flaps has very many windows; what that
 * makes is core/uptime.h's. Worker life. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/uptime.h"

struct db;
struct uptimes;

/** Ranges that end now. Of 24 hours a day, whatever the clock on a wall does. */
enum uptime_range { UPTIME_24H, UPTIME_7D, UPTIME_30D, UPTIME_90D, UPTIME_RANGES };
struct uptime_range_row {
  const char *name; /* "24h" */
  int64_t us;
};
extern const struct uptime_range_row uptime_ranges[UPTIME_RANGES];

struct service_uptime {
  char *service;
  struct uptime ranges[UPTIME_RANGES];
};

struct uptimes *uptimes_new(void);
/** NULL is nothing. */
void uptimes_free(struct uptimes *u);

/** Fetches the numbers anew when they are older than a few seconds (longer, where it takes Postgres long to tell them). False when Postgres does
 * not give them; then none are known. */
bool uptimes_refresh(struct uptimes *u, struct db *db, int64_t wall_us, int64_t mono_ms, int64_t timeout_ms, struct err *e) MUST_CHECK;
/** The numbers of a service as of the last refresh, NULL when it is not in the catalogue. Borrowed until the next refresh. */
const struct service_uptime *uptimes_find(const struct uptimes *u, const char *service);

/** Those of all services, in the order of names; as long borrowed. */
const struct service_uptime *uptimes_all(const struct uptimes *u, size_t *count);

/** The percentage as clients see it, a new value: cut to four decimals, never rounded up to 100; null when nothing is known or u is NULL. */
json_t *uptimes_percent(const struct uptime *u);
/** The same as a member of what is being written. */
void uptimes_write(struct buf *b, const char *key, const struct uptime *u);
