/* Log lines as they may be shown: valid UTF-8, no terminal escapes or control characters, secrets masked. One pass, linear in the text; pure.
 *
 * A mask is a text such as "password=" or "Bearer ": what follows it, up to white space, a quote, a comma, a semicolon or an ampersand, becomes "***".
 * Letters count without regard to case. These are always masked: password=, passwd=, secret=, token=, api_key=, apikey=, "Authorization: Bearer " and
 * "Authorization: Basic ", and the password in scheme://user:password@host. */
#pragma once

#include <jansson.h>

#include "base/base.h"

/** Most lines, and most bytes of one line (the rest is cut and marked with "..."). */
#define LOGTEXT_LINES_CAP 1000
#define LOGTEXT_LINE_CAP 4096

/** The last `most` lines of a text as an array of strings, to be released. masks: an array of texts beside those that are always masked, or NULL. */
json_t *logtext_lines(const char *text, size_t len, size_t most, const json_t *masks);
