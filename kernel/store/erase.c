/* See erase.h. */
#include "store/erase.h"

#include <stdio.h>

#include "store/registry.h"
#include "store/structure.h"
#include "store/sys_tables.h"

enum { TABLE_BYTES = 128 };

static crm_status drop_search(struct store_conn *c, struct str table, struct err *err) {
    static const char *const suffixes[] = {"search", "trigram"};
    char name[TABLE_BYTES];
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < 2; i++) {
        int len = snprintf(name, sizeof name, "%.*s_%s", STR_ARG(table), suffixes[i]);
        if (len < 0 || (size_t)len >= sizeof name) return err_internal(err, "a table's name");
        status = structure_drop_table(c, str_make(name, (size_t)len), err);
    }
    return status;
}

static crm_status drop_tables(struct store_conn *c, const struct schema_registry *r,
                              const struct schema_registry_entity *e, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < r->field_count; i++)
        if (r->fields[i].entity == e->id && r->fields[i].link_table.len)
            status = structure_drop_table(c, r->fields[i].link_table, err);
    if (status == CRM_OK) status = drop_search(c, e->table, err);
    return status == CRM_OK ? structure_drop_table(c, e->table, err) : status;
}

static crm_status forget_rows(struct store_conn *c, enum sys_table table, uint8_t column,
                              int32_t entity, struct err *err) {
    const struct store_condition where = {column, STORE_EQ, store_int(entity)};
    return store_delete(c, sys_table(table), &where, 1, NULL, err);
}

/* A later entity must not take over what the log says of this one. */
static crm_status keep_number(struct store_conn *c, int32_t next, struct err *err) {
    const struct store_value row[SYS_SEQUENCE_COUNT] = {
        [SYS_SEQUENCE_NAME] = store_text(STR("entity")), [SYS_SEQUENCE_VALUE] = store_int(next)};
    const struct store_condition where[] = {
        {SYS_SEQUENCE_NAME, STORE_EQ, store_text(STR("entity"))},
        {SYS_SEQUENCE_VALUE, STORE_LT, store_int(next)}};
    const struct store_set set = {SYS_SEQUENCE_VALUE, store_int(next), false};
    bool is_new = false;
    crm_status status = store_insert_new(c, sys_table(SYS_TABLE_SEQUENCE), row, &is_new, err);
    if (status != CRM_OK || is_new) return status;
    return store_update(c, sys_table(SYS_TABLE_SEQUENCE), &set, 1, where, 2, NULL, err);
}

static crm_status erase(struct store_conn *c, const struct schema_registry *r,
                        const struct schema_registry_entity *e, struct err *err) {
    const struct store_condition of_it = {SYS_CHANGE_ENTITY, STORE_EQ, store_int(e->id)};
    const struct store_set images[] = {{SYS_CHANGE_IMAGES, STORE_NIL, false},
                                       {SYS_CHANGE_SALT, STORE_NIL, false}};
    crm_status status = structure_try_lock(c, true, err);
    if (status == CRM_OK) status = keep_number(c, e->id + 1, err);
    if (status == CRM_OK) status = drop_tables(c, r, e, err);
    if (status == CRM_OK)
        status = store_update(c, sys_table(SYS_TABLE_CHANGE), images, 2, &of_it, 1, NULL, err);
    if (status == CRM_OK) status = forget_rows(c, SYS_TABLE_INDEX, SYS_INDEX_ENTITY, e->id, err);
    if (status == CRM_OK) status = forget_rows(c, SYS_TABLE_FIELD, SYS_FIELD_ENTITY, e->id, err);
    return status == CRM_OK ? forget_rows(c, SYS_TABLE_ENTITY, SYS_ENTITY_ID, e->id, err) : status;
}

crm_status store_erase_entity(struct store_conn *c, const struct schema_registry *r,
                              const struct schema_registry_entity *e, struct err *err) {
    store_scratch_enter(c);
    c->structure = true;
    crm_status status = erase(c, r, e, err);
    c->structure = false;
    store_scratch_leave(c);
    return status;
}
