#include "core/repeats.h"

static struct repeat *find(struct repeats *r, const struct repeat *like)
{
  for (size_t i = 0; i < r->count; i++) {
    struct repeat *one = &r->list[i];
    if (one->others == like->others && strcmp(one->kind, like->kind) == 0 && strcmp(one->whom, like->whom) == 0 &&
        strcmp(one->from, like->from) == 0)
      return one;
  }
  return NULL;
}

static size_t told_apart(const struct repeats *r)
{
  size_t n = 0;
  for (size_t i = 0; i < r->count; i++)
    n += !r->list[i].others;
  return n;
}

bool repeats_add(struct repeats *r, const char *kind, const char *whom, const char *from, int64_t now_ms, struct repeat *told)
{
  struct repeat it = { .count = 1, .due_ms = now_ms + REPEATS_EVERY_MS };
  snprintf(it.kind, sizeof it.kind, "%s", kind);
  snprintf(it.whom, sizeof it.whom, "%s", whom);
  snprintf(it.from, sizeof it.from, "%s", from);
  struct repeat *known = find(r, &it);
  if (!known && told_apart(r) == REPEATS_CAP) {
    it.others = true;
    it.whom[0] = it.from[0] = '\0';
    known = find(r, &it);
  }
  if (known) {
    known->count++;
    return false;
  }
  *told = it;
  it.count = 0;
  if (r->count < ARRAY_LEN(r->list)) /* else there are more kinds than REPEATS_KINDS, and each time is told */
    r->list[r->count++] = it;
  return true;
}

bool repeats_due(struct repeats *r, int64_t now_ms, struct repeat *told)
{
  for (size_t i = 0; i < r->count;) {
    struct repeat *one = &r->list[i];
    if (now_ms < one->due_ms) {
      i++;
      continue;
    }
    if (!one->count) {
      *one = r->list[--r->count];
      continue;
    }
    *told = *one;
    one->count = 0;
    one->due_ms += REPEATS_EVERY_MS;
    return true;
  }
  return false;
}
