#include "loop/trust.h"

static X509_STORE *store;

void trust_system(SSL_CTX *context)
{
  if (!store) {
    store = X509_STORE_new();
    X509_STORE_set_default_paths(store);
  }
  SSL_CTX_set1_cert_store(context, store);
}

void trust_forget(void)
{
  X509_STORE_free(store);
  store = NULL;
}
