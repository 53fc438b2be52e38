/* One HTTP request as the routes see it. Texts are borrowed from the FastCGI parameters and live as long as the request.
 * What nginx did not say outright is not here: request headers of clever names never become identity. */
#pragma once

#include "base/users.h"

/** What one request may take, milliseconds: whoever is asked for it must answer within this or is taken to be silent. */
#define REQUEST_TIME_MS 2000
/** Most bytes of a body. */
#define REQUEST_BODY_CAP ((size_t)64 * 1024)
/** Most parameters in a route's path, and room for one decoded. */
#define REQUEST_PARAMS 2
#define REQUEST_PARAM_SIZE 256

/** How somebody has shown who he is. */
enum request_how { HOW_NOBODY, HOW_BASIC, HOW_TOKEN, HOW_SESSION, HOW_NGINX };

struct request {
  const char *method;
  const char *path;           /* as sent, still percent-encoded, without the query */
  const char *query;          /* as sent, "" when there is none */
  const char *authorization;  /* NULL: none */
  const char *requested_with; /* X-Requested-With, NULL: none */
  const char *cookies;        /* Cookie, NULL: none */
  const char *nginx_user;     /* what nginx itself says about who is asking; NULL: nothing */
  const char *nginx_role;
  bool https;                 /* the client came over TLS */
  const char *accept;         /* NULL: none */
  const char *content_type;   /* NULL: none */
  const char *if_none_match;  /* NULL: none */
  const char *if_match;       /* NULL: none */
  const char *host;           /* Host, NULL: none */
  const char *origin;         /* Origin, which browsers send; NULL: none */
  const char *fetch_site;     /* Sec-Fetch-Site, which browsers send; NULL: none */
  const char *remote_address; /* of the client as nginx saw it, "" when unknown */
  const char *body;           /* NUL behind it; "" when there is none */
  size_t body_len;
  int64_t deadline_ms; /* monotonic: when the answer must be on its way */

  /* Filled in on the way to the route. */
  char params[REQUEST_PARAMS][REQUEST_PARAM_SIZE]; /* decoded, in the order of the pattern */
  enum role role;
  const char *user; /* NULL: nobody. A user's name, or "token:" and a token's. Borrowed until the next request */
  enum request_how how;
  enum request_how tried;  /* of somebody who is not let in: how he tried, HOW_NOBODY: with nothing that is worth a word */
  const char *tried_user;  /* and as which user, NULL: none that there is. Borrowed as `user` */
  int64_t session_ends_us; /* HOW_SESSION: when it is over unless it is used again, microseconds since 1970 */
  int64_t wait_ms;         /* too many wrong passwords: when another may be tried */
};
