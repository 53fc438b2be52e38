/* Prints every function that the modules register: "http.get", and for the methods of their objects "http:expect". */
#include <lauxlib.h>

#include "modules/modules.h"
#include "script/vm.h"

static void print_functions(lua_State *L, const char *module, size_t len, char mark)
{
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1))
      printf("%.*s%c%s\n", (int)len, module, mark, lua_tostring(L, -2));
}

/* The modules are the tables among the globals that a bare sandbox does not have. */
static void print_modules(lua_State *L, lua_State *bare)
{
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    const char *name = lua_tostring(L, -2);
    if (lua_istable(L, -1) && lua_getglobal(bare, name) == LUA_TNIL)
      print_functions(L, name, strlen(name), '.');
  }
}

/* Objects' metatables are in the registry under names such as "http response"; __index is a table of methods, or a function that holds it. */
static void print_methods(lua_State *L)
{
  for (lua_pushnil(L); lua_next(L, LUA_REGISTRYINDEX); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    int top = lua_gettop(L);
    if (!strchr(name, ' ') || !lua_istable(L, -1) || lua_getfield(L, -1, "__index") == LUA_TNIL) {
      lua_settop(L, top);
      continue;
    }
    if (lua_isfunction(L, -1))
      lua_getupvalue(L, -1, 1);
    if (lua_istable(L, -1))
      print_functions(L, name, strcspn(name, " "), ':');
    lua_settop(L, top);
  }
}

int main(void)
{
  struct vm vm, bare;
  vm_init(&vm);
  vm_init(&bare);
  modules_open(vm.L);
  print_modules(vm.L, bare.L);
  print_methods(vm.L);
  vm_done(&vm);
  vm_done(&bare);
  return 0;
}
