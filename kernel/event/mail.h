/* The outbound mail queue: mails are jobs of the kind "mail", put into the queue in the transaction
 * of what they tell of, sent one by one by the hub's threads to the company's mail server.
 *
 * A mail is sent once. Its job's lease keeps two threads or nodes apart; before the last piece of
 * its text goes out a mark is committed; the completion is committed when the server has taken it.
 * A server that is killed before the mark has not sent the mail, and it is sent later. Killed
 * between mark and completion - the time that the other server takes to say yes - nobody knows: the
 * job then fails with the code mail_unsure and is sent again by hand only, under the same
 * Message-ID. Whatever else fails is tried again with growing pauses, but for what the other server
 * refuses for good.
 *
 * Threads: mail_enqueue the writer; the rest any that may block. */
#ifndef EVENT_MAIL_H
#define EVENT_MAIL_H

#include "base/json.h"
#include "event/job.h"

enum {
    MAIL_TO_MAX = 50,
    MAIL_BODY_MAX = 150 * 1024, /* text and HTML together */
    MAIL_SUBJECT_MAX = 500,
    MAIL_PARTS_MAX = 10,
    MAIL_PARTS_BYTES = 10 << 20, /* attachments together */
    MAIL_QUEUE_MAX = 10000,      /* that wait */
    MAIL_ATTEMPTS = 10,
    MAIL_FIRST_PAUSE_MS = 30000
};
extern const struct str mail_kind;

/* What a payload says; texts are borrowed. Written and read here alone. */
struct mail_attachment {
    struct str name, type, digest; /* digest: hex of the blob */
};
struct mail_message {
    const struct str *to;
    size_t to_count;
    struct str reply_to, subject, text, html;
    struct str owner;  /* "scripts/renewals": who counts for the limit of a day */
    struct str entity; /* what it is about, empty = nothing */
    int64_t record;
    const struct mail_attachment *parts;
    size_t part_count;
};
/* Refused as CRM_INVALID or CRM_FORBIDDEN (mail_domains): addresses, sizes. */
crm_status mail_check(struct engine *e, const struct mail_message *m, struct err *err);
/* JSON, in the arena. */
crm_status mail_payload(const struct mail_message *m, struct arena *a, struct str *ret,
                        struct err *err);

/* Puts mails of one owner into the queue, all or none. CRM_TOO_LARGE: the queue is full, or the
 * owner has sent what it may in a day. */
struct mail_batch {
    struct str owner, cause;
    int32_t depth;
    const struct str *payloads;
    size_t count;
};
crm_status mail_enqueue(struct event_hub *h, struct store_conn *writer, const struct mail_batch *b,
                        struct err *err);
/* The same in a transaction of its own, for one. */
crm_status mail_submit(struct event_hub *h, const struct mail_message *m, int64_t *ret_id,
                       struct err *err);
/* The job kind. */
crm_status mail_open(struct event_hub *h, struct err *err);

/* Looking: {"records":[...],"next"}; the newest first, without texts. */
struct mail_wanted {
    struct str state; /* a job's state, "unsure", or empty = all */
    int64_t before, limit;
};
crm_status mails_json(struct store_conn *c, const struct mail_wanted *wanted,
                      struct json_writer *out, struct err *err);
/* One with its texts. CRM_NOT_FOUND also for a job that is no mail. */
crm_status mail_json(struct store_conn *c, int64_t id, struct arena *a, struct json_writer *out,
                     struct err *err);

/* The company's secrets, sealed by the key of the data directory. */
crm_status event_seal(struct event_hub *h, struct str secret, struct arena *a, struct str *ret,
                      struct err *err);
crm_status event_unseal(struct event_hub *h, struct str sealed, struct buf *out, struct err *err);

#endif
