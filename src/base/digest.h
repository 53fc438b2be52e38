/* SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104) by OpenSSL, as lower-case hex: versions of scripts, checksums of migrations, signatures of
 * webhooks and cookies; and secrets of the same size. */
#pragma once

#include "base/base.h"

#define DIGEST_SIZE 65

/** Hex digest of the bytes; returns hex. */
const char *digest_sha256(const void *bytes, size_t len, char hex[DIGEST_SIZE]);
/** The same of bytes that come in pieces. Allocated by _new; released by either of the others, of which NULL is nothing. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t len);
/** Releases it; returns hex. */
const char *digest_end(struct digest *d, char hex[DIGEST_SIZE]);
void digest_free(struct digest *d);

/** Hex HMAC of the bytes under a key of any length; returns hex. */
const char *digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len, char hex[DIGEST_SIZE]);

/** 256 bits from the kernel's generator; returns hex. */
const char *digest_random(char hex[DIGEST_SIZE]);
/** Are the two the same? Takes the same time wherever they differ. */
bool digest_same(const char a[DIGEST_SIZE], const char b[DIGEST_SIZE]) MUST_CHECK;
/** Is it 64 lower-case hex digits? */
bool digest_is_valid(const char *text) MUST_CHECK;
