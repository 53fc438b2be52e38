#include "core/limit.h"

#include <ctype.h>
#include <math.h>

#include "base/mem.h"

/* Longer ones first: ">=" begins with ">". */
static const struct {
  const char *sign;
  enum comparison op;
} signs[] = { { ">=", CMP_GE }, { "<=", CMP_LE }, { "==", CMP_EQ }, { "~=", CMP_NE }, { ">", CMP_GT }, { "<", CMP_LT } };

static bool parse_operand(struct limit *l, const char *p)
{
  size_t n = strlen(p);
  if (n >= 2 && (*p == '"' || *p == '\'') && p[n - 1] == *p) {
    l->is_text = true;
    l->text = mem_copy_bytes(p + 1, n - 2);
    return l->op == CMP_EQ || l->op == CMP_NE;
  }
  if (strcmp(p, "true") == 0 || strcmp(p, "false") == 0) {
    l->number = p[0] == 't';
    return l->op == CMP_EQ || l->op == CMP_NE;
  }
  char *end;
  l->number = strtod(p, &end);
  return end != p && !*end && isfinite(l->number);
}

bool limit_parse(struct limit *l, const char *measure, enum status status, const char *written, struct err *e)
{
  *l = (struct limit){ .measure = mem_copy_text(measure), .status = status, .written = mem_copy_text(written) };
  const char *p = written + strspn(written, " ");
  for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
    size_t n = strlen(signs[i].sign);
    if (strncmp(p, signs[i].sign, n) != 0)
      continue;
    l->op = signs[i].op;
    p += n;
    if (parse_operand(l, p + strspn(p, " ")))
      return true;
    break;
  }
  err_set(e, "limits: %s: %s = \"%s\" is not understood; write a comparison such as \"> 85\", \"<= 0.5\" or \"~= 'ok'\"", measure,
          status_name(status), written);
  limit_done(l);
  return false;
}

void limit_done(struct limit *l)
{
  free(l->measure);
  free(l->text);
  free(l->written);
  *l = (struct limit){ 0 };
}

static bool compare(enum comparison op, double left, double right)
{
  switch (op) {
  case CMP_GT: return left > right;
  case CMP_GE: return left >= right;
  case CMP_LT: return left < right;
  case CMP_LE: return left <= right;
  case CMP_EQ: return left == right;
  case CMP_NE: return left != right;
  }
  return false;
}

/* 1 met, 0 not met, -1 the measure is missing or of another kind. */
static int met(const struct limit *l, const json_t *value)
{
  if (l->is_text) {
    if (!json_is_string(value))
      return -1;
    bool same = strcmp(json_string_value(value), l->text) == 0;
    return same == (l->op == CMP_EQ);
  }
  if (json_is_boolean(value))
    return compare(l->op, json_is_true(value), l->number);
  return json_is_number(value) ? compare(l->op, json_number_value(value), l->number) : -1;
}

enum status limits_judge(const struct limit *limits, size_t n, const json_t *measures, struct err *why)
{
  enum status worst = STATUS_HEALTHY;
  for (size_t i = 0; i < n; i++) {
    const struct limit *l = &limits[i];
    const json_t *value = json_object_get(measures, l->measure);
    int is_met = met(l, value);
    if (is_met < 0) {
      err_set(why, "the limit %s %s has no %s to be held against: the probe returned %s", l->measure, l->written,
              l->is_text ? "text" : "number", value ? "another kind of value" : "no such measure");
      return STATUS_NO_DATA;
    }
    if (!is_met || l->status <= worst)
      continue;
    worst = l->status;
    char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    err_set(why, "%s %s %s", l->measure, shown ? shown : "?", l->written);
    free(shown);
  }
  return worst;
}
