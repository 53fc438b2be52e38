#include "base/log.h"

#include <unistd.h>

static enum log_level least = LOG_INFO;
static const char *const names[] = { "debug", "info", "warn", "error" };

void log_set_level(enum log_level level)
{
  least = level;
}

bool log_level_from_name(const char *name, enum log_level *level)
{
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    if (strcmp(name, names[i]) == 0) {
      *level = (enum log_level)i;
      return true;
    }
  }
  return false;
}

void log_event(enum log_level level, const char *event, const char *fields, ...)
{
  if (level < least)
    return;
  char line[2048];
  int n = snprintf(line, sizeof line, "level=%s event=%s ", names[level], event);
  va_list args;
  va_start(args, fields);
  int m = vsnprintf(line + n, sizeof line - (size_t)n, fields, args);
  va_end(args);
  size_t len = (size_t)n + (m > 0 ? (size_t)m : 0);
  if (len > sizeof line - 1)
    len = sizeof line - 1;
  line[len++] = '\n';
  /* A log that cannot be written has nobody to be told to. */
  if (write(STDERR_FILENO, line, len) < 0)
    return;
}

const char *log_quote(const char *text, struct log_quoted *room)
{
  char *out = room->text, *end = room->text + 480;
  *out++ = '"';
  for (const unsigned char *in = (const unsigned char *)(text ? text : ""); *in && out < end; in++) {
    if (*in == '"' || *in == '\\')
      *out++ = '\\';
    if (*in == '\n') {
      *out++ = '\\';
      *out++ = 'n';
    } else {
      *out++ = *in < 0x20 || *in == 0x7f ? ' ' : (char)*in;
    }
  }
  *out++ = '"';
  *out = '\0';
  return room->text;
}
