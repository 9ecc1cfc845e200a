/* Actions that scripts declare - action("policy", "renew", { label, form, roles, when }, fn) - as
 * those who ask for one see them: which there are, for whom, and what their form takes. Running one
 * is script/. Threads: the connection's. */
#ifndef RECORD_ACTION_H
#define RECORD_ACTION_H

#include "record/read.h"

struct record_action {
    struct str name;  /* without the entity's */
    struct str when;  /* condition on each record; empty = none */
    json_t *declared; /* owned: what stood in the options */
};
/* CRM_NOT_FOUND also for one that the caller's role may not ask for, and for one whose condition
 * names what is hidden from the caller. */
crm_status record_action_find(struct record_view *v, const struct schema_entity *e, struct str name,
                              struct record_action *ret, struct err *err);
void record_action_fini(struct record_action *it);
/* Whether `form` (an object or NULL) is what the action's form takes: each wrong field in `errors`.
 */
crm_status record_action_form(struct record_view *v, const struct record_action *it,
                              const json_t *form, struct err_list *errors, struct err *err);
/* "actions":[{"name","label","help","icon","when","form":[{"name","type","label",...}]}] of meta;
 * nothing where there is none. */
void record_action_put(struct record_view *v, struct json_writer *out,
                       const struct schema_entity *e);

#endif
