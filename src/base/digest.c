#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include "base/mem.h"

static const char *to_hex(const unsigned char sum[SHA256_DIGEST_LENGTH], char hex[DIGEST_SIZE])
{
  for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
    snprintf(hex + 2 * i, 3, "%02x", sum[i]);
  return hex;
}

const char *digest_sha256(const void *bytes, size_t len, char hex[DIGEST_SIZE])
{
  unsigned char sum[SHA256_DIGEST_LENGTH];
  SHA256(bytes, len, sum);
  return to_hex(sum, hex);
}

struct digest {
  EVP_MD_CTX *context;
};

struct digest *digest_new(void)
{
  struct digest *d = MEM_NEW(struct digest);
  d->context = EVP_MD_CTX_new();
  if (!d->context || EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) != 1)
    abort();
  return d;
}

void digest_add(struct digest *d, const void *bytes, size_t len)
{
  if (EVP_DigestUpdate(d->context, bytes, len) != 1)
    abort();
}

const char *digest_end(struct digest *d, char hex[DIGEST_SIZE])
{
  unsigned char sum[SHA256_DIGEST_LENGTH];
  if (EVP_DigestFinal_ex(d->context, sum, NULL) != 1)
    abort();
  digest_free(d);
  return to_hex(sum, hex);
}

void digest_free(struct digest *d)
{
  if (d)
    EVP_MD_CTX_free(d->context);
  free(d);
}

const char *digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len, char hex[DIGEST_SIZE])
{
  unsigned char sum[SHA256_DIGEST_LENGTH];
  HMAC(EVP_sha256(), key, (int)key_len, bytes, len, sum, NULL);
  return to_hex(sum, hex);
}

const char *digest_random(char hex[DIGEST_SIZE])
{
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
    abort();
  to_hex(bytes, hex);
  OPENSSL_cleanse(bytes, sizeof bytes);
  return hex;
}

bool digest_same(const char a[DIGEST_SIZE], const char b[DIGEST_SIZE])
{
  return CRYPTO_memcmp(a, b, DIGEST_SIZE) == 0;
}

bool digest_is_valid(const char *text)
{
  return strlen(text) == DIGEST_SIZE - 1 && strspn(text, "0123456789abcdef") == DIGEST_SIZE - 1;
}
