#include "scheduler/journal.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "scheduler/journal_batch.h"
#include "scheduler/journal_schema.h"

/** After a failed write the batch is tried again, milliseconds. */
#define RETRY_MS 1000
/** Entries that wait in memory while the file cannot be written; beyond it new plain results are not taken. */
#define WAITING_CAP 200000

enum statement { INSERT_ENTRY, INSERT_REJECTED, TRIM_REJECTED, PUT_STATE, DELETE_STATE, ACKNOWLEDGE, PUT_ALIVE, DROP_OLDEST, STATEMENTS };
static const char *const statements[STATEMENTS] = {
  "INSERT INTO entries (seq, kind, service, status, latency_ms, error, body, at_us, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
  "INSERT OR REPLACE INTO rejected (seq, kind, service, status, latency_ms, error, body, at_us, note, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
  "?7, ?8, ?9, ?10)",
  "DELETE FROM rejected WHERE seq <= (SELECT seq FROM rejected ORDER BY seq DESC LIMIT 1 OFFSET 10000)",
  "INSERT INTO states (scope, key, json) VALUES (?1, ?2, ?3) ON CONFLICT (scope, key) DO UPDATE SET json = excluded.json",
  "DELETE FROM states WHERE scope = ?1 AND key = ?2",
  "DELETE FROM entries WHERE seq <= ?1",
  "UPDATE meta SET value = ?1 WHERE key = 'alive_us'",
  "DELETE FROM entries WHERE seq IN (SELECT seq FROM entries WHERE kind IN (0, 3) ORDER BY seq LIMIT ?1)", /* ENTRY_RESULT, ENTRY_NO_DATA */
};
static const char read_entries[] =
    "SELECT seq, kind, service, status, latency_ms, error, body, at_us, note FROM entries WHERE seq > ?1 ORDER BY seq LIMIT ?2";

struct journal {
  uv_loop_t *loop;
  sqlite3 *writer, *reader;
  sqlite3_stmt *prepared[STATEMENTS];
  sqlite3_stmt *read_statement;
  journal_durable_fn fn;
  void *arg;
  char id[64];
  int64_t last_alive_us;

  struct batch open, writing;
  uv_timer_t timer;
  uv_work_t write_work, read_work;
  bool is_writing, is_reading;
  int64_t last_seq, durable_seq;
  struct err write_error; /* "": the last batch was written */
  int64_t entries;        /* in the table */
  int64_t removed;        /* by the last batch: acknowledged */
  int64_t capped;         /* by the last batch: for the cap */
  int64_t cap, dropped;   /* of plain results; 0: no cap. dropped: since the start */
  int64_t oldest_us;      /* of the first in the table */
  int64_t set_aside;      /* since the start */

  /* One read. */
  int64_t after_seq;
  size_t most, found;
  struct entry *rows;
  journal_read_fn read_fn;
  void *read_arg;
};

/* ---- writing, on the thread pool ---- */

static bool step(struct journal *j, sqlite3_stmt *s, struct err *e)
{
  int code = sqlite3_step(s);
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  return code == SQLITE_DONE || err_set(e, "journal: %s", sqlite3_errmsg(j->writer));
}

static bool write_entry(struct journal *j, const struct noted *n, struct err *e)
{
  sqlite3_stmt *s = j->prepared[n->why ? INSERT_REJECTED : INSERT_ENTRY];
  const struct entry *entry = &n->entry;
  sqlite3_bind_int64(s, 1, entry->seq);
  sqlite3_bind_int(s, 2, (int)entry->kind);
  sqlite3_bind_text(s, 3, entry->service, -1, SQLITE_STATIC);
  sqlite3_bind_int(s, 4, (int)entry->status);
  sqlite3_bind_int64(s, 5, entry->latency_ms);
  sqlite3_bind_text(s, 6, entry->error, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 7, entry->body, -1, SQLITE_STATIC);
  sqlite3_bind_int64(s, 8, entry->at_us);
  sqlite3_bind_text(s, 9, entry->note, -1, SQLITE_STATIC);
  if (n->why)
    sqlite3_bind_text(s, 10, n->why, -1, SQLITE_STATIC);
  return step(j, s, e) && (!n->why || step(j, j->prepared[TRIM_REJECTED], e));
}

static bool write_states(struct journal *j, const struct batch *b, struct err *e)
{
  for (const struct noted_state *n = b->states; n; n = n->hh.next) {
    sqlite3_stmt *s = j->prepared[n->json ? PUT_STATE : DELETE_STATE];
    sqlite3_bind_text(s, 1, n->scope, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, n->key, -1, SQLITE_STATIC);
    if (n->json)
      sqlite3_bind_text(s, 3, n->json, -1, SQLITE_STATIC);
    if (!step(j, s, e))
      return false;
  }
  return true;
}

static bool write_number(struct journal *j, enum statement statement, int64_t number, struct err *e)
{
  if (!number)
    return true;
  sqlite3_bind_int64(j->prepared[statement], 1, number);
  return step(j, j->prepared[statement], e);
}

static bool write_all(struct journal *j, const struct batch *b, struct err *e)
{
  for (const struct noted *n = b->first; n; n = n->next)
    if (!write_entry(j, n, e))
      return false;
  if (!write_states(j, b, e) || !write_number(j, PUT_ALIVE, b->alive_us, e) || !write_number(j, ACKNOWLEDGE, b->acknowledged, e))
    return false;
  j->removed = b->acknowledged ? sqlite3_changes64(j->writer) : 0;
  j->capped = 0;
  int64_t excess = j->cap ? j->entries + (int64_t)b->count - j->removed - j->cap : 0;
  if (excess > 0) {
    if (!write_number(j, DROP_OLDEST, excess, e))
      return false;
    j->capped = sqlite3_changes64(j->writer);
  }
  return journal_execute(j->writer, "COMMIT", e);
}

static void look_at_oldest(struct journal *j)
{
  sqlite3_stmt *s;
  j->oldest_us = 0;
  if (sqlite3_prepare_v2(j->writer, "SELECT at_us FROM entries ORDER BY seq LIMIT 1", -1, &s, NULL) == SQLITE_OK &&
      sqlite3_step(s) == SQLITE_ROW)
    j->oldest_us = sqlite3_column_int64(s, 0);
  sqlite3_finalize(s);
}

static void write_batch(struct journal *j)
{
  const struct batch *b = &j->writing;
  struct err e = { "" };
  bool ok = journal_execute(j->writer, "BEGIN IMMEDIATE", &e) && write_all(j, b, &e);
  j->write_error = e;
  if (!ok) {
    sqlite3_exec(j->writer, "ROLLBACK", NULL, NULL, NULL); /* fails when it never began */
    return;
  }
  look_at_oldest(j);
}

/* ---- the same, on the loop ---- */

static void start_writing(struct journal *j);

/* Said when it begins and each time the number has doubled: not once a batch for days. */
static void note_dropped(struct journal *j, int64_t n)
{
  int64_t before = j->dropped;
  j->dropped += n;
  if (n && (j->dropped & ~before) > before)
    log_warn("journal_full", "cap=%" PRId64 " dropped=%" PRId64 " instead=oldest_results_go_transitions_stay", j->cap, j->dropped);
}

static void wrote(struct journal *j)
{
  j->entries += (int64_t)j->writing.count - j->removed - j->capped;
  note_dropped(j, j->capped);
  if (j->writing.last_seq)
    j->durable_seq = j->writing.last_seq;
  bool any = j->writing.last_seq != 0;
  batch_done(&j->writing);
  if (any)
    j->fn(j->arg, j->durable_seq);
}

static void on_work(uv_work_t *work)
{
  write_batch(work->data);
}

static void on_timer(uv_timer_t *timer)
{
  start_writing(timer->data);
}

static void on_wrote(uv_work_t *work, int status)
{
  struct journal *j = work->data;
  (void)status;
  j->is_writing = false;
  bool failed = j->write_error.text[0];
  if (!failed)
    wrote(j);
  else
    log_error("journal_write", "why=%s instead=kept_in_memory_and_tried_again", LOG_QUOTE(j->write_error.text));
  if ((failed || j->open.any) && !uv_is_closing((uv_handle_t *)&j->timer))
    uv_timer_start(&j->timer, on_timer, failed ? RETRY_MS : JOURNAL_BATCH_MS, 0);
}

/* What was noted becomes the batch to write, unless one that failed is still there: that goes first, by itself, and the order is kept. */
static void close_open_batch(struct journal *j)
{
  if (!j->writing.any)
    batch_move(&j->writing, &j->open);
}

static void start_writing(struct journal *j)
{
  if (j->is_writing)
    return;
  close_open_batch(j);
  j->is_writing = true;
  uv_queue_work(j->loop, &j->write_work, on_work, on_wrote);
}

static void touch(struct journal *j)
{
  j->open.any = true;
  if (!j->is_writing && !uv_is_active((uv_handle_t *)&j->timer))
    uv_timer_start(&j->timer, on_timer, JOURNAL_BATCH_MS, 0);
}

int64_t journal_add(struct journal *j, const struct entry *entry)
{
  struct entry numbered = *entry;
  bool plain = entry->kind == ENTRY_RESULT || entry->kind == ENTRY_NO_DATA;
  if (plain && j->open.count >= WAITING_CAP) {
    note_dropped(j, 1);
    return j->last_seq;
  }
  numbered.seq = ++j->last_seq;
  batch_add(&j->open, &numbered, NULL);
  touch(j);
  return numbered.seq;
}

void journal_set_cap(struct journal *j, int64_t results)
{
  j->cap = results;
}

void journal_set_aside(struct journal *j, const struct entry *entry, const char *why)
{
  batch_add(&j->open, entry, why);
  j->set_aside++;
  touch(j);
}

void journal_keep_state(struct journal *j, const char *scope, const char *key, const char *json)
{
  batch_keep_state(&j->open, scope, key, json);
  touch(j);
}

void journal_keep_alive_stamp(struct journal *j, int64_t wall_us)
{
  j->open.alive_us = wall_us;
  touch(j);
}

void journal_acknowledge(struct journal *j, int64_t seq)
{
  if (seq > j->open.acknowledged)
    j->open.acknowledged = seq;
  touch(j);
}

/* ---- reading ---- */

static char *column_text(sqlite3_stmt *s, int column)
{
  return mem_copy_text((const char *)sqlite3_column_text(s, column));
}

static void on_read_work(uv_work_t *work)
{
  struct journal *j = work->data;
  sqlite3_stmt *s = j->read_statement;
  sqlite3_bind_int64(s, 1, j->after_seq);
  sqlite3_bind_int64(s, 2, (int64_t)j->most);
  j->rows = mem_new(j->most, sizeof *j->rows);
  for (j->found = 0; j->found < j->most && sqlite3_step(s) == SQLITE_ROW; j->found++)
    j->rows[j->found] = (struct entry){
      .seq = sqlite3_column_int64(s, 0),
      .kind = (enum entry_kind)sqlite3_column_int(s, 1),
      .service = column_text(s, 2),
      .status = (enum status)sqlite3_column_int(s, 3),
      .latency_ms = sqlite3_column_int64(s, 4),
      .error = column_text(s, 5),
      .body = column_text(s, 6),
      .at_us = sqlite3_column_int64(s, 7),
      .note = column_text(s, 8),
    };
  sqlite3_reset(s);
}

static void on_read_done(uv_work_t *work, int status)
{
  struct journal *j = work->data;
  struct entry *rows = j->rows;
  size_t n = j->found;
  (void)status;
  j->is_reading = false;
  j->rows = NULL;
  if (j->read_fn)
    j->read_fn(j->read_arg, rows, n);
  for (size_t i = 0; i < n; i++)
    entry_free_texts(&rows[i]);
  free(rows);
}

void journal_read(struct journal *j, int64_t after_seq, size_t most, journal_read_fn fn, void *arg)
{
  assert(!j->is_reading);
  j->is_reading = true;
  j->after_seq = after_seq;
  j->most = most;
  j->read_fn = fn;
  j->read_arg = arg;
  uv_queue_work(j->loop, &j->read_work, on_read_work, on_read_done);
}

void journal_cancel_read(struct journal *j)
{
  j->read_fn = NULL;
}

/* ---- opening and closing ---- */

static bool read_id(struct journal *j, struct err *e)
{
  sqlite3_stmt *s;
  if (sqlite3_prepare_v2(j->writer, "SELECT value FROM meta WHERE key = 'id'", -1, &s, NULL) != SQLITE_OK)
    return err_set(e, "journal: %s", sqlite3_errmsg(j->writer));
  if (sqlite3_step(s) == SQLITE_ROW)
    snprintf(j->id, sizeof j->id, "%s", (const char *)sqlite3_column_text(s, 0));
  sqlite3_finalize(s);
  return j->id[0] || err_set(e, "journal: it has no id");
}

static bool prepare(struct journal *j, struct err *e)
{
  for (size_t i = 0; i < STATEMENTS; i++)
    if (sqlite3_prepare_v3(j->writer, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &j->prepared[i], NULL) != SQLITE_OK)
      return err_set(e, "journal: %s", sqlite3_errmsg(j->writer));
  if (sqlite3_prepare_v3(j->reader, read_entries, -1, SQLITE_PREPARE_PERSISTENT, &j->read_statement, NULL) != SQLITE_OK)
    return err_set(e, "journal: %s", sqlite3_errmsg(j->reader));
  return true;
}

static bool open_files(struct journal *j, const char *path, struct err *e)
{
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  /* It holds what scripts and settings say: nobody else's to read. SQLite gives the files beside it the same mode. */
  int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    close(fd);
  if (sqlite3_open_v2(path, &j->writer, flags, NULL) != SQLITE_OK)
    return err_set(e, "journal: %s: %s", path, sqlite3_errmsg(j->writer));
  sqlite3_busy_timeout(j->writer, 5000);
  if (!journal_execute(j->writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", e) || !journal_schema_make(j->writer, path, e))
    return err_context(e, "%s", path);
  if (sqlite3_open_v2(path, &j->reader, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
    return err_set(e, "journal: %s: %s", path, sqlite3_errmsg(j->reader));
  sqlite3_busy_timeout(j->reader, 5000);
  return prepare(j, e) && read_id(j, e) &&
         journal_read_number(j->writer, "SELECT value FROM meta WHERE key = 'alive_us'", &j->last_alive_us, e) &&
         journal_read_number(j->writer, "SELECT seq FROM sqlite_sequence WHERE name = 'entries'", &j->last_seq, e) &&
         journal_read_number(j->writer, "SELECT count(*) FROM entries", &j->entries, e);
}

struct journal *journal_open(uv_loop_t *loop, const char *path, journal_durable_fn fn, void *arg, struct err *e)
{
  struct journal *j = MEM_NEW(struct journal);
  j->loop = loop;
  j->fn = fn;
  j->arg = arg;
  batch_init(&j->open);
  batch_init(&j->writing);
  uv_timer_init(loop, &j->timer);
  j->timer.data = j->write_work.data = j->read_work.data = j;
  if (!open_files(j, path, e)) {
    journal_close(j);
    return NULL;
  }
  look_at_oldest(j);
  j->durable_seq = j->last_seq;
  return j;
}

static void free_journal(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct journal, timer));
}

/* What is noted is written here and now: once for a batch that had failed, once for what came after it. */
static void write_rest(struct journal *j)
{
  for (int i = 0; i < 2 && (j->writing.any || j->open.any); i++) {
    close_open_batch(j);
    write_batch(j);
    if (j->write_error.text[0]) {
      log_error("journal_lost", "entries=%zu why=%s", j->writing.count + j->open.count, LOG_QUOTE(j->write_error.text));
      return;
    }
    batch_done(&j->writing);
  }
}

void journal_close(struct journal *j)
{
  if (!j)
    return;
  j->read_fn = NULL;
  while (j->is_writing || j->is_reading)
    uv_run(j->loop, UV_RUN_ONCE);
  if (j->prepared[STATEMENTS - 1])
    write_rest(j);
  batch_done(&j->writing);
  batch_done(&j->open);
  for (size_t i = 0; i < STATEMENTS; i++)
    sqlite3_finalize(j->prepared[i]);
  sqlite3_finalize(j->read_statement);
  sqlite3_close(j->reader);
  sqlite3_close(j->writer);
  uv_close((uv_handle_t *)&j->timer, free_journal);
}

const char *journal_id(const struct journal *j)
{
  return j->id;
}

bool journal_each_state(struct journal *j, const char *scope, void (*fn)(void *arg, const char *key, const char *json), void *arg,
                        struct err *e)
{
  sqlite3_stmt *s;
  if (sqlite3_prepare_v2(j->reader, "SELECT key, json FROM states WHERE scope = ?1 ORDER BY key", -1, &s, NULL) != SQLITE_OK)
    return err_set(e, "journal: %s", sqlite3_errmsg(j->reader));
  sqlite3_bind_text(s, 1, scope, -1, SQLITE_STATIC);
  while (sqlite3_step(s) == SQLITE_ROW)
    fn(arg, (const char *)sqlite3_column_text(s, 0), (const char *)sqlite3_column_text(s, 1));
  sqlite3_finalize(s);
  return true;
}

int64_t journal_last_alive_us(const struct journal *j)
{
  return j->last_alive_us;
}

struct journal_depth journal_depth(const struct journal *j)
{
  return (struct journal_depth){ .entries = j->entries,
                                 .oldest_us = j->oldest_us,
                                 .last_seq = j->last_seq,
                                 .durable_seq = j->durable_seq,
                                 .dropped = j->dropped,
                                 .set_aside = j->set_aside };
}

const char *journal_error(const struct journal *j)
{
  return j->write_error.text;
}
