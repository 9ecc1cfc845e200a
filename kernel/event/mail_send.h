/* One mail to the company's mail server by SMTP (libcurl, RFC 5321), through the gate's checks of
 * addresses. Private to event/. Threads: any that may block. */
#ifndef EVENT_MAIL_SEND_H
#define EVENT_MAIL_SEND_H

#include "record/engine.h"

enum { MAIL_TIMEOUT_MS = 60000, MAIL_REPLY_BYTES = 240 };

struct mail_server {
    struct str host, user, password;
    int port;
    enum mail_tls tls;
    struct str allowed; /* the operator's "HOST:PORT, ..."; see gate_place.h */
};
struct mail_parcel {
    struct str from; /* an address */
    const struct str *to;
    size_t to_count;
    struct str text;
    /* Before the last piece goes out: from then on the server may have the mail. False: it stays
     * unsent. */
    bool (*is_letting_go)(void *ctx);
    bool (*is_cancelled)(void *ctx); /* until then */
    void *ctx;
};
struct mail_fate {
    bool is_refused; /* for good: another time would be the same */
    bool is_unsure;  /* let go, and no word of the server: it may have it or not */
};
/* CRM_OK: the server has taken it. CRM_FORBIDDEN for a place that is not allowed, CRM_CANCELLED,
 * CRM_REFUSED and CRM_UNAVAILABLE with the server's words. */
crm_status mail_send(const struct mail_server *s, const struct mail_parcel *p,
                     struct mail_fate *ret, struct err *err);

#endif
