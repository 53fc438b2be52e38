#include "script/vm.h"

#include "base/log.h"

static void *allocate(void *arg, void *block, size_t old_size, size_t size)
{
  struct vm *vm = arg;
  size_t was = block ? old_size : 0; /* for a new block old_size tells its kind, not a size */
  if (size == 0) {
    free(block);
    vm->used -= was;
    return NULL;
  }
  size_t cap = VM_MEMORY_CAP + vm->lent;
  if (vm->strict && size > was && size - was > cap - (vm->used < cap ? vm->used : cap))
    return NULL;
  void *p = realloc(block, size);
  if (p)
    vm->used += size - was;
  return p;
}

/* An error outside every protected call is a fault of the engine: the scheduler replaces the runner and repeats its runs. */
static int panic(lua_State *L)
{
  const char *text = lua_tostring(L, -1);
  log_error("script_panic", "text=%s", LOG_QUOTE(text ? text : "no text"));
  abort();
}

void vm_init(struct vm *vm)
{
  *vm = (struct vm){ 0 };
  vm->L = lua_newstate(allocate, vm);
  if (!vm->L) {
    log_error("out_of_memory", "what=lua_state");
    abort();
  }
  lua_atpanic(vm->L, panic);
  sandbox_open(vm->L);
}

void vm_done(struct vm *vm)
{
  if (vm->L)
    lua_close(vm->L);
  vm->L = NULL;
}
