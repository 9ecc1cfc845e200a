/* The inside of `check`. Private to record/; the way in is record_check (log.h). Threads: the
 * reader's. */
#ifndef RECORD_CHECK_H
#define RECORD_CHECK_H

#include "record/evaluate.h"
#include "record/log.h"

enum { CHECK_PAGE = 200, CHECK_ARENA_BYTES = 256 * 1024 * 1024 };

struct check {
    struct engine *engine;
    struct store_conn *conn;
    struct schema *schema;
    const struct company *company;
    struct arena *arena; /* the caller's: the first problem */
    void (*on_problem)(void *ctx, struct str text);
    void *ctx;
    struct check_report report;
    /* Of the entity at hand. */
    bool searches; /* its search rows can be looked at */
    int64_t search_rows_wrong;
};

void check_problem(struct check *k, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* check_log.c: numbers without gaps, digests of changes, the chain of changesets. */
crm_status check_log(struct check *k, struct err *err);
/* check_records.c: every record against its last images, its search row, its roll-ups. */
crm_status check_records(struct check *k, const struct schema_entity *e, struct err *err);
/* check_search.c: the search table of an entity as a whole, before its rows are looked at. */
crm_status check_search(struct check *k, const struct schema_entity *e, struct err *err);
void check_search_wrong(struct check *k, const struct schema_entity *e);
/* check_contents.c: files against what lies in the folder of blobs. */
crm_status check_contents(struct check *k, const struct schema_entity *e, const int64_t *ids,
                          struct value *const *rows, size_t count, struct err *err);
crm_status check_rollups(struct check *k, const struct schema_entity *e, struct arena *a,
                         const int64_t *ids, struct value *const *rows, size_t count,
                         struct err *err);

#endif
