#include "base/json.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

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

/* The length of the well-formed UTF-8 sequence at p (RFC 3629), 0 when there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
  static const struct {
    unsigned char first_low, first_high, second_low, second_high, length;
  } forms[] = {
    { 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
    { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
    { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
  };
  for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
    if (p[0] < forms[i].first_low || p[0] > forms[i].first_high)
      continue;
    if (left < forms[i].length)
      return 0;
    if (forms[i].length > 1 && (p[1] < forms[i].second_low || p[1] > forms[i].second_high))
      return 0;
    for (size_t k = 2; k < forms[i].length; k++)
      if ((p[k] & 0xc0) != 0x80)
        return 0;
    return forms[i].length;
  }
  return 0;
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
      buf_add_text(&clean, "\xef\xbf\xbd");
    i += n ? n : 1;
  }
  json_t *value = json_stringn(buf_text(&clean), clean.len);
  buf_done(&clean);
  return value;
}
