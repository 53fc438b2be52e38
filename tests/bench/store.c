/* Results through the whole path (journal, store, Postgres), or the same rows by a bare binary COPY: CPU and wall time a result.
 * usage: bench-store CONNINFO JOURNAL ROWS path|copy BATCH
 * Prints {"rows","wall_us","client_us","backend_us"}; microseconds of CPU time, of this process with its threads and of the backend of Postgres that serves it.
 * The database is migrated; health_checks is emptied first, so that every run begins alike. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "loop/resolve.h"
#include "scheduler/journal.h"
#include "scheduler/store.h"

#define SERVICES 1000
#define EVERY_US ((int64_t)30 * 1000000)
/** Entries that may be on their way through the journal at a time. */
#define INFLOW 20000
/** Postgres counts its microseconds from the year 2000. */
#define EPOCH_2000_US ((int64_t)946684800 * 1000000)

struct row {
  char service[24], body[128];
  int64_t latency_ms, at_us;
};

struct cost {
  int64_t wall_us, client_us, backend_us;
};

static int64_t now_us; /* of the newest result */

static void die(const char *what, const char *why)
{
  fprintf(stderr, "bench-store: %s: %s\n", what, why);
  exit(1);
}

/* The i-th of n, in the order of time: every service once in each interval. */
static struct row make_row(int64_t i, int64_t n)
{
  struct row r = { .latency_ms = 20 + i * 7919 % 60, .at_us = now_us - (n - i) * EVERY_US / SERVICES };
  snprintf(r.service, sizeof r.service, "service-%d", (int)(i % SERVICES));
  snprintf(r.body, sizeof r.body, "{\"response_ms\": %" PRId64 ".25, \"queue\": %d, \"vram_free_gb\": 17.5, \"version\": \"0.12.1\"}",
           r.latency_ms, (int)(i % 9));
  return r;
}

/* ---- CPU time ---- */

static int64_t own_cpu_us(void)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

/* proc(5): schedstat begins with the nanoseconds that it has run. */
static int64_t cpu_us_of(int pid)
{
  char path[64];
  long long ns = 0;
  snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
  FILE *f = fopen(path, "re");
  if (!f || fscanf(f, "%lld", &ns) != 1)
    die(path, "cannot be read");
  fclose(f);
  return ns / 1000;
}

/* ---- a connection beside ---- */

static PGconn *connect_to(const char *conninfo)
{
  PGconn *pg = PQconnectdb(conninfo);
  if (PQstatus(pg) != CONNECTION_OK)
    die("connect", PQerrorMessage(pg));
  return pg;
}

static int64_t ask(PGconn *pg, const char *sql)
{
  PGresult *result = PQexec(pg, sql);
  ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_IN)
    die(sql, PQerrorMessage(pg));
  int64_t number = status == PGRES_TUPLES_OK && PQntuples(result) ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
  PQclear(result);
  return number;
}

/* Of all backends of the database but this connection's own. */
static int64_t cpu_us_of_others(PGconn *pg)
{
  int64_t sum_us = 0;
  PGresult *result = PQexec(pg, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()"
                                " AND pid <> pg_backend_pid()");
  for (int i = 0; i < PQntuples(result); i++)
    sum_us += cpu_us_of((int)strtol(PQgetvalue(result, i, 0), NULL, 10));
  PQclear(result);
  return sum_us;
}

/* ---- the path ---- */

static struct journal *journal;
static struct store *store;

static void on_durable(void *arg, int64_t seq)
{
  (void)arg;
  (void)seq;
  store_kick(store);
}

static void on_stored(void *arg)
{
  *(bool *)arg = true;
}

static void until_stored(uv_loop_t *loop)
{
  bool done = false;
  while (!store_when_stored(store, journal_depth(journal).last_seq, on_stored, &done))
    uv_run(loop, UV_RUN_ONCE);
  while (!done)
    uv_run(loop, UV_RUN_ONCE);
}

static void add_services(void)
{
  for (int i = 0; i < SERVICES; i++) {
    struct row r = make_row(i, SERVICES);
    journal_add(journal, &(struct entry){ .kind = ENTRY_SERVICE,
                                          .service = r.service,
                                          .body = "{\"title\":\"A service\",\"declaration\":{\"every_ms\":30000},\"file\":\"bench.lua\"}",
                                          .latency_ms = -1,
                                          .at_us = r.at_us });
  }
}

static struct cost measure_path(const char *conninfo, const char *path, int64_t n)
{
  uv_loop_t loop;
  struct err e;
  PGconn *beside = connect_to(conninfo);
  uv_loop_init(&loop);
  struct resolver *resolver = resolver_new(&loop, &e);
  journal = journal_open(&loop, path, on_durable, NULL, &e);
  if (!resolver || !journal)
    die("start", e.text);
  store = store_new(&loop, resolver, journal, conninfo);
  add_services();
  until_stored(&loop);
  struct cost c = { .wall_us = clock_mono_us(), .client_us = own_cpu_us(), .backend_us = cpu_us_of_others(beside) };
  for (int64_t i = 0; i < n;) {
    for (; i < n && journal_depth(journal).last_seq - store_state(store).stored_seq < INFLOW; i++) {
      struct row r = make_row(i, n);
      journal_add(journal, &(struct entry){ .kind = ENTRY_RESULT,
                                            .service = r.service,
                                            .status = STATUS_HEALTHY,
                                            .latency_ms = r.latency_ms,
                                            .body = r.body,
                                            .at_us = r.at_us });
    }
    uv_run(&loop, UV_RUN_ONCE);
  }
  until_stored(&loop);
  c = (struct cost){ clock_mono_us() - c.wall_us, own_cpu_us() - c.client_us, cpu_us_of_others(beside) - c.backend_us };
  store_free(store);
  journal_close(journal);
  resolver_free(resolver);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  PQfinish(beside);
  return c;
}

/* ---- COPY ---- */

static void add_int(struct buf *b, uint32_t value, size_t bytes)
{
  uint32_t big = htonl(value);
  buf_add(b, (const char *)&big + 4 - bytes, bytes);
}

static void add_field(struct buf *b, const void *bytes, size_t n)
{
  add_int(b, (uint32_t)n, 4);
  buf_add(b, bytes, n);
}

/* PostgreSQL's documentation of COPY, "Binary Format". */
static void add_copy_row(struct buf *b, const struct row *r)
{
  uint64_t us = (uint64_t)(r->at_us - EPOCH_2000_US);
  uint32_t latency = htonl((uint32_t)r->latency_ms), high = htonl((uint32_t)(us >> 32)), low = htonl((uint32_t)us);
  uint32_t stamp[2] = { high, low };
  add_int(b, 5, 2);
  add_field(b, r->service, strlen(r->service));
  add_field(b, "healthy", 7);
  add_field(b, &latency, 4);
  add_int(b, (uint32_t)strlen(r->body) + 1, 4);
  buf_add(b, "\1", 1); /* jsonb's version */
  buf_add_text(b, r->body);
  add_field(b, stamp, 8);
}

static void copy_batch(PGconn *pg, struct buf *b)
{
  ask(pg, "COPY health_checks (service_name, status, latency_ms, details_json, checked_at) FROM STDIN (FORMAT binary)");
  if (PQputCopyData(pg, b->data, (int)b->len) != 1 || PQputCopyEnd(pg, NULL) != 1)
    die("COPY", PQerrorMessage(pg));
  for (PGresult *result; (result = PQgetResult(pg)); PQclear(result))
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
      die("COPY", PQresultErrorMessage(result));
}

static struct cost measure_copy(const char *conninfo, int64_t n, int64_t batch)
{
  PGconn *pg = connect_to(conninfo);
  int backend = PQbackendPID(pg);
  struct buf b;
  buf_init(&b, (size_t)1 << 30);
  struct cost c = { .wall_us = clock_mono_us(), .client_us = own_cpu_us(), .backend_us = cpu_us_of(backend) };
  for (int64_t i = 0; i < n;) {
    buf_clear(&b);
    buf_add(&b, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (int64_t end = i + batch < n ? i + batch : n; i < end; i++) {
      struct row r = make_row(i, n);
      add_copy_row(&b, &r);
    }
    add_int(&b, 0xffff, 2);
    copy_batch(pg, &b);
  }
  c = (struct cost){ clock_mono_us() - c.wall_us, own_cpu_us() - c.client_us, cpu_us_of(backend) - c.backend_us };
  buf_done(&b);
  PQfinish(pg);
  return c;
}

int main(int argc, char **argv)
{
  if (argc != 6)
    die("usage", "bench-store CONNINFO JOURNAL ROWS path|copy BATCH");
  int64_t n = strtoll(argv[3], NULL, 10), batch = strtoll(argv[5], NULL, 10);
  PGconn *pg = connect_to(argv[1]);
  now_us = clock_wall_us();
  ask(pg, "SELECT signalbox_make_partitions(7, now() - interval '2 days')");
  ask(pg, "TRUNCATE health_checks");
  ask(pg, "TRUNCATE services");
  struct cost c = strcmp(argv[4], "path") == 0 ? measure_path(argv[1], argv[2], n) : measure_copy(argv[1], n, batch);
  int64_t rows = ask(pg, "SELECT count(*) FROM health_checks");
  PQfinish(pg);
  if (rows != n)
    die("health_checks", "not every row is there");
  printf("{\"rows\":%" PRId64 ",\"wall_us\":%" PRId64 ",\"client_us\":%" PRId64 ",\"backend_us\":%" PRId64 "}\n", rows, c.wall_us,
         c.client_us, c.backend_us);
  return 0;
}
