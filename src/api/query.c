#include "api/query.h"

#include "base/json.h"

static int hex_value(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* jansson refuses what is not UTF-8. */
static bool is_utf8(const char *text, size_t len)
{
  json_t *value = json_stringn(text, len);
  json_decref(value);
  return value != NULL;
}

bool percent_decode(const char *encoded, size_t len, bool plus_is_blank, char *text, size_t size, struct err *e)
{
  size_t n = 0;
  for (size_t i = 0; i < len; i++) {
    char c = encoded[i];
    if (c == '%') {
      int high = i + 2 < len ? hex_value(encoded[i + 1]) : -1, low = i + 2 < len ? hex_value(encoded[i + 2]) : -1;
      if (high < 0 || low < 0)
        return err_set(e, "a %% must be followed by two hexadecimal digits");
      c = (char)(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if ((unsigned char)c < 0x20 || c == 0x7f)
      return err_set(e, "control characters are not allowed");
    if (n + 1 >= size)
      return err_set(e, "longer than %zu bytes", size - 1);
    text[n++] = c;
  }
  text[n] = '\0';
  return is_utf8(text, n) || err_set(e, "not UTF-8");
}

/* Takes one "name=value" of len characters. */
static bool read_pair(const char *pair, size_t len, struct parameter *known, size_t n, const char **field, struct err *e)
{
  const char *equals = memchr(pair, '=', len);
  size_t name_len = equals ? (size_t)(equals - pair) : len;
  char name[QUERY_VALUE_SIZE];
  if (!percent_decode(pair, name_len, true, name, sizeof name, e))
    return err_context(e, "a parameter's name");
  for (size_t i = 0; i < n; i++) {
    if (strcmp(known[i].name, name) != 0)
      continue;
    *field = known[i].name;
    if (known[i].given)
      return err_set(e, "%s is given twice", name);
    if (!equals)
      return err_set(e, "%s needs a value: %s=...", name, name);
    known[i].given = true;
    if (!percent_decode(equals + 1, len - name_len - 1, true, known[i].value, sizeof known[i].value, e))
      return err_context(e, "%s", name);
    *field = NULL;
    return true;
  }
  err_set(e, n ? "there is no parameter \"%s\" here; known:" : "there is no parameter \"%s\" here", name);
  for (size_t i = 0; i < n; i++) {
    size_t used = strlen(e->text);
    snprintf(e->text + used, sizeof e->text - used, "%s %s", i ? "," : "", known[i].name);
  }
  return false;
}

bool query_read(const char *query, struct parameter *known, size_t n, const char **field, struct err *e)
{
  *field = NULL;
  while (*query) {
    size_t len = strcspn(query, "&");
    if (len && !read_pair(query, len, known, n, field, e))
      return false;
    query += len + (query[len] == '&');
  }
  return true;
}
