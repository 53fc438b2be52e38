/* signalbox ready|override|lift: the gate and its checklist, asked of the running scheduler. */
#include "base/ask.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "cli/question.h"

#define ANSWER_MS 10000

/** Exit statuses; of `ready` they answer it. */
enum { EXIT_YES, EXIT_NO, EXIT_SILENT };

struct options {
  const char *control, *json, *reason, *duration, *force;
};

/* As question_put does, over a connection of its own. */
static json_t *put(const struct options *o, const char *command, json_t *request, bool *refused)
{
  struct ask *a = ask_new(o->control);
  json_t *answer = question_put(a, command, request, ANSWER_MS, refused);
  ask_free(a);
  return answer;
}

static void print_check(const json_t *check)
{
  const json_t *override = json_object_get(check, "override");
  const char *error = json_text_of(check, "error", NULL);
  printf("%-10s  %-9s %-28s", json_text_of(check, "state", "?"), json_bool_of(check, "required", true) ? "required" : "optional",
         json_text_of(check, "name", "?"));
  if (error)
    printf(" %s", error);
  if (json_is_object(override))
    printf("%s overridden by %s until %s: %s", error ? ";" : "", json_text_of(override, "by", "?"),
           json_text_of(override, "expires_at", "?"), json_text_of(override, "reason", "?"));
  printf("\n");
}

static void print_gate(const json_t *gate)
{
  bool ready = json_bool_of(gate, "ready", false);
  printf("%s since %s: %s\n", ready ? "ready" : "not ready", json_text_of(gate, "since", "?"), json_text_of(gate, "reason", "?"));
}

static int ready(const struct options *o)
{
  json_t *answer = put(o, "ready", ask_request("checklist", NULL), NULL), *check;
  if (!answer)
    return EXIT_SILENT;
  const json_t *gate = json_object_get(answer, "gate");
  bool is_ready = json_bool_of(gate, "ready", false);
  size_t i;
  json_object_del(answer, "ok");
  if (o->json) {
    question_print(answer);
  } else {
    print_gate(gate);
    json_array_foreach(json_object_get(answer, "checks"), i, check)
      print_check(check);
  }
  json_decref(answer);
  return is_ready ? EXIT_YES : EXIT_NO;
}

/* Overriding and lifting: what is asked about one check, in the name of whoever is at the keyboard. */
static int change(const struct options *o, const char *command, json_t *request)
{
  bool refused;
  question_name_actor(request);
  json_t *answer = put(o, command, request, &refused);
  if (!answer)
    return refused ? EXIT_NO : EXIT_SILENT;
  json_object_del(answer, "ok");
  if (o->json) {
    question_print(answer);
  } else {
    print_check(json_object_get(answer, "check"));
    print_gate(json_object_get(answer, "gate"));
  }
  json_decref(answer);
  return EXIT_YES;
}

static json_t *request_about(const char *op, const char *check)
{
  json_t *request = ask_request(op, NULL);
  json_set_text(request, "check", check);
  return request;
}

static int override(const struct options *o, const char *check)
{
  struct err e;
  int64_t ms;
  json_t *request = request_about("override", check);
  json_set_text(request, "reason", o->reason ? o->reason : "");
  if (o->duration && !duration_parse(o->duration, &ms, &e)) {
    fprintf(stderr, "signalbox override: --for: %s\n", e.text);
    json_decref(request);
    return EXIT_SILENT;
  }
  if (o->duration)
    json_set_int(request, "expires_in_seconds", ms / 1000);
  if (o->force)
    json_object_set_new(request, "force", json_true());
  return change(o, "override", request);
}

static bool read_line(int argc, char **argv, const char *usage, int words, const struct option_row *rows, size_t n)
{
  struct err e;
  int given;
  bool ok = options_read(argc, argv, 1, usage, rows, n, &given, &e) && (given == words || err_set(&e, "%s", usage));
  if (!ok)
    fprintf(stderr, "signalbox %s: %s\n", argv[0], e.text);
  return ok;
}

#define CONTROL_ROW(o)                                                                         \
  {                                                                                            \
    "--control", "SIGNALBOX_CONTROL", "SOCKET", "the scheduler's control socket", &(o).control \
  }
#define JSON_ROW(o)                                             \
  {                                                             \
    "--json", NULL, NULL, "print the answer as JSON", &(o).json \
  }

int cmd_ready(int argc, char **argv)
{
  struct options o = { .control = place_control() };
  const struct option_row rows[] = { CONTROL_ROW(o), JSON_ROW(o) };
  static const char usage[] =
      "usage: signalbox ready [options]   (exit status 0: generation may begin, 1: it may not, 2: the scheduler is silent)";
  return read_line(argc, argv, usage, 0, rows, ARRAY_LEN(rows)) ? ready(&o) : EXIT_SILENT;
}

int cmd_override(int argc, char **argv)
{
  struct options o = { .control = place_control() };
  const struct option_row rows[] = {
    CONTROL_ROW(o),
    { "--reason", NULL, "TEXT", "why, in 10 to 500 characters", &o.reason },
    { "--for", NULL, "DURATION", "1m to 24h, 1h unless said otherwise", &o.duration },
    { "--force", NULL, NULL, "also when the check is required: generation then begins without it", &o.force },
    JSON_ROW(o),
  };
  static const char usage[] = "usage: signalbox override CHECK --reason TEXT [options]   (the check holds nothing, for a time)";
  return read_line(argc, argv, usage, 1, rows, ARRAY_LEN(rows)) ? override(&o, argv[1]) : EXIT_SILENT;
}

int cmd_lift(int argc, char **argv)
{
  struct options o = { .control = place_control() };
  const struct option_row rows[] = { CONTROL_ROW(o), JSON_ROW(o) };
  static const char usage[] = "usage: signalbox lift CHECK [options]   (an overridden check counts again)";
  return read_line(argc, argv, usage, 1, rows, ARRAY_LEN(rows)) ? change(&o, "lift", request_about("lift", argv[1])) : EXIT_SILENT;
}
