/* signalbox check: what is wrong with the files of a folder of checks, before the daemon meets them. Nothing is run but judges, on examples. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <uthash.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/source.h"
#include "cli/workbench.h"
#include "core/depends.h"
#include "core/message.h"

/* Where each item is declared, over all files. */
struct seen {
  char *key; /* "service postgres" */
  const char *name;
  char *path;
  int line;
  json_t *needs; /* names of services: a service's depends_on, a preflight's services; NULL: none */
  UT_hash_handle hh;
};

struct checking {
  struct workbench bench;
  struct seen *items;
  unsigned files, faults;
};

/* "path:line: sentence"; line 0: it is the file's as a whole. */
static void fault(struct checking *c, const char *path, int line, const char *format, ...) PRINTF_LIKE(4, 5);
static void fault(struct checking *c, const char *path, int line, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (line)
    printf("%s:%d: ", path, line);
  else
    printf("%s: ", path);
  vprintf(format, args);
  va_end(args);
  printf("\n");
  c->faults++;
}

/* The engine's own sentences begin with the file's name, and mostly with the line. */
static void fault_of_engine(struct checking *c, const char *path, const struct err *e)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  size_t n = strlen(name);
  if (strncmp(e->text, name, n) == 0 && e->text[n] == ':')
    printf("%.*s%s\n", (int)(name - path), path, e->text);
  else
    printf("%s: %s\n", path, e->text);
  c->faults++;
}

/* ---- one service ---- */

static const char *word_of(enum status status)
{
  return status_name(status) ? status_name(status) : "no-data";
}

static void check_examples(struct checking *c, const char *path, struct script *script, struct script_service *service)
{
  json_t *measures;
  enum status expected;
  struct err e;
  int found;
  for (size_t i = 0; (found = script_example(script, service, i, &measures, &expected, &e)); i++) {
    if (found < 0) {
      fault(c, path, service->line, "%s", e.text);
      continue;
    }
    struct verdict v;
    workbench_judge(script, service, measures, &v);
    if (v.status != expected)
      fault(c, path, service->line, "service %s: example %zu is judged %s%s%s%s, not %s; mend the example or what judges it",
            service->declaration->name, i + 1, word_of(v.status), v.error ? " (" : "", v.error ? v.error : "", v.error ? ")" : "",
            word_of(expected));
    workbench_verdict_done(&v);
    json_decref(measures);
  }
}

static void check_judge(struct checking *c, const char *path, const struct script_service *service)
{
  if (service->limit_count && script_has_judge(service))
    fault(c, path, service->line, "service %s: nobody reads its limits, since judge decides; take one of the two away",
          service->declaration->name);
}

/* ---- names over all files ---- */

static void take_item(struct checking *c, const char *path, int line, enum item_kind kind, const char *name, const json_t *needs)
{
  struct seen *s;
  char *key = mem_printf("%s %s", item_kind_name(kind), name);
  HASH_FIND_STR(c->items, key, s);
  if (s) {
    fault(c, path, line, "%s is already declared by %s:%d; give one of them another name", key, s->path, s->line);
    free(key);
    return;
  }
  s = MEM_NEW(struct seen);
  *s = (struct seen){ .key = key, .name = strchr(key, ' ') + 1, .path = mem_copy_text(path), .line = line };
  s->needs = needs ? json_deep_copy(needs) : NULL;
  HASH_ADD_KEYPTR(hh, c->items, s->key, strlen(s->key), s);
}

static struct seen *find_service(const struct checking *c, const char *name)
{
  struct seen *s;
  char *key = mem_printf("%s %s", item_kind_name(ITEM_SERVICE), name);
  HASH_FIND_STR(c->items, key, s);
  free(key);
  return s;
}

static const json_t *parents_of(void *arg, const char *name)
{
  const struct seen *s = find_service(arg, name);
  return s ? s->needs : NULL;
}

/* Only a whole folder knows all names. */
static void check_needs(struct checking *c)
{
  for (const struct seen *s = c->items; s; s = s->hh.next) {
    size_t i;
    json_t *name;
    struct err e;
    bool service = strncmp(s->key, "service ", 8) == 0;
    json_array_foreach(s->needs, i, name) {
      if (!find_service(c, json_string_value(name)))
        fault(c, s->path, s->line, "%s %s %s, which no file declares (with these settings)", s->key, service ? "depends on" : "needs",
              json_string_value(name));
    }
    if (service && s->needs && !depends_is_sound(s->name, parents_of, c, &e))
      fault(c, s->path, s->line, "%s depends on itself: %s; break the circle", s->key, e.text);
  }
}

/* ---- one file ---- */

/* A name that was assigned without `local` is everybody's within the file, and mostly a slip. */
static void check_globals(struct checking *c, const char *path, const struct script *script, const struct source *source)
{
  json_t *names = script_globals(script), *name;
  size_t i;
  json_array_foreach(names, i, name)
    fault(c, path, source_assigned_at(source, json_string_value(name)), "%s is a global variable; write `local %s`",
          json_string_value(name), json_string_value(name));
  json_decref(names);
}

/* A probe that no service was given, a limit that nobody looks at: it is there and does nothing. */
static void check_unused(struct checking *c, const char *path, const struct source *source)
{
  struct unused found;
  for (size_t at = 0; source_next_unused(source, &at, &found);)
    fault(c, path, found.line, "the %s %s is never used; use it, take it away, or call it _%s", found.is_function ? "function" : "variable",
          found.name, found.name);
}

static void check_items(struct checking *c, const char *path, struct script *script)
{
  for (struct script_service *s = script->services; s; s = s->hh.next) {
    take_item(c, path, s->line, ITEM_SERVICE, s->declaration->name, json_object_get(s->declaration->json, "depends_on"));
    check_judge(c, path, s);
    check_examples(c, path, script, s);
  }
  for (enum item_kind kind = ITEM_SERVICE; kind < ITEM_KINDS; kind++)
    for (const struct script_item *item = script->items[kind]; item; item = item->hh.next)
      take_item(c, path, item->line, kind, json_text_of(item->declaration, "name", ""), json_object_get(item->declaration, "services"));
}

/* "disk.lua: 2 services, 1 preflight"; of kinds that there are none of nothing is said, but for services. */
static void print_contents(const char *path, const struct script *script)
{
  printf("%s:", path);
  for (enum item_kind kind = ITEM_SERVICE; kind < ITEM_KINDS; kind++) {
    unsigned n = kind == ITEM_SERVICE ? HASH_COUNT(script->services) : HASH_COUNT(script->items[kind]);
    if (n || kind == ITEM_SERVICE)
      printf("%s %u %s%s", kind == ITEM_SERVICE ? "" : ",", n, item_kind_name(kind), n == 1 ? "" : "s");
  }
  printf("\n");
}

static void check_script(struct checking *c, const char *path, struct script *script, const char *text)
{
  struct source *source = source_new(text);
  unsigned before = c->faults;
  check_globals(c, path, script, source);
  check_unused(c, path, source);
  check_items(c, path, script);
  source_free(source);
  if (c->faults == before)
    print_contents(path, script);
}

static void check_file(struct checking *c, const char *path)
{
  struct err e;
  char *text = file_read(path, MESSAGE_SOURCE_CAP, NULL, &e);
  struct script *script = text ? workbench_build(&c->bench, path, text, &e) : NULL;
  c->files++;
  if (script)
    check_script(c, path, script, text);
  else
    fault_of_engine(c, path, &e);
  script_let_go(script);
  free(text);
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
  char *path = mem_printf("%s/%s", dir, MESSAGE_SETTINGS_FILE);
  if (!workbench_read_settings(&c->bench, dir, &e))
    fault_of_engine(c, path, &e);
  free(path);
}

static bool is_folder(const char *path)
{
  struct stat s;
  return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static void check_scripts(struct checking *c, const char *dir)
{
  struct dirent **entries;
  int n = scandir(dir, &entries, is_script, alphasort);
  if (n < 0) {
    fault(c, dir, 0, "%s", strerror(errno));
    return;
  }
  for (int i = 0; i < n; i++) {
    char *path = mem_printf("%s/%s", dir, entries[i]->d_name);
    check_file(c, path);
    free(path);
    free(entries[i]);
  }
  free(entries);
}

/* Files of channels lie one folder deeper, and see the same settings. */
static void check_folder(struct checking *c, const char *dir)
{
  char *channels = mem_printf("%s/" MESSAGE_CHANNELS_FOLDER, dir);
  read_settings(c, dir);
  check_scripts(c, dir);
  if (is_folder(channels))
    check_scripts(c, channels);
  free(channels);
}

static void check_path(struct checking *c, const char *path)
{
  if (is_folder(path)) {
    check_folder(c, path);
    return;
  }
  char *dir = workbench_dir_of(path);
  read_settings(c, dir);
  check_file(c, path);
  free(dir);
}

static void release(struct checking *c)
{
  struct seen *s, *next;
  HASH_ITER(hh, c->items, s, next) {
    HASH_DEL(c->items, s);
    free(s->key);
    free(s->path);
    json_decref(s->needs);
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
    folder = folder || is_folder(argv[1 + i]);
    check_path(&c, argv[1 + i]);
  }
  if (folder)
    check_needs(&c);
  printf("%u file%s, %u fault%s\n", c.files, c.files == 1 ? "" : "s", c.faults, c.faults == 1 ? "" : "s");
  unsigned faults = c.faults;
  release(&c);
  return faults ? 1 : 0;
}
