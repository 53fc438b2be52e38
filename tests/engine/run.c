/* Runs the engine's cases: each tests/engine/NAME.lua is a script file that declares one service; its first line says what must come of one run.
 *
 *   -- expect: healthy | degraded "text" | down "text" | no-data "text" | refused "text"
 *
 * A second line has another function than the probe called, with a JSON value; "text" is then sought in the JSON that it returned too:
 *   -- deed: service|preflight|channel NAME WHAT [ARGUMENT]
 * "text" must be part of the error (refused: of the file's own fault). Environment variables that a case needs are read through `settings.env`.
 * `engine-cases FILE...` prints a line a case and ends with "N passed, N failed". */
#include <signal.h>
#include <uv.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/message.h"
#include "loop/mount.h"
#include "loop/multi.h"
#include "loop/resolve.h"
#include "loop/transfer.h"
#include "modules/modules.h"
#include "script/run.h"
#include "script/watchdog.h"

extern char **environ;

static uv_loop_t loop;
static struct script_env env = { .loop = &loop };

struct verdict {
  char word[16];
  char text[1024];
  bool done;
};

static void on_done(void *arg, const struct run_outcome *o)
{
  struct verdict *v = arg;
  const char *word = status_name(o->status);
  snprintf(v->word, sizeof v->word, "%s", word ? word : "no-data");
  char *answer = o->answer ? json_dumps(o->answer, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
  snprintf(v->text, sizeof v->text, "%s", o->error ? o->error : answer ? answer : "");
  free(answer);
  v->done = true;
}

/* { env = { NAME = value } } of every variable that begins with SIGNALBOX_TEST_. */
static json_t *make_settings(void)
{
  json_t *settings = json_object(), *variables = json_object();
  for (char **e = environ; *e; e++) {
    if (strncmp(*e, "SIGNALBOX_TEST_", 15) != 0)
      continue;
    char *name = mem_copy_bytes(*e, strcspn(*e, "="));
    json_set_text(variables, name + 15, getenv(name));
    free(name);
  }
  json_object_set_new(settings, "env", variables);
  return settings;
}

/* The second line, when it asks for a deed. */
static bool read_deed(const char *source, struct script *script, struct script_target *target, char what[64], json_t **argument)
{
  char kind_word[16], name[64];
  int end = 0;
  enum item_kind kind;
  const char *second = strchr(source, '\n');
  if (!second || sscanf(second, "\n-- deed: %15s %63s %63s%n", kind_word, name, what, &end) != 3 || !item_kind_from_name(kind_word, &kind))
    return false;
  size_t len = strcspn(second + end, "\n");
  *argument = json_loadb(second + end, len, JSON_DECODE_ANY, NULL);
  return script_find_target(script, kind, name, target);
}

static void run_case(const char *path, const char *source, struct verdict *v)
{
  const char *slash = strrchr(path, '/');
  struct err e;
  json_t *settings = make_settings();
  struct script *script = script_load(&env, modules_open, slash ? slash + 1 : path, source, settings, &e);
  json_decref(settings);
  if (!script) {
    snprintf(v->word, sizeof v->word, "refused");
    snprintf(v->text, sizeof v->text, "%s", e.text);
    return;
  }
  char what[64];
  struct script_target target;
  json_t *argument = NULL;
  bool is_deed = read_deed(source, script, &target, what, &argument);
  if (is_deed)
    run_deed(script, &target, what, argument, 10000, on_done, v);
  else if (script->services)
    run_start(script, script->services, script->services->declaration->timeout_ms, on_done, v);
  else
    snprintf(v->word, sizeof v->word, "nothing declared");
  while ((is_deed || script->services) && !v->done && uv_run(&loop, UV_RUN_ONCE))
    ;
  json_decref(argument);
  script_let_go(script);
}

/* The expectation of the first line: a word and, in quotes, a part of the text. */
static bool read_expectation(const char *source, char word[16], char text[256])
{
  text[0] = '\0';
  return sscanf(source, "-- expect: %15s \"%255[^\"]\"", word, text) >= 1;
}

static bool check(const char *path)
{
  struct err e;
  struct verdict v = { 0 };
  char word[16], text[256];
  char *source = file_read(path, MESSAGE_SOURCE_CAP, NULL, &e);
  bool ok = source != NULL;
  if (!ok) {
    printf("FAIL %s\n", e.text);
  } else if (!read_expectation(source, word, text)) {
    ok = false;
    printf("FAIL %s: the first line is no expectation\n", path);
  } else {
    run_case(path, source, &v);
    ok = strcmp(v.word, word) == 0 && strstr(v.text, text);
    if (ok)
      printf("ok   %s\n", path);
    else
      printf("FAIL %s: expected %s \"%s\", got %s \"%s\"\n", path, word, text, v.word, v.text);
  }
  free(source);
  return ok;
}

int main(int argc, char **argv)
{
  struct err e;
  unsigned failed = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN); /* as the runner does */
  uv_loop_init(&loop);
  env.resolver = resolver_new(&loop, &e);
  env.multis = env.resolver ? multis_new(&loop, &e) : NULL;
  if (!env.multis || !watchdog_start(NULL, &e)) {
    fprintf(stderr, "engine-cases: %s\n", e.text);
    return 2;
  }
  env.transfers = transfers_new(env.multis, env.resolver);
  for (int i = 1; i < argc; i++)
    failed += !check(argv[i]);
  watchdog_stop();
  mount_stop_all();
  transfers_free(env.transfers);
  multis_free(env.multis);
  resolver_free(env.resolver);
  uv_run(&loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&loop) != 0) {
    printf("FAIL handles are left open\n");
    failed++;
  }
  printf("%d passed, %u failed\n", argc - 1 - (int)failed, failed);
  return failed ? 1 : 0;
}
