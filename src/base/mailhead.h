/* Header fields of mail: addresses and texts as RFC 5322 and RFC 2047 want them. Nothing here sends: loop/mail.h does. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/** A text as the value of a field: as it is when it is short, printable ASCII, otherwise in encoded words, folded. Line breaks in it become
 * spaces. */
void mailhead_text(struct buf *to, const char *text);

/** Reads "Name <someone@host>" or "someone@host". On success the envelope's address is added to `address`, the header's form to `field`; false
 * with a sentence when it is no address (one @, no spaces or control characters in it). */
bool mailhead_address(struct buf *address, struct buf *field, const char *text, struct err *e) MUST_CHECK;

/** A moment (microseconds since 1970) as in "Tue, 24 Nov 2026 10:00:00 +0000". */
void mailhead_date(struct buf *to, int64_t us);
