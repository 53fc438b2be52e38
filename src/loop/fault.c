#include "loop/fault.h"

#include <errno.h>

bool fault_is_ours(int error)
{
  switch (error) {
  case ENETUNREACH: /* no route, not even a default one */
  case ENETDOWN:
  case EADDRNOTAVAIL: /* no address or port of our own left to connect from */
  case EMFILE:
  case ENFILE:
  case ENOBUFS:
  case ENOMEM: return true;
  default: return false;
  }
}
