/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104) by OpenSSL, as lower-case hex: versions of scripts, checksums of migrations, signatures of
 * webhooks. */
#pragma once

#include "base/base.h"

#define DIGEST_SIZE 65

/** Hex digest of the bytes; returns hex. */
const char *digest_sha256(const void *bytes, size_t len, char hex[DIGEST_SIZE]);
/** Hex HMAC of the bytes under a key of any length; returns hex. */
const char *digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len, char hex[DIGEST_SIZE]);
