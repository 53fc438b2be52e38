/* Base64 (RFC 4648, section 4) as browsers and curl send it in `Authorization: Basic`. */
#pragma once

#include "base/base.h"

/** Decodes len characters into bytes, which has room for len / 4 * 3 of them; *n is how many came out. False for anything that is not
 * canonical: a length that is no multiple of four, foreign characters, padding in the middle, bits left over. */
bool base64_decode(const char *text, size_t len, unsigned char *bytes, size_t *n) MUST_CHECK;
