/* Percent-encoding and query strings (RFC 3986), read strictly: what could mean two things is refused. Pure. */
#pragma once

#include "base/err.h"

/** Decodes len characters into text of the given size, with a NUL. Refused: half an escape, control characters (NUL among them), bytes that
 * are not UTF-8, more than fits. plus_is_blank as forms in queries have it. */
bool percent_decode(const char *encoded, size_t len, bool plus_is_blank, char *text, size_t size, struct err *e) MUST_CHECK;

/** Room for a value with its NUL. */
#define QUERY_VALUE_SIZE 256

/** A parameter that a route knows. */
struct parameter {
  const char *name;
  bool given;                   /* out */
  char value[QUERY_VALUE_SIZE]; /* out: decoded; "" when not given */
};

/** Reads the query against the n parameters that the route knows. Unknown names and names given twice are refused: a misspelt `limt` must not
 * pass silently. *field is then the parameter at fault, NULL when that cannot be told. */
bool query_read(const char *query, struct parameter *known, size_t n, const char **field, struct err *e) MUST_CHECK;
