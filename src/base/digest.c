#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

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
