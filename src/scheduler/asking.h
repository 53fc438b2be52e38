/* A request over the control socket that waits for its answer. Whoever handles it answers exactly once, at once or later; the client may have
 * gone meanwhile, which the handler need not know. What has no answer when the scheduler stops is released then. */
#pragma once

#include <jansson.h>

#include "base/err.h"

struct asking;
struct askings;
struct journal;
struct linepipe;

/** All that wait; one for the control socket. */
struct askings *askings_new(struct journal *journal);
/** Releases those that never got an answer too. NULL is nothing. */
void askings_free(struct askings *all);
/** The client has gone: its answers go nowhere. */
void askings_forget(struct askings *all, const struct linepipe *client);
/** The journal is durable up to seq: answers that waited for it leave. */
void askings_durable(struct askings *all, int64_t seq);

/** A request from that client; the request is held as long as the asking lives. */
struct asking *asking_new(struct askings *all, struct linepipe *client, const json_t *request);
/** What whoever handles it remembers beside it; released with it, also when the scheduler stops before there is an answer. At most one thing. */
void asking_own(struct asking *a, void *thing, void (*release)(void *thing));
/** What was asked. Borrowed. */
const json_t *asking_request(const struct asking *a);

/** {"ok":true} and the members of the object, which is taken over (NULL: none). The asking is gone. */
void asking_answer(struct asking *a, json_t *json);
/** The whole line as it is, a text that is taken over. */
void asking_answer_line(struct asking *a, char *line);
/** The same as asking_answer, when everything that the journal has noted so far is durable. */
void asking_answer_when_durable(struct asking *a, json_t *json);
/** {"ok":false,"code","error"}: a code of lower-case words for programs, a sentence for people. The asking is gone. */
void asking_refuse(struct asking *a, const char *code, const char *format, ...) PRINTF_LIKE(3, 4);

/** Askings that wait for one thing. Zero is empty. */
struct asking_list {
  struct asking *first;
};
void asking_list_add(struct asking_list *list, struct asking *a);
/** The next one; NULL: there is none left. */
struct asking *asking_list_take(struct asking_list *list);
