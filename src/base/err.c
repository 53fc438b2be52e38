#include "base/err.h"

bool err_set(struct err *e, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(e->text, sizeof e->text, format, args);
  va_end(args);
  return false;
}

bool err_context(struct err *e, const char *format, ...)
{
  struct err was = *e;
  va_list args;
  va_start(args, format);
  int n = vsnprintf(e->text, sizeof e->text, format, args);
  va_end(args);
  if (n >= 0 && (size_t)n < sizeof e->text)
    snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", was.text);
  return false;
}
