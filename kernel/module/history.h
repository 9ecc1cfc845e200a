/* The versions of plugins and scripts that were in force: their Lua texts, one file of JSON each in
 * DIR/history/OWNER/, the newest HISTORY_KEPT of them.
 *
 * Kept beside the data because the texts are: each node has its own. A file is written under
 * another name and renamed, so that what is there is whole. Not here: what else a plugin's folder
 * holds. Threads: one at a time for an owner. */
#ifndef MODULE_HISTORY_H
#define MODULE_HISTORY_H

#include "base/err.h"
#include "script/definitions.h"

enum { HISTORY_KEPT = 50 };

struct history {
    struct str data_dir, owner; /* "insurance", "scripts/renewals" */
};

struct history_entry {
    struct str file; /* in the owner's folder */
    int64_t number;
    struct str version; /* as scripts are listed with it */
    struct str who;     /* login; empty: found in the folder */
    struct str note;    /* of scripts that people made */
    int64_t at_ms;
    struct script_source *sources;
    size_t source_count;
};

/* Nothing is written when it is the newest already. */
crm_status history_keep(const struct history *h, const struct history_entry *entry,
                        struct err *err);
/* Without texts, the newest first. An owner that was never loaded has none. */
crm_status history_list(const struct history *h, struct arena *a, struct history_entry **ret,
                        size_t *ret_count, struct err *err);
/* The newest of this version (its first digits are enough), with texts; CRM_NOT_FOUND. */
crm_status history_read(const struct history *h, struct str version, struct arena *a,
                        struct history_entry *ret, struct err *err);

#endif
