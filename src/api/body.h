/* A request's body: one JSON object, read strictly against the members that a route knows, as query.h does it for queries. What is unknown, of the
 * wrong kind or out of bounds is refused with the member at fault: a misspelt `exipres_at` must not pass silently.
 *
 *   enum { CONFIRM, REASON, COUNT };
 *   struct member m[COUNT] = { [CONFIRM] = { "confirm", MEMBER_TEXT, .required = true }, [REASON] = { "reason", MEMBER_TEXT, .most = 500 } };
 *   json_t *body = body_read(q, m, COUNT, r);
 *   if (!body)
 *     return;
 *
 * That the Content-Type is application/json has been seen to in api.c before any handler is called. */
#pragma once

#include <jansson.h>

#include "api/request.h"
#include "api/response.h"

enum member_kind {
  MEMBER_TEXT,   /* a string: no control characters but line breaks and tabs */
  MEMBER_INT,    /* a whole number */
  MEMBER_REAL,   /* any number */
  MEMBER_BOOL,   /* true or false */
  MEMBER_STAMP,  /* a string with an RFC 3339 stamp, up to the year 9999 */
  MEMBER_LIST,   /* an array; its items are the caller's to read */
  MEMBER_OBJECT, /* an object; its members are the caller's to read */
};

/** Most bytes of a text and items of a list whose row says nothing else. */
#define MEMBER_MOST 1024

struct member {
  const char *name;
  enum member_kind kind;
  bool required;
  bool nullable;       /* null counts as given, with value NULL */
  int64_t least, most; /* of numbers: bounds, none when both are 0; of texts: bytes; of lists: items, MEMBER_MOST when `most` is 0 */

  bool given;          /* out */
  const json_t *value; /* out: as sent, borrowed from the body; NULL when not given or null */
  const char *text;    /* out: of MEMBER_TEXT and MEMBER_STAMP, else NULL. Borrowed as above */
  int64_t number;      /* out: of MEMBER_INT; of MEMBER_STAMP microseconds since 1970 */
  double real;         /* out: of MEMBER_INT and MEMBER_REAL */
  bool truth;          /* out: of MEMBER_BOOL */
};

/** The body, to be released with json_decref when the members are no longer looked at. No body at all is an empty object. NULL when anything is
 * wrong: then the response says what (400 for what is not JSON, 422 with the member at fault for what is). */
json_t *body_read(const struct request *q, struct member *known, size_t n, struct response *r) MUST_CHECK;

/** The same for an object inside the body; `where` ("quiet_hours") stands before the member's name. False when the response says what is wrong. */
bool body_read_object(const json_t *object, const char *where, struct member *known, size_t n, struct response *r) MUST_CHECK;
