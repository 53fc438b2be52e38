#include "scheduler/asking.h"

#include "base/json.h"
#include "base/mem.h"
#include "loop/linepipe.h"
#include "scheduler/journal.h"

struct asking {
  struct asking *next, **link; /* of all */
  struct asking *waits_behind; /* of the list that it waits in */
  struct askings *all;
  struct linepipe *client; /* NULL: has gone */
  json_t *request;
  char *line;  /* the answer, once there is one that waits for the journal */
  int64_t seq; /* until it is durable */
  void *thing; /* the handler's, NULL: none */
  void (*release_thing)(void *thing);
};

struct askings {
  struct journal *journal;
  struct asking *first;
};

struct askings *askings_new(struct journal *journal)
{
  struct askings *all = MEM_NEW(struct askings);
  all->journal = journal;
  return all;
}

static void release(struct asking *a)
{
  *a->link = a->next;
  if (a->next)
    a->next->link = a->link;
  if (a->thing)
    a->release_thing(a->thing);
  json_decref(a->request);
  free(a->line);
  free(a);
}

void askings_free(struct askings *all)
{
  if (!all)
    return;
  while (all->first)
    release(all->first);
  free(all);
}

void askings_forget(struct askings *all, const struct linepipe *client)
{
  for (struct asking *a = all->first; a; a = a->next)
    if (a->client == client)
      a->client = NULL;
}

/* Sends its line, if there is somebody to send it to. */
static void leave(struct asking *a)
{
  if (a->client) {
    linepipe_send(a->client, a->line);
    a->line = NULL;
  }
  release(a);
}

void askings_durable(struct askings *all, int64_t seq)
{
  for (struct asking *a = all->first, *next; a; a = next) {
    next = a->next;
    if (a->line && a->seq <= seq)
      leave(a);
  }
}

struct asking *asking_new(struct askings *all, struct linepipe *client, const json_t *request)
{
  struct asking *a = MEM_NEW(struct asking);
  *a = (struct asking){ .next = all->first, .link = &all->first, .all = all, .client = client };
  a->request = json_incref((json_t *)(uintptr_t)request);
  if (all->first)
    all->first->link = &a->next;
  all->first = a;
  return a;
}

void asking_own(struct asking *a, void *thing, void (*release_thing)(void *thing))
{
  a->thing = thing;
  a->release_thing = release_thing;
}

const json_t *asking_request(const struct asking *a)
{
  return a->request;
}

static char *line_of(bool ok, json_t *members)
{
  json_t *json = json_object();
  json_object_set_new(json, "ok", json_boolean(ok));
  if (members)
    json_object_update(json, members);
  json_decref(members);
  char *line = json_line(json);
  json_decref(json);
  return line;
}

void asking_answer(struct asking *a, json_t *json)
{
  a->line = line_of(true, json);
  leave(a);
}

void asking_answer_line(struct asking *a, char *line)
{
  a->line = line;
  leave(a);
}

void asking_answer_when_durable(struct asking *a, json_t *json)
{
  struct journal_depth depth = journal_depth(a->all->journal);
  a->line = line_of(true, json);
  a->seq = depth.last_seq;
  if (depth.durable_seq >= a->seq)
    leave(a);
}

void asking_refuse(struct asking *a, const char *code, const char *format, ...)
{
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  json_t *json = json_object();
  json_set_text(json, "code", code);
  json_set_text(json, "error", text);
  a->line = line_of(false, json);
  leave(a);
}

void asking_list_add(struct asking_list *list, struct asking *a)
{
  a->waits_behind = list->first;
  list->first = a;
}

struct asking *asking_list_take(struct asking_list *list)
{
  struct asking *a = list->first;
  if (a)
    list->first = a->waits_behind;
  return a;
}
