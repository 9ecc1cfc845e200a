/* Rights that a change would hand out: nobody lifts themselves or others above what they have.
 *
 * A user carries a role, a role's name is what it grants. Before and after a change of either the
 * actor must cover it (access_covers), so that who looks after users neither makes an administrator
 * nor changes one. The program's own bookkeeping is not asked. */
#include "record/engine_state.h"
#include "record/messages.h"
#include "record/prepare.h"

/* Of a role that the plan itself makes or renames, the name it will have. */
static struct str role_of(const struct prepare *p, const struct schema_entity *e,
                          const struct value *row) {
    const struct schema_entity *roles = schema_find(p->schema, STR("role"));
    if (!row || !roles) return STR_NONE;
    if (e == roles) return value_str(row_named(e, row, "name"));
    struct value role = row_named(e, row, "role");
    const struct prepared *planned =
        role.type == VALUE_ID ? prepare_find(p, roles, role.integer) : NULL;
    return planned && planned->change.after
               ? value_str(row_named(roles, planned->change.after, "name"))
               : resident_role(p->resident, p->schema, role);
}

crm_status prepare_grant(struct prepare *p, const struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    if (p->access.actor.system || c->by_system) return CRM_OK;
    if (!str_is(e->name, "user") && !str_is(e->name, "role")) return CRM_OK;
    if (access_covers(&p->access, role_of(p, e, c->change.before)) &&
        access_covers(&p->access, role_of(p, e, c->change.after)))
        return CRM_OK;
    err_set(err, CRM_FORBIDDEN, &record_grant_beyond, NULL);
    err_at_entity(err, e->name);
    return CRM_FORBIDDEN;
}
