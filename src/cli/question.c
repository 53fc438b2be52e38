#include "cli/question.h"

#include <pwd.h>
#include <unistd.h>

#include "base/json.h"

json_t *question_put(struct ask *a, const char *command, json_t *request, int64_t timeout_ms, bool *refused)
{
  struct err e;
  json_t *answer;
  enum ask_outcome outcome = ask(a, request, timeout_ms, &answer, &e);
  if (refused)
    *refused = outcome == ASK_REFUSED;
  if (outcome != ASK_ANSWERED) {
    fprintf(stderr, "signalbox %s: %s\n", command, e.text);
    json_decref(answer);
    answer = NULL;
  }
  json_decref(request);
  return answer;
}

void question_name_actor(json_t *request)
{
  const struct passwd *who = getpwuid(getuid());
  json_set_text(request, "actor", who ? who->pw_name : "somebody");
  json_set_text(request, "from", "signalbox(1)");
}

void question_print(const json_t *value)
{
  char *line = json_line(value);
  printf("%s\n", line);
  free(line);
}
