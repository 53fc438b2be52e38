/* The OpenAPI document that describes every route: joined at build time from the groups in openapi/ (openapi/join.c) and held in the program. */
#pragma once

#include "base/base.h"

/** JSON, with a NUL behind it that the size does not count. */
extern const char openapi_document[];
extern const size_t openapi_document_size;
