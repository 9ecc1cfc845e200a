/* The route of actions that scripts offer. Private to kernel/http. */
#ifndef HTTP_REST_ACTION_H
#define HTTP_REST_ACTION_H

#include "http/rest.h"

crm_status http_rest_actions(struct http_server *s, struct err *err);

#endif
