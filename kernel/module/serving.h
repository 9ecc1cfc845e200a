/* Requests on their way from the server to modules. Private to kernel/module. */
#ifndef MODULE_SERVING_H
#define MODULE_SERVING_H

#include "http/server.h"
#include "module/view.h"

struct crm_request {
    struct kernel *kernel;
    const struct crm_host *host; /* whose route it is */
    struct http_request *http;
    struct crm_view *view; /* made when first asked for */
};

/* Adds the routes and assets of modules to the server; the lists must stay. */
crm_status serving_bind(struct kernel *k, struct registry *r, struct err *err);
/* Routes of a folder of files: assets.c. */
crm_status serving_bind_assets(struct kernel *k, struct registered_assets *item, struct err *err);
/* By the ending of a file's name. */
const char *serving_content_type(struct str name);

#endif
