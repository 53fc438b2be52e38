#include "api/router.h"

#include "api/query.h"

/** Deepest path, segments. */
#define SEGMENTS_CAP 8

struct segments {
  size_t count;
  char text[SEGMENTS_CAP][REQUEST_PARAM_SIZE];
};

enum split { SPLIT_DONE, SPLIT_TOO_DEEP, SPLIT_MALFORMED };

/* "/a/b" into decoded segments; "/a/" has an empty second one, which fits no pattern. */
static enum split split(const char *path, struct segments *s, struct err *e)
{
  s->count = 0;
  if (*path != '/') {
    err_set(e, "a path begins with /");
    return SPLIT_MALFORMED;
  }
  bool deep = false;
  for (const char *p = path; *p == '/';) {
    size_t len = strcspn(++p, "/");
    char over[REQUEST_PARAM_SIZE];
    char *text = s->count < SEGMENTS_CAP ? s->text[s->count++] : over;
    deep = deep || text == over;
    if (!percent_decode(p, len, false, text, REQUEST_PARAM_SIZE, e)) {
      err_context(e, "the path");
      return SPLIT_MALFORMED;
    }
    p += len;
  }
  return deep ? SPLIT_TOO_DEEP : SPLIT_DONE;
}

/* Does the pattern fit? Its parameters are noted either way: the last pattern tried is the one that fits. */
static bool fits(const char *pattern, const struct segments *s, char params[REQUEST_PARAMS][REQUEST_PARAM_SIZE])
{
  size_t i = 0, taken = 0;
  for (const char *p = pattern; *p == '/'; i++) {
    size_t len = strcspn(++p, "/");
    if (i == s->count)
      return false;
    const char *text = s->text[i];
    if (*p == ':') {
      if (!*text || taken == REQUEST_PARAMS)
        return false;
      memcpy(params[taken++], text, strlen(text) + 1);
    } else if (strlen(text) != len || memcmp(p, text, len) != 0) {
      return false;
    }
    p += len;
  }
  return i == s->count;
}

static void list_methods(const struct route *routes, size_t n, const char *pattern, char allow[64])
{
  allow[0] = '\0';
  for (size_t i = 0; i < n; i++) {
    if (strcmp(routes[i].pattern, pattern) != 0)
      continue;
    size_t used = strlen(allow);
    bool get = strcmp(routes[i].method, "GET") == 0;
    snprintf(allow + used, 64 - used, "%s%s", routes[i].method, get ? ", HEAD, " : ", ");
  }
  size_t used = strlen(allow);
  snprintf(allow + used, 64 - used, "OPTIONS");
}

enum route_outcome router_find(const struct route *routes, size_t n, const char *method, const char *path,
                               char params[REQUEST_PARAMS][REQUEST_PARAM_SIZE], struct route_match *match, struct err *e)
{
  struct segments segments;
  *match = (struct route_match){ 0 };
  enum split how = split(path, &segments, e);
  if (how != SPLIT_DONE)
    return how == SPLIT_TOO_DEEP ? ROUTE_UNKNOWN : ROUTE_MALFORMED;
  const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
  size_t first = 0;
  while (first < n && !fits(routes[first].pattern, &segments, params))
    first++;
  if (first == n)
    return ROUTE_UNKNOWN;
  match->route = &routes[first];
  list_methods(routes, n, match->route->pattern, match->allow);
  for (size_t i = first; i < n; i++) {
    if (strcmp(routes[i].pattern, match->route->pattern) == 0 && strcmp(routes[i].method, wanted) == 0) {
      match->route = &routes[i];
      return ROUTE_FOUND;
    }
  }
  return ROUTE_NO_METHOD;
}
