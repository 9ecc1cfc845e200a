/* Idempotency keys: a request sent twice is done once and answered twice. Private to record/.
 *
 * The row is written in the savepoint of what it answers for. Scope: actor and key; the route and
 * the digest of the body must be the same. Rows are forgotten after 24 hours. Writer thread. */
#ifndef RECORD_IDEMPOTENCY_H
#define RECORD_IDEMPOTENCY_H

#include "base/digest.h"
#include "record/changeset.h"

/* Fills *ret and sets replayed when the key was seen; CRM_CONFLICT when it was for another request.
 */
crm_status idempotency_find(struct store_conn *c, const struct changeset *cs,
                            struct changeset_result *ret, struct err *err);
/* Whether the writer would answer from what it kept, or refuse: then nothing need be prepared -
 * what the first request wrote would stand in the way. Any connection. */
crm_status idempotency_is_known(struct store_conn *c, const struct changeset *cs, bool *ret,
                                struct err *err);
crm_status idempotency_keep(struct store_conn *c, const struct changeset *cs,
                            const struct changeset_result *result, struct err *err);
/* Forgets what is older than a day; the writer calls it now and then. */
crm_status idempotency_expire(struct store_conn *c, int64_t now_ms, struct err *err);

#endif
