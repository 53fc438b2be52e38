/* Log lines made fit to be shown: valid UTF-8, no terminal escapes and other control characters, secrets masked, the last lines only.
 *
 * Pure, and linear in the text: masks are plain rules and no patterns that could take forever. What a mask is:
 *   "X-Render-Key: "      what follows is masked: the word, up to a blank, a quote, a comma, a semicolon, a bracket or an ampersand
 *   "<key>*</key>"        a star stands for what is masked: all up to what is behind it, within the line
 * Capitals and small letters are one. Always masked are: what follows password, token, secret, api_key and the like with = or :, Bearer and Basic
 * credentials, passwords in URLs, and private keys in PEM. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** Most lines, and most bytes of one line, of logtext_lines (the rest is cut and marked with "..."). */
#define LOGTEXT_LINES_CAP 1000
#define LOGTEXT_LINE_CAP 4096
/** What stands instead of a secret. */
#define LOGTEXT_MASK "***"
/** Most bytes of a rule. */
#define LOGTEXT_RULE_MOST 200

/** False with a sentence when it is none: empty, too long, a star and nothing before it, or two stars. */
bool logtext_rule_is_valid(const char *rule, struct err *e) MUST_CHECK;

/** The last `lines` lines of the text, cleaned; at most cap bytes, cut at the beginning of a line where there is one. rules: n valid rules. To free(). */
char *logtext_clean(const char *bytes, size_t len, unsigned lines, size_t cap, const char *const *rules, size_t n) MUST_CHECK;

/** Is a text that goes on behind these bytes in the middle of a private key there? in_key: it was before them. For logs that are read piece by piece: what
 * comes next is then masked if it is cleaned behind LOGTEXT_KEY_MARK and a line break. */
bool logtext_ends_in_key(const char *bytes, size_t len, bool in_key);
#define LOGTEXT_KEY_MARK "-----BEGIN PRIVATE KEY-----"

/** The last `most` lines as an array of strings, to be released. masks: an array of rules, of which those that are none do not count, or NULL. */
json_t *logtext_lines(const char *text, size_t len, size_t most, const json_t *masks) MUST_CHECK;
/** The same of what a log source answered: a text, a list of lines, or {"lines": [...]}. */
json_t *logtext_lines_of(const json_t *answer, size_t most, const json_t *masks) MUST_CHECK;
