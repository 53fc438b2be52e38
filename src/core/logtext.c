#include "core/logtext.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#define ESC 0x1b
#define BEL 0x07

bool logtext_rule_is_valid(const char *rule, struct err *e)
{
  size_t len = strlen(rule);
  const char *star = strchr(rule, '*');
  if (!len || len > LOGTEXT_RULE_MOST)
    return err_set(e, "a rule is a text of 1 to %d bytes", LOGTEXT_RULE_MOST);
  if (star == rule)
    return err_set(e, "\"%s\": a text is needed before the star", rule);
  if (star && strchr(star + 1, '*'))
    return err_set(e, "\"%s\": one star at most", rule);
  return true;
}

/* ---- bytes to text ---- */

/* Behind the escape sequence that begins at p (ECMA-48): a control sequence, a string such as a window's title, or two characters. */
static const char *skip_escape(const char *p, const char *end)
{
  if (++p >= end)
    return end;
  if (*p == '[') {
    for (p++; p < end && *p >= 0x20 && *p < 0x40; p++)
      ;
    return p < end && *p >= 0x40 && *p < 0x7f ? p + 1 : p;
  }
  if (strchr("]PX^_", *p) && *p) {
    for (p++; p < end && *p != '\n' && *p != BEL && *p != ESC; p++)
      ;
    if (p < end && *p == ESC && p + 1 < end && p[1] == '\\')
      return p + 2;
    return p < end && *p == BEL ? p + 1 : p;
  }
  for (; p < end && *p >= 0x20 && *p < 0x30; p++)
    ;
  return p < end && *p >= 0x30 && *p < 0x7f ? p + 1 : p;
}

/* Well-formed, and yet not to be shown: C1 controls, and what turns the direction of writing round (Unicode Annex 9). */
static bool is_unwanted(const unsigned char *p, size_t n)
{
  if (n == 2)
    return p[0] == 0xc2 && p[1] < 0xa0;
  if (n != 3 || p[0] != 0xe2)
    return false;
  return (p[1] == 0x80 && ((p[2] >= 0xaa && p[2] <= 0xae) || p[2] == 0x8e || p[2] == 0x8f)) ||
         (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

/* Carriage returns begin the line anew, as progress bars do; before a newline they mean nothing. Behind them. */
static const char *begin_anew(struct buf *out, const char *p, const char *end)
{
  while (p < end && *p == '\r')
    p++;
  if (p < end && *p != '\n')
    while (out->len && out->data[out->len - 1] != '\n')
      out->len--;
  return p;
}

static void add_clean(struct buf *out, const char *p, const char *end)
{
  while (p < end) {
    size_t n = utf8_sequence((const unsigned char *)p, (size_t)(end - p));
    if (*p == ESC || *p == '\r') {
      p = *p == ESC ? skip_escape(p, end) : begin_anew(out, p, end);
      continue;
    }
    if (*p == '\t')
      buf_add_text(out, " ");
    else if (n == 0)
      buf_add_text(out, *p ? UTF8_REPLACEMENT : "");
    else if (n > 1 ? !is_unwanted((const unsigned char *)p, n) : (*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f)))
      buf_add(out, p, n);
    p += n ? n : 1;
  }
}

/* ---- secrets ---- */

/* How far is looked ahead where a match may fail in the end: what keeps the whole linear. */
#define NAME_MOST 64
#define USERINFO_MOST 1024

#define STOPS " \t\"'`,;&)]}<>|"

/* Behind these, and an equals sign or a colon, stands a secret. */
static const char *const names[] = { "password", "passwd",     "passphrase", "secret",        "token",  "api_key",    "api-key",
                                     "apikey",   "access_key", "access-key", "authorization", "cookie", "credential", "private_key" };

/* Before these words of an HTTP credential stands no sign. */
static const char *const schemes[] = { "Bearer ", "Basic " };

static bool begins_with(const char *p, const char *end, const char *text, size_t len)
{
  return (size_t)(end - p) >= len && strncasecmp(p, text, len) == 0;
}

static const char *skip_word(const char *p, const char *end)
{
  while (p < end && !strchr(STOPS, *p))
    p++;
  return p;
}

static const char *skip_any(const char *p, const char *end, const char *what)
{
  while (p < end && strchr(what, *p))
    p++;
  return p;
}

/* What one rule says at p: where the secret begins and ends. False: nothing. */
static bool match_rule(const char *p, const char *end, const char *rule, const char **from, const char **to)
{
  const char *star = strchr(rule, '*');
  size_t before = star ? (size_t)(star - rule) : strlen(rule);
  if (!begins_with(p, end, rule, before))
    return false;
  *from = p + before;
  size_t after = star ? strlen(star + 1) : 0;
  if (!after) {
    *to = skip_word(*from, end);
    return *to > *from;
  }
  for (const char *q = *from; q < end; q++) {
    if (begins_with(q, end, star + 1, after)) {
      *to = q;
      return true;
    }
  }
  *to = end; /* cut off: better too much */
  return true;
}

/* name="secret", name: secret, "name": "secret". A scheme before a credential is not it. */
static bool match_name(const char *p, const char *end, const char **from, const char **to)
{
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    size_t len = strlen(names[i]);
    if (!begins_with(p, end, names[i], len))
      continue;
    const char *q = p + len;
    while (q < end && q - p < NAME_MOST && (isalnum((unsigned char)*q) || *q == '_' || *q == '-'))
      q++; /* "token_value" */
    q = skip_any(q, end, "\"'");
    q = skip_any(q, end, " \t");
    if (q == end || (*q != '=' && *q != ':'))
      continue;
    q = skip_any(q + 1, end, " \t=>");
    char quote = q < end && (*q == '"' || *q == '\'') ? *q++ : '\0';
    for (size_t k = 0; k < ARRAY_LEN(schemes); k++)
      if (begins_with(q, end, schemes[k], strlen(schemes[k])))
        q += strlen(schemes[k]);
    const char *close = quote ? memchr(q, quote, (size_t)(end - q)) : NULL;
    *from = q;
    *to = close ? close : skip_word(q, end);
    return *to > *from;
  }
  return false;
}

static bool match_scheme(const char *p, const char *end, const char **from, const char **to)
{
  for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
    size_t len = strlen(schemes[i]);
    if (!begins_with(p, end, schemes[i], len))
      continue;
    *from = p + len;
    *to = skip_word(*from, end);
    return *to - *from >= 8; /* "basic usage" is no credential */
  }
  return false;
}

/* ://user:secret@ (RFC 3986, 3.2.1) */
static bool match_url(const char *p, const char *end, const char **from, const char **to)
{
  if (!begins_with(p, end, "://", 3))
    return false;
  const char *stop = skip_word(p + 3, end - p > USERINFO_MOST ? p + USERINFO_MOST : end), *at = NULL, *colon;
  for (const char *q = p + 3; q < stop && *q != '/' && *q != '?' && *q != '#'; q++)
    if (*q == '@')
      at = q;
  colon = at ? memchr(p + 3, ':', (size_t)(at - p - 3)) : NULL;
  *from = colon ? colon + 1 : NULL;
  *to = at;
  return colon && at > colon + 1;
}

static void add_masked_line(struct buf *out, const char *p, const char *end, const char *const *rules, size_t n)
{
  const char *from = NULL, *to = NULL, *plain = p;
  bool in_word = false; /* names are found at their beginning, and behind an underscore: DB_PASSWORD */
  while (p < end) {
    bool found = (!in_word && (match_name(p, end, &from, &to) || match_scheme(p, end, &from, &to))) || match_url(p, end, &from, &to);
    for (size_t i = 0; i < n && !found; i++)
      found = match_rule(p, end, rules[i], &from, &to);
    if (found) {
      buf_add(out, plain, (size_t)(from - plain));
      buf_add_text(out, LOGTEXT_MASK);
      p = plain = to;
      in_word = false;
      continue;
    }
    in_word = isalpha((unsigned char)*p);
    p++;
  }
  buf_add(out, plain, (size_t)(end - plain));
}

/* -----BEGIN RSA PRIVATE KEY----- ... -----END RSA PRIVATE KEY----- (RFC 7468) */
static bool is_key_mark(const char *line, const char *end, const char *mark)
{
  const char *at = memmem(line, (size_t)(end - line), mark, strlen(mark));
  return at && memmem(at, (size_t)(end - at), "PRIVATE KEY-----", 16);
}

bool logtext_ends_in_key(const char *bytes, size_t len, bool in_key)
{
  const char *p = bytes, *end = bytes + len;
  while (p < end) {
    const char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline ? newline : end;
    if (is_key_mark(p, stop, "-----END "))
      in_key = false;
    else if (is_key_mark(p, stop, "-----BEGIN "))
      in_key = true;
    p = newline ? newline + 1 : end;
  }
  return in_key;
}

static void add_masked(struct buf *out, const char *p, const char *end, const char *const *rules, size_t n)
{
  bool in_key = false;
  while (p < end) {
    const char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline ? newline : end;
    if (is_key_mark(p, stop, "-----END ")) {
      if (!in_key)
        buf_clear(out); /* its beginning was cut off */
      in_key = false;
      buf_add_text(out, LOGTEXT_MASK "\n");
    } else if (is_key_mark(p, stop, "-----BEGIN ")) {
      in_key = true;
    } else if (!in_key) {
      add_masked_line(out, p, stop, rules, n);
      buf_add_text(out, newline ? "\n" : "");
    }
    p = newline ? newline + 1 : end;
  }
  if (in_key)
    buf_add_text(out, LOGTEXT_MASK "\n");
}

/* ---- the end of it ---- */

/* Where the last `lines` lines begin, or the last cap bytes if that is less. */
static const char *tail(const char *text, const char *end, unsigned lines, size_t cap)
{
  const char *p = end, *last_start = end;
  if (p > text && p[-1] == '\n')
    p--;
  while (p > text && (size_t)(end - p) < cap && lines) {
    if (p[-1] == '\n') {
      last_start = p;
      lines--;
      if (!lines)
        break;
    }
    p--;
  }
  if (p == text && lines && (size_t)(end - p) <= cap)
    return p;
  if (last_start < end)
    return last_start;
  while (p < end && ((unsigned char)*p & 0xc0) == 0x80)
    p++; /* one line longer than all: its end, from a whole character on */
  return p;
}

char *logtext_clean(const char *bytes, size_t len, unsigned lines, size_t cap, const char *const *rules, size_t n)
{
  struct buf clean, masked;
  size_t look_at = 4 * cap; /* masking makes it shorter or longer; what lies before is not needed in any case that matters */
  if (len > look_at) {
    bytes += len - look_at;
    len = look_at;
  }
  buf_init(&clean, 3 * len + 1);
  add_clean(&clean, bytes, bytes + len);
  buf_init(&masked, 4 * clean.len + 16);
  add_masked(&masked, buf_text(&clean), buf_text(&clean) + clean.len, rules, n);
  const char *text = buf_text(&masked), *end = text + masked.len, *from = tail(text, end, lines, cap);
  char *result = mem_copy_bytes(from, (size_t)(end - from));
  buf_done(&clean);
  buf_done(&masked);
  return result;
}

#define RULES_CAP 64
/** Most bytes that are looked at for lines. */
#define LINES_TEXT_CAP (1024 * 1024)

static json_t *shown_line(const char *line, size_t len)
{
  if (len <= LOGTEXT_LINE_CAP)
    return json_string_from(line, len);
  char cut[LOGTEXT_LINE_CAP + 4];
  snprintf(cut, sizeof cut, "%.*s...", LOGTEXT_LINE_CAP, line);
  return json_string_from(cut, strlen(cut)); /* half a character at the cut becomes U+FFFD */
}

json_t *logtext_lines(const char *text, size_t len, size_t most, const json_t *masks)
{
  const char *rules[RULES_CAP];
  size_t i, n = 0;
  struct err e;
  const json_t *mask;
  json_array_foreach((json_t *)(uintptr_t)masks, i, mask) {
    const char *rule = json_string_value(mask);
    if (rule && n < RULES_CAP && logtext_rule_is_valid(rule, &e))
      rules[n++] = rule;
  }
  json_t *lines = json_array();
  char *clean = logtext_clean(text, len, (unsigned)(most < LOGTEXT_LINES_CAP ? most : LOGTEXT_LINES_CAP), LINES_TEXT_CAP, rules, n);
  for (const char *line = clean; *line;) {
    size_t line_len = strcspn(line, "\n");
    json_array_append_new(lines, shown_line(line, line_len));
    line += line_len + (line[line_len] == '\n');
  }
  free(clean);
  return lines;
}

json_t *logtext_lines_of(const json_t *answer, size_t most, const json_t *masks)
{
  const json_t *list = json_is_object(answer) ? json_object_get(answer, "lines") : answer, *line;
  if (json_is_string(list))
    return logtext_lines(json_string_value(list), json_string_length(list), most, masks);
  json_t *lines = json_array();
  size_t n = json_array_size(list), i;
  json_array_foreach((json_t *)(uintptr_t)list, i, line) {
    json_t *one = n - i <= most && json_is_string(line) ? logtext_lines(json_string_value(line), json_string_length(line), 1, masks) : NULL;
    json_array_extend(lines, one);
    json_decref(one);
  }
  return lines;
}
