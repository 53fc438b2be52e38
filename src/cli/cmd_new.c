/* signalbox new: a working file to start from, for an address, a port or a program. */
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/options.h"
#include "cli/cli.h"
#include "core/declaration.h"

#define TEXT_CAP 32768

/* A Lua string: quotes, backslashes and control characters written so that they mean themselves. */
static void add_quoted(struct buf *b, const char *text)
{
  buf_add_text(b, "\"");
  for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
    if (*p == '"' || *p == '\\')
      buf_printf(b, "\\%c", *p);
    else if (*p < 0x20 || *p == 0x7f)
      buf_printf(b, "\\%03u", *p);
    else
      buf_add(b, p, 1);
  }
  buf_add_text(b, "\"");
}

static void begin(struct buf *b, const char *name)
{
  buf_printf(b, "service {\n  name = \"%s\",\n  title = \"%s\",\n  every = \"30s\",\n  timeout = \"10s\",\n\n  probe = function()\n", name,
             name);
}

static void write_http(struct buf *b, const char *name, const char *url)
{
  begin(b, name);
  buf_add_text(b, "    local response = http.get(");
  add_quoted(b, url);
  buf_add_text(b, "):expect(200)\n    return { response_ms = response.ms, body_bytes = #response.body }\n  end,\n\n"
                  "  limits = {\n    response_ms = { degraded = \"> 1000\" },\n  },\n}\n");
}

static bool write_tcp(struct buf *b, const char *name, const char *address, struct err *e)
{
  const char *colon = strrchr(address, ':');
  int64_t port;
  if (!colon || colon == address)
    return err_set(e, "--tcp: \"%s\": write HOST:PORT", address);
  if (!options_number("--tcp: the port", colon + 1, 1, 65535, &port, e))
    return false;
  char *host = mem_copy_bytes(address, (size_t)(colon - address));
  begin(b, name);
  buf_add_text(b, "    return { connect_ms = tcp.ping(");
  add_quoted(b, host);
  buf_printf(b, ", %d) }\n  end,\n\n  limits = {\n    connect_ms = { degraded = \"> 500\" },\n  },\n}\n", (int)port);
  free(host);
  return true;
}

static void write_plugin(struct buf *b, const char *name, char **words, int n)
{
  buf_printf(b, "service {\n  name = \"%s\",\n  title = \"%s\",\n  every = \"30s\",\n  timeout = \"10s\",\n\n  probe = nagios.probe { ",
             name, name);
  for (int i = 0; i < n; i++) {
    add_quoted(b, words[i]);
    buf_add_text(b, i + 1 < n ? ", " : " },\n");
  }
  buf_add_text(b, "  judge = nagios.judge,\n}\n");
}

static bool make(const char *dir, const char *name, const char *url, const char *address, char **words, int n, struct err *e)
{
  struct buf text;
  bool ok = declaration_name_is_valid(name, e);
  if (!ok)
    return false;
  buf_init(&text, TEXT_CAP);
  char *path = mem_printf("%s/%s.lua", dir, name);
  if (url)
    write_http(&text, name, url);
  else if (address)
    ok = write_tcp(&text, name, address, e);
  else
    write_plugin(&text, name, words, n);
  if (ok && text.full)
    ok = err_set(e, "the file would be larger than %d bytes", TEXT_CAP);
  if (ok && access(path, F_OK) == 0)
    ok = err_set(e, "%s is there already; it is left as it is", path);
  if (ok)
    ok = file_replace(path, text.data, text.len, 0644, e);
  if (ok)
    printf("wrote %s; try it with: signalbox run %s\n", path, path);
  free(path);
  buf_done(&text);
  return ok;
}

int cmd_new(int argc, char **argv)
{
  const char *dir = "checks.d", *url = NULL, *address = NULL, *plugin = NULL;
  const struct option_row rows[] = {
    { "--http", NULL, "URL", "an address that should answer 200", &url },
    { "--tcp", NULL, "HOST:PORT", "a port that should accept connections", &address },
    { "--nagios", NULL, NULL, "the words after NAME are a monitoring plugin and its arguments", &plugin },
    { "--checks", "SIGNALBOX_CHECKS", "DIR", "where the file is put", &dir },
  };
  struct err e;
  int words, last = argc;
  /* A plugin's own options are not ours: everything from --nagios on is its. */
  for (int i = 1; i < argc && last == argc; i++)
    if (strcmp(argv[i], "--nagios") == 0)
      last = i + 1;
  bool ok = options_read(last, argv, 1, "usage: signalbox new NAME --http URL | --tcp HOST:PORT | --nagios PROGRAM ARGUMENTS...", rows,
                         ARRAY_LEN(rows), &words, &e);
  if (ok && (words != 1 || (url != NULL) + (address != NULL) + (plugin != NULL) != 1 || (plugin && last == argc)))
    ok = err_set(&e, "a name and one of --http, --tcp and --nagios are needed; see --help");
  if (!ok) {
    fprintf(stderr, "signalbox new: %s\n", e.text);
    return 2;
  }
  if (make(dir, argv[1], url, address, argv + last, argc - last, &e))
    return 0;
  fprintf(stderr, "signalbox new: %s\n", e.text);
  return 1;
}
