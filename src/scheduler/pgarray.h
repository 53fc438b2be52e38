/* One-dimensional Postgres arrays in the binary format of array_send (PostgreSQL source, arrayfuncs.c): a whole column of a batch as one
 * parameter. The caller's storage; the bytes live until pgarray_done. */
#pragma once

#include "base/buf.h"
#include "loop/pgconn.h"

/** Element types, by their OIDs in pg_type. */
enum pgarray_type { PGARRAY_TEXT = 25, PGARRAY_INT4 = 23, PGARRAY_JSONB = 3802, PGARRAY_TIMESTAMPTZ = 1184, PGARRAY_BOOL = 16 };

struct pgarray {
  struct buf bytes;
  enum pgarray_type type;
  uint32_t count;
};

void pgarray_init(struct pgarray *a, enum pgarray_type type);
void pgarray_done(struct pgarray *a);

/** A text or (for PGARRAY_JSONB) JSON text; NULL is NULL. */
void pgarray_add_text(struct pgarray *a, const char *text);
/** A whole number cut to what int4 holds; negative is NULL (there is no negative latency). */
void pgarray_add_number(struct pgarray *a, int64_t number);
/** Microseconds since 1970; 0 is NULL. */
void pgarray_add_stamp(struct pgarray *a, int64_t us);
void pgarray_add_bool(struct pgarray *a, bool value);

/** The parameter; borrows the array's bytes. */
struct pgparam pgarray_param(struct pgarray *a);
