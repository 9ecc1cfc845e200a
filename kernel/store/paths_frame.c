/* FROM, WHERE and the joins of a query. See paths.h. */
#include "store/columns.h"
#include "store/messages.h"
#include "store/paths.h"

void query_add_from(struct query_paths *p, struct sql *s, size_t *ret_mark) {
    sql_add(s, " FROM ");
    sql_table(s, p->root->table);
    sql_add(s, " r");
    *ret_mark = s->text.len;
}

static crm_status add_root_rule(struct query_paths *p, struct sql *s, enum schema_action action,
                                struct err *err) {
    const struct expr *rule = access_rows(p->access, action, p->root);
    const struct str name[] = {p->root->name};
    if (!rule) {
        crm_status status = err_set_args(err, CRM_FORBIDDEN, &store_text_entity_forbidden, name, 1);
        err_at_entity(err, p->root->name);
        return status;
    }
    if (access_is_all(rule)) return CRM_OK;
    sql_add(s, " AND ");
    return query_add_rule(p, s, rule, p->root, "r", err);
}

static void add_deleted(struct sql *s, const char *alias, const struct schema_entity *e) {
    sql_column(s, alias, schema_standard(e, SCHEMA_STD_DELETED_AT), "");
}

/* Lines live and are trashed with their parent. */
static void add_trash(struct query_paths *p, struct sql *s, enum store_trash trash, bool hide) {
    const struct schema_entity *parent =
        p->root->is_child ? schema_entity_by_id(p->access->schema, p->root->parent_entity) : NULL;
    if (trash == STORE_BOTH) {
        sql_add(s, " WHERE TRUE");
        return;
    }
    bool living = trash == STORE_LIVING;
    sql_add(s, living ? " WHERE " : " WHERE (");
    if (living && hide && s->dialect == SQL_SQLITE) sql_add(s, "+");
    add_deleted(s, "r", p->root);
    sql_add(s, living ? " IS NULL" : " IS NOT NULL");
    if (parent) {
        sql_add(s, living ? " AND (SELECT " : " OR (SELECT ");
        add_deleted(s, "u", parent);
        sql_add(s, " FROM ");
        sql_table(s, parent->table);
        sql_add(s, " u WHERE u.\"id\" = ");
        sql_column(s, "r", schema_field_at(p->root, p->root->parent_slot), "");
        sql_add(s, living ? ") IS NULL" : ") IS NOT NULL");
    }
    if (!living) sql_add(s, ")");
}

struct unique_search {
    const struct schema_entity *root;
    bool found;
};

static bool is_in_unique(const struct schema_entity *e, const struct schema_field *f) {
    for (size_t i = 0; i < e->index_count; i++)
        for (size_t k = 0; e->indexes[i].unique && k < e->indexes[i].slot_count; k++)
            if (schema_field_at(e, e->indexes[i].slots[k]) == f) return true;
    return false;
}

static bool look_for_unique(void *ctx, const struct expr *e) {
    struct unique_search *u = ctx;
    if (e->op != EXPR_PATH) return true;
    const struct schema_field *f = schema_field_by_id(u->root, e->path.step[0].field);
    u->found |= f && is_in_unique(u->root, f);
    return !u->found;
}

bool query_names_unique(const struct store_query *q) {
    struct unique_search u = {.root = q->from};
    if (q->where) expr_walk(q->where, look_for_unique, &u);
    return u.found;
}

crm_status query_add_where(struct query_paths *p, struct sql *s, const struct store_query *q,
                           bool hide_trash, struct err *err) {
    add_trash(p, s, q->trash, hide_trash);
    crm_status status = add_root_rule(p, s, SCHEMA_ACTION_READ, err);
    if (status == CRM_OK && q->action != SCHEMA_ACTION_READ)
        status = add_root_rule(p, s, q->action, err);
    if (status != CRM_OK || !q->where) return status;
    sql_add(s, " AND ");
    return query_add_condition(p, s, q->where, err);
}

static crm_status add_join(struct query_paths *p, struct sql *s, int number, struct err *err) {
    struct query_join join = p->joins[number];
    char alias[QUERY_ALIAS_BYTES];
    query_alias(number, alias);
    sql_add(s, " LEFT JOIN ");
    sql_table(s, join.entity->table);
    sql_printf(s, " %s ON %s.\"id\" = ", alias, alias);
    crm_status status = query_add_field(p, s, join.parent, join.field, EXPR_SQL_VALUE, err);
    if (status != CRM_OK || access_is_all(join.rule)) return status;
    sql_add(s, " AND ");
    return query_add_rule(p, s, join.rule, join.entity, alias, err);
}

crm_status query_paths_join(struct query_paths *p, struct sql *s, size_t mark, struct err *err) {
    size_t end = s->text.len;
    for (int i = 0; i < p->join_count; i++) {
        crm_status status = add_join(p, s, i, err);
        if (status != CRM_OK) return status;
    }
    size_t added = s->text.len - end;
    crm_status status = sql_status(s, err);
    if (status != CRM_OK || added == 0) return status;
    char *joins = arena_alloc(s->arena, added);
    if (!joins) return err_no_memory(err);
    memcpy(joins, s->text.ptr + end, added);
    memmove(s->text.ptr + mark + added, s->text.ptr + mark, end - mark);
    memcpy(s->text.ptr + mark, joins, added);
    return CRM_OK;
}
