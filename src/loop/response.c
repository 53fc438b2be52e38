#include "loop/response.h"

#include <ctype.h>

#include "base/mem.h"

void response_init(struct response *r, size_t body_cap)
{
  r->header_count = r->header_bytes = 0;
  buf_init(&r->body, body_cap);
}

void response_clear(struct response *r)
{
  for (size_t i = 0; i < r->header_count; i++) {
    free(r->headers[i].name);
    free(r->headers[i].value);
  }
  r->header_count = r->header_bytes = 0;
  buf_clear(&r->body);
}

void response_done(struct response *r)
{
  response_clear(r);
  buf_done(&r->body);
}

bool response_add_line(struct response *r, const char *line, size_t len)
{
  if (len > 5 && strncasecmp(line, "HTTP/", 5) == 0) {
    response_clear(r);
    return true;
  }
  r->header_bytes += len;
  if (r->header_bytes > RESPONSE_HEADER_BYTES_CAP || r->header_count == RESPONSE_HEADERS_CAP)
    return false;
  const char *colon = memchr(line, ':', len);
  if (!colon)
    return true;
  char *name = mem_copy_bytes(line, (size_t)(colon - line));
  for (char *p = name; *p; p++)
    *p = (char)tolower((unsigned char)*p);
  const char *value = colon + 1, *end = line + len;
  while (value < end && (*value == ' ' || *value == '\t'))
    value++;
  while (end > value && isspace((unsigned char)end[-1]))
    end--;
  r->headers[r->header_count++] = (struct transfer_header){ name, mem_copy_bytes(value, (size_t)(end - value)) };
  return true;
}

const char *response_header(const struct response *r, const char *name)
{
  for (size_t i = 0; i < r->header_count; i++)
    if (strcmp(r->headers[i].name, name) == 0)
      return r->headers[i].value;
  return NULL;
}
