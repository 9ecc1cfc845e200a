/* Open directories: a value that is not there yet is added to the plan as an item, with its trimmed
 * text as code and as label. Each value once per plan. */
#include "base/unicode.h"
#include "record/messages.h"
#include "record/prepare.h"

struct choice_added {
    struct str directory, folded, code;
    struct choice_added *next;
};

static void put_named(struct prepared *c, const char *name, struct value v) {
    const struct schema_field *f = schema_field_find(c->change.entity, str_from(name));
    if (f && schema_storage_of(f) == SCHEMA_STORAGE_COLUMN) prepare_put(c, f, v);
}

/* The record of a directory, 0 when it is not there. */
static int64_t directory_id(const struct prepare *p, struct str name) {
    const struct schema_entity *e = schema_find(p->schema, STR("directory"));
    for (size_t i = 0; e && i < resident_count(p->resident, e); i++) {
        const struct value *row = resident_at(p->resident, e, i);
        if (str_eq(value_str(row_named(e, row, "name")), name))
            return row_std_int(e, row, SCHEMA_STD_ID);
    }
    return 0;
}

static crm_status item_add(struct prepare *p, const struct schema_entity *items, int64_t directory,
                           struct str code, struct err *err) {
    struct record_op op = {.verb = RECORD_CREATE, .entity = items, .id = id_next(&p->engine->ids)};
    struct prepared *c = prepare_add(p, RECORD_CREATE, items, op.id, err);
    if (!c) return CRM_NO_MEMORY;
    c->change.after = ARENA_ARRAY(p->arena, items->field_count, struct value);
    if (!c->change.after) return err_no_memory(err);
    c->by_system = true;
    prepare_put(c, &items->fields[std_slot(items, SCHEMA_STD_ID)], value_id(op.id));
    put_named(c, "directory", value_id(directory));
    put_named(c, "code", value_text(code));
    put_named(c, "label", value_text(code));
    put_named(c, "active", value_bool(true));
    return CRM_OK;
}

crm_status directory_extend(struct prepare *p, struct str directory, struct value *v, bool *ret_ok,
                            struct err *err) {
    *ret_ok = true;
    struct str code = str_trim(v->text), folded = fold_key_arena(p->arena, code);
    if (!folded.ptr && code.len > 0) return err_no_memory(err);
    if (!folded.ptr || folded.len == 0) {
        *v = VALUE_OF_NIL;
        return CRM_OK;
    }
    for (struct choice_added *it = p->choices; it; it = it->next)
        if (str_eq(it->directory, directory) && str_eq(it->folded, folded)) {
            v->text = it->code;
            return CRM_OK;
        }
    const struct schema_entity *items = schema_find(p->schema, STR("directory_item"));
    int64_t id = directory_id(p, directory);
    if (!items || !id)
        return err_internal(err, "the directory %.*s has no record", STR_ARG(directory));
    struct choice_added *added = ARENA_NEW(p->arena, struct choice_added);
    if (!added) return err_no_memory(err);
    *added = (struct choice_added){directory, folded, arena_str(p->arena, code), p->choices};
    if (!added->code.ptr) return err_no_memory(err);
    crm_status status = item_add(p, items, id, added->code, err);
    if (status != CRM_OK) return status;
    p->choices = added;
    v->text = added->code;
    return CRM_OK;
}
