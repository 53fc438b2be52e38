/* The answer to one request, gathered in memory so that a failure half-way can still become a clean error. Request life. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

/** Largest answer, bytes. */
#define RESPONSE_BODY_CAP ((size_t)32 * 1024 * 1024)

struct response {
  int status;                /* 200 until set */
  const char *content_type;  /* a literal; NULL: no body */
  const char *cache_control; /* a literal; "no-store" until set */
  struct buf headers;        /* further "Name: value\r\n" lines */
  struct buf body;
};

void response_init(struct response *r);
void response_done(struct response *r);
/** Forgets everything said so far. */
void response_reset(struct response *r);

/** Adds a header; neither may contain a line break (they are ours, never a client's). */
void response_header(struct response *r, const char *name, const char *value);
/** The value as the body, application/json; takes the value over. */
void response_json(struct response *r, json_t *value);
/** Appends the object's members without its closing brace; takes it over. Raw JSON made elsewhere (Postgres) can follow
 * with response_member, then response_end. */
void response_begin(struct response *r, json_t *object);
void response_member(struct response *r, const char *key, const char *raw_json);
void response_end(struct response *r);
