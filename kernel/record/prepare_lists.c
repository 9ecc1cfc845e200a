/* A stage, pipeline, value or directory goes by itself only when nothing stands in it any more:
 * where its records go to is for a plan to say, with their fate (lists.h). What the same changeset
 * moves or trashes counts as it leaves it.
 *
 * Not here: undo, whose conflicts are told (undo_lists.c), and the plan's own steps. */
#include <stdio.h>

#include "record/lists_state.h"
#include "record/messages.h"
#include "record/prepare.h"

/* Does the row, or one of the items where it is a set, hold what the use is about? */
static bool stands(const struct list_step *s, const struct list_use *use, const struct value *row,
                   const struct store_item *items, size_t count) {
    const struct schema_field *f = use->field;
    if (!row || !row_is_living(use->entity, row)) return false;
    if (s->list->is_pipeline)
        return row[f->slot].type == VALUE_ID && row[f->slot].integer == s->record;
    if (f->type != SCHEMA_FIELD_CHOICES) return str_eq(value_str(row[f->slot]), s->name);
    for (size_t i = 0; i < count; i++)
        if (str_eq(value_str(items[i].value), s->name)) return true;
    return false;
}

/* How many more, or fewer, the plan leaves there. */
static crm_status planned(struct prepare *p, const struct list_step *s, const struct list_use *use,
                          int64_t *io_count, struct err *err) {
    for (size_t i = 0; i < p->count; i++) {
        struct prepared *c = p->changes[i];
        struct prepared_items none = {0}, *items = &none;
        if (c->failed || c->change.entity != use->entity) continue;
        crm_status status = use->field->type == SCHEMA_FIELD_CHOICES
                                ? prepare_items_current(p, c, use->field, &items, err)
                                : CRM_OK;
        if (status != CRM_OK) return status;
        *io_count -= stands(s, use, c->change.before, items->before, items->before_count);
        *io_count += stands(s, use, c->change.after, items->after, items->after_count);
    }
    return CRM_OK;
}

static crm_status count_all(struct prepare *p, struct lists *l, const struct list_step *s,
                            int64_t *ret, struct err *err) {
    struct list_use use;
    crm_status status = CRM_OK;
    *ret = 0;
    for (size_t n = 0; status == CRM_OK && list_use(l, s, n, &use); n++) {
        int64_t count = 0;
        status = list_use_living(l, &use, &count, err);
        if (status == CRM_OK) status = planned(p, s, &use, &count, err);
        *ret += count;
    }
    return status;
}

crm_status prepare_list_free(struct prepare *p, const struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    struct actor system;
    struct list_step s;
    struct str field = STR_NONE;
    char number[24];
    int64_t count = 0;
    bool goes = c->change.verb == RECORD_DELETE || c->change.verb == RECORD_PURGE;
    if (!goes || !list_is_entity(e) || (p->changeset->flags & (CHANGESET_SEED | CHANGESET_UNDO)) ||
        !c->change.before || !row_is_living(e, c->change.before))
        return CRM_OK;
    struct lists l = {.engine = p->engine,
                      .conn = p->conn,
                      .now = (struct schema *)(uintptr_t)p->schema,
                      .wanted = p->schema,
                      .resident = p->resident,
                      .arena = p->arena};
    if (!list_step_of(&l, e, c->change.before, &s)) return CRM_OK;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    access_init(&l.access, l.now, &system);
    bool whole = !s.item && !s.list->is_pipeline;
    bool used = whole && list_field_of(&l, s.name, &field);
    crm_status status = used ? CRM_OK : count_all(p, &l, &s, &count, err);
    if (status != CRM_OK || (!used && count <= 0)) return status;
    (void)snprintf(number, sizeof number, "%lld", (long long)count);
    const struct str args[] = {s.step.subject, str_from(number), field};
    const struct err_text *text = used                  ? &record_list_of_field
                                  : s.list->is_pipeline ? &record_list_holds
                                                        : &record_item_holds;
    err_set_args(err, CRM_REFUSED, text, args, 3);
    err_at_entity(err, e->name);
    return CRM_REFUSED;
}

/* ---- what is entered ------------------------------------------------------------------------- */
static crm_status refuse_entry(struct prepare *p, const struct prepared *c,
                               const struct schema_field *f, struct str name, struct err *err) {
    struct err error;
    err_set_args(&error, CRM_REFUSED, &record_list_leaving, &name, 1);
    return prepare_error(p, c, f, &error, err);
}

/* The plan's own steps and undo enter what is on its way out, too. */
static bool may_enter(const struct prepare *p, const struct schema_entity *e,
                      const struct value *row) {
    struct value leaving = row ? row_named(e, row, "leaving") : VALUE_OF_NIL;
    return leaving.type != VALUE_BOOL || !leaving.boolean ||
           (p->changeset->flags & (CHANGESET_SEED | CHANGESET_UNDO));
}

/* The record of the list stays as it is until the change is written. One that the plan makes or
 * changes itself is the plan's. */
static crm_status rely_on(struct prepare *p, const struct schema_entity *e, const struct value *row,
                          struct err *err) {
    int64_t id = row ? row_std_int(e, row, SCHEMA_STD_ID) : 0;
    if (!id || !prepare_relies(p) || prepare_find(p, e, id)) return CRM_OK;
    return prepare_rely(p, e, id, row_std_int(e, row, SCHEMA_STD_VERSION), err);
}

static crm_status entered_place(struct prepare *p, const struct prepared *c, const char *entity,
                                int32_t slot, struct err *err) {
    const struct schema_entity *e = schema_find(p->schema, str_from(entity));
    struct value to = c->change.after[slot];
    if (!e || !prepare_changed(c, slot) || value_is_nil(to)) return CRM_OK;
    const struct value *row = resident_row(p->resident, e, to.integer);
    if (may_enter(p, e, row)) return rely_on(p, e, row, err);
    return refuse_entry(p, c, &c->change.entity->fields[slot], value_str(row_named(e, row, "name")),
                        err);
}

static crm_status entered_value(struct prepare *p, const struct prepared *c,
                                const struct schema_field *f, struct str code, struct err *err) {
    const struct schema_entity *e = schema_find(p->schema, STR("directory_item"));
    if (!e) return CRM_OK;
    const struct value *row = resident_choice_row(p->resident, f->directory, code);
    return may_enter(p, e, row) ? rely_on(p, e, row, err) : refuse_entry(p, c, f, code, err);
}

static bool has_item(const struct store_item *items, size_t count, struct str code) {
    for (size_t i = 0; i < count; i++)
        if (str_eq(value_str(items[i].value), code)) return true;
    return false;
}

static crm_status entered_set(struct prepare *p, const struct prepared *c,
                              const struct prepared_items *items, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < items->after_count; i++) {
        struct str code = value_str(items->after[i].value);
        if (!has_item(items->before, items->before_count, code))
            status = entered_value(p, c, items->field, code, err);
    }
    return status;
}

crm_status prepare_list_entered(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = CRM_OK;
    if (!c->change.after) return CRM_OK;
    if (e->pipeline.present) {
        status = entered_place(p, c, "stage", e->pipeline.stage_slot, err);
        if (status == CRM_OK)
            status = entered_place(p, c, "pipeline", e->pipeline.pipeline_slot, err);
    }
    if (!resident_leaves(p->resident) && !prepare_relies(p)) return status;
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (f->type == SCHEMA_FIELD_CHOICE && prepare_changed(c, f->slot))
            status = entered_value(p, c, f, value_str(c->change.after[f->slot]), err);
    }
    for (const struct prepared_items *it = c->items; status == CRM_OK && it; it = it->next)
        if (it->field->type == SCHEMA_FIELD_CHOICES) status = entered_set(p, c, it, err);
    return status;
}
