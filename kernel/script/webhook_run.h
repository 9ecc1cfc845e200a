/* Runs of webhooks' handlers: as jobs, or at once for an answer. Private to script/. Threads: any
 * that may block. */
#ifndef SCRIPT_WEBHOOK_RUN_H
#define SCRIPT_WEBHOOK_RUN_H

#include "script/call.h"
#include "script/webhook.h"
#include "script/webhook_options.h"

/* What a handler is told. Texts are borrowed. */
struct script_webhook_event {
    struct str name, type, delivery, body;
    struct {
        struct str name, value;
    } headers[SCRIPT_WEBHOOK_HEADERS_MAX];
    size_t header_count;
    int64_t at_ms;
};
/* application/json and its kin: the body is JSON, and told as such, too. */
bool script_webhook_is_json(struct str type);
/* JSON for a job, in the arena. */
crm_status script_webhook_payload(const struct script_webhook_event *event, struct str handler,
                                  struct arena *a, struct str *ret, struct err *err);
/* Pushes what `ctx`, a struct script_webhook_event, tells: { name, at, type, delivery, body, json,
 * headers }. May raise. */
int l_push_webhook(lua_State *L, struct script_run *r, void *ctx);
/* "webhook scripts/orders/new d-17": what the run's row says of its cause. */
struct str script_webhook_reason(struct arena *a, struct str path, struct str delivery);

crm_status script_webhook_kind(struct script_host *host, struct err *err);

#endif
