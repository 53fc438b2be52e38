/* Method and path against the API's own rows. The first byte chooses the method. What is found is found again by the pattern with its parameters
 * written out, and gives the same parameters. */
#include "api/router.h"

#include "api/routes.h"
#include "fuzz.h"

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "" };

typedef char param_texts[REQUEST_PARAMS][REQUEST_PARAM_SIZE];

static void write_path(const char *pattern, param_texts params, struct buf *b)
{
  for (size_t taken = 0; *pattern;) {
    if (*pattern == ':') {
      HOLDS(*params[taken], "a parameter is not empty");
      fuzz_percent(b, params[taken++]);
      pattern += strcspn(pattern, "/");
    } else {
      buf_add(b, pattern++, 1);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!size)
    return 0;
  const char *method = methods[data[0] % ARRAY_LEN(methods)];
  char *path = fuzz_text(data + 1, size - 1);
  struct err e = { .text = "" };
  param_texts params = { 0 }, again = { 0 };
  struct route_match match, second;
  enum route_outcome outcome = router_find(routes, routes_count, method, path, params, &match, &e);
  HOLDS(outcome != ROUTE_MALFORMED || *e.text, "a path that is none is told why");
  if (outcome == ROUTE_FOUND || outcome == ROUTE_NO_METHOD) {
    HOLDS(strstr(match.allow, "OPTIONS"), "what is there says what it allows");
    struct buf written;
    buf_init(&written, 4096);
    write_path(match.route->pattern, params, &written);
    HOLDS(router_find(routes, routes_count, method, buf_text(&written), again, &second, &e) == outcome,
          "the path written out is found too");
    HOLDS(second.route == match.route && strcmp(second.allow, match.allow) == 0, "it is the same row");
    size_t taken = 0;
    for (const char *p = match.route->pattern; *p; p++)
      if (*p == ':' && ++taken)
        HOLDS(strcmp(params[taken - 1], again[taken - 1]) == 0, "its parameters are the same");
    buf_done(&written);
  }
  free(path);
  return 0;
}
