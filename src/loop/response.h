/* An HTTP response as it comes in: header lines and body, with caps on both. Storage is the caller's. */
#pragma once

#include "base/buf.h"
#include "loop/transfer.h"

#define RESPONSE_HEADERS_CAP 200
#define RESPONSE_HEADER_BYTES_CAP 65536

struct response {
  struct buf body;
  struct transfer_header headers[RESPONSE_HEADERS_CAP];
  size_t header_count, header_bytes;
};

void response_init(struct response *r, size_t body_cap);
void response_done(struct response *r);
/** Empties it: another response follows (a redirect's, or the one after a 100). */
void response_clear(struct response *r);
/** One header line as it came, status lines included (which begin a new response). False when the caps are passed. */
bool response_add_line(struct response *r, const char *line, size_t len);
/** The value of a header (lower-case name), NULL when there is none. */
const char *response_header(const struct response *r, const char *name);
