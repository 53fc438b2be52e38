/* signalbox check: what is wrong with the files of a folder of checks, before the daemon meets them. Nothing is run but judges, on examples. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/workbench.h"
#include "core/message.h"

/* Where each service is declared, over all files. */
struct seen {
  char *name, *path;
  json_t *depends_on;
  UT_hash_handle hh;
};

struct checking {
  struct workbench bench;
  struct seen *services;
  unsigned files, faults;
};

static void fault(struct checking *c, const char *format, ...) PRINTF_LIKE(2, 3);
static void fault(struct checking *c, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  printf("\n");
  c->faults++;
}

/* ---- one file ---- */

static void check_examples(struct checking *c, const char *path, struct script *script, struct script_service *service)
{
  json_t *measures;
  enum status expected;
  struct err e;
  int found;
  for (size_t i = 0; (found = script_example(script, service, i, &measures, &expected, &e)); i++) {
    if (found < 0) {
      fault(c, "%s: %s", path, e.text);
      continue;
    }
    struct verdict v;
    workbench_judge(script, service, measures, &v);
    if (v.status != expected)
      fault(c, "%s: service %s: example %zu is judged %s%s%s%s, not %s", path, service->declaration->name, i + 1,
            status_name(v.status) ? status_name(v.status) : "no-data", v.error ? " (" : "", v.error ? v.error : "", v.error ? ")" : "",
            status_name(expected) ? status_name(expected) : "no-data");
    workbench_verdict_done(&v);
    json_decref(measures);
  }
}

static void take_service(struct checking *c, const char *path, const struct script_service *service)
{
  struct seen *s;
  const char *name = service->declaration->name;
  HASH_FIND_STR(c->services, name, s);
  if (s) {
    fault(c, "%s: service %s is already declared by %s; give one of them another name", path, name, s->path);
    return;
  }
  s = MEM_NEW(struct seen);
  s->name = mem_copy_text(name);
  s->path = mem_copy_text(path);
  s->depends_on = json_deep_copy(json_object_get(service->declaration->json, "depends_on"));
  HASH_ADD_KEYPTR(hh, c->services, s->name, strlen(s->name), s);
}

/* A name that was assigned without `local` is everybody's within the file, and mostly a slip. */
static void check_globals(struct checking *c, const char *path, const struct script *script)
{
  json_t *names = script_globals(script), *name;
  size_t i;
  json_array_foreach(names, i, name)
    fault(c, "%s: %s is a global variable; write `local %s`", path, json_string_value(name), json_string_value(name));
  json_decref(names);
}

static void check_file(struct checking *c, const char *path)
{
  struct err e;
  struct script *script = workbench_load(&c->bench, path, &e);
  unsigned before = c->faults;
  c->files++;
  if (!script) {
    fault(c, "%s: %s", path, e.text);
    return;
  }
  check_globals(c, path, script);
  for (struct script_service *s = script->services; s; s = s->hh.next) {
    take_service(c, path, s);
    check_examples(c, path, script, s);
  }
  if (c->faults == before)
    printf("%s: ok, %u service%s\n", path, HASH_COUNT(script->services), HASH_COUNT(script->services) == 1 ? "" : "s");
  script_let_go(script);
}

/* ---- a folder ---- */

static int is_script(const struct dirent *entry)
{
  size_t n = strlen(entry->d_name);
  return n > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 4, ".lua") == 0 &&
         strcmp(entry->d_name, MESSAGE_SETTINGS_FILE) != 0;
}

static void read_settings(struct checking *c, const char *dir)
{
  struct err e;
  if (!workbench_read_settings(&c->bench, dir, &e))
    fault(c, "%s/%s: %s", dir, MESSAGE_SETTINGS_FILE, e.text);
}

static void check_folder(struct checking *c, const char *dir)
{
  struct dirent **entries;
  int n = scandir(dir, &entries, is_script, alphasort);
  if (n < 0) {
    fault(c, "%s: %s", dir, strerror(errno));
    return;
  }
  read_settings(c, dir);
  for (int i = 0; i < n; i++) {
    char *path = mem_printf("%s/%s", dir, entries[i]->d_name);
    check_file(c, path);
    free(path);
    free(entries[i]);
  }
  free(entries);
}

static void check_path(struct checking *c, const char *path)
{
  struct stat s;
  if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) {
    check_folder(c, path);
    return;
  }
  char *dir = workbench_dir_of(path);
  read_settings(c, dir);
  check_file(c, path);
  free(dir);
}

/* Only a whole folder knows all names. */
static void check_dependencies(struct checking *c)
{
  for (const struct seen *s = c->services; s; s = s->hh.next) {
    size_t i;
    json_t *name;
    json_array_foreach(s->depends_on, i, name) {
      struct seen *other;
      HASH_FIND_STR(c->services, json_string_value(name), other);
      if (!other)
        fault(c, "%s: service %s depends on %s, which no file declares", s->path, s->name, json_string_value(name));
    }
  }
}

static void release(struct checking *c)
{
  struct seen *s, *next;
  HASH_ITER(hh, c->services, s, next) {
    HASH_DEL(c->services, s);
    free(s->name);
    free(s->path);
    json_decref(s->depends_on);
    free(s);
  }
  workbench_done(&c->bench);
}

int cmd_check(int argc, char **argv)
{
  const char *secrets = NULL;
  const struct option_row rows[] = { { "--secrets", "SIGNALBOX_SECRETS", "DIR", "files that secret \"name\" reads", &secrets } };
  struct checking c = { 0 };
  struct err e;
  int words;
  if (!options_read(argc, argv, 1, "usage: signalbox check [PATH...]   (files or folders; checks.d unless said otherwise)", rows,
                    ARRAY_LEN(rows), &words, &e) ||
      !workbench_init(&c.bench, secrets, &e)) {
    fprintf(stderr, "signalbox check: %s\n", e.text);
    return 2;
  }
  bool folder = words == 0;
  if (folder)
    check_folder(&c, "checks.d");
  for (int i = 0; i < words; i++) {
    struct stat s;
    folder = folder || (stat(argv[1 + i], &s) == 0 && S_ISDIR(s.st_mode));
    check_path(&c, argv[1 + i]);
  }
  if (folder)
    check_dependencies(&c);
  printf("%u file%s, %u fault%s\n", c.files, c.files == 1 ? "" : "s", c.faults, c.faults == 1 ? "" : "s");
  unsigned faults = c.faults;
  release(&c);
  return faults ? 1 : 0;
}
