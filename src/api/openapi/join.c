/* openapi-join VERSION DOCUMENT.json DOCUMENT.c GROUP.json...: the OpenAPI document from its groups, at build time.
 *
 * Objects of the same name are joined member by member, and the lists of the document itself (tags) end to end; what is anything else may stand in one group only, so that two groups cannot contradict each other
 * unseen. What every operation has is added here and need not be written: from "x-role" (nobody, viewer, admin) its `security` and the answers of the
 * door, from its method those of a request that changes something. The C file holds the same text as an array, for the API to serve. */
#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

/** Largest group, bytes. */
#define GROUP_CAP ((size_t)1024 * 1024)

/* ---- joining ---- */

static bool join(json_t *into, const json_t *from, const char *where, struct err *e)
{
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)from, key, value) {
    json_t *there = json_object_get(into, key);
    char *path = mem_printf("%s/%s", where, key);
    bool ok = true;
    if (!there)
      json_object_set(into, key, value);
    else if (json_is_object(there) && json_is_object(value))
      ok = join(there, value, path, e);
    else if (!*where && json_is_array(there) && json_is_array(value))
      json_array_extend(there, value);
    else
      ok = err_set(e, "%s is in an earlier group too", path);
    free(path);
    if (!ok)
      return false;
  }
  return true;
}

static bool join_file(json_t *document, const char *path, struct err *e)
{
  size_t len;
  char *text = file_read(path, GROUP_CAP, &len, e);
  if (!text)
    return false;
  json_t *group = json_read(text, len, e);
  bool ok = (json_is_object(group) && join(document, group, "", e)) || err_context(e, "%s", path);
  json_decref(group);
  free(text);
  return ok;
}

/* ---- what every operation has ---- */

static void add_response(json_t *responses, const char *status, const char *name)
{
  if (!json_object_get(responses, status))
    json_object_set_new(responses, status, json_pack("{s:o}", "$ref", json_sprintf("#/components/responses/%s", name)));
}

static bool finish_operation(const char *method, json_t *operation, struct err *e)
{
  const char *role = json_text_of(operation, "x-role", "");
  bool anybody = strcmp(role, "nobody") == 0, admin = strcmp(role, "admin") == 0;
  bool changes = strcmp(method, "get") != 0;
  json_t *responses = json_object_get(operation, "responses");
  if (!anybody && !admin && strcmp(role, "viewer") != 0)
    return err_set(e, "x-role is nobody, viewer or admin");
  if (!json_is_object(responses))
    return err_set(e, "it has no responses");
  json_object_set_new(operation, "security", anybody ? json_array() : json_pack("[{s:[]},{s:[]},{s:[]}]", "session", "basic", "token"));
  add_response(responses, "400", "BadRequest");
  add_response(responses, "414", "TooLong");
  if (!anybody) {
    add_response(responses, "401", "Unauthorized");
    add_response(responses, "429", "TooMany");
  }
  if (admin || changes)
    add_response(responses, "403", "Forbidden");
  if (changes) {
    add_response(responses, "413", "TooLarge");
    add_response(responses, "415", "UnsupportedType");
    add_response(responses, "422", "Invalid");
  }
  add_response(responses, "503", "Unavailable");
  return true;
}

static bool finish(json_t *document, const char *version, struct err *e)
{
  const char *path, *method;
  json_t *operations, *operation;
  json_object_set_new(json_object_get(document, "info"), "version", json_string(version));
  json_object_foreach(json_object_get(document, "paths"), path, operations)
    json_object_foreach(operations, method, operation)
      if (!finish_operation(method, operation, e))
        return err_context(e, "%s %s", method, path);
  return true;
}

/* ---- out ---- */

static bool write_json(const char *path, const char *text, struct err *e)
{
  return file_replace(path, text, strlen(text), 0644, e);
}

static bool write_c(const char *path, const char *text, struct err *e)
{
  struct buf out;
  size_t len = strlen(text);
  buf_init(&out, len * 5 + 1024);
  buf_printf(&out,
             "/* Made by openapi-join. */\n#include \"api/openapi.h\"\n\nconst size_t openapi_document_size = %zu;\nconst char "
             "openapi_document[] = {",
             len);
  for (size_t i = 0; i < len; i++)
    buf_printf(&out, "%s%d,", i % 24 ? "" : "\n", (int)(unsigned char)text[i]);
  buf_add_text(&out, "0\n};\n");
  bool ok = file_replace(path, buf_text(&out), out.len, 0644, e);
  buf_done(&out);
  return ok;
}

int main(int argc, char **argv)
{
  struct err e = { "usage: openapi-join VERSION DOCUMENT.json DOCUMENT.c GROUP.json..." };
  json_t *document = json_object();
  bool ok = argc > 4;
  for (int i = 4; ok && i < argc; i++)
    ok = join_file(document, argv[i], &e);
  if (ok && finish(document, argv[1], &e)) {
    char *text = json_line(document);
    ok = write_json(argv[2], text, &e) && write_c(argv[3], text, &e);
    free(text);
  } else {
    ok = false;
  }
  json_decref(document);
  if (!ok)
    fprintf(stderr, "openapi-join: %s\n", e.text);
  return ok ? 0 : 1;
}
