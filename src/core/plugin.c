#include "core/plugin.h"

#include <math.h>

#include "base/mem.h"

#define BLANKS " \t\r\n"

/* Without blanks around it. */
static char *copy_trimmed(const char *from, const char *to)
{
  while (from < to && strchr(BLANKS, *from))
    from++;
  while (to > from && strchr(BLANKS, to[-1]))
    to--;
  return mem_copy_bytes(from, (size_t)(to - from));
}

void plugin_output_read(const char *bytes, size_t len, struct plugin_output *o)
{
  const char *nul = memchr(bytes, '\0', len), *end = nul ? nul : bytes + len;
  const char *newline = memchr(bytes, '\n', (size_t)(end - bytes)), *first_end = newline ? newline : end;
  const char *bar = memchr(bytes, '|', (size_t)(first_end - bytes)), *text_end = bar ? bar : first_end;
  const char *second = memchr(first_end, '|', (size_t)(end - first_end)), *long_end = second ? second : end;
  const char *perf = bar ? bar + 1 : first_end, *more = second ? second + 1 : end;
  o->text = copy_trimmed(bytes, text_end);
  o->long_text = copy_trimmed(first_end, long_end);
  o->perfdata = mem_printf("%.*s %.*s", (int)(first_end - perf), perf, (int)(end - more), more);
}

void plugin_output_done(struct plugin_output *o)
{
  free(o->text);
  free(o->long_text);
  free(o->perfdata);
}

/* 'a label' or label, up to its equals sign, behind which *at stands afterwards. A quote inside quotes is written twice. */
static bool read_label(const char **at, char *label, size_t size)
{
  const char *p = *at;
  bool quoted = *p == '\'';
  size_t n = 0;
  for (p += quoted; *p; p++) {
    if (quoted && *p == '\'') {
      if (p[1] != '\'')
        break;
      p++;
    } else if (!quoted && strchr("=" BLANKS, *p)) {
      break;
    }
    if (n + 1 < size)
      label[n++] = *p;
  }
  label[n] = '\0';
  p += quoted && *p == '\'';
  *at = p + (*p == '=');
  return n && *p == '=';
}

/* The text up to a semicolon or a blank; false when there is more of it than fits. */
static bool read_field(const char **at, char *field, size_t size)
{
  size_t len = strcspn(*at, ";" BLANKS);
  bool fits = len < size;
  snprintf(field, size, "%.*s", (int)len, *at);
  *at += len;
  return fits;
}

/* Digits, a point, an exponent: what strtod makes of "inf", "0x10" or a blank is no value. */
static bool read_value(const char *text, struct perfdatum *d)
{
  char *end;
  if (text[0] == '\0' || !strchr("+-.0123456789", text[0]) || (text[strspn(text, "+-0.")] | 0x20) == 'x')
    return false;
  d->value = strtod(text, &end);
  snprintf(d->unit, sizeof d->unit, "%s", end);
  return end != text && isfinite(d->value) && strlen(end) < sizeof d->unit && end[strcspn(end, "+-.,0123456789")] == '\0';
}

/* One item, wherever it ends. */
static bool read_datum(const char **at, struct perfdatum *d)
{
  char value[64];
  *d = (struct perfdatum){ 0 };
  if (!read_label(at, d->label, sizeof d->label))
    return false;
  bool good = read_field(at, value, sizeof value) && read_value(value, d);
  const struct {
    char *text;
    size_t size;
  } rest[] = { { d->warn, sizeof d->warn }, { d->crit, sizeof d->crit }, { d->min, sizeof d->min }, { d->max, sizeof d->max } };
  for (size_t i = 0; i < ARRAY_LEN(rest) && **at == ';'; i++) {
    ++*at;
    good = read_field(at, rest[i].text, rest[i].size) && good;
  }
  return good;
}

bool perfdatum_next(const char **at, struct perfdatum *d)
{
  for (;;) {
    *at += strspn(*at, BLANKS);
    if (!**at)
      return false;
    bool good = read_datum(at, d);
    good = good && (!**at || strchr(BLANKS, **at));
    *at += strcspn(*at, BLANKS);
    if (good)
      return true;
  }
}
