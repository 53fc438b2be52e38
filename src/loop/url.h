/* Addresses (RFC 3986), by libcurl's parser: taken apart, and a reference resolved against the address it was found at. */
#pragma once

#include "base/err.h"

/** An address taken apart. All texts are the struct's own. */
struct url {
  char *text;           /* the whole, normalised, without a fragment */
  char *scheme;         /* lower case */
  char *host;           /* a numeric IPv6 host without its brackets */
  int port;             /* the scheme's own when none is written; 0: unknown */
  char *target;         /* path and query, at least "/" */
  bool has_credentials; /* a user or a password is written in it */
};

/** False with a sentence when it is no address; else to be released with url_done. */
bool url_read(struct url *u, const char *text, struct err *e) MUST_CHECK;
/** The address that a reference (a Location header) found at `base` means. */
bool url_resolve(struct url *u, const struct url *base, const char *reference, struct err *e) MUST_CHECK;
void url_done(struct url *u);

bool url_is_http(const struct url *u);
/** Same scheme, host and port (RFC 6454). */
bool url_same_origin(const struct url *a, const struct url *b);
