/* Short ways through jansson (https://jansson.readthedocs.io) for objects that came from outside. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** Reads one JSON value; the sentence in *e has the position. To be released with json_decref. */
json_t *json_read(const char *text, size_t len, struct err *e) MUST_CHECK;
/** The value in one line, keys in order of insertion, to free(). */
char *json_line(const json_t *value) MUST_CHECK;
/** A member that is a string, else otherwise (which may be NULL). Borrowed. */
const char *json_text_of(const json_t *object, const char *key, const char *otherwise);
/** A member that is a whole number, else otherwise. */
int64_t json_int_of(const json_t *object, const char *key, int64_t otherwise);
/** A member that is true or false, else otherwise. */
bool json_bool_of(const json_t *object, const char *key, bool otherwise);
/** Sets a string member, or null for NULL; text that is not UTF-8 has its bad bytes replaced by U+FFFD. */
void json_set_text(json_t *object, const char *key, const char *text);
/** Sets a whole number. */
void json_set_int(json_t *object, const char *key, int64_t value);
/** Sets an RFC 3339 stamp; 0 is null. */
void json_set_stamp(json_t *object, const char *key, int64_t us);
/** A string from bytes that may not be UTF-8: bad ones become U+FFFD, NUL bytes are left out. */
json_t *json_string_from(const char *bytes, size_t len);
