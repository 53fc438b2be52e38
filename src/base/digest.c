#include "base/digest.h"

#include <openssl/sha.h>

const char *digest_sha256(const void *bytes, size_t len, char hex[DIGEST_SIZE])
{
  unsigned char sum[SHA256_DIGEST_LENGTH];
  SHA256(bytes, len, sum);
  for (size_t i = 0; i < sizeof sum; i++)
    snprintf(hex + 2 * i, 3, "%02x", sum[i]);
  return hex;
}
