#include "core/logtext.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"

static const char *const always[] = {
  "password=", "passwd=", "secret=", "token=", "api_key=", "apikey=", "authorization: bearer ", "authorization: basic "
};

/* How many bytes an escape sequence takes (ECMA-48: CSI ... final, OSC ... BEL or ST, ESC and one more); 0: there is none. */
static size_t escape_len(const char *at, const char *end)
{
  if (*at != '\033')
    return 0;
  const char *p = at + 1;
  if (p == end)
    return 1;
  if (*p == '[') {
    for (p++; p < end && !(*p >= 0x40 && *p <= 0x7e); p++)
      ;
  } else if (*p == ']') {
    for (p++; p < end && *p != '\a' && *p != '\033'; p++)
      ;
    if (p < end && *p == '\033' && p + 1 < end && p[1] == '\\')
      p++;
  }
  return (size_t)((p < end ? p + 1 : end) - at);
}

/* The line without escapes and control characters; tabs become blanks. */
static void copy_clean(struct buf *b, const char *at, const char *end)
{
  while (at < end && b->len < LOGTEXT_LINE_CAP) {
    size_t n = escape_len(at, end);
    if (n) {
      at += n;
      continue;
    }
    unsigned char c = (unsigned char)*at++;
    if (c == '\t')
      c = ' ';
    if (c >= 0x20 && c != 0x7f)
      buf_add(b, (const char *)&c, 1);
  }
  if (at < end)
    buf_add_text(b, "...");
}

static bool ends_secret(char c)
{
  return !c || isspace((unsigned char)c) || strchr("\"',;&", c);
}

/* The length of the mask that stands here; 0: none. */
static size_t mask_at(const char *at, const json_t *masks)
{
  for (size_t i = 0; i < ARRAY_LEN(always); i++)
    if (strncasecmp(at, always[i], strlen(always[i])) == 0)
      return strlen(always[i]);
  size_t i;
  const json_t *mask;
  json_array_foreach((json_t *)(uintptr_t)masks, i, mask) {
    const char *text = json_string_value(mask);
    if (text && *text && strncasecmp(at, text, strlen(text)) == 0)
      return strlen(text);
  }
  return 0;
}

/* "://user:password@": where the password begins and how long it is; 0: this is none. */
static size_t url_password(const char *at, size_t *begins)
{
  if (strncmp(at, "://", 3) != 0)
    return 0;
  size_t authority = strcspn(at + 3, "/?# \"'");
  const char *host = memchr(at + 3, '@', authority), *colon = host ? memchr(at + 3, ':', (size_t)(host - at - 3)) : NULL;
  if (!colon)
    return 0;
  *begins = (size_t)(colon + 1 - at);
  return (size_t)(host - colon - 1);
}

static json_t *masked(const char *line, const json_t *masks)
{
  struct buf b;
  buf_init(&b, LOGTEXT_LINE_CAP * 4);
  while (*line) {
    size_t begins = mask_at(line, masks), len = 0;
    if (begins)
      while (!ends_secret(line[begins + len]))
        len++;
    else
      len = url_password(line, &begins);
    if (len) {
      buf_add(&b, line, begins);
      buf_add_text(&b, "***");
      line += begins + len;
    } else {
      buf_add(&b, line++, 1);
    }
  }
  json_t *text = json_string_from(buf_text(&b), b.len);
  buf_done(&b);
  return text;
}

json_t *logtext_lines(const char *text, size_t len, size_t most, const json_t *masks)
{
  json_t *lines = json_array();
  const char *end = text + len, *from = end;
  if (most > LOGTEXT_LINES_CAP)
    most = LOGTEXT_LINES_CAP;
  if (len && end[-1] == '\n')
    end--;
  /* Back to where the last `most` lines begin. */
  size_t found = 0;
  for (from = end; from > text; from--)
    if (from[-1] == '\n' && ++found == most)
      break;
  while (from < end && most) {
    const char *stop = memchr(from, '\n', (size_t)(end - from));
    struct buf clean;
    buf_init(&clean, LOGTEXT_LINE_CAP + 8);
    copy_clean(&clean, from, stop ? stop : end);
    json_array_append_new(lines, masked(buf_text(&clean), masks));
    buf_done(&clean);
    from = stop ? stop + 1 : end;
  }
  return lines;
}
