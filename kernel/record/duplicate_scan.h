/* All records of an entity gone through for duplicates, and what was found, kept in groups.
 *
 * Kept is only which records stand together and how likely (sys_state); who reads a group sees it
 * as the records, the rules and their own rights are at that moment: records that are gone, that
 * they may not read or that agree no more are not in it, and pairs that somebody has called
 * different are no pairs. Threads: any that may block; the scan is a job's. */
#ifndef RECORD_DUPLICATE_SCAN_H
#define RECORD_DUPLICATE_SCAN_H

#include "record/duplicate.h"

enum { DUPLICATE_GROUP_MAX = 50, DUPLICATE_GROUPS_MAX = 20000, DUPLICATE_DISMISS_MAX = 20 };

struct duplicate_group {
    int32_t score;
    size_t first, count; /* of `ids` */
};
struct duplicate_scan {
    struct record_view *view; /* of the system; no transaction open; its arena is used up */
    const struct schema_entity *entity;
    bool (*go_on)(void *ctx, int64_t done); /* false: stop */
    void *ctx;
    /* found, the likeliest first; heap */
    struct duplicate_group *groups;
    size_t group_count;
    int64_t *ids;
    int64_t records;
};
crm_status duplicate_scan_run(struct duplicate_scan *s, struct err *err);
void duplicate_scan_fini(struct duplicate_scan *s);
/* In place of what an earlier scan found; in the writer. An engine_write_fn. */
crm_status duplicate_scan_keep(void *scan, struct store_conn *writer, struct err *err);

/* {"groups":[{"score","fields","records":[{"id","title"}]}],"next","scanned_at"} */
crm_status record_duplicate_groups_json(struct record_view *v, const struct schema_entity *e,
                                        int64_t limit, struct str after, struct json_writer *out,
                                        struct err *err);
/* Each two of the records are different, or with `again` may be the same after all. Those that the
 * viewer may not change are CRM_FORBIDDEN, unseen ones CRM_NOT_FOUND. */
crm_status record_duplicate_dismiss(struct record_view *v, const struct schema_entity *e,
                                    const int64_t *ids, size_t count, bool again, struct err *err);
/* Whether the two were called different. */
crm_status duplicate_is_dismissed(struct store_conn *c, const struct schema_entity *e, int64_t a,
                                  int64_t b, bool *ret, struct err *err);

#endif
