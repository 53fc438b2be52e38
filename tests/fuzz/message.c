/* Lines between scheduler and runner, and the declarations in them. What is accepted is written, read and written again: the two lines are the same. */
#include "core/message.h"

#include "base/json.h"
#include "core/declaration.h"
#include "fuzz.h"

static json_t *again(const char *line)
{
  struct err e;
  json_t *json = json_read(line, strlen(line), &e);
  HOLDS(json, "what we write is JSON");
  HOLDS(!strchr(line, '\n'), "and one line");
  return json;
}

/* For each kind of message: read, written, read, written. */
#define TWICE(kind, json)                                                                 \
  do {                                                                                    \
    struct message_##kind first, second;                                                  \
    e.text[0] = '\0';                                                                     \
    if (!message_read_##kind(json, &first, &e)) {                                         \
      HOLDS(*e.text, "a refusal has its sentence");                                       \
      break;                                                                              \
    }                                                                                     \
    char *line = message_write_##kind(&first);                                            \
    json_t *copy = again(line);                                                           \
    HOLDS(message_read_##kind(copy, &second, &e), "what was accepted is accepted again"); \
    char *same = message_write_##kind(&second);                                           \
    HOLDS(strcmp(line, same) == 0, "and says the same");                                  \
    free(line);                                                                           \
    free(same);                                                                           \
    json_decref(copy);                                                                    \
  } while (0)

/* A declaration that was filled in is one that changes nothing when it is read. */
static void declare(enum item_kind kind, const json_t *json)
{
  struct err e = { .text = "" };
  if (kind == ITEM_SERVICE) {
    struct declaration *first = declaration_read(json, &e), *second = first ? declaration_read(first->json, &e) : NULL;
    HOLDS(first || *e.text, "a refusal has its sentence");
    HOLDS(!first || (second && json_equal(first->json, second->json)),
          "a declaration that was accepted is accepted again, and is the same");
    declaration_free(first);
    declaration_free(second);
    return;
  }
  json_t *first = item_read(kind, json, &e), *second = first ? item_read(kind, first, &e) : NULL;
  HOLDS(first || *e.text, "a refusal has its sentence");
  HOLDS(!first || (second && json_equal(first, second)), "an item that was accepted is accepted again, and is the same");
  json_decref(first);
  json_decref(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct err e;
  json_t *json = json_read((const char *)data, size, &e);
  if (!json)
    return 0;
  TWICE(load, json);
  TWICE(run, json);
  TWICE(result, json);
  TWICE(loaded, json);
  struct message_loaded loaded;
  if (message_read_loaded(json, &loaded, &e)) {
    for (size_t kind = 0; kind < ITEM_KINDS; kind++) {
      size_t i;
      const json_t *one;
      json_array_foreach(loaded.items[kind], i, one)
        declare((enum item_kind)kind, one);
    }
  }
  json_decref(json);
  return 0;
}
