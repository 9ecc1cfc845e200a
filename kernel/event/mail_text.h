/* A mail as its text goes over the wire: RFC 5322 with MIME (RFC 2045-2049), everything in UTF-8
 * and base64, so that no line is long, none begins with a dot and none can be taken for a header.
 * Private to event/ but for the addresses. Threads: any. */
#ifndef EVENT_MAIL_TEXT_H
#define EVENT_MAIL_TEXT_H

#include "base/buf.h"
#include "base/err.h"

struct mail_part {
    struct str name, type, bytes;
};
struct mail_text {
    struct str id;   /* of the Message-ID, without brackets */
    struct str from; /* "Name <address>" or an address */
    const struct str *to;
    size_t to_count;
    struct str reply_to, subject;
    struct str text, html; /* either may be empty */
    const struct mail_part *parts;
    size_t part_count;
    int64_t at_ms;
};
/* Appended to `out`, which knows its maximum. */
crm_status mail_text_put(const struct mail_text *m, struct buf *out, struct err *err);

#endif
