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

void jsontext_value(struct buf *b, const char *key, const json_t *value)
{
  key_of(b, key);
  if (!value || json_dump_callback(value, add_bytes, b, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
    buf_add_text(b, "null");
}
