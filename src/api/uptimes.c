#include "api/uptimes.h"

#include <math.h>

#include "api/sql.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/jsontext.h"
#include "base/mem.h"

/** How long numbers are remembered, milliseconds; and at least so many times as long as it took to get them, so that a worker never costs Postgres
 * more than a twentieth of its time. */
#define REMEMBER_MS 5000
#define REMEMBER_TIMES 20
#define HOUR_US ((int64_t)3600 * 1000000)

const struct uptime_range_row uptime_ranges[UPTIME_RANGES] = {
  [UPTIME_24H] = { "24h", 24 * HOUR_US },
  [UPTIME_7D] = { "7d", 7 * 24 * HOUR_US },
  [UPTIME_30D] = { "30d", 30 * 24 * HOUR_US },
  [UPTIME_90D] = { "90d", 90 * 24 * HOUR_US },
};

/* clang-format off */

/* Microseconds of the windows w from that stamp to now. */
#define SUM_SINCE(from) \
  "(extract(epoch FROM sum(greatest(interval '0', least(w.ended_at, $1::timestamptz) - greatest(w.started_at, " from "::timestamptz))))" \
  " * 1000000)::bigint"

/* A row a service and status, and one without a status for a service that has no windows. $1 now, $2 .. $5 where the ranges begin: stamps, because
 * Postgres would take "30 days" as the calendar of its time zone has them. "C" is the order of strcmp, by which uptimes_find searches. */
static const char sums_sql[] =
  "/* uptimes */ SELECT s.service_name, u.status, u.h24, u.d7, u.d30, u.d90, "
  "(SELECT value->>'degraded_weight' FROM settings_in_force WHERE name = 'uptime') "
  "FROM services s LEFT JOIN LATERAL ("
    "SELECT w.status, " SUM_SINCE("$2") " AS h24, " SUM_SINCE("$3") " AS d7, " SUM_SINCE("$4") " AS d30, " SUM_SINCE("$5") " AS d90 FROM ("
      "SELECT status, started_at, ended_at FROM uptime_records WHERE service_name = s.service_name AND ended_at > $5::timestamptz "
      "UNION ALL SELECT w.status, w.started_at, " SQL_VOUCHED("$1::timestamptz") " FROM uptime_records w "
      "WHERE w.service_name = s.service_name AND w.ended_at IS NULL"
    ") w GROUP BY w.status) u ON true "
  "WHERE s.retired_at IS NULL ORDER BY s.service_name COLLATE \"C\"";

/* clang-format on */

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

/* What settings say, unless they have never been heard of. */
static double weight_at(const struct db_rows *rows, size_t row)
{
  const char *text = db_rows_text(rows, row, 2 + UPTIME_RANGES);
  return text ? strtod(text, NULL) : UPTIME_DEGRADED_WEIGHT;
}

/* One row: a status and its time in each range. */
static void add_row(struct service_uptime *s, const struct db_rows *rows, size_t row)
{
  enum status status;
  if (!status_from_name(db_rows_text(rows, row, 1), &status))
    return;
  for (size_t i = 0; i < UPTIME_RANGES; i++) {
    struct uptime *u = &s->ranges[i];
    int64_t us = number_at(rows, row, 2 + i);
    *(status == STATUS_HEALTHY ? &u->healthy_us : status == STATUS_DEGRADED ? &u->degraded_us : &u->down_us) = us;
    u->unknown_us -= us;
  }
}

static struct service_uptime without_windows(const char *service, double weight)
{
  struct service_uptime s = { .service = mem_copy_text(service) };
  for (size_t i = 0; i < UPTIME_RANGES; i++)
    s.ranges[i] = (struct uptime){ .unknown_us = uptime_ranges[i].us, .degraded_weight = weight };
  return s;
}

/* The parameters: now, and where each range begins. */
static struct db_rows *query_sums(struct db *db, int64_t wall_us, int64_t timeout_ms, struct err *e)
{
  char stamps[1 + UPTIME_RANGES][CLOCK_STAMP_SIZE];
  const char *params[1 + UPTIME_RANGES] = { clock_format(wall_us, stamps[0]) };
  for (size_t i = 0; i < UPTIME_RANGES; i++)
    params[1 + i] = clock_format(wall_us - uptime_ranges[i].us, stamps[1 + i]);
  return db_query(db, sums_sql, params, ARRAY_LEN(params), timeout_ms, e);
}

bool uptimes_refresh(struct uptimes *u, struct db *db, int64_t wall_us, int64_t mono_ms, int64_t timeout_ms, struct err *e)
{
  if (mono_ms < u->until_ms)
    return true;
  forget(u);
  struct db_rows *rows = query_sums(db, wall_us, timeout_ms, e);
  if (!rows)
    return false;
  size_t n = db_rows_count(rows);
  u->list = mem_new(n, sizeof *u->list);
  for (size_t i = 0; i < n; i++) {
    const char *service = db_rows_text(rows, i, 0);
    if (!u->count || strcmp(u->list[u->count - 1].service, service) != 0)
      u->list[u->count++] = without_windows(service, weight_at(rows, i));
    add_row(&u->list[u->count - 1], rows, i);
  }
  db_rows_free(rows);
  int64_t now_ms = clock_mono_ms(), took_ms = now_ms - mono_ms;
  u->until_ms = now_ms + (took_ms * REMEMBER_TIMES > REMEMBER_MS ? took_ms * REMEMBER_TIMES : REMEMBER_MS);
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

const struct service_uptime *uptimes_all(const struct uptimes *u, size_t *count)
{
  *count = u->count;
  return u->list;
}

/* In ten-thousandths of a percent, cut; -1 when nothing is known. The little more is for numbers such as 99.9, which have no exact double. */
static int64_t cut_percent(const struct uptime *u)
{
  double percent = u ? uptime_percent(u) : -1;
  return percent < 0 ? -1 : (int64_t)floor(percent * 10000 + 1e-6);
}

json_t *uptimes_percent(const struct uptime *u)
{
  int64_t cut = cut_percent(u);
  return cut < 0 ? json_null() : json_real((double)cut / 10000);
}

void uptimes_write(struct buf *b, const char *key, const struct uptime *u)
{
  char number[32];
  int64_t cut = cut_percent(u);
  snprintf(number, sizeof number, "%" PRId64 ".%04" PRId64, cut / 10000, cut % 10000);
  jsontext_raw(b, key, cut < 0 ? "null" : number);
}
