#include "base/jsontext.h"

#include "base/clock.h"
#include "base/json.h"

/* Nothing to escape, and no bytes whose encoding would have to be looked at. */
static bool is_plain(const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
      return false;
  }
  return true;
}

void jsontext_string(struct buf *b, const char *text)
{
  size_t len = text ? strlen(text) : 0;
  if (!text) {
    buf_add_text(b, "null");
  } else if (is_plain(text, len)) {
    buf_add(b, "\"", 1);
    buf_add(b, text, len);
    buf_add(b, "\"", 1);
  } else {
    json_t *string = json_string_from(text, len);
    char *line = json_line(string);
    buf_add_text(b, line);
    free(line);
    json_decref(string);
  }
}

void jsontext_separate(struct buf *b)
{
  char last = b->len ? b->data[b->len - 1] : '{';
  if (last != '{' && last != '[')
    buf_add(b, ",", 1);
}

static void key_of(struct buf *b, const char *key)
{
  jsontext_separate(b);
  buf_add(b, "\"", 1);
  buf_add_text(b, key);
  buf_add(b, "\":", 2);
}

void jsontext_text(struct buf *b, const char *key, const char *text)
{
  key_of(b, key);
  jsontext_string(b, text);
}

void jsontext_int(struct buf *b, const char *key, int64_t value)
{
  key_of(b, key);
  buf_printf(b, "%" PRId64, value);
}

void jsontext_bool(struct buf *b, const char *key, bool value)
{
  key_of(b, key);
  buf_add_text(b, value ? "true" : "false");
}

void jsontext_stamp(struct buf *b, const char *key, int64_t us)
{
  char stamp[CLOCK_STAMP_SIZE];
  jsontext_text(b, key, us ? clock_format(us, stamp) : NULL);
}

void jsontext_raw(struct buf *b, const char *key, const char *json)
{
  key_of(b, key);
  buf_add_text(b, json);
}

static int add_bytes(const char *bytes, size_t len, void *b)
{
  return buf_add(b, bytes, len) ? 0 : -1;
}

/* Most measures are times and shares with few decimals. Where a value is a whole number of millionths, these digits read back as the same value: the
 * quotient of two exact numbers is rounded just as a reader rounds the text. printf, which is ready for any value, costs several times as much. */
static bool add_millionths(struct buf *b, double value)
{
  double scaled = value * 1e6;
  if (!(scaled > -9e15 && scaled < 9e15) || value == 0)
    return false; /* not exact any more; and zero may have a sign */
  int64_t n = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
  if ((double)n / 1e6 != value)
    return false;
  char text[24], *at = text + sizeof text;
  uint64_t left = (uint64_t)(n < 0 ? -n : n), decimals = 6;
  for (; decimals > 1 && left % 10 == 0; decimals--)
    left /= 10;
  for (; decimals > 0; decimals--, left /= 10)
    *--at = (char)('0' + left % 10);
  *--at = '.';
  do
    *--at = (char)('0' + left % 10);
  while (left /= 10);
  if (n < 0)
    *--at = '-';
  return buf_add(b, at, (size_t)(text + sizeof text - at));
}

static void add_scalar(struct buf *b, const json_t *value)
{
  if (json_is_string(value))
    jsontext_string(b, json_string_value(value)); /* no tree holds a NUL: json_read and json_string_from let none in */
  else if (!json_is_real(value) || !add_millionths(b, json_real_value(value)))
    if (json_dump_callback(value, add_bytes, b, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
      buf_add_text(b, "null");
}

/* One level of plain keys and scalars, as measures are. */
static bool is_flat(json_t *value)
{
  const char *key;
  json_t *member;
  json_object_foreach(value, key, member)
    if (!is_plain(key, strlen(key)) || json_is_object(member) || json_is_array(member))
      return false;
  return json_is_object(value);
}

void jsontext_value(struct buf *b, const char *key, const json_t *value)
{
  json_t *whole = (json_t *)(uintptr_t)value; /* jansson walks only what may change */
  const char *name;
  json_t *member;
  key_of(b, key);
  if (!is_flat(whole)) {
    if (!value || json_is_null(value) || json_dump_callback(value, add_bytes, b, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
      buf_add_text(b, "null");
    return;
  }
  buf_add_text(b, "{");
  json_object_foreach(whole, name, member) {
    key_of(b, name);
    add_scalar(b, member);
  }
  buf_add_text(b, "}");
}
