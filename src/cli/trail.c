#include "cli/trail.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/question.h"

struct spool_row *trail_begin(const char *directory, const char *changed, const char *action, const char *subject, json_t *parameters,
                              struct err *e)
{
  char at[CLOCK_STAMP_SIZE], *around = file_directory_of(changed), *beside = mem_printf("%s/" SPOOL_NAME, around);
  json_t *row = json_object();
  json_set_text(row, "at", clock_format(clock_wall_us(), at));
  question_name_actor(row);
  json_set_text(row, "action", action);
  json_set_text(row, "subject", subject);
  json_object_set_new(row, "parameters", parameters);
  struct spool_row *r = spool_note(directory ? directory : beside, row, e);
  if (!r)
    err_context(e, "nothing was changed, since it cannot be noted for the audit trail");
  json_decref(row);
  free(around);
  free(beside);
  return r;
}

bool trail_end(struct spool_row *row, bool done, struct err *e)
{
  struct err why;
  if (!row)
    return false;
  if (!spool_end(row, done, &why) && done)
    return err_set(e, "it is done, but the audit trail does not know: %s", why.text);
  return done;
}
