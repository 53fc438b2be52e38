#include "core/depends.h"

/* Breadth first. What was reached is remembered with the service that it was reached from. */
struct search {
  depends_fn fn;
  bool (*is_it)(void *arg, const char *name);
  void *arg;
  json_t *from;  /* ancestor -> the one before it on the way */
  json_t *queue; /* names, in the order in which they were reached */
};

/* The parents of one; the one that is looked for among them, or NULL. */
static const char *look_above(struct search *s, const char *name)
{
  size_t i;
  const json_t *parent;
  json_array_foreach(s->fn(s->arg, name), i, parent) {
    const char *text = json_string_value(parent);
    if (!text || json_object_get(s->from, text))
      continue;
    json_object_set_new(s->from, text, json_string(name));
    if (s->is_it(s->arg, text))
      return text;
    json_array_append(s->queue, (json_t *)(uintptr_t)parent);
  }
  return NULL;
}

static const char *find(struct search *s, const char *name)
{
  const char *found = look_above(s, name);
  for (size_t i = 0; !found && i < json_array_size(s->queue); i++)
    found = look_above(s, json_string_value(json_array_get(s->queue, i)));
  return found;
}

static struct search begin(depends_fn fn, bool (*is_it)(void *arg, const char *name), void *arg)
{
  return (struct search){ .fn = fn, .is_it = is_it, .arg = arg, .from = json_object(), .queue = json_array() };
}

static void end(struct search *s)
{
  json_decref(s->from);
  json_decref(s->queue);
}

const char *depends_find(const char *name, depends_fn fn, bool (*is_it)(void *arg, const char *name), void *arg)
{
  struct search s = begin(fn, is_it, arg);
  const char *found = find(&s, name);
  end(&s);
  return found;
}

/* The same with a name to look for instead of a question. */
struct circle {
  const char *name;
  depends_fn fn;
  void *arg;
};

static const json_t *parents_in_circle(void *arg, const char *name)
{
  const struct circle *c = arg;
  return c->fn(c->arg, name);
}

static bool is_start(void *arg, const char *name)
{
  return strcmp(((const struct circle *)arg)->name, name) == 0;
}

bool depends_is_sound(const char *name, depends_fn fn, void *arg, struct err *e)
{
  struct circle c = { .name = name, .fn = fn, .arg = arg };
  struct search s = begin(parents_in_circle, is_start, &c);
  const char *at = find(&s, name);
  bool sound = !at;
  if (!sound) {
    /* The way is known from its end. */
    err_set(e, "%s", name);
    do {
      struct err rest = *e;
      at = json_string_value(json_object_get(s.from, at));
      err_set(e, "%s -> %s", at, rest.text);
    } while (strcmp(at, name) != 0);
  }
  end(&s);
  return sound;
}
