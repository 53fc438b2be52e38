#include "core/exposition.h"

#include <errno.h>
#include <math.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"

void exposition_init(struct exposition *x, const char *text, size_t len)
{
  *x = (struct exposition){ .at = text, .end = text + len };
}

static const char *skip_blanks(const char *p, const char *end)
{
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
    p++;
  return p;
}

/* Behind a name of letters and digits, of metrics also with colons; p itself when there is none. */
static const char *skip_name(const char *p, const char *end, const char *letters)
{
  const char *start = p;
  while (p < end && *p && (strchr(letters, *p) || (p > start && strchr(DIGITS, *p))))
    p++;
  return p;
}

/* Behind the closing quote of a value whose opening one is at p; NULL when there is none. Unescaped into value, when that is asked for. */
static const char *skip_value(const char *p, const char *end, char *value, size_t size)
{
  size_t n = 0;
  if (p == end || *p++ != '"')
    return NULL;
  for (; p < end && *p != '"'; p++) {
    char c = *p;
    if (c == '\\' && ++p < end)
      c = *p == 'n' ? '\n' : *p;
    if (n + 1 < size)
      value[n++] = c;
  }
  if (size)
    value[n] = '\0';
  return p < end ? p + 1 : NULL;
}

/* name="value"; behind it, or NULL when it is none. */
static const char *skip_label(const char *p, const char *end, struct sample_label *label)
{
  const char *name = p, *name_end = skip_name(p, end, LETTERS);
  p = skip_blanks(name_end, end);
  if (name_end == name || p == end || *p++ != '=')
    return NULL;
  if (label) {
    label->name = name;
    label->name_len = (size_t)(name_end - name);
  }
  return skip_value(skip_blanks(p, end), end, label ? label->value : NULL, label ? sizeof label->value : 0);
}

/* Behind the closing brace; p is behind the opening one. */
static const char *skip_labels(const char *p, const char *end)
{
  for (p = skip_blanks(p, end); p < end && *p != '}';) {
    p = skip_label(p, end, NULL);
    if (!p)
      return NULL;
    p = skip_blanks(p, end);
    if (p < end && *p == ',')
      p = skip_blanks(p + 1, end);
    else if (p < end && *p != '}')
      return NULL;
  }
  return p < end ? p + 1 : NULL;
}

/* A word up to the next blank, copied so that it ends. */
static const char *copy_word(const char *p, const char *end, char *word, size_t size)
{
  size_t n = 0;
  for (; p < end && *p != ' ' && *p != '\t' && *p != '\r'; p++)
    if (n + 1 < size)
      word[n++] = *p;
  word[n] = '\0';
  return p;
}

static bool read_numbers(const char *p, const char *end, struct sample *s)
{
  char word[64], *stop;
  p = copy_word(p, end, word, sizeof word);
  s->value = strtod(word, &stop);
  if (stop == word || *stop)
    return false;
  p = skip_blanks(p, end);
  s->has_timestamp = p < end;
  if (p == end)
    return true;
  p = copy_word(p, end, word, sizeof word);
  errno = 0;
  s->timestamp_ms = strtoll(word, &stop, 10);
  return stop != word && !*stop && errno == 0 && skip_blanks(p, end) == end;
}

static bool read_sample(const char *p, const char *end, struct sample *s)
{
  *s = (struct sample){ .name = p };
  p = skip_name(p, end, LETTERS ":");
  s->name_len = (size_t)(p - s->name);
  if (!s->name_len)
    return false;
  p = skip_blanks(p, end);
  if (p < end && *p == '{') {
    s->labels = p + 1;
    p = skip_labels(p + 1, end);
    if (!p)
      return false;
    s->labels_len = (size_t)(p - 1 - s->labels);
    p = skip_blanks(p, end);
  }
  return read_numbers(p, end, s);
}

enum exposition_step exposition_next(struct exposition *x, struct sample *s, struct err *e)
{
  while (x->at < x->end) {
    const char *newline = memchr(x->at, '\n', (size_t)(x->end - x->at)), *stop = newline ? newline : x->end;
    const char *line = skip_blanks(x->at, stop);
    x->at = newline ? newline + 1 : x->end;
    x->line++;
    if (line == stop || *line == '#')
      continue;
    if (read_sample(line, stop, s))
      return EXPOSITION_SAMPLE;
    int shown = stop - line < 80 ? (int)(stop - line) : 80;
    err_set(e, "line %u is no sample of Prometheus's text format: %.*s", x->line, shown, line);
    return EXPOSITION_FAULT;
  }
  return EXPOSITION_END;
}

bool sample_label_next(const struct sample *s, const char **at, struct sample_label *label)
{
  if (!s->labels)
    return false;
  const char *end = s->labels + s->labels_len, *p = *at ? *at : s->labels;
  while (p < end && (*p == ',' || *p == ' ' || *p == '\t'))
    p++;
  *at = p < end ? skip_label(p, end, label) : NULL;
  return *at != NULL;
}

bool sample_has(const struct sample *s, const char *name, const char *value)
{
  struct sample_label label;
  for (const char *at = NULL; sample_label_next(s, &at, &label);)
    if (strlen(name) == label.name_len && memcmp(name, label.name, label.name_len) == 0)
      return strcmp(label.value, value) == 0;
  return !*value;
}
