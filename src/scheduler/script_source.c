#include "scheduler/script_source.h"

#include "base/digest.h"
#include "base/mem.h"

static char *version_of(const char *source, const json_t *settings)
{
  char hex[DIGEST_SIZE];
  char *shown = settings ? json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS) : mem_copy_text("");
  char *both = mem_printf("%s\n%s", shown, source);
  char *version = mem_copy_bytes(digest_sha256(both, strlen(both), hex), 16);
  free(shown);
  free(both);
  return version;
}

struct script_source *script_source_new(const char *file, const char *source, json_t *settings)
{
  struct script_source *s = MEM_NEW(struct script_source);
  *s = (struct script_source){
    .file = mem_copy_text(file), .version = version_of(source, settings), .source = mem_copy_text(source), .settings = json_incref(settings)
  };
  return s;
}

void script_source_free(struct script_source *s)
{
  if (!s)
    return;
  free(s->file);
  free(s->version);
  free(s->source);
  json_decref(s->settings);
  free(s);
}
