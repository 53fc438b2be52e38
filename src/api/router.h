/* The rows of routes.c against a method and a path. Pure: which row it is and what its parameters are; doing it is handle.c's.
 * Patterns are literal segments and `:name` segments; the first row whose pattern fits decides, so literal ones stand first. */
#pragma once

#include "api/request.h"
#include "api/response.h"

struct api;

/** Answers one request. The right that its row demands has been checked. */
typedef void (*resource_fn)(struct api *api, const struct request *q, struct response *r);

struct route {
  const char *method; /* "GET" serves HEAD as well */
  const char *pattern;
  enum role needs; /* ROLE_NOBODY: public */
  resource_fn fn;
};

enum route_outcome {
  ROUTE_FOUND,
  ROUTE_MALFORMED, /* the path is none: the sentence says why */
  ROUTE_UNKNOWN,   /* no pattern fits */
  ROUTE_NO_METHOD, /* the path is known, the method is not; OPTIONS among them */
};

struct route_match {
  const struct route *route; /* for ROUTE_NO_METHOD the first row of the pattern, whose right counts */
  char allow[64];            /* "GET, HEAD, OPTIONS" */
};

/** Finds the row; decoded parameters go into params. */
enum route_outcome router_find(const struct route *routes, size_t n, const char *method, const char *path,
                               char params[REQUEST_PARAMS][REQUEST_PARAM_SIZE], struct route_match *match, struct err *e) MUST_CHECK;
