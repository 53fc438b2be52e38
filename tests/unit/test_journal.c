/* The journal: what it said to be durable is there afterwards, whatever happened. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "postgres.h"
#include "scheduler/journal.h"

static uv_loop_t loop;
static char dir[] = "/tmp/signalbox-journal-XXXXXX", path[64];
static int64_t durable;

static void on_durable(void *arg, int64_t seq)
{
  (void)arg;
  durable = seq;
}

static struct journal *open_journal(void)
{
  struct err e;
  struct journal *j = journal_open(&loop, path, on_durable, NULL, &e);
  cr_assert(j, "%s", e.text);
  return j;
}

static void close_journal(struct journal *j)
{
  journal_close(j);
  uv_run(&loop, UV_RUN_DEFAULT);
}

static void set_up(void)
{
  uv_loop_init(&loop);
  cr_assert(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/journal.sqlite", dir);
}

static void tear_down(void)
{
  cr_assert_eq(uv_loop_close(&loop), 0, "handles are left open");
  const char *const files[] = { "", "-wal", "-shm" };
  for (size_t i = 0; i < ARRAY_LEN(files); i++) {
    char name[80];
    snprintf(name, sizeof name, "%s%s", path, files[i]);
    unlink(name);
  }
  rmdir(dir);
}

static int64_t add(struct journal *j, const char *service, enum status status)
{
  return journal_add(j, &(struct entry){ .kind = ENTRY_RESULT,
                                         .service = service,
                                         .status = status,
                                         .latency_ms = 5,
                                         .error = "why",
                                         .body = "{\"m\":1}",
                                         .at_us = 1000 });
}

static void until_durable(int64_t seq)
{
  while (durable < seq)
    uv_run(&loop, UV_RUN_ONCE);
}

struct read {
  size_t n;
  int64_t first, last;
  bool done;
};

static size_t transitions_read;

static void count_transitions(void *arg, const struct entry *entries, size_t n)
{
  *(bool *)arg = true;
  for (size_t i = 0; i < n; i++)
    transitions_read += entries[i].kind == ENTRY_TRANSITION;
}

static void on_read(void *arg, const struct entry *entries, size_t n)
{
  struct read *r = arg;
  *r = (struct read){ .n = n, .first = n ? entries[0].seq : 0, .last = n ? entries[n - 1].seq : 0, .done = true };
  for (size_t i = 0; i < n; i++)
    cr_assert(entries[i].kind == ENTRY_RESULT && entries[i].latency_ms == 5 && strcmp(entries[i].error, "why") == 0 &&
              strcmp(entries[i].body, "{\"m\":1}") == 0 && entries[i].at_us == 1000);
}

static struct read read_after(struct journal *j, int64_t seq, size_t most)
{
  struct read r = { 0 };
  journal_read(j, seq, most, on_read, &r);
  while (!r.done)
    uv_run(&loop, UV_RUN_ONCE);
  return r;
}

Test(journal, goes_on_where_it_was, .init = set_up, .fini = tear_down)
{
  struct journal *j = open_journal();
  char id[64];
  snprintf(id, sizeof id, "%s", journal_id(j));
  cr_assert_eq(add(j, "a", STATUS_HEALTHY), 1);
  cr_assert_eq(add(j, "b", STATUS_DOWN), 2);
  cr_assert_eq(journal_depth(j).durable_seq, 0, "nothing is durable before its batch");
  until_durable(2);
  cr_assert_eq(journal_depth(j).entries, 2);
  cr_assert_eq(journal_depth(j).oldest_us, 1000);
  add(j, "c", STATUS_HEALTHY); /* written by the close */
  close_journal(j);

  j = open_journal();
  cr_assert_str_eq(journal_id(j), id);
  cr_assert_eq(add(j, "d", STATUS_HEALTHY), 4);
  until_durable(4);
  struct read r = read_after(j, 0, 10);
  cr_assert(r.n == 4 && r.first == 1 && r.last == 4);
  r = read_after(j, 1, 2);
  cr_assert(r.n == 2 && r.first == 2 && r.last == 3);
  journal_acknowledge(j, 3);
  add(j, "e", STATUS_HEALTHY);
  until_durable(5);
  r = read_after(j, 0, 10);
  cr_assert(r.n == 2 && r.first == 4);
  cr_assert_eq(journal_depth(j).entries, 2);
  journal_acknowledge(j, 5);
  close_journal(j);

  j = open_journal();
  cr_assert_eq(add(j, "f", STATUS_HEALTHY), 6, "numbers are never given out twice, not even when everything was taken");
  close_journal(j);
}

static void on_state(void *arg, const char *service, const char *json)
{
  char *text = arg;
  size_t n = strlen(text);
  snprintf(text + n, 256 - n, "%s=%s ", service, json);
}

Test(journal, keeps_each_keys_last_state, .init = set_up, .fini = tear_down)
{
  struct journal *j = open_journal();
  journal_keep_state(j, "service", "b", "1");
  journal_keep_state(j, "service", "a", "1");
  journal_keep_state(j, "service", "b", "2");
  journal_keep_state(j, "service", "gone", "1");
  journal_keep_state(j, "send", "a", "3");
  until_durable(add(j, "a", STATUS_HEALTHY));
  journal_keep_state(j, "service", "gone", NULL);
  journal_keep_alive_stamp(j, 777);
  close_journal(j);
  j = open_journal();
  char text[256] = "";
  struct err e;
  cr_assert(journal_each_state(j, "service", on_state, text, &e), "%s", e.text);
  cr_assert_str_eq(text, "a=1 b=2 ");
  text[0] = '\0';
  cr_assert(journal_each_state(j, "send", on_state, text, &e), "%s", e.text);
  cr_assert_str_eq(text, "a=3 ", "a scope is a namespace of its own");
  cr_assert_eq(journal_last_alive_us(j), 777);
  close_journal(j);
}

/* A writer that says what is durable and is killed at a moment of nobody's choosing. */
static void write_for_ever(int out)
{
  struct journal *j = open_journal();
  int64_t told = 0;
  for (;;) {
    for (int i = 0; i < 50; i++)
      add(j, "a", STATUS_HEALTHY);
    uv_run(&loop, UV_RUN_ONCE);
    if (durable > told && write(out, &durable, sizeof durable) == sizeof durable)
      told = durable;
  }
}

Test(journal, kill_9_loses_nothing_that_was_durable, .init = set_up, .fini = tear_down)
{
  for (int round = 0; round < 5; round++) {
    int ends[2];
    int64_t last = 0, seq;
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
      close(ends[0]);
      uv_loop_fork(&loop);
      write_for_ever(ends[1]);
    }
    close(ends[1]);
    for (int batches = 0; batches < 3 && read(ends[0], &seq, sizeof seq) == sizeof seq; batches++)
      last = seq;
    kill(pid, SIGKILL);
    while (read(ends[0], &seq, sizeof seq) == sizeof seq)
      last = seq;
    waitpid(pid, NULL, 0);
    close(ends[0]);
    cr_assert_gt(last, 0);
    struct journal *j = open_journal();
    cr_assert_geq(journal_depth(j).last_seq, last);
    cr_assert_geq(journal_depth(j).entries, last);
    close_journal(j);
  }
}

Test(journal, leaves_the_files_of_others_alone, .init = set_up, .fini = tear_down)
{
  struct err e;
  pid_t pid = fork();
  if (pid == 0) {
    execlp("python3", "python3", "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])", path,
           "CREATE TABLE mine (x)", (char *)NULL);
    _exit(127);
  }
  int status;
  waitpid(pid, &status, 0);
  cr_assert_eq(status, 0, "python3 is needed");
  cr_assert_null(journal_open(&loop, path, on_durable, NULL, &e));
  cr_assert(strstr(e.text, "not a journal of Signalbox"), "%s", e.text);
  uv_run(&loop, UV_RUN_DEFAULT);
  cr_assert_null(journal_open(&loop, "/nowhere/journal.sqlite", on_durable, NULL, &e));
  cr_assert(strstr(e.text, "/nowhere/journal.sqlite"), "%s", e.text);
  uv_run(&loop, UV_RUN_DEFAULT);
}

/* As version 0.1.0 wrote it. */
static const char format_1[] =
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, service TEXT NOT NULL, status INTEGER NOT NULL,"
    " latency_ms INTEGER NOT NULL, error TEXT, body TEXT, at_us INTEGER NOT NULL);"
    "CREATE TABLE rejected (seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, service TEXT NOT NULL, status INTEGER NOT NULL,"
    " latency_ms INTEGER NOT NULL, error TEXT, body TEXT, at_us INTEGER NOT NULL, why TEXT NOT NULL);"
    "CREATE TABLE states (service TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('id', 'abc'), ('alive_us', 5);"
    "INSERT INTO entries VALUES (7, 0, 'a', 1, 5, 'why', '{\"m\":1}', 1000);"
    "INSERT INTO states VALUES ('a', '1');"
    "PRAGMA application_id = 1396854616; PRAGMA user_version = 1;";

Test(journal, takes_over_a_file_of_the_format_before, .init = set_up, .fini = tear_down)
{
  char *python[] = { (char[]){ "python3" },
                     (char[]){ "-c" },
                     (char[]){ "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])" },
                     path,
                     (char *)(uintptr_t)format_1,
                     NULL };
  cr_assert_eq(run_program(python), 0, "python3 is needed");
  for (int round = 0; round < 2; round++) {
    struct journal *j = open_journal();
    char text[256] = "";
    struct err e;
    cr_assert_str_eq(journal_id(j), "abc");
    cr_assert(journal_each_state(j, "service", on_state, text, &e), "%s", e.text);
    cr_assert_str_eq(text, "a=1 ");
    struct read r = read_after(j, 0, 10);
    cr_assert_eq(r.first, 7);
    close_journal(j);
  }
}

Test(journal, beyond_its_cap_the_oldest_results_go_and_no_change_of_status, .init = set_up, .fini = tear_down)
{
  struct journal *j = open_journal();
  journal_set_cap(j, 20);
  for (int i = 0; i < 50; i++) {
    add(j, "a", STATUS_HEALTHY);
    if (i % 10 == 0)
      journal_add(j, &(struct entry){ .kind = ENTRY_TRANSITION, .service = "a", .status = STATUS_DOWN, .latency_ms = -1, .at_us = 1000 });
    if (i == 25)
      until_durable(journal_depth(j).last_seq);
  }
  until_durable(journal_depth(j).last_seq);
  cr_assert_eq(journal_depth(j).entries, 20);
  cr_assert_eq(journal_depth(j).dropped, 35);
  bool done = false;
  journal_read(j, 0, 100, count_transitions, &done);
  while (!done)
    uv_run(&loop, UV_RUN_ONCE);
  cr_assert_eq(transitions_read, 5);
  close_journal(j);
}
