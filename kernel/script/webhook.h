/* Webhooks: what other programs tell a script by POST hooks/OWNER/NAME, without a session.
 *
 * A script declares one (webhook("orders", {...}, function)). It takes requests once an
 * administrator has given it a secret and a user whose rights its runs have. A request shows that
 * it knows the secret (webhook_proof.h); one that does not is told what is told of a hook that is
 * not there, after the same work. What is good becomes a job - one a delivery, however often it
 * comes - or, where the script says so, is answered with the handler's result.
 *
 * Secrets lie in sys_state, sealed by the key of the data directory (base/seal.h). Threads: any
 * that may block. */
#ifndef SCRIPT_WEBHOOK_H
#define SCRIPT_WEBHOOK_H

#include "base/json.h"
#include "script/host.h"

enum {
    SCRIPT_WEBHOOK_BODY_MAX = 128 * 1024,
    SCRIPT_WEBHOOK_SECRET_MIN = 16,
    SCRIPT_WEBHOOK_SECRET_MAX = 500
};

/* Texts are borrowed for the call. */
struct script_webhook_request {
    struct str path; /* "scripts/orders/new": owner and name */
    struct str type, body;
    struct str (*header)(void *ctx, struct str name); /* empty when it is not there */
    void *ctx;
    int64_t now_ms;
};
struct script_webhook_answer {
    int64_t job;         /* it waits as this; 0: it has been answered */
    bool is_repeated;    /* the delivery came before: nothing was done now */
    struct str value;    /* the handler's result as JSON, in the arena; "null" also for none */
    int64_t retry_after; /* seconds, of CRM_TOO_MANY and CRM_UNAVAILABLE */
};
/* CRM_NOT_FOUND: no such hook, or not known to be from who may. CRM_UNAVAILABLE: its script is
 * stopped, it has no user, too much is being answered, or the handler failed. CRM_REFUSED: what the
 * script says (crm.refuse). `c` reads. */
crm_status script_webhook_take(struct script_host *h, struct store_conn *c,
                               const struct script_webhook_request *request, struct arena *a,
                               struct script_webhook_answer *ret, struct err *err);

/* ---- for administrators ------------------------------------------------------------------------
 */

/* An array:
 * [{"script","name","label","verify","header","answers","per_minute","file","line","path",
 * "user":id or null,"secret_at","former_until","problem","handler"}]. `problem`: why it does not
 * answer - no_secret, secret_unreadable, no_user, user_gone, stopped -, or null. `c` reads. */
crm_status script_webhooks_json(struct script_host *h, struct store_conn *c,
                                const struct access *asker, struct arena *a, struct json_writer *w,
                                struct err *err);
/* An active user by id or login; CRM_REFUSED. */
crm_status script_webhook_user(struct script_host *h, struct str text, struct arena *a,
                               int64_t *ret, struct err *err);
struct script_webhook_change {
    struct str owner, name;
    int64_t actor;      /* its runs have the rights of this user; 0 = as it is */
    bool renews;        /* another secret: */
    struct str secret;  /* empty = one is made */
    int64_t overlap_ms; /* for how long the one before counts beside it */
};
/* *ret_secret: the new one, in the arena, shown this once; empty when it stays. CRM_NOT_FOUND. */
crm_status script_webhook_set(struct script_host *h, const struct script_webhook_change *change,
                              struct arena *a, struct str *ret_secret, struct err *err);

#endif
