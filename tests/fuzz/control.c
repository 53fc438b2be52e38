/* The scheduler's control socket, asked anything. The whole scheduler runs here, on a thread of its own: its journal, one runner, a script, no Postgres.
 * Each input goes down a connection, followed by a question that is answered at once: every answer up to that one is a line of JSON with "ok", and what is
 * refused has its code and sentence. Where the input breaks the protocol (a line over the cap) the connection ends, and the next one is served. */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "fuzz.h"

/** src/scheduler/main.c's, under another name. */
int scheduler_main(int argc, char **argv);

/** The last question, and how its answer is known. */
#define LAST "\n{\"op\":\"the-last-question\"}\n"
#define LAST_WORD "the-last-question"
/** How long an answer may take, seconds. */
#define PATIENCE_S 60

static const char checks[] = "service { name = 'a', every = '24h', probe = function() return { pct = 1 } end, restart = function() end,\n"
                             "  logs = function() return 'one' end, diagnose = function() end, actions = { free = function() end } }\n"
                             "preflight { name = 'p', run = function() end }\n";

static char dir[] = "/tmp/signalbox-fuzz-XXXXXX", path[64];
static pthread_t thread;

static int remove_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
  (void)st;
  (void)kind;
  (void)where;
  return remove(name);
}

static void stop(void)
{
  kill(getpid(), SIGTERM);
  pthread_join(thread, NULL);
  nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void *run(void *arg)
{
  (void)arg;
  char *journal = mem_printf("%s/journal", dir);
  const char *words[] = { "signalbox-scheduler", "--checks",  dir, "--journal", journal,     "--control",   path,    "--database",
                          "host=/nowhere",       "--runners", "1", "--runner",  FUZZ_RUNNER, "--log-level", "error", NULL };
  char *argv[ARRAY_LEN(words)];
  memcpy(argv, words, sizeof argv);
  HOLDS(scheduler_main((int)ARRAY_LEN(argv) - 1, argv) == 0, "the scheduler starts and stops");
  free(journal);
  return NULL;
}

/* A connection to it; -1: it does not listen yet. */
static int dial(void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  struct timeval patience = { .tv_sec = PATIENCE_S };
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    return -1;
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
}

/* An answer as a client sees it. True: it was the last one. */
static bool look_at(const char *line, size_t len)
{
  struct err e;
  json_t *answer = json_read(line, len, &e);
  const json_t *ok = json_object_get(answer, "ok");
  HOLDS(json_is_boolean(ok), "an answer is an object with \"ok\"");
  const char *why = json_text_of(answer, "error", NULL);
  HOLDS(json_is_true(ok) || (why && *json_text_of(answer, "code", "")), "a refusal has its code and its sentence");
  bool last = json_is_false(ok) && strstr(why, LAST_WORD);
  json_decref(answer);
  return last;
}

/* Answers up to the last one, or to the end of the connection. */
static void read_answers(int fd)
{
  struct buf b;
  buf_init(&b, 64 * 1024 * 1024);
  for (bool last = false; !last;) {
    char bytes[65536];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) /* libFuzzer's own timer: a call with a time-out is not restarted (signal(7)) */
      continue;
    HOLDS(n >= 0 || errno == ECONNRESET, "an answer comes");
    if (n <= 0)
      break;
    HOLDS(buf_add(&b, bytes, (size_t)n), "answers are bounded");
    for (const char *end; !last && b.len && (end = memchr(b.data, '\n', b.len)); buf_drop(&b, (size_t)(end + 1 - b.data)))
      last = look_at(b.data, (size_t)(end - b.data));
  }
  buf_done(&b);
}

static bool send_all(int fd, const void *bytes, size_t len)
{
  for (const char *at = bytes; len;) {
    ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    len -= (size_t)n;
  }
  return true;
}

/* A connection as soon as the scheduler listens. It binds its socket before it listens there: what appears in the folder is tried, and tried again
 * after one more millisecond for what lies between the two. */
static int dial_when_there(int watch)
{
  char events[4096];
  int fd = -1;
  for (int64_t until = clock_mono_ms() + PATIENCE_S * 1000; fd < 0 && clock_mono_ms() < until; fd = dial()) {
    struct pollfd p = { .fd = watch, .events = POLLIN };
    bool is_bound = access(path, F_OK) == 0;
    if (poll(&p, 1, is_bound ? 1 : PATIENCE_S * 1000) > 0)
      HOLDS(read(watch, events, sizeof events) > 0, "what appears is told");
  }
  return fd;
}

static void start(void)
{
  if (path[0])
    return;
  HOLDS(mkdtemp(dir), "there is a place for it");
  snprintf(path, sizeof path, "%s/control", dir);
  char *file = mem_printf("%s/fuzz.lua", dir);
  FILE *f = fopen(file, "w");
  HOLDS(f && fputs(checks, f) >= 0 && fclose(f) == 0, "and a script in it");
  free(file);
  int watch = inotify_init1(IN_CLOEXEC);
  HOLDS(watch >= 0 && inotify_add_watch(watch, dir, IN_CREATE) >= 0, "it is seen what appears there");
  HOLDS(pthread_create(&thread, NULL, run, NULL) == 0, "a thread is there");
  int fd = dial_when_there(watch);
  close(watch);
  HOLDS(fd >= 0 && send_all(fd, LAST, strlen(LAST)), "it listens");
  read_answers(fd);
  close(fd);
  /* Not before it has answered: what its libraries do at the end comes after it has ended. */
  atexit(stop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  start();
  int fd = dial();
  HOLDS(fd >= 0, "it listens still");
  if (send_all(fd, data, size) && send_all(fd, LAST, strlen(LAST)))
    read_answers(fd);
  close(fd);
  return 0;
}
