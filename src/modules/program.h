/* Programs that a script runs, as operations: what `proc.run`, `nagios.run` and the drivers that call a program have in common.
 * A program that cannot be started, or is not done in time, is an expected failure, raised here; any other end is the caller's to judge. */
#pragma once

#include "loop/child.h"
#include "script/op.h"

/** How it ended. Borrowed, valid during the call, which must copy what it pushes before it raises. */
struct program_end {
  const char *what; /* "proc.run nvidia-smi", for messages */
  const struct child_result *result;
  double ms;
};

/** Pushes the results and returns their number, or raises. It runs on the stack of the function that called program_run: its arguments and
 * upvalues are where they were. */
typedef int (*program_fn)(lua_State *L, const struct program_end *end);

/** Reads the arguments (argv at index, a table of options at index + 1: timeout, stdin, env, cwd, max_output), starts the program and has the run
 * sleep until it has ended; to be returned. `function` is the name for messages. */
int program_run(lua_State *L, const char *function, int index, program_fn fn);

/** Raises when what program_run would read at index is malformed: for what is declared now and run later. */
void program_check(lua_State *L, const char *function, int index);

/** Runs a command that is put together in C, as program_run does. Its timeout is capped by what is left of the run. */
int program_start(lua_State *L, const char *function, const struct child_command *command, program_fn fn);

/** The first line that it wrote, on stderr if there is one, else on stdout: what it says is wrong. Sets its length; not NUL-terminated there. */
const char *program_complaint(const struct child_result *result, int *len);

/** A program_fn: pushes code, signal, stdout, stderr, ms and truncated, whatever they are. */
int program_push(lua_State *L, const struct program_end *end);

/** What a driver's command returns: raises when it failed; pushes the last lines of its output when `run` was asked for lines by its argument at `asked`,
 * else code, ms and the output's end. */
int program_push_command(lua_State *L, const struct program_end *end, int asked);
