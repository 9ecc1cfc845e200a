/* The company's secrets under the key of the data directory. See mail.h and base/seal.h. */
#include "base/seal.h"

#include "event/hub_state.h"
#include "event/mail.h"
#include "event/messages.h"

enum { SEALED_BYTES = 8192 };

crm_status event_seal(struct event_hub *h, struct str secret, struct arena *a, struct str *ret,
                      struct err *err) {
    struct seal_key key;
    BUF_CLEANUP struct buf text;
    buf_init(&text, SEALED_BYTES);
    crm_status status = seal_key_load(h->options.data_dir, &key, err);
    if (status == CRM_OK) status = seal_text(&key, secret, &text, err);
    seal_key_wipe(&key);
    if (status != CRM_OK) return status;
    *ret = arena_str(a, buf_str(&text));
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

crm_status event_unseal(struct event_hub *h, struct str sealed, struct buf *out, struct err *err) {
    struct seal_key key;
    crm_status status = seal_key_load(h->options.data_dir, &key, err);
    if (status == CRM_OK && !seal_open(&key, sealed, out))
        status = err_set(err, CRM_UNAVAILABLE, &event_secret_unreadable, NULL);
    seal_key_wipe(&key);
    return status;
}
