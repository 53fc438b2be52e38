#include "modules/modules.h"

#include <lauxlib.h>
#include <lua.h>

int luaopen_digest(lua_State *L);
int luaopen_docker(lua_State *L);
int luaopen_dns(lua_State *L);
int luaopen_file(lua_State *L);
int luaopen_fs(lua_State *L);
int luaopen_gpu(lua_State *L);
int luaopen_grpc(lua_State *L);
int luaopen_http(lua_State *L);
int luaopen_icmp(lua_State *L);
int luaopen_journal(lua_State *L);
int luaopen_json(lua_State *L);
int luaopen_log(lua_State *L);
int luaopen_nagios(lua_State *L);
int luaopen_nats(lua_State *L);
int luaopen_pg(lua_State *L);
int luaopen_proc(lua_State *L);
int luaopen_prometheus(lua_State *L);
int luaopen_redis(lua_State *L);
int luaopen_smtp(lua_State *L);
int luaopen_ssh(lua_State *L);
int luaopen_systemd(lua_State *L);
int luaopen_tcp(lua_State *L);
int luaopen_time(lua_State *L);
int luaopen_tls(lua_State *L);
int luaopen_ws(lua_State *L);

/* The contents page. */
static const luaL_Reg modules[] = {
  { "digest", luaopen_digest },         /* SHA-256, HMAC */
  { "dns", luaopen_dns },               /* name servers */
  { "file", luaopen_file },             /* the end of log files */
  { "fs", luaopen_fs },                 /* disk space, write test, existence; survives a hung mount */
  { "gpu", luaopen_gpu },               /* NVIDIA's cards */
  { "grpc", luaopen_grpc },             /* health of gRPC servers */
  { "http", luaopen_http },             /* requests */
  { "docker", luaopen_docker },         /* containers; by http, which is open by then */
  { "icmp", luaopen_icmp },             /* ping */
  { "journal", luaopen_journal },       /* the end of units' logs */
  { "json", luaopen_json },             /* encode, decode */
  { "log", luaopen_log },               /* a line in the runner's log */
  { "nagios", luaopen_nagios },         /* monitoring plugins */
  { "nats", luaopen_nats },             /* NATS */
  { "pg", luaopen_pg },                 /* PostgreSQL queries, LISTEN and NOTIFY */
  { "proc", luaopen_proc },             /* run a program */
  { "prometheus", luaopen_prometheus }, /* what exporters say; by http, which is open by then */
  { "redis", luaopen_redis },           /* Redis and its like */
  { "smtp", luaopen_smtp },             /* mail servers, mail */
  { "ssh", luaopen_ssh },               /* commands on other machines */
  { "systemd", luaopen_systemd },       /* units of this machine */
  { "tcp", luaopen_tcp },               /* byte streams, with or without TLS */
  { "time", luaopen_time },             /* stamps and stretches */
  { "tls", luaopen_tls },               /* certificates */
  { "ws", luaopen_ws },                 /* WebSocket */
};

void modules_open(lua_State *L)
{
  for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
    lua_pushcfunction(L, modules[i].func);
    lua_call(L, 0, 1);
    lua_setglobal(L, modules[i].name);
  }
}
