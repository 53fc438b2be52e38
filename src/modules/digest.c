/* digest: fingerprints and signatures of texts.
 *
 *   digest.sha256(text) -> hex               SHA-256, 64 lower-case hex digits
 *   digest.hmac_sha256(key, text) -> hex     HMAC-SHA-256, as webhooks are signed
 *
 * No I/O: it may be called anywhere.
 *
 * Example:
 *   local stamp = tostring(math.floor(time.now()))
 *   local signature = "t=" .. stamp .. ",v1=" .. digest.hmac_sha256(secret "webhook-key", stamp .. "." .. body)
 *   http.post(url, { body = body, headers = { ["X-Health-Signature"] = signature } }):expect { 200, 202, 204 }
 */
#include <lauxlib.h>

#include "base/digest.h"

int luaopen_digest(lua_State *L);

static int digest_of(lua_State *L)
{
  char hex[DIGEST_SIZE];
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  lua_pushstring(L, digest_sha256(text, len, hex));
  return 1;
}

static int digest_signature(lua_State *L)
{
  char hex[DIGEST_SIZE];
  size_t key_len, len;
  const char *key = luaL_checklstring(L, 1, &key_len), *text = luaL_checklstring(L, 2, &len);
  lua_pushstring(L, digest_hmac_sha256(key, key_len, text, len, hex));
  return 1;
}

int luaopen_digest(lua_State *L)
{
  static const luaL_Reg functions[] = { { "sha256", digest_of }, { "hmac_sha256", digest_signature }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
