/* Query strings, and the cursors that come in them. What was read is written out and gives the same values; a cursor that is accepted is one that
 * cursor_write writes. */
#include "api/query.h"

#include "api/cursor.h"
#include "fuzz.h"

enum { SINCE, LIMIT, CURSOR, COUNT };

static void known(struct parameter p[COUNT])
{
  const struct parameter rows[COUNT] = { [SINCE] = { "since" }, [LIMIT] = { "limit" }, [CURSOR] = { "cursor" } };
  memcpy(p, rows, sizeof rows);
}

static void read_again(const struct parameter first[COUNT])
{
  struct buf written;
  struct parameter again[COUNT];
  const char *field;
  struct err e;
  buf_init(&written, 4096);
  for (size_t i = 0; i < COUNT; i++)
    if (first[i].given) {
      buf_printf(&written, "&%s=", first[i].name);
      fuzz_percent(&written, first[i].value);
    }
  known(again);
  HOLDS(query_read(buf_text(&written), again, COUNT, &field, &e), "what was read can be written and read");
  for (size_t i = 0; i < COUNT; i++)
    HOLDS(again[i].given == first[i].given && strcmp(again[i].value, first[i].value) == 0, "it means the same");
  buf_done(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *query = fuzz_text(data, size), text[CURSOR_SIZE];
  struct parameter p[COUNT];
  struct cursor cursor;
  const char *field;
  struct err e = { .text = "" };
  known(p);
  if (query_read(query, p, COUNT, &field, &e)) {
    read_again(p);
    if (p[CURSOR].given && cursor_read(p[CURSOR].value, &cursor))
      HOLDS(strcmp(cursor_write(&cursor, text), p[CURSOR].value) == 0, "a cursor is one of ours");
  } else {
    HOLDS(*e.text, "a refusal has its sentence");
    for (size_t i = 0; field && i <= COUNT; i++) {
      HOLDS(i < COUNT, "the field at fault is one that is known");
      if (strcmp(field, p[i].name) == 0)
        break;
    }
  }
  free(query);
  return 0;
}
