/* UTF-8 (RFC 3629), as much of it as is needed to tell good bytes from bad. */
#pragma once

#include "base/base.h"

/** Stands for bytes that are no UTF-8: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/** The length of the well-formed sequence at p, at most left bytes; 0 when there is none. NUL is none. */
size_t utf8_sequence(const unsigned char *p, size_t left);
