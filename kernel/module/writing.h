/* What stands behind struct crm_changeset and struct crm_op. Private to kernel/module. */
#ifndef MODULE_WRITING_H
#define MODULE_WRITING_H

#include "module/view.h"
#include "record/log.h"
#include "record/plan.h"

struct crm_op {
    struct crm_changeset *changeset;
    const struct schema_entity *entity;
    size_t position;         /* among the changeset's ops, which move as they grow */
    struct record_op *child; /* instead, for a nested one */
};

enum writing_state { WRITING_OPEN, WRITING_STARTED, WRITING_DONE };

struct crm_changeset {
    struct kernel *kernel;
    struct crm_view *view; /* borrowed: whose rights, which reader */
    struct arena *arena;   /* own_arena, or the request's: then all of this lies in it */
    struct arena own_arena;
    bool is_taken; /* the server has the changeset and ends it */
    crm_status (*answer)(struct crm_request *r, struct crm_changeset *c,
                         const struct crm_commit *commit, struct crm_error *err);
    struct crm_request *request;
    struct changeset changeset;
    enum writing_state state;
    struct err_list wrong; /* said while filling (set_json), by field */
    size_t wrong_capacity;
    struct changeset_result result;
    struct err_list errors; /* all messages by field, after the commit */
    struct digest body;     /* of once_key: nothing but the key counts */
    /* commit_start: */
    struct changeset_task task;
    pthread_mutex_t mu;
    pthread_cond_t ended;
    bool has_ended; /* guarded by mu */
    crm_status started_status;
    struct err started_err;
};

struct record_op *writing_op(const struct crm_op *op);
/* Facts of a finished commit. */
void writing_facts(const struct crm_changeset *c, struct crm_commit *ret);
/* What was wrong while filling fails the commit before it begins. */
crm_status writing_check(struct crm_changeset *c, struct err *err);

#endif
