#include "script/watchdog.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "core/beat.h"

static timer_t timer;
static bool started;
static struct beat *page;

/* Where the script was when its budget ran out; "" when it did not, or was not met by the hook. */
static char place[128];

/* What the handler looks at. It runs on the loop's own thread (SIGEV_THREAD_ID), between two of its instructions. */
static struct {
  lua_State *volatile L;
  unsigned *volatile ticks;
  volatile sig_atomic_t spent;
} now;

static void stop_script(lua_State *L, lua_Debug *at)
{
  /* Only here, in the hook, is the current line the one that is being executed. */
  if (!place[0] && lua_getinfo(L, "Sl", at))
    snprintf(place, sizeof place, "%s:%d", at->short_src, at->currentline);
  if (lua_isyieldable(L)) {
    lua_yield(L, 0);
    return;
  }
  luaL_error(L, "the CPU budget of %d ms is spent", WATCHDOG_BUDGET_MS);
}

static void say(const char *text)
{
  if (write(STDERR_FILENO, text, strlen(text)) < 0) {
    /* There is nobody to tell. */
  }
}

/* The hook is armed and not met: the script is inside a function of C that does not come back. In a signal handler: no more than write(2). */
static _Noreturn void give_up(void)
{
  say("level=error event=script_stuck file=");
  say(page ? page->file : "?");
  say(" service=");
  say(page ? page->service : "?");
  say(" why=one_call_of_Lua's_library_does_not_come_back instead=the_program_ends\n");
  _exit(BEAT_STUCK_CODE);
}

static void tick(int signal_number)
{
  (void)signal_number;
  lua_State *L = now.L;
  if (!L || ++*now.ticks <= WATCHDOG_BUDGET_MS / WATCHDOG_TICK_MS)
    return;
  if (*now.ticks > BEAT_STUCK_MS / WATCHDOG_TICK_MS)
    give_up();
  now.spent = 1;
  /* Documented as safe in a handler; count 1: at the very next instruction, and at every one until the script is out. */
  lua_sethook(L, stop_script, LUA_MASKCOUNT, 1);
}

bool watchdog_start(struct beat *beat, struct err *e)
{
  page = beat;
  struct sigaction action = { .sa_handler = tick, .sa_flags = SA_RESTART };
  struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGPROF };
  event._sigev_un._tid = gettid();
  struct itimerspec every = {
    .it_interval = { .tv_nsec = WATCHDOG_TICK_MS * 1000000 },
    .it_value = { .tv_nsec = WATCHDOG_TICK_MS * 1000000 },
  };
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, &action, NULL) != 0 || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0)
    return err_set(e, "watchdog: no CPU timer: %s", strerror(errno));
  started = true;
  if (timer_settime(timer, 0, &every, NULL) != 0)
    return err_set(e, "watchdog: the CPU timer does not start: %s", strerror(errno));
  return true;
}

void watchdog_stop(void)
{
  if (started)
    timer_delete(timer);
  started = false;
  page = NULL;
}

void watchdog_alive(void)
{
  if (page)
    atomic_fetch_add_explicit(&page->alive, 1, memory_order_relaxed);
}

void watchdog_enter(lua_State *L, const char *file, const char *service, const char *what, unsigned *ticks)
{
  assert(!now.L);
  if (page) {
    snprintf(page->service, sizeof page->service, "%s", service ? service : "");
    snprintf(page->what, sizeof page->what, "%s", what ? what : "");
    snprintf(page->file, sizeof page->file, "%s", file);
    atomic_store_explicit(&page->executing, 1, memory_order_release);
  }
  now.spent = 0;
  place[0] = '\0';
  now.ticks = ticks;
  atomic_signal_fence(memory_order_seq_cst);
  now.L = L;
}

bool watchdog_leave(void)
{
  lua_State *L = now.L;
  now.L = NULL;
  atomic_signal_fence(memory_order_seq_cst);
  if (page)
    atomic_store_explicit(&page->executing, 0, memory_order_release);
  watchdog_alive();
  if (now.spent)
    lua_sethook(L, NULL, 0, 0);
  return now.spent;
}

const char *watchdog_place(void)
{
  return place;
}
