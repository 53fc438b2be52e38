/* The API's uptime numbers as a real Postgres adds them up, against a model that looks at every ten minutes of random histories, three thousand of them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "api/uptimes.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/json.h"
#include "cli/cli.h"
#include "postgres.h"

#define SERVICES 1500
#define TICK_S INT64_C(600)
#define TICKS (100 * 144) /* a hundred days */
#define SECOND_US INT64_C(1000000)

static struct postgres pg;
static struct db *db;
static unsigned seed = 5;

/* How many of the last ticks had each status: [range][status]. */
static int64_t expected[SERVICES][UPTIME_RANGES][STATUS_COUNT];

static void set_up(void)
{
  postgres_make(&pg);
  char *argv[] = {
    (char[]){ "migrate" }, (char[]){ "--database" }, pg.conninfo, (char[]){ "--migrations" }, (char[]){ "migrations" }, NULL
  };
  cr_assert_eq(cmd_migrate(5, argv), 0);
  db = db_open(pg.conninfo);
}

static void tear_down(void)
{
  db_close(db);
  postgres_remove(&pg);
}

static void execute(const char *sql)
{
  struct err e;
  cr_assert(db_execute(db, sql, 60000, &e), "%s", e.text);
}

static void count(size_t service, enum status status, int from, int to)
{
  for (int tick = from; tick < to; tick++)
    for (size_t r = 0; r < UPTIME_RANGES; r++)
      expected[service][r][status] += TICKS - tick <= uptime_ranges[r].us / SECOND_US / TICK_S;
}

/* One service's rows. Its last window may be open: that counts up to three intervals after the newest result, if there is one. */
static void write_history(struct buf *windows, struct buf *services, size_t service, int64_t first_s)
{
  static const int64_t every_s[] = { 200, 600, 86400 };
  int64_t every = every_s[rand_r(&seed) % 3];
  int checked = TICKS - rand_r(&seed) % 500;
  int longest = rand_r(&seed) % 3 ? 4000 : 100, to;
  for (int from = rand_r(&seed) % TICKS; from < TICKS; from = to) {
    enum status status = (enum status)(rand_r(&seed) % STATUS_COUNT);
    to = from + 1 + rand_r(&seed) % longest;
    int64_t started_s = first_s + from * TICK_S;
    if (status == STATUS_NO_DATA)
      continue;
    if (to < TICKS) {
      count(service, status, from, to);
      buf_printf(windows, "%s('s%zu','%s',to_timestamp(%" PRId64 "),to_timestamp(%" PRId64 "))", windows->len ? "," : "", service,
                 status_name(status), started_s, first_s + to * TICK_S);
      continue;
    }
    int vouched = checked + (int)(3 * every / TICK_S);
    vouched = vouched < from ? from : vouched > TICKS ? TICKS : vouched;
    count(service, status, from, vouched);
    buf_printf(windows, "%s('s%zu','%s',to_timestamp(%" PRId64 "),NULL)", windows->len ? "," : "", service, status_name(status), started_s);
  }
  buf_printf(services, "%s('s%zu','t','{\"every_ms\":%" PRId64 "}',to_timestamp(%" PRId64 "))", services->len ? "," : "", service,
             every * 1000, first_s + checked * TICK_S);
}

static void make_histories(int64_t now_s)
{
  struct buf windows, services, sql;
  buf_init(&windows, 256 << 20);
  buf_init(&services, 16 << 20);
  buf_init(&sql, 256 << 20);
  for (size_t i = 0; i < SERVICES; i++)
    write_history(&windows, &services, i, now_s - TICKS * TICK_S);
  buf_printf(&sql, "INSERT INTO services (service_name, title, declaration, checked_at) VALUES ");
  buf_add_text(&sql, buf_text(&services));
  buf_add_text(&sql, "; INSERT INTO uptime_records (service_name, status, started_at, ended_at) VALUES ");
  buf_add_text(&sql, buf_text(&windows));
  cr_assert_not(sql.full);
  execute(buf_text(&sql));
  buf_done(&windows);
  buf_done(&services);
  buf_done(&sql);
}

static void compare(const struct service_uptime *s, const int64_t ticks[UPTIME_RANGES][STATUS_COUNT])
{
  for (size_t r = 0; r < UPTIME_RANGES; r++) {
    const struct uptime *u = &s->ranges[r];
    const int64_t us[STATUS_COUNT] = { u->unknown_us, u->healthy_us, u->degraded_us, u->down_us };
    int64_t unknown = uptime_ranges[r].us / SECOND_US;
    for (enum status status = STATUS_HEALTHY; status <= STATUS_DOWN; status++) {
      unknown -= ticks[r][status] * TICK_S;
      cr_assert_eq(us[status], ticks[r][status] * TICK_S * SECOND_US, "%s over %s: %" PRId64 " s of %s, not %" PRId64, s->service,
                   uptime_ranges[r].name, us[status] / SECOND_US, status_name(status), ticks[r][status] * TICK_S);
    }
    cr_assert_eq(us[STATUS_NO_DATA], unknown * SECOND_US);
    cr_assert_eq(u->degraded_weight, 0.25);
  }
}

/* Postgres is told to live in Berlin, and the ranges of 30 and 90 days begin on the other side of a change of its clocks: once of each kind. */
Test(uptimes, agree_with_a_count_of_every_ten_minutes, .init = set_up, .fini = tear_down)
{
  static const char *const nows[] = { "2026-04-10T10:00:00Z", "2026-11-20T10:00:00Z" };
  execute("ALTER DATABASE signalbox SET timezone = 'Europe/Berlin'; "
          "SELECT signalbox_note('settings', '', '{\"uptime\": {\"degraded_weight\": 0.25}}', now())");
  for (size_t n = 0; n < ARRAY_LEN(nows); n++) {
    struct uptimes *u = uptimes_new();
    struct err e;
    int64_t now_us;
    cr_assert(clock_parse(nows[n], &now_us));
    memset(expected, 0, sizeof expected);
    make_histories(now_us / SECOND_US);
    db_close(db); /* the next session is in Berlin */
    db = db_open(pg.conninfo);
    cr_assert(uptimes_refresh(u, db, now_us, 1, 60000, &e), "%s", e.text);
    for (size_t i = 0; i < SERVICES; i++) {
      char name[16];
      snprintf(name, sizeof name, "s%zu", i);
      const struct service_uptime *s = uptimes_find(u, name);
      cr_assert(s, "%s", name);
      compare(s, expected[i]);
    }
    cr_assert_null(uptimes_find(u, "nobody"));
    uptimes_free(u);
    execute("TRUNCATE services, uptime_records");
  }
}
