/* A script's source, read in a VM of its own with its caps, as the runner does it; the watchdog ends what takes too long. What a file declares crosses to
 * the scheduler as a message, and is accepted there as what it is here. */
#include <uv.h>

#include "base/json.h"
#include "core/declaration.h"
#include "core/message.h"
#include "fuzz.h"
#include "modules/modules.h"
#include "script/script.h"
#include "script/watchdog.h"

static uv_loop_t loop;
static struct script_env env = { .loop = &loop };

static void start(void)
{
  static bool started;
  struct err e;
  if (started)
    return;
  started = true;
  HOLDS(uv_loop_init(&loop) == 0 && watchdog_start(NULL, &e), "the engine starts");
}

/* As the scheduler takes it. */
static void take(enum item_kind kind, const json_t *json)
{
  struct err e;
  if (kind == ITEM_SERVICE) {
    struct declaration *d = declaration_read(json, &e);
    HOLDS(d && json_equal(d->json, json), "a service is accepted as it was declared");
    declaration_free(d);
  } else {
    json_t *item = item_read(kind, json, &e);
    HOLDS(item && json_equal(item, json), "an item is accepted as it was declared");
    json_decref(item);
  }
}

static void cross(struct script *script)
{
  struct message_loaded m = { .file = "fuzz.lua", .version = "1" };
  json_t *items[ITEM_KINDS];
  struct err e;
  for (size_t kind = 0; kind < ITEM_KINDS; kind++)
    m.items[kind] = items[kind] = script_declarations(script, (enum item_kind)kind);
  char *line = message_write_loaded(&m);
  json_t *json = json_read(line, strlen(line), &e);
  struct message_loaded got;
  HOLDS(json && message_read_loaded(json, &got, &e), "what was declared is a message");
  for (size_t kind = 0; kind < ITEM_KINDS; kind++) {
    size_t i;
    const json_t *one;
    HOLDS(json_array_size(got.items[kind]) == json_array_size(items[kind]), "with all of it");
    json_array_foreach(got.items[kind], i, one)
      take((enum item_kind)kind, one);
    json_decref(items[kind]);
  }
  json_decref(json);
  free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct err e = { .text = "" };
  char *source = fuzz_text(data, size);
  start();
  struct script *script = script_load(&env, modules_open, "fuzz.lua", source, NULL, &e);
  if (script)
    cross(script);
  else
    HOLDS(*e.text, "a refusal has its sentence");
  if (script)
    script_let_go(script);
  uv_run(&loop, UV_RUN_NOWAIT);
  free(source);
  return 0;
}
