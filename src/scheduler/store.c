#include "scheduler/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/policy.h"
#include "loop/pgconn.h"
#include "scheduler/journal.h"
#include "scheduler/store_batch.h"
#include "scheduler/upkeep.h"

/** Most entries of one transaction: with 500 a drain costs half as much CPU again, with 10,000 nothing less. */
#define BATCH 5000
/** No answer to a statement for so long: the server is gone or frozen, milliseconds. */
#define ANSWER_MS 10000
#define CONNECT_MS 5000
/** Between two attempts to connect, doubled each time, milliseconds. */
#define RETRY_MS 250
#define RETRY_MOST_MS 10000

static const char read_position[] = "SELECT seq FROM journal_positions WHERE journal_id = $1";
/* Moves only from where this store believes it to be: nobody's entries are taken twice. */
static const char move_position[] =
    "INSERT INTO journal_positions AS p (journal_id, seq) VALUES ($1, $2::bigint)"
    " ON CONFLICT (journal_id) DO UPDATE SET seq = excluded.seq, updated_at = now() WHERE p.seq = $3::bigint"
    " RETURNING seq";

enum phase { PHASE_WAITING, PHASE_BUSY, PHASE_IDLE, PHASE_READING, PHASE_WRITING };

struct waiter {
  struct waiter *next;
  int64_t seq;
  void (*fn)(void *arg);
  void *arg;
};

struct store {
  uv_loop_t *loop;
  struct resolver *resolver;
  struct journal *journal;
  char *conninfo;
  struct pgconn *pg;
  enum phase phase;
  uv_timer_t timer; /* the next attempt, or how long a chore may keep the rest waiting unnoticed */
  int64_t delay_ms;
  struct upkeep upkeep;
  bool upkeep_last; /* and not a batch */
  size_t limit;     /* entries of the next batch: fewer while a bad one is being cornered */

  struct store_batch batch; /* in PHASE_WRITING */
  size_t next_statement;
  int64_t batch_seq; /* its last entry */
  size_t batch_count;
  struct entry *suspect; /* the batch's only entry, to set aside if it is refused; owns nothing */
  struct entry suspect_copy;
  bool skip; /* the batch's only entry was refused: move past it */

  struct store_state state;
  struct err error;
  struct waiter *waiters;
  size_t waiter_count;
};

static void attempt(struct store *s);

/* ---- failing and trying again ---- */

static void on_timer(uv_timer_t *timer)
{
  attempt(timer->data);
}

static void release_batch(struct store *s)
{
  if (s->phase == PHASE_WRITING)
    store_batch_done(&s->batch);
  if (s->suspect) {
    entry_free_texts(&s->suspect_copy);
    s->suspect = NULL;
  }
}

/* Half to all of the delay, so that several do not come back together. */
static uint64_t jittered(int64_t ms)
{
  return (uint64_t)(ms / 2 + clock_mono_us() % (ms / 2 + 1));
}

/* Said once, when it begins. */
static void note_failing(struct store *s, const struct err *why)
{
  s->error = *why;
  if (s->state.failing_since_us)
    return;
  s->state.failing_since_us = clock_wall_us();
  log_warn("store_behind", "why=%s instead=kept_in_the_journal", LOG_QUOTE(why->text));
}

static void fail(struct store *s, const struct err *why)
{
  release_batch(s);
  pgconn_close(s->pg);
  s->pg = NULL;
  s->phase = PHASE_WAITING;
  s->state.connected = false;
  note_failing(s, why);
  s->delay_ms = s->delay_ms ? s->delay_ms * 2 : RETRY_MS;
  if (s->delay_ms > RETRY_MOST_MS)
    s->delay_ms = RETRY_MOST_MS;
  uv_timer_start(&s->timer, on_timer, jittered(s->delay_ms), 0);
}

static void works(struct store *s)
{
  s->delay_ms = 0;
  s->error.text[0] = '\0';
  if (s->state.failing_since_us)
    log_info("store_current", "stored_seq=%" PRId64, s->state.stored_seq);
  s->state.failing_since_us = 0;
}

/* ---- a batch ---- */

static void send_next(struct store *s);

static void tell_waiters(struct store *s)
{
  for (struct waiter **link = &s->waiters; *link;) {
    struct waiter *w = *link;
    if (w->seq > s->state.stored_seq) {
      link = &w->next;
      continue;
    }
    *link = w->next;
    s->waiter_count--;
    w->fn(w->arg);
    free(w);
    link = &s->waiters; /* the callback may have changed the list */
  }
}

static void committed(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  (void)sqlstate;
  if (!result) {
    fail(s, why);
    return;
  }
  if (s->skip)
    journal_set_aside(s->journal, &s->suspect_copy, s->error.text);
  s->skip = false;
  release_batch(s);
  s->phase = PHASE_IDLE;
  s->state.stored_seq = s->batch_seq;
  s->state.stored_entries += (int64_t)s->batch_count;
  s->limit = s->limit * 2 < BATCH ? s->limit * 2 : BATCH;
  journal_acknowledge(s->journal, s->batch_seq);
  works(s);
  tell_waiters(s);
  store_kick(s);
}

static void rolled_back(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  (void)sqlstate;
  if (!result) {
    fail(s, why);
    return;
  }
  s->phase = PHASE_IDLE;
  store_kick(s);
}

/* Refused for what is in it: the batch is halved until the bad entry stands alone, and that one is passed over. */
static void refused(struct store *s, const struct err *why)
{
  if (s->batch_count == 1) {
    s->skip = true;
    s->error = *why;
    log_error("entry_refused", "seq=%" PRId64 " service=%s why=%s instead=set_aside", s->batch_seq, s->suspect_copy.service,
              LOG_QUOTE(why->text));
  }
  s->limit = s->batch_count > 1 ? s->batch_count / 2 : 1;
  release_batch(s);
  s->phase = PHASE_BUSY;
  pgconn_send(s->pg, NULL, "ROLLBACK", NULL, 0, ANSWER_MS, rolled_back, s);
}

/* SQLSTATE classes: the data (22), a constraint (23, 44), more than fits somewhere (54), raised by a function (P0). Everything else may pass. */
static bool is_about_content(const char *sqlstate)
{
  static const char *const classes[] = { "22", "23", "44", "54", "P0" };
  for (size_t i = 0; i < ARRAY_LEN(classes); i++)
    if (strncmp(sqlstate, classes[i], 2) == 0)
      return true;
  return false;
}

static void on_statement(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  if (result)
    send_next(s);
  else if (is_about_content(sqlstate))
    refused(s, why);
  else
    fail(s, why);
}

static void on_moved(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  if (result && pgresult_rows(result) == 0)
    fail(arg, &(struct err){ "the journal's position was moved by somebody else; it is read again" });
  else
    on_statement(arg, result, sqlstate, why);
}

static void send_next(struct store *s)
{
  while (s->next_statement < STORE_STATEMENTS && (s->skip || !s->batch.statements[s->next_statement].rows))
    s->next_statement++;
  if (s->next_statement == STORE_STATEMENTS) {
    pgconn_send(s->pg, NULL, "COMMIT", NULL, 0, ANSWER_MS, committed, s);
    return;
  }
  struct store_statement *statement = &s->batch.statements[s->next_statement++];
  struct pgparam params[STORE_COLUMNS];
  for (size_t i = 0; i < statement->column_count; i++)
    params[i] = pgarray_param(&statement->columns[i]);
  pgconn_send(s->pg, statement->name, statement->sql, params, statement->column_count, ANSWER_MS, on_statement, s);
}

static void begun(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  (void)sqlstate;
  if (!result) {
    fail(s, why);
    return;
  }
  char seq[24], was[24];
  snprintf(seq, sizeof seq, "%" PRId64, s->batch_seq);
  snprintf(was, sizeof was, "%" PRId64, s->state.stored_seq);
  const struct pgparam params[] = { { .value = journal_id(s->journal) }, { .value = seq }, { .value = was } };
  pgconn_send(s->pg, "position", move_position, params, ARRAY_LEN(params), ANSWER_MS, on_moved, s);
}

static void on_entries(void *arg, const struct entry *entries, size_t n)
{
  struct store *s = arg;
  s->phase = PHASE_IDLE;
  if (!n || !s->pg)
    return;
  n = store_batch_reach(entries, n);
  store_batch_init(&s->batch, entries, n);
  s->phase = PHASE_WRITING;
  s->next_statement = 0;
  s->batch_seq = entries[n - 1].seq;
  s->batch_count = n;
  if (n == 1) {
    s->suspect_copy = entry_copy(&entries[0]);
    s->suspect = &s->suspect_copy;
  }
  pgconn_send(s->pg, NULL, "BEGIN", NULL, 0, ANSWER_MS, begun, s);
}

/* ---- connecting ---- */

static void on_upkeep(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  uv_timer_stop(&s->timer);
  if (result) {
    upkeep_done(&s->upkeep, strtoll(pgresult_text(result, 0, 0), NULL, 10), clock_mono_ms());
  } else {
    upkeep_failed(&s->upkeep, clock_mono_ms());
    log_warn("upkeep_failed", "why=%s instead=tried_again_later", LOG_QUOTE(why->text));
    if (!*sqlstate) {
      fail(s, why);
      return;
    }
  }
  s->phase = PHASE_IDLE;
  works(s);
  tell_waiters(s);
  store_kick(s);
}

/* A chore may take its time, but whoever asks is told that results wait meanwhile: the server may be frozen. */
static void on_chore_slow(uv_timer_t *timer)
{
  struct err e;
  err_set(&e, "PostgreSQL has not finished a chore of upkeep within %d s", ANSWER_MS / 1000);
  note_failing(timer->data, &e);
}

static void keep_up(struct store *s)
{
  struct upkeep_statement statement;
  upkeep_next(&s->upkeep, journal_depth(s->journal).oldest_us, &statement);
  s->phase = PHASE_BUSY;
  uv_timer_start(&s->timer, on_chore_slow, ANSWER_MS, 0);
  pgconn_send(s->pg, NULL, statement.sql, statement.params, statement.count, UPKEEP_ANSWER_MS, on_upkeep, s);
}

static void on_position(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  (void)sqlstate;
  if (!result) {
    fail(s, why);
    return;
  }
  if (pgresult_rows(result))
    s->state.stored_seq = strtoll(pgresult_text(result, 0, 0), NULL, 10);
  else
    s->state.stored_seq = 0;
  s->state.connected = true;
  journal_acknowledge(s->journal, s->state.stored_seq);
  upkeep_begin(&s->upkeep);
  s->upkeep_last = false;
  s->phase = PHASE_IDLE;
  works(s);
  tell_waiters(s);
  store_kick(s);
}

static void on_connected(void *arg, const struct pg_result *result, const char *sqlstate, const struct err *why)
{
  struct store *s = arg;
  (void)sqlstate;
  if (!result) {
    fail(s, why);
    return;
  }
  const struct pgparam params[] = { { .value = journal_id(s->journal) } };
  pgconn_send(s->pg, NULL, read_position, params, ARRAY_LEN(params), ANSWER_MS, on_position, s);
}

static void attempt(struct store *s)
{
  s->phase = PHASE_BUSY;
  s->pg = pgconn_open(s->loop, s->resolver, s->conninfo, CONNECT_MS, on_connected, s);
}

struct store *store_new(uv_loop_t *loop, struct resolver *resolver, struct journal *journal, const char *conninfo)
{
  struct store *s = MEM_NEW(struct store);
  *s = (struct store){ .loop = loop, .resolver = resolver, .journal = journal, .conninfo = mem_copy_text(conninfo), .limit = BATCH };
  struct policy p = policy_default();
  upkeep_set_retention(&s->upkeep, p.raw_keep_ms, p.hourly_keep_ms);
  uv_timer_init(loop, &s->timer);
  s->timer.data = s;
  attempt(s);
  return s;
}

static void free_store(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct store, timer));
}

static void drop_waiters(struct store *s)
{
  while (s->waiters) {
    struct waiter *w = s->waiters;
    s->waiters = w->next;
    free(w);
  }
}

void store_free(struct store *s)
{
  if (!s)
    return;
  journal_cancel_read(s->journal);
  release_batch(s);
  pgconn_close(s->pg);
  drop_waiters(s);
  free(s->conninfo);
  uv_close((uv_handle_t *)&s->timer, free_store);
}

void store_kick(struct store *s)
{
  bool behind = journal_depth(s->journal).durable_seq > s->state.stored_seq;
  if (s->phase != PHASE_IDLE)
    return;
  /* The chores of a long absence take turns with batches. */
  if (upkeep_is_due(&s->upkeep, clock_mono_ms()) && !(behind && s->upkeep_last)) {
    s->upkeep_last = true;
    keep_up(s);
  } else if (behind) {
    s->upkeep_last = false;
    s->phase = PHASE_READING;
    journal_read(s->journal, s->state.stored_seq, s->limit, on_entries, s);
  }
}

void store_set_retention(struct store *s, int64_t raw_keep_ms, int64_t hourly_keep_ms)
{
  upkeep_set_retention(&s->upkeep, raw_keep_ms, hourly_keep_ms);
}

struct store_state store_state(const struct store *s)
{
  struct store_state state = s->state;
  state.error = s->error.text;
  return state;
}

bool store_when_stored(struct store *s, int64_t seq, void (*fn)(void *arg), void *arg)
{
  if (s->waiter_count == STORE_WAITERS_CAP)
    return false;
  struct waiter *w = MEM_NEW(struct waiter);
  *w = (struct waiter){ .next = s->waiters, .seq = seq, .fn = fn, .arg = arg };
  s->waiters = w;
  s->waiter_count++;
  if (s->state.connected)
    tell_waiters(s);
  return true;
}
