#include "scheduler/pgarray.h"

#include <endian.h>

/** From 1970 to 2000, where Postgres begins to count, microseconds. */
#define POSTGRES_EPOCH_US INT64_C(946684800000000)
#define BYTES_CAP ((size_t)256 * 1024 * 1024)

static void add_int32(struct pgarray *a, int32_t value)
{
  uint32_t wire = htobe32((uint32_t)value);
  buf_add(&a->bytes, &wire, sizeof wire);
}

static void add_null(struct pgarray *a)
{
  a->count++;
  add_int32(a, -1);
}

void pgarray_init(struct pgarray *a, enum pgarray_type type)
{
  a->type = type;
  a->count = 0;
  buf_init(&a->bytes, BYTES_CAP);
  add_int32(a, 1); /* dimensions */
  add_int32(a, 1); /* may hold NULLs */
  add_int32(a, (int)type);
  add_int32(a, 0); /* length: set by pgarray_param */
  add_int32(a, 1); /* index of the first */
}

void pgarray_done(struct pgarray *a)
{
  buf_done(&a->bytes);
}

void pgarray_add_text(struct pgarray *a, const char *text)
{
  if (!text) {
    add_null(a);
    return;
  }
  size_t len = strlen(text);
  a->count++;
  if (a->type == PGARRAY_JSONB) {
    add_int32(a, (int32_t)len + 1);
    buf_add(&a->bytes, "\1", 1); /* version of jsonb's wire format */
  } else {
    add_int32(a, (int32_t)len);
  }
  buf_add(&a->bytes, text, len);
}

void pgarray_add_number(struct pgarray *a, int64_t number)
{
  if (number < 0) {
    add_null(a);
    return;
  }
  a->count++;
  add_int32(a, 4);
  add_int32(a, number > INT32_MAX ? INT32_MAX : (int32_t)number);
}

void pgarray_add_stamp(struct pgarray *a, int64_t us)
{
  if (!us) {
    add_null(a);
    return;
  }
  uint64_t wire = htobe64((uint64_t)(us - POSTGRES_EPOCH_US));
  a->count++;
  add_int32(a, 8);
  buf_add(&a->bytes, &wire, sizeof wire);
}

void pgarray_add_bool(struct pgarray *a, bool value)
{
  a->count++;
  add_int32(a, 1);
  buf_add(&a->bytes, value ? "\1" : "\0", 1);
}

/* The array types' own OIDs (pg_type.dat). */
static unsigned array_type(enum pgarray_type type)
{
  switch (type) {
  case PGARRAY_TEXT: return 1009;
  case PGARRAY_INT4: return 1007;
  case PGARRAY_JSONB: return 3807;
  case PGARRAY_TIMESTAMPTZ: return 1185;
  case PGARRAY_BOOL: return 1000;
  }
  return 0;
}

struct pgparam pgarray_param(struct pgarray *a)
{
  uint32_t wire = htobe32(a->count);
  memcpy(a->bytes.data + 12, &wire, sizeof wire);
  return (struct pgparam){ .value = a->bytes.data, .length = (int)a->bytes.len, .format = 1, .type = array_type(a->type) };
}
