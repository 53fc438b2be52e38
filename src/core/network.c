#include "core/network.h"

#include <arpa/inet.h>

enum network_verdict network_judge(const struct network_evidence *seen, struct err *why)
{
  if (!seen->link) {
    err_set(why, "no network interface of this machine is up");
    return NETWORK_LOST;
  }
  if (seen->references_answering || seen->gateways_answering)
    return NETWORK_THERE;
  /* Whoever names references wants them to decide. */
  if (seen->references) {
    err_set(why, seen->references == 1 ? "its reference address does not answer" : "none of its %u reference addresses answers",
            seen->references);
    return NETWORK_LOST;
  }
  if (seen->gateways && seen->gateways_gone == seen->gateways) {
    err_set(why, "its gateway cannot be found in its own network");
    return NETWORK_LOST;
  }
  if (seen->gateways && seen->gateway_used_to_answer) {
    err_set(why, "its gateway does not answer any more");
    return NETWORK_LOST;
  }
  return NETWORK_UNKNOWN;
}

void network_trust_look(struct network_trust *t, const struct network_evidence *seen)
{
  if (!seen->gateways)
    return;
  bool answers = seen->gateways_answering > 0;
  t->silent = !answers && network_trusts(t);
  if (answers && !network_trusts(t))
    t->answers++;
  else if (!answers && !t->silent)
    t->answers = 0;
}

void network_trust_contact(struct network_trust *t)
{
  if (t->silent)
    *t = (struct network_trust){ 0 };
}

bool network_trusts(const struct network_trust *t)
{
  return t->answers >= NETWORK_TRUST;
}

/* "10.0.0.1:22" into its two halves; an IPv6 address stands in brackets. */
static bool split(const char *text, char address[static 64], int *port)
{
  const char *colon = strrchr(text, ':');
  bool six = text[0] == '[';
  if (!colon || colon == text || (six && colon[-1] != ']'))
    return false;
  int n = snprintf(address, 64, "%.*s", (int)(colon - text) - 2 * six, text + six);
  char *end;
  long number = strtol(colon + 1, &end, 10);
  *port = (int)number;
  return n > 0 && n < 64 && colon[1] && !*end && number > 0 && number < 65536;
}

bool network_reference_read(const char *text, char address[static 64], int *port, struct err *e)
{
  unsigned char room[sizeof(struct in6_addr)];
  return (split(text, address, port) && inet_pton(text[0] == '[' ? AF_INET6 : AF_INET, address, room) == 1) ||
         err_set(e, "network: references: \"%s\": write a numeric address and a port, such as \"10.0.0.1:22\" or \"[fd00::1]:22\"", text);
}

bool network_settings_read(const json_t *json, const json_t **references, struct err *e)
{
  const char *key;
  json_t *value;
  size_t i;
  *references = json_object_get(json, "references");
  if (!json_is_object(json))
    return err_set(e, "network: must be a table such as { references = { \"10.0.0.1:22\" } }");
  json_object_foreach((json_t *)(uintptr_t)json, key, value)
    if (strcmp(key, "references") != 0)
      return err_set(e, "network: there is no \"%s\" in it; there is \"references\"", key);
  if (*references && (!json_is_array(*references) || json_array_size(*references) > NETWORK_REFERENCES_MOST))
    return err_set(e, "network: references: must be a list of at most %d addresses", NETWORK_REFERENCES_MOST);
  json_array_foreach(*references, i, value) {
    char address[64];
    int port;
    if (!json_is_string(value))
      return err_set(e, "network: references: must be a list of texts such as \"10.0.0.1:22\"");
    if (!network_reference_read(json_string_value(value), address, &port, e))
      return false;
  }
  return true;
}
