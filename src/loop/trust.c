#include "loop/trust.h"

#include <openssl/err.h>

static X509_STORE *store;

void trust_system(SSL_CTX *context)
{
  if (!store) {
    store = X509_STORE_new();
    /* Not X509_STORE_set_default_paths: its third way of looking, by a store's address, leaves a puzzling error behind on every unknown issuer. */
    X509_LOOKUP_load_file(X509_STORE_add_lookup(store, X509_LOOKUP_file()), NULL, X509_FILETYPE_DEFAULT);
    X509_LOOKUP_add_dir(X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir()), NULL, X509_FILETYPE_DEFAULT);
    ERR_clear_error();
  }
  SSL_CTX_set1_cert_store(context, store);
}

void trust_forget(void)
{
  X509_STORE_free(store);
  store = NULL;
}
