#include "base/digest.h"

#include <openssl/hmac.h>
#include <openssl/sha.h>

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
