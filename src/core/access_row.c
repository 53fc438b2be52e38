#include "core/access_row.h"

#include "base/json.h"

/* Of what somebody did himself he is the actor; of what was refused it is Signalbox, and the user is whom it was tried as. */
static const struct {
  const char *what;
  bool refused;
} kinds[] = {
  { "login", false }, { "logout", false }, { "login_refused", true }, { "token_refused", true }, { "session_refused", true },
};
static_assert(ARRAY_LEN(kinds) <= REPEATS_KINDS, "each kind has its place for those that are told together");

static size_t find(const char *what)
{
  size_t i = 0;
  while (i < ARRAY_LEN(kinds) && strcmp(kinds[i].what, what) != 0)
    i++;
  return i;
}

bool access_is_known(const char *what)
{
  return find(what) < ARRAY_LEN(kinds);
}

json_t *access_row(const struct repeat *one)
{
  bool refused = access_is_known(one->kind) && kinds[find(one->kind)].refused;
  json_t *row = json_object(), *parameters = json_object();
  if (one->count > 1)
    json_set_int(parameters, "count", (int64_t)one->count);
  if (one->others)
    json_set_text(parameters, "addresses", "many");
  if (*one->whom)
    json_set_text(row, refused ? "subject" : "actor", one->whom);
  if (*one->from)
    json_set_text(row, "from", one->from);
  json_set_text(row, "action", one->kind);
  json_object_set_new(row, "parameters", parameters);
  json_set_text(row, "outcome", refused ? "refused" : "ok");
  return row;
}
