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
#include "scheduler/catalogue.h"
#include "scheduler/files.h"
#include "scheduler/journal.h"
#include "scheduler/outcome.h"
#include "scheduler/present.h"
#include "scheduler/runs.h"
#include "scheduler/store.h"

/** Longest request, bytes, and most connections at a time. */
#define REQUEST_CAP 65536
#define CLIENTS_CAP 256

struct client {
  struct client *next, **link;
  struct control *control;
  struct linepipe *pipe;
};

/* Somebody who waits for a service's run. */
struct recheck {
  struct recheck *next;
  struct client *client; /* NULL: has gone */
};

/* An answer that is sent when the journal is durable up to seq. */
struct held_answer {
  struct held_answer *next;
  struct client *client; /* NULL: has gone */
  int64_t seq;
  char *line;
};

struct control {
  struct scheduler *scheduler;
  uv_pipe_t listener;
  char *path;
  struct client *clients;
  size_t count;
  struct held_answer *answers;
};

static void send_json(struct client *client, json_t *json)
{
  linepipe_send(client->pipe, json_line(json));
  json_decref(json);
}

static json_t *yes(void)
{
  json_t *json = json_object();
  json_object_set_new(json, "ok", json_true());
  return json;
}

static void refuse(struct client *client, const char *code, const char *format, ...) PRINTF_LIKE(3, 4);
static void refuse(struct client *client, const char *code, const char *format, ...)
{
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  json_t *json = json_object();
  json_object_set_new(json, "ok", json_false());
  json_set_text(json, "code", code);
  json_set_text(json, "error", text);
  send_json(client, json);
}

/* {"ok":true} and what was presented. */
static void send_presented(struct client *client, json_t *presented)
{
  json_t *json = yes();
  json_object_update(json, presented);
  json_decref(presented);
  send_json(client, json);
}

/* ---- the operations ---- */

static void op_overview(struct client *client, const json_t *request)
{
  (void)request;
  send_presented(client, present_overview(client->control->scheduler));
}

static void op_status(struct client *client, const json_t *request)
{
  (void)request;
  send_presented(client, present_status(client->control->scheduler));
}

static void op_service(struct client *client, const json_t *request)
{
  const char *name = json_text_of(request, "service", "");
  json_t *presented = present_service(client->control->scheduler, name);
  if (presented)
    send_presented(client, presented);
  else
    refuse(client, "not_found", "there is no service \"%s\"", name);
}

static void op_recheck(struct client *client, const json_t *request)
{
  struct scheduler *s = client->control->scheduler;
  const char *name = json_text_of(request, "service", "");
  struct service *service = catalogue_find(s, name);
  if (!service || !service->declaration) {
    refuse(client, "not_found", "there is no service \"%s\"", name);
    return;
  }
  struct recheck *r = MEM_NEW(struct recheck);
  *r = (struct recheck){ .next = service->rechecks, .client = client };
  service->rechecks = r;
  runs_start(s, service);
}

static void on_stored(void *arg)
{
  struct client *client = arg;
  send_json(client, yes());
}

static void op_sync(struct client *client, const json_t *request)
{
  (void)request;
  struct scheduler *s = client->control->scheduler;
  store_when_stored(s->store, journal_depth(s->journal).last_seq, on_stored, client);
}

static void op_reload(struct client *client, const json_t *request)
{
  (void)request;
  files_rescan(client->control->scheduler->files, on_stored, client);
}

static const struct {
  const char *name;
  void (*fn)(struct client *client, const json_t *request);
} operations[] = {
  { "overview", op_overview }, { "service", op_service }, { "status", op_status },
  { "recheck", op_recheck },   { "sync", op_sync },       { "reload", op_reload },
};

/* ---- answers that wait ---- */

/* The next of those who wait for the service's run, to free; NULL: there is none left. */
static struct recheck *take_recheck(struct service *service)
{
  struct recheck *r = service->rechecks;
  if (r)
    service->rechecks = r->next;
  return r;
}

void control_run_dropped(struct service *service)
{
  struct recheck *r;
  while ((r = take_recheck(service))) {
    if (r->client)
      refuse(r->client, "not_found", "the service \"%s\" was removed while it was being checked", service->name);
    free(r);
  }
}

void control_run_ended(struct control *c, struct service *service, const struct outcome *o, int64_t seq)
{
  struct recheck *r;
  while ((r = take_recheck(service))) {
    if (r->client) {
      json_t *json = yes();
      json_set_text(json, "status", status_name(o->status));
      json_set_text(json, "error_message", o->error);
      json_object_set_new(json, "latency_ms", o->latency_ms >= 0 ? json_integer(o->latency_ms) : json_null());
      json_set_text(json, "confirmed", status_name(service->confirm.confirmed));
      struct held_answer *a = MEM_NEW(struct held_answer);
      *a = (struct held_answer){ .next = c->answers, .client = r->client, .seq = seq, .line = json_line(json) };
      c->answers = a;
      json_decref(json);
    }
    free(r);
  }
}

void control_durable(struct control *c, int64_t seq)
{
  for (struct held_answer **link = &c->answers; *link;) {
    struct held_answer *a = *link;
    if (a->seq > seq) {
      link = &a->next;
      continue;
    }
    *link = a->next;
    if (a->client)
      linepipe_send(a->client->pipe, a->line);
    else
      free(a->line);
    free(a);
  }
}

/* ---- connections ---- */

/* What still waits for the client is kept, but not sent any more. */
static void forget(struct client *client)
{
  struct control *c = client->control;
  for (struct service *service = c->scheduler->services; service; service = service->hh.next)
    for (struct recheck *r = service->rechecks; r; r = r->next)
      if (r->client == client)
        r->client = NULL;
  for (struct held_answer *a = c->answers; a; a = a->next)
    if (a->client == client)
      a->client = NULL;
  store_forget(c->scheduler->store, client);
  files_forget(c->scheduler->files, client);
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

static void on_line(void *arg, char *line, size_t len)
{
  struct client *client = arg;
  struct err e;
  json_t *request = json_read(line, len, &e);
  const char *op = json_text_of(request, "op", NULL);
  if (!request || !op) {
    refuse(client, "bad_request", "%s", request ? "a request needs a text \"op\"" : e.text);
    json_decref(request);
    return;
  }
  for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
    if (strcmp(op, operations[i].name) == 0) {
      operations[i].fn(client, request);
      json_decref(request);
      return;
    }
  }
  refuse(client, "bad_request", "there is no operation \"%s\"", op);
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
  control_durable(c, INT64_MAX);
  struct recheck *r;
  for (struct service *service = c->scheduler->services; service; service = service->hh.next)
    while ((r = take_recheck(service)))
      free(r);
  free(c->path);
  free(c);
}
