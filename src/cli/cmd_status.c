/* signalbox status: what the scheduler knows now, once or again and again. With --watch a terminal shows it in place, on its alternate screen, which is
 * left again whatever ends the program; anything else gets one answer after the other. */
#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/ask.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/options.h"
#include "cli/cli.h"
#include "cli/place.h"

/** How long an answer may take, milliseconds. */
#define KNOWN_MS 5000
/** Shortest and longest pause between two looks, milliseconds. */
#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 3600000
/** Largest frame, bytes. */
#define FRAME_CAP ((size_t)16 * 1024 * 1024)

/** Exit statuses. */
enum { EXIT_WELL, EXIT_UNWELL, EXIT_SILENT };

/* What a terminal is told (ECMA-48, and xterm's private modes 25 and 1049): the alternate screen without a cursor, and back. */
static const char enter_screen[] = "\033[?1049h\033[?25l", leave_screen[] = "\033[?25h\033[?1049l";

/* ---- what is known ---- */

static bool is_known(const json_t *service)
{
  return json_text_of(service, "status", NULL) && !json_bool_of(service, "stale", true);
}

static bool all_well(const json_t *services)
{
  size_t i;
  const json_t *service;
  json_array_foreach(services, i, service)
    if (!is_known(service) || strcmp(json_text_of(service, "status", ""), "healthy") != 0)
      return false;
  return json_array_size(services) > 0;
}

/* The overview with the scheduler's own status in it, to be released; NULL with a sentence. */
static json_t *look(struct ask *a, struct err *e)
{
  static const char *const ops[] = { "overview", "status" };
  json_t *answers[ARRAY_LEN(ops)] = { NULL };
  for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
    json_t *request = ask_request(ops[i], NULL);
    bool answered = ask(a, request, KNOWN_MS, &answers[i], e) == ASK_ANSWERED;
    json_decref(request);
    if (!answered) {
      json_decref(answers[0]);
      json_decref(answers[1]);
      return NULL;
    }
    json_object_del(answers[i], "ok");
  }
  json_object_set_new(answers[0], "scheduler", answers[1]);
  return answers[0];
}

/* ---- as text ---- */

/* What a service's line says first. */
static const char *light(const json_t *service, bool colour)
{
  static const struct {
    const char *status, *plain, *coloured;
  } lights[] = {
    { "healthy", "healthy ", "\033[32mhealthy \033[0m" },
    { "degraded", "degraded", "\033[33mdegraded\033[0m" },
    { "down", "down    ", "\033[31mdown    \033[0m" },
  };
  for (size_t i = 0; is_known(service) && i < ARRAY_LEN(lights); i++)
    if (strcmp(json_text_of(service, "status", ""), lights[i].status) == 0)
      return colour ? lights[i].coloured : lights[i].plain;
  return colour ? "\033[90mno data \033[0m" : "no data ";
}

/* What others have said, without what a terminal would obey. */
static void add_plain(struct buf *b, const char *text)
{
  for (; *text; text++)
    buf_add(b, (unsigned char)*text < 0x20 || *text == 0x7f ? " " : text, 1);
}

static void write_service(struct buf *b, const json_t *service, bool colour)
{
  buf_printf(b, "%s  %-24s", light(service, colour), json_text_of(service, "service_name", "?"));
  if (json_is_integer(json_object_get(service, "latency_ms")))
    buf_printf(b, " %6" PRId64 " ms", json_int_of(service, "latency_ms", 0));
  else
    buf_add_text(b, "          ");
  buf_add_text(b, "  ");
  add_plain(b, json_text_of(service, "error_message", ""));
  buf_add_text(b, "\n");
}

static void write_network(struct buf *b, const json_t *lost)
{
  if (json_is_object(lost))
    buf_printf(b, "this machine has lost its own network since %s: %s; what runs on other machines is not known\n",
               json_text_of(lost, "lost_since", "?"), json_text_of(lost, "why", "?"));
}

static void write_scheduler(struct buf *b, const json_t *status)
{
  const json_t *runs = json_object_get(status, "runs"), *journal = json_object_get(status, "journal");
  const json_t *store = json_object_get(status, "store"), *file;
  const char *error = json_text_of(store, "error", NULL);
  size_t i;
  buf_printf(b, "\nscheduler %s, pid %" PRId64 ", since %s\n", json_text_of(status, "version", "?"), json_int_of(status, "pid", 0),
             json_text_of(status, "started_at", "?"));
  buf_printf(b, "runs: %" PRId64 " finished, %" PRId64 " without data, %" PRId64 " skipped\n", json_int_of(runs, "finished", 0),
             json_int_of(runs, "no_data", 0), json_int_of(runs, "skipped", 0));
  buf_printf(b, "journal: %" PRId64 " entries on their way to Postgres%s", json_int_of(journal, "entries", 0), error ? "; " : "");
  add_plain(b, error ? error : "");
  buf_add_text(b, "\n");
  json_array_foreach(json_object_get(status, "files"), i, file) {
    const char *fault = json_text_of(file, "error", NULL);
    if (!fault)
      continue;
    buf_printf(b, "file %s: ", json_text_of(file, "file", "?"));
    add_plain(b, fault);
    buf_add_text(b, "\n");
  }
}

static void write_text(struct buf *b, const json_t *overview, bool colour)
{
  const json_t *services = json_object_get(overview, "services"), *service;
  size_t i;
  json_array_foreach(services, i, service)
    write_service(b, service, colour);
  if (!json_array_size(services))
    buf_add_text(b, "no service is declared\n");
  write_network(b, json_object_get(overview, "network"));
  write_scheduler(b, json_object_get(overview, "scheduler"));
}

static void write_json(struct buf *b, const json_t *overview)
{
  char *line = json_line(overview);
  buf_printf(b, "%s\n", line);
  free(line);
}

/* One look, as text or JSON in b; the exit status. Silence is a sentence there too. */
static int write_look(struct buf *b, struct ask *a, bool as_json, bool colour)
{
  struct err e;
  json_t *overview = look(a, &e);
  if (!overview) {
    buf_printf(b, "signalbox status: %s\n", e.text);
    return EXIT_SILENT;
  }
  if (as_json)
    write_json(b, overview);
  else
    write_text(b, overview, colour);
  int code = all_well(json_object_get(overview, "services")) ? EXIT_WELL : EXIT_UNWELL;
  json_decref(overview);
  return code;
}

/* ---- again and again ---- */

static void put(const char *bytes, size_t len)
{
  while (len) {
    ssize_t n = write(STDOUT_FILENO, bytes, len);
    if (n <= 0)
      return;
    bytes += n;
    len -= (size_t)n;
  }
}

/* Ctrl-C and the like: the screen is left first. Ctrl-Z gives it back for as long as the program is stopped. */
static void on_signal(int number)
{
  put(leave_screen, strlen(leave_screen));
  if (number == SIGTSTP) {
    raise(SIGSTOP);
    put(enter_screen, strlen(enter_screen));
    return;
  }
  signal(number, SIG_DFL);
  raise(number);
}

static void on_resize(int number)
{
  (void)number; /* the pause ends: that is all there is to it */
}

static void watch_signals(void)
{
  static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
  struct sigaction action = { .sa_handler = on_signal }, resize = { .sa_handler = on_resize };
  for (size_t i = 0; i < ARRAY_LEN(ends); i++)
    sigaction(ends[i], &action, NULL);
  sigaction(SIGWINCH, &resize, NULL);
}

/* The line's first `columns` places; colours ("\033[...m", ours alone) take none, and a character of UTF-8 takes one. */
static void add_clipped(struct buf *b, const char *line, size_t len, size_t columns)
{
  for (size_t i = 0, used = 0; i < len; i++) {
    if (line[i] == '\033') {
      size_t n = strcspn(line + i, "m") + 1;
      buf_add(b, line + i, n);
      i += n - 1;
      continue;
    }
    bool continues = ((unsigned char)line[i] & 0xc0) == 0x80;
    if (used < columns || (continues && used == columns))
      buf_add(b, line + i, 1);
    used += !continues && used <= columns;
  }
}

/* The text over what is on the screen, cut to its size; what does not fit is counted in the last line. */
static void draw(const char *text)
{
  struct winsize size = { 0 };
  bool sized = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row > 1;
  size_t rows = sized ? size.ws_row : SIZE_MAX, columns = sized ? size.ws_col : SIZE_MAX - 1, lines = 0;
  struct buf b;
  buf_init(&b, FRAME_CAP);
  buf_add_text(&b, "\033[H");
  for (const char *p = text; *p; p++)
    lines += *p == '\n';
  for (size_t i = 0; *text && i < rows; i++) {
    size_t len = strcspn(text, "\n");
    if (i + 1 == rows && lines > rows)
      buf_printf(&b, "and %zu lines more", lines - i);
    else
      add_clipped(&b, text, len, columns);
    buf_add_text(&b, i + 1 < rows ? "\033[K\n" : "\033[K");
    text += len + (text[len] == '\n');
  }
  buf_add_text(&b, "\033[J");
  put(buf_text(&b), b.len);
  buf_done(&b);
}

static void pause_for(int64_t ms)
{
  struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
  nanosleep(&t, NULL);
}

/* Until something ends the program. */
static _Noreturn void watch(struct ask *a, bool as_json, int64_t pause_ms)
{
  bool screen = !as_json && isatty(STDOUT_FILENO);
  char stamp[CLOCK_STAMP_SIZE], every[32];
  struct buf b;
  buf_init(&b, FRAME_CAP);
  if (screen) {
    watch_signals();
    put(enter_screen, strlen(enter_screen));
  }
  for (;; pause_for(pause_ms)) {
    buf_clear(&b);
    if (!as_json)
      buf_printf(&b, "%s, every %s\n\n", clock_format(clock_wall_us() / 1000000 * 1000000, stamp), duration_format(pause_ms, every));
    int code = write_look(&b, a, as_json, screen);
    if (!as_json && !screen)
      buf_add_text(&b, "\n");
    if (screen)
      draw(buf_text(&b));
    else if (as_json && code == EXIT_SILENT)
      fputs(buf_text(&b), stderr);
    else
      put(buf_text(&b), b.len);
  }
}

static int once(struct ask *a, bool as_json)
{
  struct buf b;
  buf_init(&b, FRAME_CAP);
  int code = write_look(&b, a, as_json, isatty(STDOUT_FILENO));
  fputs(buf_text(&b), code == EXIT_SILENT ? stderr : stdout);
  buf_done(&b);
  return code;
}

int cmd_status(int argc, char **argv)
{
  const char *control = place_control(), *json = NULL, *watched = NULL, *interval = "2s";
  const struct option_row rows[] = {
    { "--control", "SIGNALBOX_CONTROL", "SOCKET", "the scheduler's control socket", &control },
    { "--json", NULL, NULL, "print the answer as JSON", &json },
    { "--watch", NULL, NULL, "again and again, in place on a terminal, until Ctrl-C", &watched },
    { "--interval", NULL, "TIME", "how often that is, 2s unless said otherwise", &interval },
  };
  struct err e;
  int64_t pause_ms;
  bool ok = options_read(
      argc, argv, 1, "usage: signalbox status [options]   (exit status 0: all is well, 1: something is not, 2: the scheduler is silent)",
      rows, ARRAY_LEN(rows), NULL, &e);
  if (ok && !duration_parse(interval, &pause_ms, &e))
    ok = err_context(&e, "--interval");
  if (ok && (pause_ms < PAUSE_LEAST_MS || pause_ms > PAUSE_MOST_MS))
    ok = err_set(&e, "--interval: between 100ms and 1h, not %s", interval);
  if (!ok) {
    fprintf(stderr, "signalbox status: %s\n", e.text);
    return EXIT_SILENT;
  }
  struct ask *a = ask_new(control);
  if (watched)
    watch(a, json, pause_ms);
  int code = once(a, json);
  ask_free(a);
  return code;
}
