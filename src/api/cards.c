#include "api/cards.h"

/** Room for a service's name with its NUL; the declaration allows 63. */
#define NAME_SIZE 128

static const char *skip_blanks(const char *p)
{
  return p + strspn(p, " \t\r\n");
}

/* `"service_name" : "..."` behind the opening brace; NULL when it is anything else. */
static const char *read_name(const char *p, char name[NAME_SIZE])
{
  static const char key[] = "\"service_name\"";
  p = skip_blanks(p);
  if (strncmp(p, key, sizeof key - 1) != 0)
    return NULL;
  p = skip_blanks(p + sizeof key - 1);
  if (*p != ':')
    return NULL;
  p = skip_blanks(p + 1);
  size_t len = *p == '"' ? strcspn(p + 1, "\"\\") : NAME_SIZE;
  if (len >= NAME_SIZE || p[len + 1] != '"')
    return NULL;
  memcpy(name, p + 1, len);
  name[len] = '\0';
  return p + len + 2;
}

/* Behind a string's closing quote, NULL without one. p stands behind the opening one. */
static const char *skip_string(const char *p)
{
  for (p += strcspn(p, "\"\\"); *p == '\\'; p += strcspn(p, "\"\\")) {
    if (!p[1])
      return NULL;
    p += 2;
  }
  return *p == '"' ? p + 1 : NULL;
}

/* The closing brace of the object that p stands in, NULL when there is none. */
static const char *find_end(const char *p)
{
  for (unsigned depth = 1;; p++) {
    p += strcspn(p, "\"{}[]");
    if (*p == '"') {
      p = skip_string(p + 1);
      if (!p)
        return NULL;
      p--;
    } else if (*p == '{' || *p == '[') {
      depth++;
    } else if (!*p || --depth == 0) {
      return *p == '}' ? p : NULL;
    }
  }
}

bool cards_copy(const char *text, struct buf *out, cards_fn fn, void *arg, const char **end)
{
  const char *p = skip_blanks(text);
  if (*p != '[')
    return false;
  buf_add(out, "[", 1);
  p = skip_blanks(p + 1);
  for (bool first = true; *p != ']'; first = false) {
    char name[NAME_SIZE];
    if (!first) {
      if (*p != ',')
        return false;
      buf_add(out, ",", 1);
      p = skip_blanks(p + 1);
    }
    const char *inside = *p == '{' ? read_name(p + 1, name) : NULL, *close = inside ? find_end(inside) : NULL;
    if (!close)
      return false;
    buf_add(out, p, (size_t)(close - p));
    fn(arg, name, out);
    buf_add(out, "}", 1);
    p = skip_blanks(close + 1);
  }
  buf_add(out, "]", 1);
  *end = p + 1;
  return true;
}
