/* What commands that ask the running scheduler have in common. */
#pragma once

#include "base/ask.h"

/** Asks and waits for at most timeout_ms; the request is taken over. The answer, to be released, or NULL with the sentence on stderr after the command's
 * name. *refused (may be NULL): the scheduler answered, and said no. */
json_t *question_put(struct ask *a, const char *command, json_t *request, int64_t timeout_ms, bool *refused);
/** Sets "actor" and "from": whoever is at the keyboard. */
void question_name_actor(json_t *request);
/** One line of JSON on stdout. */
void question_print(const json_t *value);
