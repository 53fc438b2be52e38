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

/* This is a good part of what a request costs: what the whole shows not to be there is not asked for. */
static void take_apart(struct url *u, CURLU *c)
{
  curl_url_set(c, CURLUPART_FRAGMENT, NULL, 0);
  char *text = part(c, CURLUPART_URL);
  bool may_have_query = text && strchr(text, '?'), may_have_user = text && strchr(text, '@');
  char *host = part(c, CURLUPART_HOST), *port = part(c, CURLUPART_PORT), *path = part(c, CURLUPART_PATH);
  char *query = may_have_query ? part(c, CURLUPART_QUERY) : NULL;
  char *user = may_have_user ? part(c, CURLUPART_USER) : NULL, *password = may_have_user ? part(c, CURLUPART_PASSWORD) : NULL;
  size_t n = host ? strlen(host) : 0;
  *u = (struct url){
    .text = text,
    .scheme = part(c, CURLUPART_SCHEME),
    .host = n > 2 && host[0] == '[' ? mem_copy_bytes(host + 1, n - 2) : mem_copy_text(host ? host : ""),
    .port = port ? (int)strtol(port, NULL, 10) : 0,
    .target = mem_printf("%s%s%s", path && *path ? path : "/", query ? "?" : "", query ? query : ""),
    .has_credentials = user || password,
  };
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
  if (ok)
    take_apart(u, c);
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
