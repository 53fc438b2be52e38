#include "api/response.h"

#include "base/mem.h"

/** Room for all further headers, bytes. */
#define HEADERS_CAP 16384

void response_init(struct response *r)
{
  *r = (struct response){ .status = 200, .cache_control = "no-store" };
  buf_init(&r->headers, HEADERS_CAP);
  buf_init(&r->body, RESPONSE_BODY_CAP);
}

void response_done(struct response *r)
{
  buf_done(&r->headers);
  buf_done(&r->body);
}

void response_reset(struct response *r)
{
  response_done(r);
  response_init(r);
}

void response_header(struct response *r, const char *name, const char *value)
{
  assert(!strpbrk(name, "\r\n") && !strpbrk(value, "\r\n"));
  buf_printf(&r->headers, "%s: %s\r\n", name, value);
}

/* FNV-1a over eight bytes at a time, folded: nobody who could gain by a collision chooses what is hashed, and the overview has half a megabyte. */
static uint64_t hash_of(const unsigned char *bytes, size_t len)
{
  uint64_t hash = 14695981039346656037u;
  for (; len >= 8; bytes += 8, len -= 8) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    hash = (hash ^ word) * 1099511628211u;
    hash ^= hash >> 32;
  }
  for (; len; bytes++, len--)
    hash = (hash ^ *bytes) * 1099511628211u;
  return hash;
}

void response_tag(struct response *r, const void *bytes, size_t len)
{
  snprintf(r->etag, sizeof r->etag, "W/\"%016" PRIx64 "\"", hash_of(bytes, len));
  r->cache_control = "private, no-cache";
}

/* For readers: 99.9 and not 99.900000000000006. */
static char *dump(const json_t *value)
{
  char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
  return text ? text : mem_copy_text("null");
}

void response_json(struct response *r, json_t *value)
{
  char *text = dump(value);
  r->content_type = "application/json";
  buf_add_text(&r->body, text);
  free(text);
  json_decref(value);
}

static void open_object(struct response *r, json_t *object)
{
  char *text = dump(object);
  buf_add(&r->body, text, strlen(text) - 1);
  free(text);
  json_decref(object);
}

/* A comma, unless what stands before has just been opened. */
static void separate(struct response *r)
{
  char last = r->body.len ? r->body.data[r->body.len - 1] : '{';
  if (last != '{' && last != '[')
    buf_add_text(&r->body, ",");
}

void response_begin(struct response *r, json_t *object)
{
  r->content_type = "application/json";
  open_object(r, object);
}

void response_member(struct response *r, const char *key, const char *raw_json)
{
  separate(r);
  buf_printf(&r->body, "\"%s\":", key);
  buf_add_text(&r->body, raw_json);
}

void response_end(struct response *r)
{
  buf_add_text(&r->body, "}");
}

void response_list(struct response *r, const char *key)
{
  separate(r);
  buf_printf(&r->body, "\"%s\":[", key);
}

void response_item(struct response *r, json_t *object)
{
  separate(r);
  open_object(r, object);
}

void response_list_end(struct response *r)
{
  buf_add_text(&r->body, "]");
}
