/* What a mount's helper process does: reads requests from its socket, asks the file system, answers. Never returns. See mount.h. */
#pragma once

_Noreturn void mount_helper(int socket);
