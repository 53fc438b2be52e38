/* Whether this machine has lost its own network, and who is another machine. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "core/network.h"
#include "script/op.h"

Test(network, what_is_seen_gives_a_verdict)
{
  static const struct {
    struct network_evidence seen;
    enum network_verdict verdict;
    const char *why; /* part of the sentence, when it is lost */
  } rows[] = {
    { { .link = false, .gateways = 1, .gateways_answering = 1 }, NETWORK_LOST, "no network interface" },
    { { .link = true, .gateways = 1, .gateways_answering = 1 }, NETWORK_THERE, NULL },
    { { .link = true, .gateways = 2, .gateways_answering = 1, .gateways_gone = 1 }, NETWORK_THERE, NULL },
    { { .link = true, .gateways = 1, .gateways_gone = 1 }, NETWORK_LOST, "cannot be found" },
    { { .link = true, .gateways = 2, .gateways_gone = 1 }, NETWORK_UNKNOWN, NULL },
    /* Many gateways say nothing to anybody. */
    { { .link = true, .gateways = 1 }, NETWORK_UNKNOWN, NULL },
    { { .link = true, .gateways = 1, .gateway_used_to_answer = true }, NETWORK_LOST, "not answer any more" },
    /* A network without a way out is one all the same. */
    { { .link = true }, NETWORK_UNKNOWN, NULL },
    { { .link = true, .gateway_used_to_answer = true }, NETWORK_UNKNOWN, NULL },
    { { .link = true, .references = 2, .references_answering = 1 }, NETWORK_THERE, NULL },
    { { .link = true, .references = 2 }, NETWORK_LOST, "none of its 2 reference addresses" },
    { { .link = true, .references = 1 }, NETWORK_LOST, "its reference address" },
    { { .link = false, .references = 1, .references_answering = 1 }, NETWORK_LOST, "no network interface" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err why = { "" };
    cr_expect_eq(network_judge(&rows[i].seen, &why), rows[i].verdict, "row %zu", i);
    cr_expect(rows[i].why ? strstr(why.text, rows[i].why) != NULL : !why.text[0], "row %zu: %s", i, why.text);
  }
}

Test(network, a_gateway_earns_its_trust_and_loses_it)
{
  /* A look that was answered (+) or not (-), one that had no gateway to ask (0), an answer of another machine (c). */
  static const struct {
    const char *history;
    bool trusted;
  } rows[] = {
    { "", false },
    { "+", false },
    { "++++", false },
    { "+++++", true },
    { "+++++++++", true },
    /* Now and then is not enough. */
    { "++++-+", false },
    { "++++-++++", false },
    { "-+++++", true },
    /* Silence is what is waited for: that does not take it away. */
    { "+++++-", true },
    { "+++++---", true },
    { "+++++--+", true },
    /* Silent although the network is there. */
    { "+++++-c", false },
    { "+++++-c++++", false },
    { "+++++-c+++++", true },
    { "+++++-+c", true },
    { "+++++ccc", true },
    { "++c+c++", true },
    { "0000000", false },
    { "+++++0", true },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct network_trust trust = { 0 };
    for (const char *c = rows[i].history; *c; c++)
      if (*c == 'c')
        network_trust_contact(&trust);
      else
        network_trust_look(&trust, &(struct network_evidence){ .link = true, .gateways = *c != '0', .gateways_answering = *c == '+' });
    cr_expect_eq(network_trusts(&trust), rows[i].trusted, "\"%s\"", rows[i].history);
  }
}

Test(network, references_are_numeric_addresses_with_a_port)
{
  static const struct {
    const char *text, *address; /* NULL: refused */
    int port;
  } rows[] = {
    { "10.0.0.1:22", "10.0.0.1", 22 },
    { "[fd00::1]:443", "fd00::1", 443 },
    { "[::1]:65535", "::1", 65535 },
    { "10.0.0.1", NULL, 0 },
    { "10.0.0.1:", NULL, 0 },
    { "10.0.0.1:0", NULL, 0 },
    { "10.0.0.1:65536", NULL, 0 },
    { "10.0.0.1:22x", NULL, 0 },
    { "host:22", NULL, 0 },
    { "fd00::1:22", NULL, 0 },
    { "[10.0.0.1]:22", NULL, 0 },
    { "[fd00::1", NULL, 0 },
    { "[]:22", NULL, 0 },
    { ":22", NULL, 0 },
    { "", NULL, 0 },
    { "0000000000000000000000000000000000000000000000000000000000000000000000:1", NULL, 0 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char address[64];
    int port;
    struct err e;
    bool ok = network_reference_read(rows[i].text, address, &port, &e);
    cr_expect_eq(ok, rows[i].address != NULL, "\"%s\"", rows[i].text);
    cr_expect(!ok || !rows[i].address || (strcmp(address, rows[i].address) == 0 && port == rows[i].port), "\"%s\": %s %d", rows[i].text,
              address, port);
  }
}

Test(network, settings_are_checked)
{
  static const struct {
    const char *json, *fault; /* fault: part of the sentence, NULL: good */
  } rows[] = {
    { "{}", NULL },
    { "{\"references\": []}", NULL },
    { "{\"references\": [\"10.0.0.1:22\", \"[fd00::1]:53\"]}", NULL },
    { "[]", "must be a table" },
    { "{\"reference\": []}", "there is no \"reference\"" },
    { "{\"references\": \"10.0.0.1:22\"}", "must be a list" },
    { "{\"references\": [1]}", "list of texts" },
    { "{\"references\": [\"gateway:22\"]}", "numeric address" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e = { "" };
    const json_t *references;
    json_t *json = json_read(rows[i].json, strlen(rows[i].json), &e);
    cr_expect_eq(network_settings_read(json, &references, &e), rows[i].fault == NULL, "%s: %s", rows[i].json, e.text);
    cr_expect(!rows[i].fault || strstr(e.text, rows[i].fault), "%s: %s", rows[i].json, e.text);
    json_decref(json);
  }
}

Test(network, this_machine_is_told_from_others)
{
  static const struct {
    const char *url;
    bool remote;
  } rows[] = {
    { "http://10.0.0.1/", true },
    { "http://user:secret@10.0.0.1:8080/x", true },
    { "http://127.0.0.1:80/", false },
    { "http://127.9.9.9/", false },
    { "https://localhost/", false },
    { "https://a.localhost:443", false },
    { "https://localhost.example/", true },
    { "https://user@localhost/", false },
    { "https://localhost@host.example/", true },
    { "http://[::1]:80/", false },
    { "http://[fd00::1]/", true },
    { "http://host.example?at=@127.0.0.1", true },
    { "ws://host", true },
    { "smtp://127.0.0.1", false },
    { "127.0.0.1", false },
    { "http://", false },
    { "", false },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_eq(op_is_remote_url(rows[i].url), rows[i].remote, "%s", rows[i].url);
  cr_expect_not(op_is_remote(NULL));
  cr_expect_not(op_is_remote("/var/run/postgresql"));
  cr_expect(op_is_remote("db.example"));
}
