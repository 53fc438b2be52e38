#include "loop/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

struct child {
  uv_process_t process;
  uv_pipe_t in, out, errors;
  uv_timer_t timer;
  uv_write_t write;
  char *input;
  struct buf out_text, errors_text;
  child_fn fn; /* NULL: cancelled */
  void *arg;
  int64_t timeout_ms;
  int code, signal;
  bool terminated, timed_out, exited;
  unsigned open_pipes; /* stdout and stderr that have not ended */
  unsigned handles;    /* to be closed before the struct goes */
};

/* ---- who is ours ---- */

static int *known;
static size_t known_count;

void child_adopt(int pid)
{
  known = mem_resize(known, known_count + 1, sizeof *known);
  known[known_count++] = pid;
}

void child_disown(int pid)
{
  for (size_t i = 0; i < known_count; i++)
    if (known[i] == pid)
      known[i--] = known[--known_count];
  if (!known_count) {
    free(known);
    known = NULL;
  }
}

static bool is_known(int pid)
{
  for (size_t i = 0; i < known_count; i++)
    if (known[i] == pid)
      return true;
  return false;
}

void child_receive_strays(void)
{
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/** Deeper than that nobody's descendants are followed. */
#define GENERATIONS 32

/* The children of a process's main thread (proc(5)), into a list to free; how many. */
static size_t read_children(int pid, int **children)
{
  char path[64];
  int child;
  size_t n = 0;
  *children = NULL;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  FILE *file = fopen(path, "re");
  while (file && fscanf(file, "%d", &child) == 1) {
    *children = mem_resize(*children, n + 1, sizeof **children);
    (*children)[n++] = child;
  }
  if (file)
    fclose(file);
  return n;
}

/* With its descendants: they would come to us only after it has died. */
static void kill_family(int pid, int generations)
{
  int *children;
  size_t n = generations ? read_children(pid, &children) : 0;
  kill(pid, SIGKILL);
  for (size_t i = 0; i < n; i++)
    kill_family(children[i], generations - 1);
  if (generations)
    free(children);
}

/* Children of this process that nobody here started: what a program left behind. */
void child_end_strays(void)
{
  int *children;
  size_t n = read_children((int)getpid(), &children);
  for (size_t i = 0; i < n; i++) {
    if (is_known(children[i]))
      continue;
    kill_family(children[i], GENERATIONS);
    waitpid(children[i], NULL, WNOHANG);
  }
  free(children);
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
  struct child *c = handle->data;
  if (--c->handles)
    return;
  buf_done(&c->out_text);
  buf_done(&c->errors_text);
  free(c->input);
  free(c);
}

static void close_handle(struct child *c, uv_handle_t *handle)
{
  if (!uv_is_closing(handle))
    uv_close(handle, on_closed);
  (void)c;
}

/* Exited, and its output has come to its end: tells, and closes. */
static void maybe_over(struct child *c)
{
  if (!c->exited || c->open_pipes)
    return;
  child_fn fn = c->fn;
  c->fn = NULL;
  const struct child_result result = { .code = c->code,
                                       .signal = c->signal,
                                       .timed_out = c->timed_out,
                                       .truncated = c->out_text.full || c->errors_text.full,
                                       .out = buf_text(&c->out_text),
                                       .errors = buf_text(&c->errors_text),
                                       .out_len = c->out_text.len,
                                       .errors_len = c->errors_text.len };
  if (fn)
    fn(c->arg, &result);
  close_handle(c, (uv_handle_t *)&c->process);
  close_handle(c, (uv_handle_t *)&c->in);
  close_handle(c, (uv_handle_t *)&c->out);
  close_handle(c, (uv_handle_t *)&c->errors);
  close_handle(c, (uv_handle_t *)&c->timer);
}

/* First with SIGTERM, then for good. Output that a stray still holds open is not waited for. */
static void on_deadline(uv_timer_t *timer)
{
  struct child *c = timer->data;
  if (!c->terminated) {
    c->terminated = c->timed_out = true;
    kill(-c->process.pid, SIGTERM);
    uv_timer_start(timer, on_deadline, CHILD_GRACE_MS, 0);
    return;
  }
  kill(-c->process.pid, SIGKILL);
  if (c->exited) {
    c->open_pipes = 0;
    maybe_over(c);
  }
}

static void on_process_exit(uv_process_t *process, int64_t code, int sig)
{
  struct child *c = process->data;
  c->exited = true;
  c->code = (int)code;
  c->signal = sig;
  child_disown(process->pid);
  kill(-process->pid, SIGKILL); /* what is left of its group */
  child_end_strays();
  maybe_over(c);
}

/* ---- its output ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  (void)handle;
  (void)suggested;
  static char room[65536]; /* used up before the next read */
  *buf = uv_buf_init(room, sizeof room);
}

static void on_read(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
  struct child *c = pipe->data;
  struct buf *text = pipe == (uv_stream_t *)&c->out ? &c->out_text : &c->errors_text;
  if (n > 0) {
    size_t room = text->cap - text->len, take = (size_t)n < room ? (size_t)n : room;
    buf_add(text, buf->base, take);
    text->full = text->full || take < (size_t)n; /* read on, so that the program is not held up, and forget it */
  } else if (n < 0) {
    uv_read_stop(pipe);
    if (c->open_pipes)
      c->open_pipes--;
    maybe_over(c);
  }
}

static void on_input_written(uv_write_t *write, int status)
{
  struct child *c = write->data;
  (void)status; /* a program that does not read its input has its reasons */
  close_handle(c, (uv_handle_t *)&c->in);
}

/* ---- starting ---- */

static char **make_environment(const struct child_command *command)
{
  static const char *const passed[] = { "PATH", "HOME", "LANG" };
  size_t n = 0, extra = 0;
  while (command->env && command->env[extra])
    extra++;
  char **env = mem_new(ARRAY_LEN(passed) + extra + 1, sizeof *env);
  for (size_t i = 0; i < ARRAY_LEN(passed); i++)
    if (getenv(passed[i]))
      env[n++] = mem_printf("%s=%s", passed[i], getenv(passed[i]));
  for (size_t i = 0; i < extra; i++)
    env[n++] = mem_copy_text(command->env[i]);
  return env;
}

static void free_environment(char **env)
{
  for (size_t i = 0; env[i]; i++)
    free(env[i]);
  free(env);
}

static void init_handles(struct child *c, uv_loop_t *loop)
{
  uv_pipe_init(loop, &c->in, 0);
  uv_pipe_init(loop, &c->out, 0);
  uv_pipe_init(loop, &c->errors, 0);
  uv_timer_init(loop, &c->timer);
  c->process.data = c->in.data = c->out.data = c->errors.data = c->timer.data = c->write.data = c;
  c->handles = 5;
}

static int spawn(struct child *c, uv_loop_t *loop, const struct child_command *command)
{
  char **env = make_environment(command);
  uv_stdio_container_t stdio[] = {
    { .flags = command->input ? UV_CREATE_PIPE | UV_READABLE_PIPE : UV_IGNORE, .data.stream = (uv_stream_t *)&c->in },
    { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->out },
    { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->errors },
  };
  uv_process_options_t options = { .file = command->argv[0],
                                   .args = (char **)(uintptr_t)command->argv,
                                   .env = env,
                                   .cwd = command->cwd ? command->cwd : "/",
                                   .exit_cb = on_process_exit,
                                   .flags = UV_PROCESS_DETACHED,
                                   .stdio = stdio,
                                   .stdio_count = ARRAY_LEN(stdio) };
  child_receive_strays();
  int failure = uv_spawn(loop, &c->process, &options);
  free_environment(env);
  return failure;
}

struct child *child_start(uv_loop_t *loop, const struct child_command *command, child_fn fn, void *arg, struct err *e)
{
  struct child *c = MEM_NEW(struct child);
  c->fn = fn;
  c->arg = arg;
  c->timeout_ms = command->timeout_ms;
  buf_init(&c->out_text, command->output_cap);
  buf_init(&c->errors_text, command->output_cap);
  init_handles(c, loop);
  int failure = spawn(c, loop, command);
  if (failure) {
    err_set(e, "%s: %s", command->argv[0], uv_strerror(failure));
    c->exited = true;
    c->fn = NULL;
    maybe_over(c);
    return NULL;
  }
  child_adopt(c->process.pid);
  c->open_pipes = 2;
  uv_read_start((uv_stream_t *)&c->out, on_alloc, on_read);
  uv_read_start((uv_stream_t *)&c->errors, on_alloc, on_read);
  uv_timer_start(&c->timer, on_deadline, (uint64_t)command->timeout_ms, 0);
  if (command->input) {
    c->input = mem_copy_bytes(command->input, command->input_len);
    uv_buf_t buf = uv_buf_init(c->input, (unsigned)command->input_len);
    if (uv_write(&c->write, (uv_stream_t *)&c->in, &buf, 1, on_input_written) != 0)
      close_handle(c, (uv_handle_t *)&c->in);
  }
  return c;
}

void child_cancel(struct child *c)
{
  c->fn = NULL;
  if (!c->exited && !c->terminated)
    on_deadline(&c->timer);
}
