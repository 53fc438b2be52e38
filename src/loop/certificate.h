/* Certificates of a TLS connection (X.509, RFC 5280), read for people. */
#pragma once

#include "base/base.h"

struct ssl_st;

/** One certificate. Texts are the struct's own; "" where there is nothing. */
struct certificate {
  char *subject, *issuer;    /* "CN=localhost,O=Signalbox" (RFC 2253) */
  char *names;               /* the hosts that it is for: "localhost, 127.0.0.1" */
  int64_t from_us, until_us; /* since 1970 */
  bool self_signed;          /* its issuer is itself, by name */
};

/** What the other side has sent, its own certificate first; how many, at most cap. Each is to be released. */
size_t certificate_chain(struct ssl_st *ssl, struct certificate *chain, size_t cap);
void certificate_done(struct certificate *c);

/** Why the certificate is not to be trusted ("certificate has expired"), also where the connection was made without asking; NULL: it is. */
const char *certificate_fault(struct ssl_st *ssl);
