/* From a module's list to the store's, and pages back as rows. */
#include "module/reading.h"

#include "module/messages.h"
#include "record/messages.h"

/* Of the fields that an empty list stands for, those that a list can hold. */
static void leave_out_children(struct read_select *select) {
    size_t kept = 0;
    for (size_t i = 0; i < select->count; i++) {
        enum schema_field_type type = read_last(&select->paths[i])->type;
        if (type == SCHEMA_FIELD_CHILDREN) continue;
        select->paths[kept] = select->paths[i];
        select->keys[kept++] = select->keys[i];
    }
    select->count = kept;
}

crm_status reading_prepare(struct crm_view *v, const struct crm_list *list, const struct expr *more,
                           struct reading *ret, struct err *err) {
    struct crm_list own;
    bridge_options(&own, sizeof own, list, list->size);
    const struct schema_entity *e = entity_in(own.entity);
    struct record_view *record = v->record;
    memset(ret, 0, sizeof *ret);
    if (!e) return err_set(err, CRM_INVALID, &module_no_such_entity, NULL);
    if (own.action < 0 || own.action >= SCHEMA_ACTION_COUNT) own.action = SCHEMA_ACTION_READ;
    if (!access_rows(record->access, (enum schema_action)own.action, e))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    struct store_sort *sort = ARENA_ARRAY(record->arena, STORE_SORT_MAX, struct store_sort);
    if (!sort) return err_no_memory(err);
    ret->list.query = (struct store_query){.access = record->access,
                                           .from = e,
                                           .action = (enum schema_action)own.action,
                                           .trash = (enum store_trash)own.trash,
                                           .now_ms = record->now_ms};
    crm_status status = read_select_parse(record, e, str_in(own.fields), &ret->select, err);
    if (status == CRM_OK)
        status = read_where_parse(record, e, str_in(own.where), &ret->list.query.where, err);
    if (status == CRM_OK)
        status = read_search_narrow(record, e, str_in(own.search), &ret->list.query.where, err);
    if (status == CRM_OK && more && !read_and(record, &ret->list.query.where, more))
        status = err_no_memory(err);
    if (status == CRM_OK)
        status = read_sort_parse(record, e, str_in(own.sort), sort, &ret->list.sort_count, err);
    if (status != CRM_OK) return status;
    leave_out_children(&ret->select);
    ret->list.select = ret->select.paths;
    ret->list.select_count = ret->select.count;
    ret->list.sort = sort;
    ret->list.after = str_in(own.after);
    ret->limit = own.limit;
    return CRM_OK;
}

crm_status reading_page(struct crm_view *v, struct reading *r, struct arena *a,
                        struct crm_row **ret_rows, size_t *ret_count, struct str *ret_next,
                        struct err *err) {
    struct store_page page;
    crm_status status = store_list_run(v->record->conn, &r->list, a, &page, err);
    if (status != CRM_OK) return status;
    struct crm_row *rows = ARENA_ARRAY(a, page.count + 1, struct crm_row);
    if (!rows) return err_no_memory(err);
    for (size_t i = 0; i < page.count; i++)
        rows[i] = (struct crm_row){
            .id = page.ids[i],
            .version = page.versions[i],
            .count = r->list.select_count,
            .cells = (const struct crm_cell *)(page.cells + i * r->list.select_count)};
    *ret_rows = rows;
    *ret_count = page.count;
    *ret_next = page.next;
    return CRM_OK;
}
