/* Whose fault is it that a connection could not be made? */
#pragma once

#include "base/base.h"

/** True for errors (errno values) that tell of this machine, not of the target: it has no network, no route to any, no descriptors or memory left.
 * What was to be measured is then not known: forty services have not died because this machine's cable was pulled. */
bool fault_is_ours(int error);
