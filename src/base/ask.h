/* A client of the scheduler's control socket: one JSON object a line out, one line in, within a deadline. Blocking; for the API's workers and
 * the operator's command. The connection is kept between questions and made anew when the scheduler has been replaced.
 * What can be asked stands in scheduler/control.h. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** Longest answer, bytes. */
#define ASK_ANSWER_CAP ((size_t)16 * 1024 * 1024)

struct ask;

/** Connects at the first question. */
struct ask *ask_new(const char *socket_path);
/** NULL is nothing. */
void ask_free(struct ask *a);

enum ask_outcome {
  ASK_ANSWERED, /* *answer is the object, whose "ok" is true; to be released */
  ASK_REFUSED,  /* *answer is the object {"ok":false,"code","error"}; to be released; the sentence is in *e too */
  ASK_SILENT,   /* nobody listens, or not in time; *answer is NULL */
};

/** Asks and waits for at most timeout_ms. The request is borrowed. A question may reach the scheduler twice when it is replaced
 * just then. */
enum ask_outcome ask(struct ask *a, const json_t *request, int64_t timeout_ms, json_t **answer, struct err *e) MUST_CHECK;

/** The same for an answer so large that its reader takes it apart himself: the line as it came, to free(), NULL in silence. Whether it was answered or
 * refused is not looked at. */
char *ask_line(struct ask *a, const json_t *request, int64_t timeout_ms, struct err *e) MUST_CHECK;

/** Has something come after all on the connection of the last question that went unanswered (the answer, or its end)? Never waits; true once. Whoever
 * leaves a scheduler alone that hangs learns by it that it hangs no longer. */
bool ask_is_heard(struct ask *a);

/** {"op": op}, with "service": service unless that is NULL. */
json_t *ask_request(const char *op, const char *service);
