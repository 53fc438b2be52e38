/* signalbox sync|reload|recheck: what the running scheduler is asked to do over its control socket. `status` is cmd_status.c. */
#include "base/ask.h"
#include "base/json.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "cli/question.h"

/** How long an answer may take, milliseconds: something has to happen first. */
#define DONE_MS 120000

/** Exit statuses. */
enum { EXIT_WELL, EXIT_UNWELL, EXIT_SILENT };

struct question {
  const char *control, *json;
  const char *word; /* what follows the command, NULL: nothing */
};

/* As question_put does, over a connection of its own. */
static json_t *put(const struct question *q, const char *op, const char *service, int64_t timeout_ms)
{
  struct ask *a = ask_new(q->control);
  json_t *answer = question_put(a, op, ask_request(op, service), timeout_ms, NULL);
  ask_free(a);
  return answer;
}

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
    question_print(answer);
  else
    printf("%s: %s%s%s\n", q->word, found ? found : "no data", *error ? ": " : "", error);
  json_decref(answer);
  return well ? EXIT_WELL : EXIT_UNWELL;
}

/* ---- the command line ---- */

static int command(int argc, char **argv, const char *usage, int words, int (*fn)(const struct question *q))
{
  struct question q = { .control = place_control() };
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
