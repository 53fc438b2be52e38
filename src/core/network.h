/* Has this machine lost its own network? Asked when something on another machine has not answered: forty services have not died because a cable was
 * pulled here. Pure: what was seen in, a verdict and its sentence out. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** What a look around has shown. */
struct network_evidence {
  bool link;                                 /* an interface other than loopback is up, has an address, and a cable */
  unsigned references, references_answering; /* addresses that settings name for this: network = { references = { "10.0.0.1:22" } } */
  unsigned gateways;                         /* default gateways */
  unsigned gateways_answering;               /* a ping, or a connection taken or refused */
  unsigned gateways_gone;                    /* not even their hardware address can be found out */
  bool gateway_used_to_answer;               /* to the same question, before, and reliably (network_trusts) */
};

/** Looks in a row that a gateway has to answer before its silence means anything: firewalls that refuse, refuse only so often a second. */
#define NETWORK_TRUST 5

/** What is known of how a gateway answers; begins as zeroes. */
struct network_trust {
  unsigned answers; /* looks in a row, up to NETWORK_TRUST */
  bool silent;      /* at the last look, though it was trusted */
};

/** A look has asked the gateways. */
void network_trust_look(struct network_trust *t, const struct network_evidence *seen);
/** Another machine has answered: a gateway that was silent meanwhile is so with a good network too, and has to earn its trust anew. */
void network_trust_contact(struct network_trust *t);
bool network_trusts(const struct network_trust *t);

enum network_verdict {
  NETWORK_UNKNOWN, /* nothing speaks for a loss, nothing against it: what did not answer is taken for down */
  NETWORK_THERE,
  NETWORK_LOST
};

/** why: "the gateway does not answer any more", when it is lost. */
enum network_verdict network_judge(const struct network_evidence *seen, struct err *why);

/** Most references that settings may name. */
#define NETWORK_REFERENCES_MOST 8

/** A numeric address with a port: "10.0.0.1:22", "[fd00::1]:443". */
bool network_reference_read(const char *text, char address[static 64], int *port, struct err *e) MUST_CHECK;

/** Checks `network = { references = { ... } }` of the settings; *references is that list, borrowed, or NULL. */
bool network_settings_read(const json_t *json, const json_t **references, struct err *e) MUST_CHECK;
