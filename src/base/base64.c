#include "base/base64.h"

static int value_of(char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(const char *text, size_t len, unsigned char *bytes, size_t *n)
{
  *n = 0;
  if (len % 4)
    return false;
  size_t padding = 0;
  while (padding < 2 && len && text[len - 1] == '=') {
    padding++;
    len--;
  }
  uint32_t bits = 0;
  unsigned held = 0;
  for (size_t i = 0; i < len; i++) {
    int value = value_of(text[i]);
    if (value < 0)
      return false;
    bits = bits << 6 | (uint32_t)value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[(*n)++] = (unsigned char)(bits >> held);
      bits &= (1u << held) - 1;
    }
  }
  return held == (padding == 0 ? 0u : padding == 1 ? 2u : 4u) && bits == 0;
}
