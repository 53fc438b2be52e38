#include "base/json.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

json_t *json_read(const char *text, size_t len, struct err *e)
{
  json_error_t why;
  json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
  if (!value)
    err_set(e, "not JSON: %s at line %d, column %d", why.text, why.line, why.column);
  return value;
}

char *json_line(const json_t *value)
{
  char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
  return line ? line : mem_copy_text("null");
}

const char *json_text_of(const json_t *object, const char *key, const char *otherwise)
{
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : otherwise;
}

int64_t json_int_of(const json_t *object, const char *key, int64_t otherwise)
{
  const json_t *value = json_object_get(object, key);
  return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool json_bool_of(const json_t *object, const char *key, bool otherwise)
{
  const json_t *value = json_object_get(object, key);
  return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

void json_set_text(json_t *object, const char *key, const char *text)
{
  json_object_set_new(object, key, text ? json_string_from(text, strlen(text)) : json_null());
}

void json_set_int(json_t *object, const char *key, int64_t value)
{
  json_object_set_new(object, key, json_integer(value));
}

void json_set_stamp(json_t *object, const char *key, int64_t us)
{
  char text[CLOCK_STAMP_SIZE];
  json_object_set_new(object, key, us ? json_string(clock_format(us, text)) : json_null());
}

json_t *json_string_from(const char *bytes, size_t len)
{
  json_t *plain = memchr(bytes, '\0', len) ? NULL : json_stringn(bytes, len);
  if (plain)
    return plain;
  struct buf clean;
  buf_init(&clean, len * 3 + 1);
  for (size_t i = 0; i < len;) {
    size_t n = utf8_sequence((const unsigned char *)bytes + i, len - i);
    if (n)
      buf_add(&clean, bytes + i, n);
    else if (bytes[i])
      buf_add_text(&clean, UTF8_REPLACEMENT);
    i += n ? n : 1;
  }
  json_t *value = json_stringn(buf_text(&clean), clean.len);
  buf_done(&clean);
  return value;
}
