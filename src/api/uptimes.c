#include "api/uptimes.h"

#include <math.h>

#include "api/sql.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/mem.h"

/** How long numbers are remembered, milliseconds. */
#define REMEMBER_MS 5000
#define SECOND_US 1000000
#define DAY_US ((int64_t)86400 * 1000000)

/* A row a window, and one without a window for a service that has none. "C" is the order of strcmp, by which uptimes_find searches. */
static const char windows_sql[] = "SELECT s.service_name, w.status, (extract(epoch FROM w.started_at) * 1000000)::bigint, "
                                  "(extract(epoch FROM coalesce(w.ended_at, " SQL_VOUCHED(
                                      "$1::timestamptz") ")) * 1000000)::bigint "
                                                         "FROM services s LEFT JOIN uptime_records w ON w.service_name = s.service_name "
                                                         "AND w.started_at < $1::timestamptz "
                                                         "AND (w.ended_at IS NULL OR w.ended_at > $1::timestamptz - interval '30 days') "
                                                         "WHERE s.retired_at IS NULL ORDER BY s.service_name COLLATE \"C\", w.started_at";

struct uptimes {
  struct service_uptime *list; /* in order of names */
  size_t count;
  int64_t until_ms; /* monotonic: how long they are remembered; 0: there are none */
};

struct uptimes *uptimes_new(void)
{
  return MEM_NEW(struct uptimes);
}

static void forget(struct uptimes *u)
{
  for (size_t i = 0; i < u->count; i++)
    free(u->list[i].service);
  free(u->list);
  *u = (struct uptimes){ 0 };
}

void uptimes_free(struct uptimes *u)
{
  if (u)
    forget(u);
  free(u);
}

/* Postgres writes whole numbers. */
static int64_t number_at(const struct db_rows *rows, size_t row, size_t column)
{
  const char *text = db_rows_text(rows, row, column);
  return text ? strtoll(text, NULL, 10) : 0;
}

static struct uptime_day sum_day(const struct window *windows, size_t n, int64_t from_us)
{
  struct uptime u = uptime_sum(windows, n, from_us, from_us + DAY_US, UPTIME_DEGRADED_WEIGHT);
  return (struct uptime_day){
    .known_s = (int32_t)((u.healthy_us + u.degraded_us + u.down_us) / SECOND_US),
    .degraded_s = (int32_t)(u.degraded_us / SECOND_US),
    .down_s = (int32_t)(u.down_us / SECOND_US),
  };
}

/* Rows [first, last) are one service's. */
static struct service_uptime sum_service(const struct db_rows *rows, size_t first, size_t last, struct window *windows, int64_t now_us)
{
  size_t n = 0;
  for (size_t i = first; i < last; i++) {
    enum status status;
    const char *name = db_rows_text(rows, i, 1);
    if (name && status_from_name(name, &status))
      windows[n++] = (struct window){ .status = status, .started_us = number_at(rows, i, 2), .ended_us = number_at(rows, i, 3) };
  }
  struct service_uptime sums = {
    .service = mem_copy_text(db_rows_text(rows, first, 0)),
    .days7 = uptime_sum(windows, n, now_us - 7 * DAY_US, now_us, UPTIME_DEGRADED_WEIGHT),
    .days30 = uptime_sum(windows, n, now_us - 30 * DAY_US, now_us, UPTIME_DEGRADED_WEIGHT),
  };
  for (int i = 0; i < UPTIME_DAYS; i++)
    sums.days[i] = sum_day(windows, n, now_us - (UPTIME_DAYS - i) * DAY_US);
  return sums;
}

bool uptimes_refresh(struct uptimes *u, struct db *db, int64_t wall_us, int64_t mono_ms, int64_t timeout_ms, struct err *e)
{
  if (mono_ms < u->until_ms)
    return true;
  forget(u);
  char now[CLOCK_STAMP_SIZE];
  const char *params[] = { clock_format(wall_us, now) };
  struct db_rows *rows = db_query(db, windows_sql, params, ARRAY_LEN(params), timeout_ms, e);
  if (!rows)
    return false;
  size_t n = db_rows_count(rows);
  struct window *windows = mem_new(n, sizeof *windows);
  u->list = mem_new(n, sizeof *u->list);
  for (size_t first = 0, last; first < n; first = last) {
    const char *service = db_rows_text(rows, first, 0);
    for (last = first + 1; last < n && strcmp(db_rows_text(rows, last, 0), service) == 0; last++)
      ;
    u->list[u->count++] = sum_service(rows, first, last, windows, wall_us);
  }
  free(windows);
  db_rows_free(rows);
  u->until_ms = mono_ms + REMEMBER_MS;
  return true;
}

static int compare_name(const void *name, const void *member)
{
  return strcmp(name, ((const struct service_uptime *)member)->service);
}

const struct service_uptime *uptimes_find(const struct uptimes *u, const char *service)
{
  return u->count ? bsearch(service, u->list, u->count, sizeof *u->list, compare_name) : NULL;
}

const struct service_uptime *uptimes_at(const struct uptimes *u, size_t i)
{
  return i < u->count ? &u->list[i] : NULL;
}

json_t *uptimes_percent(const struct uptime *u)
{
  double percent = u ? uptime_percent(u) : -1;
  /* The little more is for numbers such as 99.9, which have no exact double. */
  return percent < 0 ? json_null() : json_real(floor(percent * 10000 + 1e-6) / 10000);
}
