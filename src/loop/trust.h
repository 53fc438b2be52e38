/* Whom a TLS client believes and what it shows of itself. The system's certificates are read once for the process: reading them for every
 * connection takes 28 ms (measured). */
#pragma once

#include "base/err.h"

struct ssl_ctx_st;

/** Zero is: verify by the system's certificates, show nothing. Texts are paths of PEM files. */
struct trust {
  bool no_verify;        /* accept any certificate */
  const char *ca_file;   /* certificates to trust instead of the system's; NULL: the system's */
  const char *cert_file; /* the client's own, with what is below it in its chain; NULL: none */
  const char *key_file;  /* its key; NULL: in cert_file */
};

/** Sets up a client's context (an SSL_CTX). False when a file does not hold what it should. */
bool trust_set_up(struct ssl_ctx_st *context, const struct trust *t, struct err *e) MUST_CHECK;
/** Has a context verify against the system's certificates. */
void trust_system(struct ssl_ctx_st *context);
/** At the end of the process. */
void trust_forget(void);

/** A copy with texts of its own, to be released with trust_done. */
struct trust trust_copy(const struct trust *t);
void trust_done(struct trust *t);
