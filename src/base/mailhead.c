#include "base/mailhead.h"

#include <openssl/evp.h>
#include <time.h>

/** A line of a header has at most 78 characters (RFC 5322, 2.1.1), an encoded word 75 (RFC 2047, 2): 45 bytes of text are 60 of Base64. */
#define PLAIN_MOST 60
#define WORD_BYTES 45

static bool is_plain(const char *text, const char *forbidden)
{
  size_t n = 0;
  for (; text[n]; n++)
    if ((unsigned char)text[n] < 0x20 || (unsigned char)text[n] > 0x7e || strchr(forbidden, text[n]))
      return false;
  return n <= PLAIN_MOST && strstr(text, "=?") == NULL;
}

/* How many of the next bytes go into one word: whole characters of UTF-8. */
static size_t word_length(const char *text)
{
  size_t n = strlen(text);
  if (n <= WORD_BYTES)
    return n;
  for (n = WORD_BYTES; n > WORD_BYTES - 4 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
    ;
  return n;
}

static void add_encoded(struct buf *to, const char *text)
{
  for (bool first = true; *text; first = false) {
    unsigned char bytes[WORD_BYTES], base64[2 * WORD_BYTES];
    size_t n = word_length(text);
    memcpy(bytes, text, n);
    for (size_t i = 0; i < n; i++)
      if (bytes[i] == '\r' || bytes[i] == '\n')
        bytes[i] = ' ';
    EVP_EncodeBlock(base64, bytes, (int)n);
    buf_printf(to, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ", (char *)base64);
    text += n;
  }
}

void mailhead_text(struct buf *to, const char *text)
{
  if (is_plain(text, ""))
    buf_add_text(to, text);
  else
    add_encoded(to, text);
}

/* One @ with something on both sides, and nothing that would end the address or the line early. */
static bool is_address(const char *text, size_t len)
{
  const char *at = memchr(text, '@', len);
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)text[i] <= 0x20 || text[i] == 0x7f || strchr("<>,;:\"()\\", text[i]))
      return false;
  return len <= 254 && at && at > text && at < text + len - 1 && !memchr(at + 1, '@', len - (size_t)(at + 1 - text));
}

/* The name before the angle bracket, without its quotes; a name of other than letters, digits and spaces is written as encoded words. */
static void add_name(struct buf *field, const char *text, size_t len)
{
  struct buf name;
  while (len && text[len - 1] == ' ')
    len--;
  if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
    text++;
    len -= 2;
  }
  buf_init(&name, 1024);
  buf_add(&name, text, len);
  if (name.len && is_plain(buf_text(&name), "()<>[]:;@\\,.\""))
    buf_printf(field, "%s ", buf_text(&name));
  else if (name.len) {
    add_encoded(field, buf_text(&name));
    buf_add_text(field, "\r\n ");
  }
  buf_done(&name);
}

bool mailhead_address(struct buf *address, struct buf *field, const char *text, struct err *e)
{
  size_t len = strlen(text);
  const char *open = strrchr(text, '<'), *start = open ? open + 1 : text;
  size_t n = open ? (size_t)(text + len - start) - (text[len - 1] == '>') : len;
  bool good = (!open || text[len - 1] == '>') && is_address(start, n);
  if (!good)
    return err_set(e, "\"%.200s\" is no mail address; \"someone@example.org\" or \"Name <someone@example.org>\" would be", text);
  if (open)
    add_name(field, text, (size_t)(open - text));
  buf_add(address, start, n);
  buf_printf(field, "<%.*s>", (int)n, start);
  return true;
}

void mailhead_date(struct buf *to, int64_t us)
{
  static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
  static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  time_t seconds = (time_t)(us / 1000000);
  struct tm t;
  gmtime_r(&seconds, &t);
  buf_printf(to, "%s, %02d %s %d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min,
             t.tm_sec);
}
