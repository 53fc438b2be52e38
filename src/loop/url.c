#include "loop/url.h"

#include <ctype.h>
#include <curl/urlapi.h>

#include "base/mem.h"

/* A part as a text of our own, NULL when there is none. */
static char *part(CURLU *c, CURLUPart which)
{
  char *text = NULL, *copy = NULL;
  if (curl_url_get(c, which, &text, which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) == CURLUE_OK)
    copy = mem_copy_text(text);
  curl_free(text);
  return copy;
}

static const struct {
  const char *prefix, *scheme;
  int port;
} plain[] = { { "http://", "http", 80 }, { "https://", "https", 443 } };

/* What nearly all are, "http://host:port/path?query" with a name or an IPv4 number, read from what libcurl has made of it: asking it for each part is as
 * much work as a good part of the request. */
static bool take_apart_plain(struct url *u)
{
  static const char host_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  size_t i = 0;
  while (i < ARRAY_LEN(plain) && strncmp(u->text, plain[i].prefix, strlen(plain[i].prefix)) != 0)
    i++;
  if (i == ARRAY_LEN(plain))
    return false;
  const char *host = u->text + strlen(plain[i].prefix);
  size_t host_len = strspn(host, host_bytes);
  char *rest = (char *)(uintptr_t)(host + host_len);
  long port = plain[i].port;
  if (*rest == ':')
    port = isdigit((unsigned char)rest[1]) ? strtol(rest + 1, &rest, 10) : -1;
  if (!host_len || port < 0 || port > UINT16_MAX || (*rest && *rest != '/' && *rest != '?'))
    return false;
  u->scheme = mem_copy_text(plain[i].scheme);
  u->host = mem_copy_bytes(host, host_len);
  u->port = (int)port;
  u->target = *rest == '/' ? mem_copy_text(rest) : mem_printf("/%s", rest);
  return true;
}

static void take_apart_any(struct url *u, CURLU *c)
{
  char *host = part(c, CURLUPART_HOST), *port = part(c, CURLUPART_PORT), *path = part(c, CURLUPART_PATH);
  char *query = part(c, CURLUPART_QUERY), *user = part(c, CURLUPART_USER), *password = part(c, CURLUPART_PASSWORD);
  size_t n = host ? strlen(host) : 0;
  u->scheme = part(c, CURLUPART_SCHEME);
  u->host = n > 2 && host[0] == '[' ? mem_copy_bytes(host + 1, n - 2) : mem_copy_text(host ? host : "");
  u->port = port ? (int)strtol(port, NULL, 10) : 0;
  u->target = mem_printf("%s%s%s", path && *path ? path : "/", query ? "?" : "", query ? query : "");
  u->has_credentials = user || password;
  for (char *p = u->scheme; p && *p; p++)
    *p = (char)tolower((unsigned char)*p);
  free(host);
  free(port);
  free(path);
  free(query);
  free(user);
  free(password);
}

static bool read_into(struct url *u, CURLU *c, const char *text, struct err *e)
{
  *u = (struct url){ 0 };
  bool ok = curl_url_set(c, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  if (ok) {
    if (strchr(text, '#'))
      curl_url_set(c, CURLUPART_FRAGMENT, NULL, 0);
    u->text = part(c, CURLUPART_URL);
    if (!u->text || !take_apart_plain(u))
      take_apart_any(u, c);
  }
  curl_url_cleanup(c);
  return ok || err_set(e, "\"%.200s\" is no address", text);
}

bool url_read(struct url *u, const char *text, struct err *e)
{
  return read_into(u, curl_url(), text, e);
}

bool url_resolve(struct url *u, const struct url *base, const char *reference, struct err *e)
{
  CURLU *c = curl_url();
  curl_url_set(c, CURLUPART_URL, base->text, CURLU_NON_SUPPORT_SCHEME);
  return read_into(u, c, reference, e);
}

void url_done(struct url *u)
{
  free(u->text);
  free(u->scheme);
  free(u->host);
  free(u->target);
  *u = (struct url){ 0 };
}

bool url_is_http(const struct url *u)
{
  return u->scheme && (strcmp(u->scheme, "http") == 0 || strcmp(u->scheme, "https") == 0) && u->host[0];
}

bool url_same_origin(const struct url *a, const struct url *b)
{
  return strcmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 && a->port == b->port;
}
