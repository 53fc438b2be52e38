#include "scheduler/journal_batch.h"

#include "base/mem.h"

void batch_init(struct batch *b)
{
  *b = (struct batch){ .last = &b->first };
}

void entry_free_texts(const struct entry *e)
{
  free((char *)(uintptr_t)e->service);
  free((char *)(uintptr_t)e->error);
  free((char *)(uintptr_t)e->body);
}

void batch_done(struct batch *b)
{
  while (b->first) {
    struct noted *n = b->first;
    b->first = n->next;
    entry_free_texts(&n->entry);
    free(n->why);
    free(n);
  }
  struct noted_state *s, *next;
  HASH_ITER(hh, b->states, s, next) {
    HASH_DEL(b->states, s);
    free(s->service);
    free(s->json);
    free(s);
  }
  batch_init(b);
}

void batch_move(struct batch *to, struct batch *from)
{
  *to = *from;
  if (!to->first)
    to->last = &to->first;
  batch_init(from);
}

void batch_add(struct batch *b, const struct entry *entry, const char *why)
{
  struct noted *n = MEM_NEW(struct noted);
  n->entry = *entry;
  n->entry.service = mem_copy_text(entry->service);
  n->entry.error = mem_copy_text(entry->error);
  n->entry.body = mem_copy_text(entry->body);
  n->why = mem_copy_text(why);
  *b->last = n;
  b->last = &n->next;
  b->any = true;
  if (why)
    return;
  b->last_seq = entry->seq;
  b->count++;
}

void batch_keep_state(struct batch *b, const char *service, const char *json)
{
  struct noted_state *s;
  HASH_FIND_STR(b->states, service, s);
  if (!s) {
    s = MEM_NEW(struct noted_state);
    s->service = mem_copy_text(service);
    HASH_ADD_KEYPTR(hh, b->states, s->service, strlen(s->service), s);
  }
  free(s->json);
  s->json = mem_copy_text(json);
  b->any = true;
}
