/* Whether a request knows the secret of a webhook: a signature over its raw body (HMAC-SHA-256,
 * with a timestamp where one is sent), or the secret itself in a header.
 *
 * All that is compared is compared in a time that does not depend on what differs, and each secret
 * is tried whatever the ones before have given. Pure. Private to script/. Threads: any. */
#ifndef SCRIPT_WEBHOOK_PROOF_H
#define SCRIPT_WEBHOOK_PROOF_H

#include "base/seal.h"
#include "script/webhook.h"
#include "script/webhook_options.h"

struct script_webhook_proof {
    bool is_good;
    bool is_dated;               /* the timestamp is signed, and near the present */
    uint8_t mac[SEAL_KEY_BYTES]; /* of what was signed, by the secret that fits */
};
/* `secrets`: those that count at present; never empty, so that as much is done for a hook that is
 * not there. */
void script_webhook_prove(const struct script_webhook *w,
                          const struct script_webhook_request *request, const struct str *secrets,
                          size_t count, struct script_webhook_proof *ret);

#endif
