/* What administrators have set of a webhook: its secrets and the user of its runs. A row of
 * sys_state under "webhook", key "OWNER/NAME". Private to script/. Threads: any that may block. */
#ifndef SCRIPT_WEBHOOK_KEYS_H
#define SCRIPT_WEBHOOK_KEYS_H

#include "script/webhook.h"

struct script_webhook_keys {
    int64_t actor;             /* 0 = none */
    struct str secret, former; /* sealed; empty = none */
    int64_t made_ms, former_until_ms;
};
/* All empty when nothing is set. Texts in the arena. */
crm_status script_webhook_keys_read(struct store_conn *c, struct str path, struct arena *a,
                                    struct script_webhook_keys *ret, struct err *err);
/* Secrets in the open that count at `now_ms`, two places each time: one that is not there or cannot
 * be opened is a random one that nobody knows, made with as much work. */
struct script_webhook_secrets {
    struct str items[2];
    bool is_set;  /* one is there, and can be opened */
    bool is_lost; /* one is there, and cannot */
    struct buf texts[2];
};
crm_status script_webhook_secrets_open(struct script_host *h, const struct script_webhook_keys *k,
                                       int64_t now_ms, struct arena *a,
                                       struct script_webhook_secrets *ret, struct err *err);
void script_webhook_secrets_wipe(struct script_webhook_secrets *s);

#endif
