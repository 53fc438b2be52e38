#include "scheduler/items.h"

#include "base/json.h"
#include "base/mem.h"
#include "scheduler/files.h"

struct item *items_find(const struct scheduler *s, enum item_kind kind, const char *name)
{
  struct item *item;
  HASH_FIND_STR(s->items[kind], name, item);
  return item;
}

struct deed items_deed(const struct item *item, const char *what, const json_t *argument)
{
  return (struct deed){
    .kind = item->kind,
    .file = item->file,
    .name = item->name,
    .what = what,
    .argument = argument,
    .timeout_ms = json_int_of(item->declaration, "timeout_ms", 10000),
  };
}

static void drop(struct scheduler *s, struct item *item)
{
  HASH_DEL(s->items[item->kind], item);
  free(item->file);
  json_decref(item->declaration);
  free(item);
}

bool items_check(const struct scheduler *s, const char *file, const json_t *const declared[ITEM_KINDS], struct err *e)
{
  size_t i;
  json_t *json;
  for (enum item_kind kind = ITEM_PREFLIGHT; kind < ITEM_KINDS; kind++) {
    json_array_foreach((json_t *)(uintptr_t)declared[kind], i, json) {
      const struct item *other = items_find(s, kind, json_text_of(json, "name", ""));
      if (other && strcmp(other->file, file) != 0 && files_is_present(s->files, other->file))
        return err_set(e, "%s: %s %s is already declared by %s; this file is not used", file, item_kind_name(kind), other->name,
                       other->file);
    }
  }
  return true;
}

static void add(struct scheduler *s, enum item_kind kind, const char *file, json_t *declaration)
{
  struct item *item = MEM_NEW(struct item);
  *item = (struct item){ .kind = kind, .file = mem_copy_text(file), .declaration = json_incref(declaration) };
  item->name = json_text_of(declaration, "name", "");
  struct item *before = items_find(s, kind, item->name); /* of a file that is gone */
  if (before)
    drop(s, before);
  HASH_ADD_KEYPTR(hh, s->items[kind], item->name, strlen(item->name), item);
}

void items_take(struct scheduler *s, const char *file, const json_t *const declared[ITEM_KINDS])
{
  size_t i;
  json_t *json;
  items_drop_file(s, file);
  for (enum item_kind kind = ITEM_PREFLIGHT; kind < ITEM_KINDS; kind++)
    json_array_foreach((json_t *)(uintptr_t)declared[kind], i, json)
      add(s, kind, file, json);
}

void items_list_file(const struct scheduler *s, const char *file, json_t *json)
{
  static const char *const lists[ITEM_KINDS] = { [ITEM_PREFLIGHT] = "preflights", [ITEM_CHANNEL] = "channels" };
  for (enum item_kind kind = ITEM_PREFLIGHT; kind < ITEM_KINDS; kind++) {
    json_t *names = json_array();
    for (const struct item *item = s->items[kind]; item; item = item->hh.next)
      if (strcmp(item->file, file) == 0)
        json_array_append_new(names, json_string(item->name));
    json_object_set_new(json, lists[kind], names);
  }
}

/* file NULL: of every file. */
static void drop_all(struct scheduler *s, const char *file)
{
  struct item *item, *next;
  for (size_t i = 0; i < ITEM_KINDS; i++) {
    HASH_ITER(hh, s->items[i], item, next)
      if (!file || strcmp(item->file, file) == 0)
        drop(s, item);
  }
}

void items_drop_file(struct scheduler *s, const char *file)
{
  drop_all(s, file);
}

void items_free(struct scheduler *s)
{
  drop_all(s, NULL);
}
