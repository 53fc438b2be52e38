#include "api/response.h"

#include "base/json.h"

/** Room for all further headers, bytes. */
#define HEADERS_CAP 4096

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

void response_json(struct response *r, json_t *value)
{
  char *text = json_line(value);
  r->content_type = "application/json";
  buf_add_text(&r->body, text);
  free(text);
  json_decref(value);
}

void response_begin(struct response *r, json_t *object)
{
  char *text = json_line(object);
  r->content_type = "application/json";
  buf_add(&r->body, text, strlen(text) - 1);
  free(text);
  json_decref(object);
}

void response_member(struct response *r, const char *key, const char *raw_json)
{
  bool first = r->body.len && r->body.data[r->body.len - 1] == '{';
  buf_printf(&r->body, "%s\"%s\":", first ? "" : ",", key);
  buf_add_text(&r->body, raw_json);
}

void response_end(struct response *r)
{
  buf_add_text(&r->body, "}");
}
