#include "loop/trust.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/mem.h"

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

static bool show(SSL_CTX *context, const struct trust *t, struct err *e)
{
  const char *key = t->key_file ? t->key_file : t->cert_file;
  if (SSL_CTX_use_certificate_chain_file(context, t->cert_file) != 1)
    return err_set(e, "%s: no certificate can be read from it", t->cert_file);
  if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
    return err_set(e, "%s: no key of that certificate can be read from it", key);
  return true;
}

bool trust_set_up(SSL_CTX *context, const struct trust *t, struct err *e)
{
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, t->no_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
  bool good = true;
  if (!t->ca_file)
    trust_system(context);
  else if (SSL_CTX_load_verify_locations(context, t->ca_file, NULL) != 1)
    good = err_set(e, "%s: no certificates can be read from it", t->ca_file);
  good = good && (!t->cert_file || show(context, t, e));
  ERR_clear_error();
  return good;
}

struct trust trust_copy(const struct trust *t)
{
  return (struct trust){ t->no_verify, mem_copy_text(t->ca_file), mem_copy_text(t->cert_file), mem_copy_text(t->key_file) };
}

void trust_done(struct trust *t)
{
  free((char *)t->ca_file);
  free((char *)t->cert_file);
  free((char *)t->key_file);
  *t = (struct trust){ 0 };
}
