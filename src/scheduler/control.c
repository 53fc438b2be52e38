#include "scheduler/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/linepipe.h"
#include "scheduler/alerts.h"

/** Longest request, bytes, and most connections at a time. */
#define REQUEST_CAP 65536
#define CLIENTS_CAP 256

/* Who answers what. */
static const struct control_op *const tables[] = { control_ops, access_ops, actions_ops, alerts_ops, gate_ops };

struct client {
  struct client *next, **link;
  struct control *control;
  struct linepipe *pipe;
};

struct control {
  struct scheduler *scheduler;
  uv_pipe_t listener;
  char *path;
  struct client *clients;
  size_t count;
  struct askings *askings;
};

void control_durable(struct control *c, int64_t seq)
{
  askings_durable(c->askings, seq);
}

/* What still waits for the client is done, but not told to anybody. */
static void forget(struct client *client)
{
  struct control *c = client->control;
  askings_forget(c->askings, client->pipe);
  *client->link = client->next;
  if (client->next)
    client->next->link = client->link;
  c->count--;
  linepipe_close(client->pipe);
  free(client);
}

static void on_end(void *arg, const struct err *why)
{
  (void)why;
  forget(arg);
}

static const struct control_op *find_op(const char *name)
{
  for (size_t i = 0; i < ARRAY_LEN(tables); i++)
    for (const struct control_op *op = tables[i]; op->name; op++)
      if (strcmp(op->name, name) == 0)
        return op;
  return NULL;
}

static void on_line(void *arg, char *line, size_t len)
{
  struct client *client = arg;
  struct control *c = client->control;
  struct err e;
  json_t *request = json_read(line, len, &e);
  struct asking *a = asking_new(c->askings, client->pipe, request);
  const char *name = json_text_of(request, "op", NULL);
  const struct control_op *op = name ? find_op(name) : NULL;
  if (op)
    op->fn(c->scheduler, a, request);
  else if (name)
    asking_refuse(a, "bad_request", "there is no operation \"%s\"", name);
  else
    asking_refuse(a, "bad_request", "%s", request ? "a request needs a text \"op\"" : e.text);
  json_decref(request);
}

static void free_handle(uv_handle_t *handle)
{
  free(handle);
}

static void on_connection(uv_stream_t *listener, int status)
{
  struct control *c = listener->data;
  if (status < 0)
    return;
  uv_pipe_t *stream = MEM_NEW(uv_pipe_t);
  uv_pipe_init(c->scheduler->loop, stream, 0);
  if (uv_accept(listener, (uv_stream_t *)stream) != 0 || c->count == CLIENTS_CAP) {
    uv_close((uv_handle_t *)stream, free_handle);
    return;
  }
  struct client *client = MEM_NEW(struct client);
  client->control = c;
  client->next = c->clients;
  client->link = &c->clients;
  if (c->clients)
    c->clients->link = &client->next;
  c->clients = client;
  c->count++;
  client->pipe = linepipe_new((uv_stream_t *)stream, REQUEST_CAP, on_line, on_end, client);
}

/* Does somebody answer there? */
static bool is_taken(const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool taken = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  if (fd >= 0)
    close(fd);
  return taken;
}

static bool listen_at(struct control *c, const char *path, struct err *e)
{
  if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
    return err_set(e, "control socket %s: the path is longer than the system allows (107 bytes); choose a shorter one", path);
  if (is_taken(path))
    return err_set(e, "control socket %s: another scheduler is running there", path);
  unlink(path);
  mode_t was = umask(0117);
  int failure = uv_pipe_bind(&c->listener, path);
  umask(was);
  if (!failure)
    failure = uv_listen((uv_stream_t *)&c->listener, 128, on_connection);
  return !failure || err_set(e, "control socket %s: %s", path, uv_strerror(failure));
}

struct control *control_new(struct scheduler *s, const char *path, struct err *e)
{
  struct control *c = MEM_NEW(struct control);
  c->scheduler = s;
  c->askings = askings_new(s->journal);
  c->path = mem_copy_text(path);
  uv_pipe_init(s->loop, &c->listener, 0);
  c->listener.data = c;
  if (listen_at(c, path, e))
    return c;
  uv_close((uv_handle_t *)&c->listener, NULL);
  uv_run(s->loop, UV_RUN_NOWAIT);
  control_free(c);
  return NULL;
}

void control_stop(struct control *c)
{
  unlink(c->path);
  while (c->clients)
    forget(c->clients);
  uv_close((uv_handle_t *)&c->listener, NULL);
}

void control_free(struct control *c)
{
  if (!c)
    return;
  askings_free(c->askings);
  free(c->path);
  free(c);
}
