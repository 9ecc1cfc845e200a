/* The scope of conditions that callers write for records: names under their rights, and conditions
 * kept as records of the entity `segment` behind in_segment("name").
 *
 * A segment has a `name`, the name of the `entity` whose records it picks, and a `filter` over it;
 * without a filter it is a list, and its members are the records that link to it. One that the
 * caller may not read does not exist. Threads: the connection's; `storage` must outlive the scope.
 */
#ifndef RECORD_READ_KEPT_H
#define RECORD_READ_KEPT_H

#include "store/query.h"

struct record_scope {
    struct access_scope names;
    const struct access *access;
    const struct schema_entity *entity;
    struct store_conn *conn;
    int64_t now_ms;
};
/* All borrowed. */
struct expr_scope record_scope_init(struct record_scope *storage, struct store_conn *conn,
                                    const struct access *access, const struct schema_entity *e,
                                    int64_t now_ms);

#endif
