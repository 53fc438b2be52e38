/* signalbox run: one run of a service now, by the engine of the daemon, and what came of it. Nothing is stored and nobody is told. */
#include "base/json.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/workbench.h"

static const char *word_of(enum status status)
{
  return status_name(status) ? status_name(status) : "no data";
}

static void print_verdict(const char *name, const struct verdict *v, bool trace)
{
  const char *key;
  json_t *value;
  size_t i;
  printf("%s: %s%s%s\n", name, word_of(v->status), v->error ? ": " : "", v->error ? v->error : "");
  if (v->latency_ms >= 0)
    printf("  %-24s %" PRId64 " ms\n", "latency", v->latency_ms);
  json_object_foreach(v->measures, key, value) {
    char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    printf("  %-24s %s\n", key, shown);
    free(shown);
  }
  json_array_foreach(v->trace, i, value) {
    if (trace)
      printf("  %9.2f ms  %s\n", json_number_value(json_object_get(value, "ms")), json_text_of(value, "what", ""));
  }
}

static void print_json(const char *name, const struct verdict *v)
{
  json_t *json = json_object();
  json_set_text(json, "service_name", name);
  json_set_text(json, "status", status_name(v->status));
  json_set_text(json, "error_message", v->error);
  json_object_set_new(json, "latency_ms", v->latency_ms >= 0 ? json_integer(v->latency_ms) : json_null());
  json_object_set(json, "measures", v->measures ? v->measures : json_null());
  json_object_set(json, "trace", v->trace ? v->trace : json_null());
  char *line = json_line(json);
  printf("%s\n", line);
  free(line);
  json_decref(json);
}

/* Runs one service, or all of the file. The exit status is the worst: 0 healthy, 1 degraded, 2 down, 3 no data. */
static int run_services(struct workbench *w, struct script *script, const char *only, bool json)
{
  static const int codes[STATUS_COUNT] = { [STATUS_HEALTHY] = 0, [STATUS_DEGRADED] = 1, [STATUS_DOWN] = 2, [STATUS_NO_DATA] = 3 };
  int worst = 0;
  for (struct script_service *s = script->services; s; s = s->hh.next) {
    const char *name = s->declaration->name;
    struct verdict v;
    if (only && strcmp(only, name) != 0)
      continue;
    workbench_run(w, script, s, &v);
    if (json)
      print_json(name, &v);
    else
      print_verdict(name, &v, w->env.trace);
    worst = codes[v.status] > worst ? codes[v.status] : worst;
    workbench_verdict_done(&v);
  }
  return worst;
}

static int run_file(struct workbench *w, const char *path, const char *only, bool json)
{
  struct err e;
  char *dir = workbench_dir_of(path);
  bool ok = workbench_read_settings(w, dir, &e);
  struct script *script = ok ? workbench_load(w, path, &e) : NULL;
  free(dir);
  if (script && only && !script_find(script, only))
    err_set(&e, "%s declares no service \"%s\"", path, only);
  else if (script && !script->services)
    err_set(&e, "%s declares no service with these settings", path);
  else if (script) {
    int code = run_services(w, script, only, json);
    script_let_go(script);
    return code;
  }
  fprintf(stderr, "signalbox run: %s\n", e.text);
  script_let_go(script);
  return 3;
}

int cmd_run(int argc, char **argv)
{
  const char *secrets = NULL, *json = NULL, *trace = NULL;
  const struct option_row rows[] = {
    { "--json", NULL, NULL, "one JSON object a service", &json },
    { "--trace", NULL, NULL, "how long each I/O call took", &trace },
    { "--secrets", "SIGNALBOX_SECRETS", "DIR", "files that secret \"name\" reads", &secrets },
  };
  struct workbench w;
  struct err e;
  int words;
  if (!options_read(argc, argv, 1,
                    "usage: signalbox run FILE [SERVICE] [options]   (exit status: 0 healthy, 1 degraded, 2 down, 3 no data)", rows,
                    ARRAY_LEN(rows), &words, &e) ||
      ((words < 1 || words > 2) && !err_set(&e, "a file is needed, and at most one service of it; see --help"))) {
    fprintf(stderr, "signalbox run: %s\n", e.text);
    return 4;
  }
  if (!workbench_init(&w, secrets, &e)) {
    fprintf(stderr, "signalbox run: %s\n", e.text);
    return 4;
  }
  w.env.trace = trace || json;
  int code = run_file(&w, argv[1], words == 2 ? argv[2] : NULL, json != NULL);
  workbench_done(&w);
  return code;
}
