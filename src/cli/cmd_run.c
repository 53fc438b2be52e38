/* signalbox run: one run of a service (or a preflight) now, by the engine of the daemon, and what came of it. Nothing is stored and nobody is told. */
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/workbench.h"

/** Longest that a diagnosis may take, milliseconds. */
#define DIAGNOSE_MS 60000

struct running {
  struct workbench bench;
  struct script *script;
  const char *path, *only; /* only: the one item to run; NULL: all of the file */
  bool json, trace, diagnose;
  int worst; /* the exit status so far */
};

/* ---- what is shown ---- */

static const char *word_of(enum status status)
{
  return status_name(status) ? status_name(status) : "no data";
}

/* A limit of the measure that is met with the verdict's own status: the one that decided. */
static const struct limit *deciding(const struct script_service *service, const struct verdict *v, const char *measure)
{
  for (size_t i = 0; i < service->limit_count && !script_has_judge(service) && v->status != STATUS_NO_DATA; i++) {
    struct err why;
    const struct limit *l = &service->limits[i];
    if (l->status == v->status && limits_judge(l, 1, v->measures, &why) == l->status)
      return !measure || strcmp(l->measure, measure) == 0 ? l : NULL;
  }
  return NULL;
}

/* "  used_pct                 97.2       degraded > 85, down > 95   <- decided" */
static void print_measure(const struct script_service *service, const struct verdict *v, const char *name, const json_t *value)
{
  char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
  const char *before = "   ";
  printf("  %-24s %-10s", name, shown);
  for (size_t i = 0; i < service->limit_count; i++) {
    const struct limit *l = &service->limits[i];
    if (strcmp(l->measure, name) != 0)
      continue;
    printf("%s%s %s", before, status_name(l->status), l->written);
    before = ", ";
  }
  printf("%s\n", deciding(service, v, name) ? "   <- decided" : "");
  free(shown);
}

static void print_trace(const struct verdict *v)
{
  size_t i;
  const json_t *call;
  json_array_foreach(v->trace, i, call)
    printf("  %9.2f ms  %s\n", json_number_value(json_object_get(call, "ms")), json_text_of(call, "what", ""));
}

static void print_verdict(const struct running *r, const char *name, const struct script_service *service, const struct verdict *v)
{
  const char *key;
  json_t *value;
  printf("%s: %s%s%s\n", name, word_of(v->status), v->error ? ": " : "", v->error ? v->error : "");
  if (v->latency_ms >= 0)
    printf("  %-24s %" PRId64 " ms\n", "latency", v->latency_ms);
  json_object_foreach(v->measures, key, value)
    print_measure(service, v, key, value);
  if (v->answer) {
    char *text = json_dumps(v->answer, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    printf("%s\n", text);
    free(text);
  }
  if (r->trace)
    print_trace(v);
}

/* {"measure","status","limit"} of the limit that decided. */
static json_t *decided_by(const struct script_service *service, const struct verdict *v)
{
  const struct limit *l = service ? deciding(service, v, NULL) : NULL;
  if (!l)
    return json_null();
  json_t *json = json_object();
  json_set_text(json, "measure", l->measure);
  json_set_text(json, "status", status_name(l->status));
  json_set_text(json, "limit", l->written);
  return json;
}

static void print_json(const char *name, enum item_kind kind, const char *what, const struct script_service *service,
                       const struct verdict *v)
{
  json_t *json = json_object();
  json_set_text(json, kind == ITEM_SERVICE ? "service_name" : item_kind_name(kind), name);
  json_set_text(json, "what", what);
  json_set_text(json, "status", status_name(v->status));
  json_set_text(json, "error_message", v->error);
  json_object_set_new(json, "latency_ms", v->latency_ms >= 0 ? json_integer(v->latency_ms) : json_null());
  json_object_set(json, "measures", v->measures ? v->measures : json_null());
  json_object_set_new(json, "decided_by", decided_by(service, v));
  json_object_set(json, "answer", v->answer ? v->answer : json_null());
  json_object_set(json, "trace", v->trace ? v->trace : json_null());
  char *line = json_line(json);
  printf("%s\n", line);
  free(line);
  json_decref(json);
}

/* The exit status is the worst of all: 0 healthy, 1 degraded, 2 down, 3 no data. */
static void take(struct running *r, const char *name, enum item_kind kind, const char *what, const struct script_service *service,
                 struct verdict *v)
{
  static const int codes[STATUS_COUNT] = { [STATUS_HEALTHY] = 0, [STATUS_DEGRADED] = 1, [STATUS_DOWN] = 2, [STATUS_NO_DATA] = 3 };
  if (r->json)
    print_json(name, kind, what, service, v);
  else
    print_verdict(r, name, service, v);
  if (codes[v->status] > r->worst)
    r->worst = codes[v->status];
  workbench_verdict_done(v);
}

/* ---- what is run ---- */

static bool is_chosen(const struct running *r, const char *name)
{
  return !r->only || strcmp(r->only, name) == 0;
}

/* Its own diagnose, or its probe with the time of each call. */
static void run_service(struct running *r, struct script_service *service)
{
  const char *name = service->declaration->name;
  struct verdict v;
  bool own = json_object_get(json_object_get(service->declaration->json, "can"), "diagnose") != NULL;
  if (r->diagnose && own) {
    workbench_deed(&r->bench, r->script, ITEM_SERVICE, name, "diagnose", NULL, DIAGNOSE_MS, &v);
    take(r, name, ITEM_SERVICE, "diagnose", NULL, &v);
    return;
  }
  if (r->diagnose && !r->json)
    printf("%s declares no diagnose; this is its probe, with the time of each call\n", name);
  workbench_run(&r->bench, r->script, service, &v);
  take(r, name, ITEM_SERVICE, "probe", service, &v);
}

/* What a preflight's function said, as a status. */
static void read_verdict(struct verdict *v)
{
  const char *why = NULL;
  enum item_verdict said = v->status == STATUS_HEALTHY ? item_verdict_of(v->answer, &why) : ITEM_PASSED;
  if (said == ITEM_PASSED)
    return;
  v->status = said == ITEM_FAILED ? STATUS_DOWN : STATUS_NO_DATA;
  free(v->error);
  v->error = mem_copy_text(why);
  json_decref(v->answer);
  v->answer = NULL;
}

/* Preflights that only look at services have nothing to run. */
static bool run_preflights(struct running *r)
{
  bool any = false;
  json_t *own = json_pack("{s:s}", "schema", SIGNALBOX_SCHEMA);
  for (struct script_item *item = r->script->items[ITEM_PREFLIGHT]; item; item = item->hh.next) {
    const char *name = json_text_of(item->declaration, "name", "");
    struct verdict v;
    if (!is_chosen(r, name) || json_object_get(item->declaration, "services"))
      continue;
    any = true;
    workbench_deed(&r->bench, r->script, ITEM_PREFLIGHT, name, "run", own, json_int_of(item->declaration, "timeout_ms", 10000), &v);
    read_verdict(&v);
    take(r, name, ITEM_PREFLIGHT, "run", NULL, &v);
  }
  json_decref(own);
  return any;
}

static bool run_items(struct running *r, struct err *e)
{
  bool any = false;
  for (struct script_service *s = r->script->services; s; s = s->hh.next) {
    if (!is_chosen(r, s->declaration->name))
      continue;
    any = true;
    run_service(r, s);
  }
  any = (!r->diagnose && run_preflights(r)) || any;
  if (any)
    return true;
  return r->only ? err_set(e, "%s declares no service \"%s\" that could be run", r->path, r->only)
                 : err_set(e, "%s declares no service with these settings", r->path);
}

static bool run_file(struct running *r, struct err *e)
{
  char *dir = workbench_dir_of(r->path);
  bool ok = workbench_read_settings(&r->bench, dir, e);
  free(dir);
  r->script = ok ? workbench_load(&r->bench, r->path, e) : NULL;
  ok = r->script && run_items(r, e);
  script_let_go(r->script);
  return ok;
}

int cmd_run(int argc, char **argv)
{
  const char *secrets = NULL, *json = NULL, *trace = NULL, *diagnose = NULL;
  const struct option_row rows[] = {
    { "--diagnose", NULL, NULL, "the function `diagnose` instead of the probe", &diagnose },
    { "--trace", NULL, NULL, "how long each I/O call took", &trace },
    { "--json", NULL, NULL, "one JSON object a service", &json },
    { "--secrets", "SIGNALBOX_SECRETS", "DIR", "files that secret \"name\" reads", &secrets },
  };
  struct running r = { 0 };
  struct err e;
  int words;
  if (!options_read(argc, argv, 1,
                    "usage: signalbox run FILE [SERVICE] [options]   (exit status: 0 healthy, 1 degraded, 2 down, 3 no data)", rows,
                    ARRAY_LEN(rows), &words, &e) ||
      ((words < 1 || words > 2) && !err_set(&e, "a file is needed, and at most one service of it; see --help")) ||
      !workbench_init(&r.bench, secrets, &e)) {
    fprintf(stderr, "signalbox run: %s\n", e.text);
    return 4;
  }
  r.path = argv[1];
  r.only = words == 2 ? argv[2] : NULL;
  r.json = json != NULL;
  r.diagnose = diagnose != NULL;
  r.trace = trace || diagnose;
  r.bench.env.trace = r.trace || r.json;
  bool ok = run_file(&r, &e);
  workbench_done(&r.bench);
  if (ok)
    return r.worst;
  fprintf(stderr, "signalbox run: %s\n", e.text);
  return 3;
}
