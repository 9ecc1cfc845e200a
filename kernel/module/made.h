/* Scripts that people write in the browser ("made"): rows of sys_definition beside the other
 * definitions made by people - kind "script" in force, "script draft" beside it - and each version
 * that was in force as a row of sys_state, so that all nodes and every copy have them.
 *
 * They are owners like the scripts on disk ("scripts/NAME") and are loaded with them, but run in
 * worker processes; one of the name of a file takes the file's place. A version goes into force
 * when it loads, fits and passes its own tests; else it is kept as the draft, with the reason, and
 * the one before stays. Threads: any that may block; saving under the reload lock. */
#ifndef MODULE_MADE_H
#define MODULE_MADE_H

#include "module/extension.h"
#include "module/reload.h"
#include "record/read.h"
#include "script/check.h"

enum { MADE_TEXT_MAX = 200 * 1024, MADE_KEPT = 50 };

/* ---- made.c: rows ---- */
struct made_text {
    struct str name; /* "renewals" of the owner "scripts/renewals" */
    struct str text, note, who;
    struct str problem[LANGUAGE_COUNT], where; /* of a draft that was refused; else empty */
    int64_t author, at_ms;
    bool is_draft;
};
struct made_version {
    int64_t number;
    struct str version; /* as runs and lists show it */
    struct str text, note, who;
    int64_t at_ms;
    bool is_removal; /* the script was taken away then */
};
struct made_texts {
    const struct made_text *items; /* by name; those in force first */
    size_t count;
};
crm_status made_load(struct store_conn *c, struct arena *a, struct made_texts *ret,
                     struct err *err);
const struct made_text *made_find(const struct made_texts *all, struct str name,
                                  bool is_draft); /* NULL */
/* Newest first, with texts. */
crm_status made_versions(struct store_conn *c, struct str name, struct arena *a,
                         struct made_version **ret, size_t *ret_count, struct err *err);
/* The version of a text of this name. ptr NULL without memory. */
struct str made_version_of(struct arena *a, struct str name, struct str text);
/* "scripts/renewals" -> "renewals"; false: it names no script. */
bool made_name(struct str owner, struct str *ret_name);

/* One transaction: what is to be there afterwards. */
struct made_write {
    struct str name;
    const struct made_text *in_force; /* NULL: as it is */
    const struct made_text *draft;    /* NULL: none any more */
    bool is_removal;                  /* neither text nor draft */
    const struct made_version *version;
    int64_t forget; /* number of a version that did not come into force after all; 0: none */
};
crm_status made_put(struct kernel *k, const struct made_write *w, struct err *err);

/* Into the list, in the place of files of the same name. */
crm_status made_extensions(struct kernel *k, struct arena *a, struct extensions *all,
                           struct err *err);

/* ---- made_save.c: into force ---- */
struct made_saving {
    struct str script, text, note;
    struct str was; /* the version that the author began with; ptr NULL: whatever it is */
    bool is_draft;
    struct record_view *asker; /* as whom tests run; NULL: without tests */
    struct reload_options by;
};
struct made_saved {
    struct str version;
    bool in_force;
    struct err problem; /* status CRM_OK: none */
    const struct script_test *tests;
    size_t test_count;
};
/* CRM_TOO_LARGE: longer than MADE_TEXT_MAX. */
crm_status made_text_fits(struct str text, struct err *err);
/* CRM_STALE: somebody else has saved it since. A refused version is no error. */
crm_status made_save(struct kernel *k, const struct made_saving *s, struct arena *a,
                     struct made_saved *ret, struct err *err);
/* The same under the lock, which the caller holds. */
crm_status made_save_in_turn(struct kernel *k, const struct made_saving *s, struct arena *a,
                             struct made_saved *ret, struct err *err);
/* Its versions stay. CRM_NOT_FOUND. */
crm_status made_remove(struct kernel *k, struct str script, const struct reload_options *o,
                       struct arena *a, struct err *err);
/* To a version that was in force (empty: the one before that in force, or before its removal), as
 * a new one. *ret_known false: no script that people made. */
crm_status made_back(struct kernel *k, struct str script, struct str version,
                     const struct reload_options *o, struct arena *a, bool *ret_known,
                     struct reload_report *ret, struct err *err);
/* Whether people made it, now or before. */
crm_status made_is_known(struct kernel *k, struct str script, struct arena *a, bool *ret,
                         struct err *err);

/* ---- made_rest.c ---- */
struct http_server;
crm_status made_rest_register(struct kernel *k, struct http_server *s, struct err *err);

#endif
