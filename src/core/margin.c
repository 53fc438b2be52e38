#include "core/margin.h"

#include "base/json.h"
#include "core/limit.h"

static json_t *margin_to(const struct limit *l, const json_t *value)
{
  bool upward = l->op == CMP_GT || l->op == CMP_GE, downward = l->op == CMP_LT || l->op == CMP_LE;
  if (l->is_text || !json_is_number(value) || !(upward || downward))
    return json_null();
  double distance = l->number - json_number_value(value);
  return json_real(upward ? distance : -distance);
}

static json_t *margin_of(const struct limit *l, const json_t *measures)
{
  json_t *json = json_object(), *value = json_object_get(measures, l->measure);
  struct err why;
  json_set_text(json, "measure", l->measure);
  json_set_text(json, "status", status_name(l->status));
  json_set_text(json, "limit", l->written);
  json_object_set(json, "value", value ? value : json_null());
  json_object_set_new(json, "met", json_boolean(value && limits_judge(l, 1, measures, &why) == l->status));
  json_object_set_new(json, "margin", margin_to(l, value));
  return json;
}

json_t *margins_of(const json_t *limits, const json_t *measures)
{
  json_t *list = json_array(), *by_status, *written;
  const char *measure, *word;
  json_object_foreach((json_t *)(uintptr_t)limits, measure, by_status) {
    json_object_foreach(by_status, word, written) {
      struct limit l;
      struct err e;
      enum status status;
      if (!status_from_name(word, &status) || !limit_parse(&l, measure, status, json_string_value(written), &e))
        continue;
      json_array_append_new(list, margin_of(&l, measures));
      limit_done(&l);
    }
  }
  return list;
}
