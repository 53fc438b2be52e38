/* SHA-256 (FIPS 180-4) by OpenSSL, as lower-case hex: versions of scripts, checksums of migrations. */
#pragma once

#include "base/base.h"

#define DIGEST_SIZE 65

/** Hex digest of the bytes; returns hex. */
const char *digest_sha256(const void *bytes, size_t len, char hex[DIGEST_SIZE]);
