#include "loop/linepipe.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/** Most bytes that may wait to be written: a peer that does not read is cut off. */
#define BACKLOG_CAP ((size_t)64 * 1024 * 1024)

struct linepipe {
  uv_stream_t *stream;
  uv_check_t flush; /* lines of one round of the loop go out together */
  uv_idle_t soon;   /* keeps that round from sleeping first */
  struct buf in;    /* what has come of an unfinished line */
  struct buf out;   /* lines of this round */
  size_t line_cap;
  size_t backlog;
  bool closed;      /* by its owner: call nobody */
  bool ended;       /* on_end was called */
  unsigned busy;    /* calls into the owner that are on the stack, and writes under way */
  unsigned handles; /* that have yet to close */
  linepipe_line_fn on_line;
  linepipe_end_fn on_end;
  void *arg;
};

struct write {
  uv_write_t request;
  struct linepipe *pipe;
  char *bytes;
  size_t len;
};

static void maybe_free(struct linepipe *p)
{
  if (!p->closed || p->busy || p->handles)
    return;
  buf_done(&p->in);
  buf_done(&p->out);
  free(p);
}

static void end(struct linepipe *p, const char *reason)
{
  struct err why;
  if (p->closed || p->ended)
    return;
  p->ended = true;
  uv_read_stop(p->stream);
  err_set(&why, "%s", reason);
  p->busy++;
  p->on_end(p->arg, &why);
  p->busy--;
}

/* Gives out the whole lines among the bytes; what is left over waits in p->in. */
static void take(struct linepipe *p, char *bytes, size_t len)
{
  while (len && !p->closed && !p->ended) {
    char *newline = memchr(bytes, '\n', len);
    size_t part = newline ? (size_t)(newline - bytes) : len;
    if (!newline || p->in.len) {
      if (!buf_add(&p->in, bytes, part)) {
        end(p, "a line is longer than is allowed");
        return;
      }
    }
    if (!newline)
      return;
    bool joined = p->in.len > 0;
    char *line = joined ? p->in.data : bytes;
    size_t line_len = joined ? p->in.len : part;
    line[line_len] = '\0';
    if (line_len)
      p->on_line(p->arg, line, line_len);
    if (joined)
      buf_clear(&p->in);
    bytes = newline + 1;
    len -= part + 1;
  }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  (void)handle;
  (void)suggested;
  /* One for the process: libuv reads and calls on_read at once, nothing comes between. One byte more for a NUL. */
  static char room[65536 + 1];
  *buf = uv_buf_init(room, sizeof room - 1);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  struct linepipe *p = stream->data;
  p->busy++;
  if (n > 0) {
    /* The room is shared: a callback that turns the loop would overwrite it. None may. */
    take(p, buf->base, (size_t)n);
  } else if (n < 0) {
    end(p, n == UV_EOF ? "the other side has closed" : uv_strerror((int)n));
  }
  p->busy--;
  maybe_free(p);
}

static void on_written(uv_write_t *request, int status)
{
  struct write *w = CONTAINER_OF(request, struct write, request);
  struct linepipe *p = w->pipe;
  p->backlog -= w->len;
  free(w->bytes);
  free(w);
  if (status < 0)
    end(p, uv_strerror(status));
  p->busy--;
  maybe_free(p);
}

static void flush(struct linepipe *p)
{
  uv_check_stop(&p->flush);
  uv_idle_stop(&p->soon);
  if (!p->out.len || p->closed || p->ended)
    return;
  struct write *w = MEM_NEW(struct write);
  w->pipe = p;
  w->len = p->out.len;
  w->bytes = buf_take(&p->out);
  uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)w->len);
  p->busy++;
  int failure = uv_write(&w->request, p->stream, &buf, 1, on_written);
  if (failure)
    on_written(&w->request, failure);
}

static void on_flush(uv_check_t *handle)
{
  flush(handle->data);
}

static void on_soon(uv_idle_t *handle)
{
  (void)handle;
}

struct linepipe *linepipe_new(uv_stream_t *stream, size_t line_cap, linepipe_line_fn on_line, linepipe_end_fn on_end, void *arg)
{
  struct linepipe *p = MEM_NEW(struct linepipe);
  *p = (struct linepipe){ .stream = stream, .line_cap = line_cap, .on_line = on_line, .on_end = on_end, .arg = arg, .handles = 3 };
  buf_init(&p->in, line_cap);
  buf_init(&p->out, BACKLOG_CAP);
  uv_check_init(stream->loop, &p->flush);
  uv_idle_init(stream->loop, &p->soon);
  stream->data = p->flush.data = p->soon.data = p;
  uv_read_start(stream, on_alloc, on_read);
  return p;
}

static void free_stream(uv_handle_t *handle)
{
  free(handle);
}

struct linepipe *linepipe_open(uv_loop_t *loop, int fd, size_t line_cap, linepipe_line_fn on_line, linepipe_end_fn on_end, void *arg,
                               struct err *e)
{
  uv_pipe_t *stream = MEM_NEW(uv_pipe_t);
  uv_pipe_init(loop, stream, 0);
  int failure = uv_pipe_open(stream, fd);
  if (!failure)
    return linepipe_new((uv_stream_t *)stream, line_cap, on_line, on_end, arg);
  err_set(e, "descriptor %d: %s", fd, uv_strerror(failure));
  close(fd);
  uv_close((uv_handle_t *)stream, free_stream);
  return NULL;
}

void linepipe_send(struct linepipe *p, char *line)
{
  size_t len = strlen(line);
  if (!p->closed && !p->ended) {
    if (p->backlog + p->out.len + len + 1 > BACKLOG_CAP) {
      free(line);
      end(p, "the other side does not read");
      return;
    }
    buf_add(&p->out, line, len);
    buf_add(&p->out, "\n", 1);
    p->backlog += len + 1;
    if (!uv_is_active((uv_handle_t *)&p->flush)) {
      uv_check_start(&p->flush, on_flush);
      uv_idle_start(&p->soon, on_soon);
    }
  }
  free(line);
}

size_t linepipe_backlog(const struct linepipe *p)
{
  return p->backlog;
}

static void on_closed(uv_handle_t *handle)
{
  struct linepipe *p = handle->data;
  if (handle == (uv_handle_t *)p->stream)
    free(handle);
  p->handles--;
  maybe_free(p);
}

void linepipe_close(struct linepipe *p)
{
  if (!p || p->closed)
    return;
  p->closed = true;
  uv_close((uv_handle_t *)p->stream, on_closed);
  uv_close((uv_handle_t *)&p->flush, on_closed);
  uv_close((uv_handle_t *)&p->soon, on_closed);
}
