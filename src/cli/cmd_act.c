/* signalbox restart|diagnose|act|logs: what is done to a service, asked of the running scheduler and followed until it has ended. */
#include <time.h>

#include "base/ask.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "cli/question.h"

#define ANSWER_MS 10000
/** A restart is watched for three minutes; then its outcome is known. */
#define FOLLOW_MS 360000
#define LOOK_EVERY_NS 250000000L

/** Exit statuses. */
enum { EXIT_DONE, EXIT_FAILED, EXIT_SILENT };

struct options {
  const char *control, *confirm, *force, *lines, *json, *follow;
};

static bool has_ended(const json_t *action)
{
  const char *state = json_text_of(action, "state", "");
  return strcmp(state, "done") == 0 || strcmp(state, "failed") == 0;
}

/* Asks until it has ended. Takes the answer over; the last one, or NULL. */
static json_t *follow(struct ask *a, const char *command, json_t *answer)
{
  int64_t until_ms = clock_mono_ms() + FOLLOW_MS;
  while (answer && !has_ended(json_object_get(answer, "action")) && clock_mono_ms() < until_ms) {
    nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_NS }, NULL);
    json_t *request = ask_request("action", NULL);
    json_object_set(request, "id", json_object_get(json_object_get(answer, "action"), "id"));
    json_decref(answer);
    answer = question_put(a, command, request, ANSWER_MS, NULL);
  }
  return answer;
}

static void print(const json_t *action, bool json)
{
  const char *outcome = json_text_of(action, "outcome", "done"), *error = json_text_of(action, "error", NULL);
  char *output = json_dumps(json_object_get(action, "output"), JSON_INDENT(2) | JSON_ENCODE_ANY);
  char *line = json ? json_line(action) : NULL;
  if (json)
    printf("%s\n", line);
  else
    printf("%s of %s: %s%s%s\n%s\n", json_text_of(action, "action", "?"), json_text_of(action, "service_name", "?"), outcome,
           error ? ": " : "", error ? error : "", output ? output : "");
  free(output);
  free(line);
}

static int act(const struct options *o, const char *command, const char *service, const char *action)
{
  struct ask *a = ask_new(o->control);
  json_t *request = ask_request("act", service);
  json_set_text(request, "action", action);
  if (o->confirm)
    json_set_text(request, "confirm", o->confirm);
  if (o->force)
    json_object_set_new(request, "force", json_true());
  question_name_actor(request);
  json_t *answer = follow(a, command, question_put(a, command, request, ANSWER_MS, NULL)), *done = json_object_get(answer, "action");
  int code = EXIT_SILENT;
  if (done) {
    const char *outcome = json_text_of(done, "outcome", "");
    bool good = strcmp(json_text_of(done, "state", ""), "done") == 0 && strcmp(outcome, "did_not_help") != 0;
    print(done, o->json);
    code = good ? EXIT_DONE : EXIT_FAILED;
  }
  json_decref(answer);
  ask_free(a);
  return code;
}

static void print_lines(const json_t *piece)
{
  const json_t *line;
  const char *error = json_text_of(piece, "error", NULL);
  size_t i;
  if (json_bool_of(piece, "gap", false))
    fprintf(stderr, "signalbox logs: more came at once than is read: some lines are missing here\n");
  json_array_foreach(json_object_get(piece, "lines"), i, line)
    printf("%s\n", json_string_value(line));
  fflush(stdout);
  if (error)
    fprintf(stderr, "signalbox logs: %s\n", error);
}

/* Until it ends, or whoever reads it has gone. */
static int follow_log(struct ask *a, const char *service, int64_t lines)
{
  json_t *request = ask_request("follow", service);
  json_set_int(request, "lines", lines);
  json_set_text(request, "via", "control");
  question_name_actor(request);
  json_t *begun = question_put(a, "logs", request, ANSWER_MS, NULL), *piece = json_incref(begun);
  const char *ended = NULL;
  while (piece && !ended && !ferror(stdout)) {
    json_decref(piece);
    request = ask_request("follow_next", NULL);
    json_object_set(request, "id", json_object_get(begun, "id"));
    piece = question_put(a, "logs", request, ANSWER_MS, NULL);
    print_lines(piece);
    ended = json_text_of(piece, "ended", NULL);
  }
  if (ended)
    fprintf(stderr, "signalbox logs: %s\n", ended);
  int code = ended || ferror(stdout) ? EXIT_DONE : EXIT_SILENT;
  json_decref(piece);
  json_decref(begun);
  return code;
}

static int logs(const struct options *o, const char *service)
{
  struct err e;
  int64_t lines = 100;
  if (o->lines && !options_number("--lines", o->lines, 1, 1000, &lines, &e)) {
    fprintf(stderr, "signalbox logs: %s\n", e.text);
    return EXIT_SILENT;
  }
  struct ask *a = ask_new(o->control);
  if (o->follow) {
    int code = follow_log(a, service, lines);
    ask_free(a);
    return code;
  }
  json_t *request = ask_request("logs", service);
  json_set_int(request, "lines", lines);
  question_name_actor(request);
  json_t *answer = question_put(a, "logs", request, ANSWER_MS, NULL);
  print_lines(answer);
  int code = answer ? EXIT_DONE : EXIT_SILENT;
  json_decref(answer);
  ask_free(a);
  return code;
}

static int command(int argc, char **argv, int words, const char *usage)
{
  struct options o = { .control = place_control() };
  bool is_logs = strcmp(argv[0], "logs") == 0;
  const struct option_row all[] = {
    { "--control", "SIGNALBOX_CONTROL", "SOCKET", "the scheduler's control socket", &o.control },
    is_logs ? (struct option_row){ "--lines", NULL, "N", "how many of the last ones (100)", &o.lines }
            : (struct option_row){ "--json", NULL, NULL, "print the action as JSON", &o.json },
    is_logs ? (struct option_row){ "--follow", NULL, NULL, "go on with what is written", &o.follow }
            : (struct option_row){ "--confirm", NULL, "SERVICE", "its name again, for what needs it: a restart", &o.confirm },
    { "--force", NULL, NULL, "do not wait for what it is doing", &o.force },
  };
  struct err e;
  int given;
  bool ok = options_read(argc, argv, 1, usage, all, is_logs ? 3 : ARRAY_LEN(all), &given, &e);
  if (ok && given != words)
    ok = err_set(&e, "%s", usage);
  if (!ok) {
    fprintf(stderr, "signalbox %s: %s\n", argv[0], e.text);
    return EXIT_SILENT;
  }
  if (is_logs)
    return logs(&o, argv[1]);
  return act(&o, argv[0], argv[1], words == 2 ? argv[2] : argv[0]);
}

int cmd_restart(int argc, char **argv)
{
  return command(
      argc, argv, 1,
      "usage: signalbox restart SERVICE --confirm SERVICE [options]   (exit status 0: it helped, 1: it did not or failed, 2: refused)");
}

int cmd_diagnose(int argc, char **argv)
{
  return command(argc, argv, 1,
                 "usage: signalbox diagnose SERVICE [options]   (one run with the time of every step, limits, and its own diagnosis)");
}

int cmd_act(int argc, char **argv)
{
  return command(argc, argv, 2, "usage: signalbox act SERVICE ACTION [options]   (an action that the service's file declares)");
}

int cmd_logs(int argc, char **argv)
{
  return command(argc, argv, 1, "usage: signalbox logs SERVICE [options]   (the last lines of its log)");
}
