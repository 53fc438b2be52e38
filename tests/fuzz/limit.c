/* Limits as operators write them: the first eight bytes are the number measured. A comparison and its opposite are never both met, nor neither. */
#include "core/limit.h"

#include <math.h>

#include "fuzz.h"

static const enum comparison opposite[] = {
  [CMP_GT] = CMP_LE, [CMP_GE] = CMP_LT, [CMP_LT] = CMP_GE, [CMP_LE] = CMP_GT, [CMP_EQ] = CMP_NE, [CMP_NE] = CMP_EQ
};

static void judge(const struct limit *l, const json_t *measures)
{
  struct err why = { .text = "" };
  struct limit other = *l;
  other.op = opposite[l->op];
  enum status one = limits_judge(l, 1, measures, &why);
  HOLDS(one == STATUS_HEALTHY || *why.text, "what is not well has its sentence");
  enum status two = limits_judge(&other, 1, measures, &why);
  if (one == STATUS_NO_DATA)
    HOLDS(two == STATUS_NO_DATA, "what cannot be compared cannot be compared the other way");
  else
    HOLDS((one == STATUS_DOWN) != (two == STATUS_DOWN), "a comparison and its opposite differ");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  double number;
  if (size < sizeof number)
    return 0;
  memcpy(&number, data, sizeof number);
  char *written = fuzz_text(data + sizeof number, size - sizeof number);
  struct limit l, again;
  struct err e = { .text = "" };
  if (limit_parse(&l, "measure", STATUS_DOWN, written, &e)) {
    HOLDS(limit_parse(&again, "measure", STATUS_DOWN, l.written, &e), "it is kept as it was written");
    HOLDS(again.op == l.op && again.is_text == l.is_text && (l.is_text ? strcmp(again.text, l.text) == 0 : again.number == l.number),
          "and means the same");
    json_t *measures = json_object();
    json_object_set_new(measures, "measure", isfinite(number) ? json_real(number) : json_true());
    judge(&l, measures);
    json_object_set_new(measures, "measure", l.is_text ? json_string(l.text) : json_real(l.number));
    judge(&l, measures);
    json_decref(measures);
    limit_done(&again);
    limit_done(&l);
  } else {
    HOLDS(*e.text, "a refusal has its sentence");
  }
  free(written);
  return 0;
}
