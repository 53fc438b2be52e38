#include "scheduler/lease.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/pgconn.h"

#define CONNECT_MS 3000
#define ANSWER_MS 3000
/** Between two attempts to connect, doubled each time, milliseconds. */
#define RETRY_MS 250
#define RETRY_MOST_MS 2000
/** The server's clock may move by so much between two renewals before the last one is repeated, microseconds. */
#define CLOCK_SLACK_US 2000000

static const char look[] = "SELECT turn, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM platform_state";
static const char renew[] =
    "SELECT outcome, turn, holder, now_us FROM signalbox_renew_lease($1, $2::bigint, $3::bigint, $4::jsonb, $5::jsonb)";

struct lease {
  struct resolver *resolver;
  uv_loop_t *loop;
  char *conninfo, *holder;
  void (*fn)(void *arg);
  void *arg;

  struct pgconn *pg;
  uv_timer_t timer;        /* the next renewal, or the next attempt to connect */
  uv_timer_t expiry_timer; /* when what is held runs out */
  bool busy;               /* a command is under way, connecting among them */
  unsigned failures;       /* in a row */

  char *flag, *checks;
  bool flag_is_new, checks_are_new; /* since they were last sent */
  int64_t turn;                     /* of the newest renewal that we sent or saw */
  int64_t server_us, server_at_ms;  /* the server's clock, and when it said so, monotonic */
  int64_t sent_ms, valid_until_us;  /* of the renewal under way */

  bool held;
  int64_t until_ms; /* monotonic */
  struct err error;
};

static void attempt(struct lease *l);
static void renew_now(struct lease *l);

static void set_held(struct lease *l, bool held)
{
  if (held == l->held)
    return;
  l->held = held;
  if (held)
    log_info("lease_held", "turn=%" PRId64, l->turn);
  else
    log_warn("lease_lost", "why=%s instead=not_ready", LOG_QUOTE(l->error.text));
  l->fn(l->arg);
}

static void on_expired(uv_timer_t *timer)
{
  struct lease *l = timer->data;
  if (!l->error.text[0])
    err_set(&l->error, "it was not renewed in time");
  set_held(l, false);
}

static void on_timer(uv_timer_t *timer)
{
  struct lease *l = timer->data;
  if (l->pg)
    renew_now(l);
  else
    attempt(l);
}

static void wake_in(struct lease *l, int64_t ms)
{
  uv_timer_start(&l->timer, on_timer, (uint64_t)ms, 0);
}

/* The first failure may be a connection that was cut, and the next one is had at once. What fails again cannot be asked: then nothing is held, whatever time
 * is left. */
static void fail(struct lease *l, const struct err *why)
{
  pgconn_close(l->pg);
  l->pg = NULL;
  l->busy = false;
  l->error = *why;
  l->flag_is_new = l->checks_are_new = true;
  if (l->failures++ == 0) {
    wake_in(l, 0);
    return;
  }
  unsigned doublings = l->failures - 2;
  wake_in(l, doublings < 3 ? RETRY_MS << doublings : RETRY_MOST_MS);
  set_held(l, false);
}

static void take_clock(struct lease *l, const char *text)
{
  l->server_us = strtoll(text, NULL, 10);
  l->server_at_ms = clock_mono_ms();
}

/* Did the server's clock stay where it was while the renewal was on its way? */
static bool clock_stood(const struct lease *l)
{
  int64_t off_us = l->valid_until_us - l->server_us - LEASE_MS * INT64_C(1000) + (l->server_at_ms - l->sent_ms) * 1000;
  return off_us > -CLOCK_SLACK_US && off_us < CLOCK_SLACK_US;
}

static void take_renewed(struct lease *l)
{
  l->failures = 0;
  l->error.text[0] = '\0';
  l->until_ms = l->sent_ms + LEASE_MS;
  int64_t left_ms = l->until_ms - clock_mono_ms();
  uv_update_time(l->loop);
  uv_timer_start(&l->expiry_timer, on_expired, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
  wake_in(l, l->flag_is_new || !clock_stood(l) ? 0 : LEASE_RENEW_MS);
  set_held(l, true);
}

static void on_renewed(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct lease *l = arg;
  struct err e;
  (void)sqlstate;
  if (!result || !pgresult_rows(result)) {
    fail(l, result ? &(struct err){ "the table platform_state has no row" } : why);
    return;
  }
  const char *outcome = pgresult_text(result, 0, 0);
  l->busy = false;
  l->turn = strtoll(pgresult_text(result, 0, 1), NULL, 10);
  take_clock(l, pgresult_text(result, 0, 3));
  if (strcmp(outcome, "renewed") == 0) {
    take_renewed(l);
  } else if (strcmp(outcome, "held") == 0) {
    err_set(&e, "another scheduler (journal %.32s) holds the lease of this database", pgresult_text(result, 0, 2));
    l->failures++;
    fail(l, &e);
  } else {
    l->flag_is_new = l->checks_are_new = true;
    wake_in(l, 0); /* with the number after the one that is there */
  }
}

static void renew_now(struct lease *l)
{
  char turn[24], until[24];
  if (l->busy || !l->flag)
    return;
  l->busy = true;
  l->sent_ms = clock_mono_ms();
  l->valid_until_us = l->server_us + (l->sent_ms - l->server_at_ms + LEASE_MS) * 1000;
  snprintf(turn, sizeof turn, "%" PRId64, l->turn + 1);
  snprintf(until, sizeof until, "%" PRId64, l->valid_until_us);
  const struct pgparam params[] = {
    { .value = l->holder }, { .value = turn }, { .value = until }, { .value = l->flag }, { .value = l->checks_are_new ? l->checks : NULL },
  };
  l->flag_is_new = l->checks_are_new = false;
  pgconn_send(l->pg, "renew", renew, params, ARRAY_LEN(params), ANSWER_MS, on_renewed, l);
}

static void on_looked(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct lease *l = arg;
  (void)sqlstate;
  if (!result || !pgresult_rows(result)) {
    fail(l, result ? &(struct err){ "the table platform_state has no row" } : why);
    return;
  }
  l->busy = false;
  l->turn = strtoll(pgresult_text(result, 0, 0), NULL, 10);
  take_clock(l, pgresult_text(result, 0, 1));
  renew_now(l);
}

static void on_connected(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct lease *l = arg;
  (void)sqlstate;
  if (result)
    pgconn_send(l->pg, NULL, look, NULL, 0, ANSWER_MS, on_looked, l);
  else
    fail(l, why);
}

static void attempt(struct lease *l)
{
  l->busy = true;
  l->pg = pgconn_open(l->loop, l->resolver, l->conninfo, CONNECT_MS, on_connected, l);
}

static void replace(char **text, const char *by, bool *is_new)
{
  if (*text && strcmp(*text, by) == 0)
    return;
  free(*text);
  *text = mem_copy_text(by);
  *is_new = true;
}

void lease_say(struct lease *l, const char *flag, const char *checks)
{
  replace(&l->flag, flag, &l->flag_is_new);
  replace(&l->checks, checks, &l->checks_are_new);
  if (l->pg && l->flag_is_new)
    renew_now(l);
}

bool lease_is_held(const struct lease *l)
{
  return l->held && clock_mono_ms() < l->until_ms;
}

int64_t lease_left_ms(const struct lease *l)
{
  return lease_is_held(l) ? l->until_ms - clock_mono_ms() : 0;
}

const char *lease_error(const struct lease *l)
{
  return lease_is_held(l) ? "" : l->error.text;
}

struct lease *lease_new(uv_loop_t *loop, struct resolver *resolver, const char *conninfo, const char *holder, void (*fn)(void *arg),
                        void *arg)
{
  struct lease *l = MEM_NEW(struct lease);
  *l = (struct lease){ .loop = loop, .resolver = resolver, .fn = fn, .arg = arg };
  l->conninfo = mem_copy_text(conninfo);
  l->holder = mem_copy_text(holder);
  err_set(&l->error, "Postgres has not answered yet");
  uv_timer_init(loop, &l->timer);
  uv_timer_init(loop, &l->expiry_timer);
  l->timer.data = l->expiry_timer.data = l;
  attempt(l);
  return l;
}

static void free_lease(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct lease, expiry_timer));
}

static void close_expiry(uv_handle_t *timer)
{
  struct lease *l = CONTAINER_OF(timer, struct lease, timer);
  uv_close((uv_handle_t *)&l->expiry_timer, free_lease);
}

void lease_free(struct lease *l)
{
  if (!l)
    return;
  pgconn_close(l->pg);
  free(l->conninfo);
  free(l->holder);
  free(l->flag);
  free(l->checks);
  uv_timer_stop(&l->expiry_timer);
  uv_close((uv_handle_t *)&l->timer, close_expiry);
}
