#include <criterion/criterion.h>
#include <curl/urlapi.h>

#include "base/mem.h"
#include "loop/url.h"

/* The part as libcurl says it, the port without being written too; "" when there is none. */
static char *part(const char *address, CURLUPart which)
{
  char *text = NULL;
  CURLU *c = curl_url();
  curl_url_set(c, CURLUPART_URL, address, CURLU_NON_SUPPORT_SCHEME);
  curl_url_get(c, which, &text, which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0);
  char *copy = mem_copy_text(text ? text : "");
  curl_free(text);
  curl_url_cleanup(c);
  return copy;
}

Test(url, is_taken_apart_as_libcurl_does_which_asks_there)
{
  static const char *const addresses[] = {
    "http://h",
    "http://h/",
    "http://h?x=1",
    "http://h:8080?x=1/2",
    "http://H.example:80/",
    "HTTP://h/a",
    "https://a-b_c.example./p?q#f",
    "https://h:443/#f",
    "http://h:/p",
    "http://u:p@h/p",
    "http://u@h:81/p@q",
    "http://h/?@",
    "http://[::1]:8/p",
    "http://[fe80::1%25eth0]/",
    "http://127.0.0.1:9/%41/../b?c=d?e",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://ex%61mple/",
    "http://h/a b",
    "http://h\\@g/",
    "http:///p",
    "ftp://h/p",
    "h/p",
  };
  for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
    struct url u;
    struct err e = { .text = "" };
    char *host = part(addresses[i], CURLUPART_HOST), *port = part(addresses[i], CURLUPART_PORT), *path = part(addresses[i], CURLUPART_PATH),
         *query = part(addresses[i], CURLUPART_QUERY), *user = part(addresses[i], CURLUPART_USER),
         *target = mem_printf("%s%s%s", *path ? path : "/", *query ? "?" : "", query);
    bool ok = url_read(&u, addresses[i], &e);
    cr_expect(ok == (*host != '\0'), "%s: %s", addresses[i], e.text);
    if (ok) {
      size_t brackets = host[0] == '[';
      host[strlen(host) - brackets] = '\0';
      cr_expect_str_eq(u.host, host + brackets, "%s: host %s", addresses[i], u.host);
      cr_expect(u.port == strtol(port, NULL, 10), "%s: port %d", addresses[i], u.port);
      cr_expect_str_eq(u.target, target, "%s: target %s", addresses[i], u.target);
      cr_expect(u.has_credentials == (*user != '\0'), "%s", addresses[i]);
      cr_expect(!strchr(u.text, '#'), "%s: %s", addresses[i], u.text);
      url_done(&u);
    }
    free(host);
    free(port);
    free(path);
    free(query);
    free(user);
    free(target);
  }
}

Test(url, what_is_none_is_refused)
{
  static const char *const addresses[] = { "", "http://", "http://h:99999/", "http://h:x/", "http://a b/", "://h" };
  for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
    struct url u;
    struct err e = { .text = "" };
    bool ok = url_read(&u, addresses[i], &e);
    cr_expect(!ok, "%s: host %s", addresses[i], ok ? u.host : "");
    cr_expect(ok || *e.text);
    url_done(&u);
  }
}

Test(url, a_reference_is_resolved_where_it_was_found)
{
  static const char *const cases[][2] = { { "/b?c", "http://h:8/b?c" },
                                          { "b", "http://h:8/a/b" },
                                          { "//g/p", "http://g/p" },
                                          { "?q", "http://h:8/a/x?q" },
                                          { "https://g", "https://g/" } };
  struct url base;
  struct err e;
  cr_assert(url_read(&base, "http://h:8/a/x", &e));
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    struct url u;
    cr_assert(url_resolve(&u, &base, cases[i][0], &e), "%s", e.text);
    cr_expect_str_eq(u.text, cases[i][1]);
    url_done(&u);
  }
  url_done(&base);
}
