/* signalbox status|sync|reload|recheck: what the running scheduler is asked over its control socket. */
#include <unistd.h>

#include "base/ask.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"

/** How long an answer may take, milliseconds: what is known, and what has to happen first. */
#define KNOWN_MS 5000
#define DONE_MS 120000

/** Exit statuses. */
enum { EXIT_WELL, EXIT_UNWELL, EXIT_SILENT };

struct question {
  const char *control, *json;
  const char *word; /* what follows the command, NULL: nothing */
};

/* The answer, or NULL with the sentence on stderr. */
static json_t *put(const struct question *q, const char *op, const char *service, int64_t timeout_ms)
{
  struct ask *a = ask_new(q->control);
  struct err e;
  json_t *request = ask_request(op, service), *answer;
  if (ask(a, request, timeout_ms, &answer, &e) != ASK_ANSWERED) {
    fprintf(stderr, "signalbox %s: %s\n", op, e.text);
    json_decref(answer);
    answer = NULL;
  }
  json_decref(request);
  ask_free(a);
  return answer;
}

static void print_json(const json_t *value)
{
  char *line = json_line(value);
  printf("%s\n", line);
  free(line);
}

/* ---- status ---- */

static bool is_known(const json_t *service)
{
  return json_text_of(service, "status", NULL) && !json_bool_of(service, "stale", true);
}

static bool all_well(const json_t *services)
{
  size_t i;
  const json_t *service;
  json_array_foreach(services, i, service)
    if (!is_known(service) || strcmp(json_text_of(service, "status", ""), "healthy") != 0)
      return false;
  return json_array_size(services) > 0;
}

/* What a service's line says first; colour on a terminal only. */
static const char *light(const json_t *service)
{
  static const struct {
    const char *status, *plain, *colour;
  } lights[] = {
    { "healthy", "healthy ", "\033[32mhealthy \033[0m" },
    { "degraded", "degraded", "\033[33mdegraded\033[0m" },
    { "down", "down    ", "\033[31mdown    \033[0m" },
  };
  bool terminal = isatty(STDOUT_FILENO);
  for (size_t i = 0; is_known(service) && i < ARRAY_LEN(lights); i++)
    if (strcmp(json_text_of(service, "status", ""), lights[i].status) == 0)
      return terminal ? lights[i].colour : lights[i].plain;
  return terminal ? "\033[90mno data \033[0m" : "no data ";
}

static void print_service(const json_t *service)
{
  printf("%s  %-24s", light(service), json_text_of(service, "service_name", "?"));
  if (json_is_integer(json_object_get(service, "latency_ms")))
    printf(" %6" PRId64 " ms", json_int_of(service, "latency_ms", 0));
  else
    printf("          ");
  printf("  %s\n", json_text_of(service, "error_message", ""));
}

static void print_network(const json_t *lost)
{
  if (json_is_object(lost))
    printf("this machine has lost its own network since %s: %s; what runs on other machines is not known\n",
           json_text_of(lost, "lost_since", "?"), json_text_of(lost, "why", "?"));
}

static void print_scheduler(const json_t *status)
{
  const json_t *runs = json_object_get(status, "runs"), *journal = json_object_get(status, "journal");
  const json_t *store = json_object_get(status, "store"), *file;
  const char *error = json_text_of(store, "error", NULL);
  size_t i;
  printf("\nscheduler %s, pid %" PRId64 ", since %s\n", json_text_of(status, "version", "?"), json_int_of(status, "pid", 0),
         json_text_of(status, "started_at", "?"));
  printf("runs: %" PRId64 " finished, %" PRId64 " without data, %" PRId64 " skipped\n", json_int_of(runs, "finished", 0),
         json_int_of(runs, "no_data", 0), json_int_of(runs, "skipped", 0));
  printf("journal: %" PRId64 " entries on their way to Postgres%s%s\n", json_int_of(journal, "entries", 0), error ? "; " : "",
         error ? error : "");
  json_array_foreach(json_object_get(status, "files"), i, file) {
    const char *fault = json_text_of(file, "error", NULL);
    if (fault)
      printf("file %s: %s\n", json_text_of(file, "file", "?"), fault);
  }
}

static void print_overview(const json_t *overview, const json_t *own)
{
  const json_t *services = json_object_get(overview, "services"), *service;
  size_t i;
  json_array_foreach(services, i, service)
    print_service(service);
  if (!json_array_size(services))
    printf("no service is declared\n");
  print_network(json_object_get(overview, "network"));
  print_scheduler(own);
}

static int status(const struct question *q)
{
  json_t *overview = put(q, "overview", NULL, KNOWN_MS), *own = overview ? put(q, "status", NULL, KNOWN_MS) : NULL;
  int code = EXIT_SILENT;
  if (own) {
    code = all_well(json_object_get(overview, "services")) ? EXIT_WELL : EXIT_UNWELL;
    json_object_del(overview, "ok");
    json_object_del(own, "ok");
    json_object_set(overview, "scheduler", own);
    if (q->json)
      print_json(overview);
    else
      print_overview(overview, own);
  }
  json_decref(own);
  json_decref(overview);
  return code;
}

/* ---- the others ---- */

static int put_and_say(const struct question *q, const char *op, const char *done)
{
  json_t *answer = put(q, op, NULL, DONE_MS);
  if (answer)
    printf("%s\n", done);
  json_decref(answer);
  return answer ? EXIT_WELL : EXIT_SILENT;
}

static int sync_now(const struct question *q)
{
  return put_and_say(q, "sync", "everything that happened so far is in Postgres");
}

static int reload(const struct question *q)
{
  return put_and_say(q, "reload", "the checks were read again; `signalbox status` names files that were refused");
}

static int recheck(const struct question *q)
{
  json_t *answer = put(q, "recheck", q->word, DONE_MS);
  if (!answer)
    return EXIT_SILENT;
  const char *found = json_text_of(answer, "status", NULL), *error = json_text_of(answer, "error_message", "");
  bool well = found && strcmp(found, "healthy") == 0;
  json_object_del(answer, "ok");
  if (q->json)
    print_json(answer);
  else
    printf("%s: %s%s%s\n", q->word, found ? found : "no data", *error ? ": " : "", error);
  json_decref(answer);
  return well ? EXIT_WELL : EXIT_UNWELL;
}

/* ---- the command line ---- */

static int command(int argc, char **argv, const char *usage, int words, int (*fn)(const struct question *q))
{
  struct question q = { .control = "var/run/scheduler.sock" };
  const struct option_row rows[] = {
    { "--control", "SIGNALBOX_CONTROL", "SOCKET", "the scheduler's control socket", &q.control },
    { "--json", NULL, NULL, "print the answer as JSON", &q.json },
  };
  struct err e;
  int given;
  bool ok = options_read(argc, argv, 1, usage, rows, ARRAY_LEN(rows), &given, &e);
  if (ok && given != words)
    ok = err_set(&e, "%s", usage);
  if (!ok) {
    fprintf(stderr, "signalbox %s: %s\n", argv[0], e.text);
    return EXIT_SILENT;
  }
  q.word = words ? argv[1] : NULL;
  return fn(&q);
}

int cmd_status(int argc, char **argv)
{
  return command(argc, argv,
                 "usage: signalbox status [options]   (exit status 0: all is well, 1: something is not, 2: the scheduler is silent)", 0,
                 status);
}

int cmd_sync(int argc, char **argv)
{
  return command(argc, argv, "usage: signalbox sync [options]   (waits until everything that happened so far is in Postgres)", 0, sync_now);
}

int cmd_reload(int argc, char **argv)
{
  return command(argc, argv, "usage: signalbox reload [options]   (reads the directory of checks again)", 0, reload);
}

int cmd_recheck(int argc, char **argv)
{
  return command(argc, argv, "usage: signalbox recheck SERVICE [options]   (runs its check now)", 1, recheck);
}
