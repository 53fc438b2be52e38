#include "scheduler/journal_batch.h"

#include "base/mem.h"

void batch_init(struct batch *b)
{
  *b = (struct batch){ .last = &b->first };
}

void entry_free_texts(const struct entry *e)
{
  free((char *)(uintptr_t)e->service);
  free((char *)(uintptr_t)e->note);
  free((char *)(uintptr_t)e->error);
  free((char *)(uintptr_t)e->body);
}

struct entry entry_copy(const struct entry *e)
{
  struct entry copy = *e;
  copy.service = mem_copy_text(e->service);
  copy.note = mem_copy_text(e->note);
  copy.error = mem_copy_text(e->error);
  copy.body = mem_copy_text(e->body);
  return copy;
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
    free(s->scope);
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
  n->entry = entry_copy(entry);
  n->why = mem_copy_text(why);
  *b->last = n;
  b->last = &n->next;
  b->any = true;
  if (why)
    return;
  b->last_seq = entry->seq;
  b->count++;
}

void batch_keep_state(struct batch *b, const char *scope, const char *key, const char *json)
{
  struct noted_state *s;
  /* Both in one text with a NUL between them, which neither can hold: that is what the table is keyed by. */
  size_t scope_size = strlen(scope) + 1, both_size = scope_size + strlen(key) + 1;
  char *both = mem_new(1, both_size);
  memcpy(both, scope, scope_size);
  memcpy(both + scope_size, key, both_size - scope_size);
  HASH_FIND(hh, b->states, both, both_size, s);
  if (s) {
    free(both);
  } else {
    s = MEM_NEW(struct noted_state);
    s->scope = both;
    s->key = both + scope_size;
    HASH_ADD_KEYPTR(hh, b->states, s->scope, both_size, s);
  }
  free(s->json);
  s->json = mem_copy_text(json);
  b->any = true;
}
