#include "api/cursor.h"

const char *cursor_write(const struct cursor *c, char text[CURSOR_SIZE])
{
  snprintf(text, CURSOR_SIZE, "c1-%" PRIx64 "-%" PRIx64 "-%" PRIx64, (uint64_t)c->since_us, (uint64_t)c->at_us, (uint64_t)c->id);
  return text;
}

bool cursor_read(const char *text, struct cursor *c)
{
  uint64_t since, at, id;
  char again[CURSOR_SIZE];
  if (sscanf(text, "c1-%16" SCNx64 "-%16" SCNx64 "-%16" SCNx64, &since, &at, &id) != 3)
    return false;
  *c = (struct cursor){ .since_us = (int64_t)since, .at_us = (int64_t)at, .id = (int64_t)id };
  return strcmp(cursor_write(c, again), text) == 0;
}
