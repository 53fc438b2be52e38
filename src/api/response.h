/* The answer to one request, gathered in memory so that a failure half-way can still become a clean error. Request life. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

/** Largest answer, bytes. */
#define RESPONSE_BODY_CAP ((size_t)32 * 1024 * 1024)

struct response {
  int status;                /* 200 until set */
  const char *content_type;  /* a literal; NULL: no body */
  char etag[24];             /* W/"..." ; "" : none */
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
/** What the answer says is what these bytes say: clients may keep it and ask with If-None-Match whether it is still the same. */
void response_tag(struct response *r, const void *bytes, size_t len);
/** The value as the body, application/json; takes the value over. */
void response_json(struct response *r, json_t *value);

/* An object written piece by piece, for raw JSON that was made elsewhere (by Postgres) and need not be read here. Objects given are taken over. */

/** The object's members without its closing brace, application/json. */
void response_begin(struct response *r, json_t *object);
/** One more member. */
void response_member(struct response *r, const char *key, const char *raw_json);
/** The closing brace, of the whole or of an item. */
void response_end(struct response *r);
/** One more member that is a list; items follow. */
void response_list(struct response *r, const char *key);
/** One more item, left open like response_begin; members may follow, then response_end. */
void response_item(struct response *r, json_t *object);
void response_list_end(struct response *r);
