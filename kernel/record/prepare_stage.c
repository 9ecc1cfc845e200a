/* Pipelines: where a record starts, what a move brings along, which moves are allowed.
 *
 * Facts are derived before the hooks and again after them when a hook moved the record. The row in
 * stage_change is written by apply (stages.c). */
#include "base/json.h"
#include "base/time.h"
#include "base/unicode.h"
#include "record/messages.h"
#include "record/prepare.h"

struct stage_facts {
    const struct schema_entity *stages, *pipelines;
};

static struct stage_facts facts_of(const struct prepare *p) {
    return (struct stage_facts){schema_find(p->schema, STR("stage")),
                                schema_find(p->schema, STR("pipeline"))};
}

static int64_t position_of(const struct schema_entity *e, const struct value *row) {
    struct value v = row_named(e, row, "position");
    return value_is_nil(v) ? INT64_MAX : v.integer;
}

/* The first of the rows that `fits`, by position, then by id. */
static const struct value *first_row(const struct prepare *p, const struct schema_entity *e,
                                     bool (*fits)(const struct schema_entity *e,
                                                  const struct value *row, const void *ctx),
                                     const void *ctx) {
    const struct value *best = NULL;
    for (size_t i = 0; e && i < resident_count(p->resident, e); i++) {
        const struct value *row = resident_at(p->resident, e, i);
        if (fits(e, row, ctx) && (!best || position_of(e, row) < position_of(e, best))) best = row;
    }
    return best;
}

static bool is_leaving(const struct schema_entity *e, const struct value *row) {
    struct value leaving = row_named(e, row, "leaving");
    return leaving.type == VALUE_BOOL && leaving.boolean;
}

static bool is_pipeline_of(const struct schema_entity *e, const struct value *row,
                           const void *ctx) {
    const struct schema_entity *entity = ctx;
    return str_eq(value_str(row_named(e, row, "entity")), entity->name) && !is_leaving(e, row);
}

struct stage_wish {
    int64_t pipeline;
    bool open;
};

static bool is_stage_of(const struct schema_entity *e, const struct value *row, const void *ctx) {
    const struct stage_wish *wish = ctx;
    struct value pipeline = row_named(e, row, "pipeline");
    if (value_is_nil(pipeline) || pipeline.integer != wish->pipeline || is_leaving(e, row))
        return false;
    return !wish->open || str_is(value_str(row_named(e, row, "kind")), "open");
}

static const struct value *first_stage(const struct prepare *p, const struct schema_entity *stages,
                                       int64_t pipeline) {
    struct stage_wish open = {pipeline, true}, any = {pipeline, false};
    const struct value *row = first_row(p, stages, is_stage_of, &open);
    return row ? row : first_row(p, stages, is_stage_of, &any);
}

static crm_status stage_row(struct prepare *p, const struct schema_entity *stages,
                            const struct value *row, int32_t slot, const struct value **ret,
                            struct err *err) {
    *ret = NULL;
    if (!row || value_is_nil(row[slot])) return CRM_OK;
    return row_eval_row(&p->eval, stages, row[slot].integer, ret, err);
}

static void put_slot(struct prepared *c, int32_t slot, struct value v) {
    prepare_put(c, &c->change.entity->fields[slot], v);
}

/* Pipeline and stage where one or both were not given. */
static crm_status settle_place(struct prepare *p, struct prepared *c,
                               const struct stage_facts *facts, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    int32_t pipeline = e->pipeline.pipeline_slot, stage = e->pipeline.stage_slot;
    struct value *after = c->change.after;
    const struct value *row = NULL;
    crm_status status = stage_row(p, facts->stages, after, stage, &row, err);
    if (status != CRM_OK) return status;
    bool create = c->change.verb == RECORD_CREATE;
    if (create && row && !slot_has(&c->written, pipeline))
        put_slot(c, pipeline, row_named(facts->stages, row, "pipeline"));
    if (create && value_is_nil(after[pipeline])) {
        const struct value *first = first_row(p, facts->pipelines, is_pipeline_of, e);
        if (first)
            put_slot(c, pipeline, value_id(row_std_int(facts->pipelines, first, SCHEMA_STD_ID)));
    }
    bool moved_pipeline = !create && prepare_changed(c, pipeline) && !slot_has(&c->written, stage);
    if (value_is_nil(after[pipeline]) ||
        !(moved_pipeline || (create && value_is_nil(after[stage]))))
        return CRM_OK;
    const struct value *first = first_stage(p, facts->stages, after[pipeline].integer);
    put_slot(c, stage,
             first ? value_id(row_std_int(facts->stages, first, SCHEMA_STD_ID)) : VALUE_OF_NIL);
    return CRM_OK;
}

/* A record that comes back where its stage is gone begins where a new one would. */
static crm_status land(struct prepare *p, struct prepared *c, const struct stage_facts *facts,
                       struct err *err) {
    const struct schema_entity *e = c->change.entity;
    int32_t pipeline = e->pipeline.pipeline_slot, stage = e->pipeline.stage_slot;
    const struct value *row = NULL, *of = NULL;
    if (c->change.verb != RECORD_RESTORE || value_is_nil(c->change.after[stage])) return CRM_OK;
    crm_status status = stage_row(p, facts->stages, c->change.after, stage, &row, err);
    if (status != CRM_OK || row_is_living(facts->stages, row)) return status;
    status = stage_row(p, facts->pipelines, c->change.after, pipeline, &of, err);
    if (status != CRM_OK) return status;
    if (!row_is_living(facts->pipelines, of))
        of = first_row(p, facts->pipelines, is_pipeline_of, e);
    int64_t id = of ? row_std_int(facts->pipelines, of, SCHEMA_STD_ID) : 0;
    row = of ? first_stage(p, facts->stages, id) : NULL;
    put_slot(c, pipeline, of ? value_id(id) : VALUE_OF_NIL);
    put_slot(c, stage,
             row ? value_id(row_std_int(facts->stages, row, SCHEMA_STD_ID)) : VALUE_OF_NIL);
    return CRM_OK;
}

static bool is_closed(const struct schema_entity *stages, const struct value *stage) {
    struct str kind = value_str(row_named(stages, stage, "kind"));
    return str_is(kind, "won") || str_is(kind, "lost");
}

/* ---- a past that is stated --------------------------------------------------------------------
 */
static void find_moves(const struct prepare *p, struct prepared *c) {
    const struct changeset *cs = p->changeset;
    if (c->change.verb != RECORD_CREATE || c->op < 0 || (size_t)c->op >= cs->op_count) return;
    const struct record_op *op = &cs->ops[c->op];
    if (op->id != c->change.id) return;
    c->change.moves = op->moves;
    c->change.move_count = op->move_count;
}

static const struct record_move *last_move(const struct prepared *c) {
    return c->change.move_count ? &c->change.moves[c->change.move_count - 1] : NULL;
}

/* Of the record's pipeline, in the order of their times, none to come, ending where it is. */
static crm_status are_right(struct prepare *p, const struct prepared *c,
                            const struct stage_facts *facts, bool *ret, struct err *err) {
    const struct schema_pipeline_facility *facility = &c->change.entity->pipeline;
    const struct value *after = c->change.after;
    int64_t before = 0;
    crm_status status = CRM_OK;
    *ret = (p->changeset->flags & CHANGESET_IMPORT) && !value_is_nil(after[facility->stage_slot]) &&
           after[facility->stage_slot].integer == last_move(c)->stage;
    for (size_t i = 0; *ret && i < c->change.move_count; i++) {
        const struct record_move *m = &c->change.moves[i];
        const struct value *row = NULL;
        status = row_eval_row(&p->eval, facts->stages, m->stage, &row, err);
        if (status != CRM_OK) return status;
        struct value of = row ? row_named(facts->stages, row, "pipeline") : VALUE_OF_NIL;
        *ret = !value_is_nil(of) && value_equal(&of, &after[facility->pipeline_slot]) &&
               m->at_ms >= before && m->at_ms <= p->now_ms;
        before = m->at_ms;
    }
    return CRM_OK;
}

static crm_status check_moves(struct prepare *p, struct prepared *c,
                              const struct stage_facts *facts, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    bool right = true;
    crm_status status = last_move(c) ? are_right(p, c, facts, &right, err) : CRM_OK;
    if (status != CRM_OK || right) return status;
    struct err error;
    c->change.move_count = 0;
    err_set(&error, CRM_REFUSED, &record_stage_moves, NULL);
    return prepare_error(p, c, &e->fields[e->pipeline.stage_slot], &error, err);
}

/* What was given by hand stays. */
static void settle_facts(struct prepare *p, struct prepared *c, const struct stage_facts *facts,
                         const struct value *was, const struct value *is) {
    const struct record_move *last = last_move(c);
    int64_t now_ms = last ? last->at_ms : p->now_ms;
    int64_t today = last ? zone_date(p->company->store.zone, last->at_ms) : p->today;
    const struct schema_entity *e = c->change.entity;
    const struct schema_pipeline_facility *facility = &e->pipeline;
    if (facility->probability_slot >= 0 && is &&
        !slot_has(&c->written, facility->probability_slot)) {
        struct value probability = row_named(facts->stages, is, "probability");
        if (!value_is_nil(probability) &&
            value_coerce(&e->fields[facility->probability_slot], p->company, &probability))
            put_slot(c, facility->probability_slot, probability);
    }
    if (facility->since_slot >= 0 && !slot_has(&c->written, facility->since_slot))
        put_slot(c, facility->since_slot, value_time(now_ms));
    int32_t closed = facility->closed_slot;
    if (closed < 0 || !is) return;
    bool as_time = e->fields[closed].type == SCHEMA_FIELD_TIME;
    if (is_closed(facts->stages, is)) {
        if (value_is_nil(c->change.after[closed]))
            put_slot(c, closed, as_time ? value_time(now_ms) : value_date(today));
    } else if (was && is_closed(facts->stages, was) && !slot_has(&c->written, closed)) {
        put_slot(c, closed, VALUE_OF_NIL);
    }
}

crm_status prepare_stage(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    const struct stage_facts facts = facts_of(p);
    if (!e->pipeline.present || !c->change.after || !facts.stages || !facts.pipelines)
        return CRM_OK;
    const struct value *was = NULL, *is = NULL;
    find_moves(p, c);
    if (last_move(c) && !slot_has(&c->written, e->pipeline.stage_slot))
        put_slot(c, e->pipeline.stage_slot, value_id(last_move(c)->stage));
    crm_status status = c->quiet ? CRM_OK : settle_place(p, c, &facts, err);
    if (status == CRM_OK) status = land(p, c, &facts, err);
    if (status == CRM_OK) status = check_moves(p, c, &facts, err);
    if (status == CRM_OK)
        status = stage_row(p, facts.stages, c->change.before, e->pipeline.stage_slot, &was, err);
    if (status == CRM_OK)
        status = stage_row(p, facts.stages, c->change.after, e->pipeline.stage_slot, &is, err);
    if (status != CRM_OK) return status;
    c->change.stage_moved = prepare_changed(c, e->pipeline.stage_slot);
    if (c->change.stage_moved && !c->quiet) settle_facts(p, c, &facts, was, is);
    return CRM_OK;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static bool same_name(struct arena *a, struct str left, struct str right) {
    return str_eq(fold_key_arena(a, left), fold_key_arena(a, right));
}

/* Does a list of names or ids - a JSON array, or "Won, Lost" - hold this one? */
static bool names_hold(struct arena *a, struct str list, struct str name, int64_t id) {
    char digits[24];
    int written = snprintf(digits, sizeof digits, "%lld", (long long)id);
    struct str id_text = id ? str_make(digits, (size_t)written) : STR_NONE, head;
    bool found = false;
    json_t *array = NULL;
    if (json_parse(list, &json_limits_default, &array, NULL) == CRM_OK && json_is_array(array)) {
        for (size_t i = 0; i < json_array_size(array) && !found; i++) {
            struct str text = json_str(json_array_get(array, i));
            found = same_name(a, text, name) || (id && str_eq(text, id_text));
        }
        json_decref(array);
        return found;
    }
    json_decref(array);
    for (bool more = list.len > 0; more && !found;) {
        more = str_split(&list, ',', &head);
        found = same_name(a, head, name);
    }
    return found;
}

static bool names_none(struct str list) {
    struct str text = str_trim(list);
    return text.len == 0 || str_is(text, "[]") || str_is(text, "null");
}

/* Texts and references of a stage's list field, whichever type it has; *ret_empty: no list at all.
 */
static crm_status list_holds(struct prepare *p, const struct schema_entity *e,
                             const struct value *row, const char *field, struct str name,
                             int64_t id, bool *ret_holds, bool *ret_empty, struct err *err) {
    const struct schema_field *f = schema_field_find(e, str_from(field));
    *ret_holds = false;
    *ret_empty = true;
    if (!f) return CRM_OK;
    if (schema_storage_of(f) != SCHEMA_STORAGE_LINKS) {
        struct str text = value_str(row[f->slot]);
        *ret_empty = names_none(text);
        *ret_holds = !*ret_empty && names_hold(p->arena, text, name, id);
        return CRM_OK;
    }
    const struct store_item *items = NULL;
    size_t count = 0;
    crm_status status =
        row_eval_items(&p->eval, e, row_std_int(e, row, SCHEMA_STD_ID), f, &items, &count, err);
    if (status != CRM_OK) return status;
    *ret_empty = count == 0;
    for (size_t i = 0; i < count; i++)
        if (items[i].value.type == VALUE_ID ? items[i].value.integer == id
                                            : same_name(p->arena, value_str(items[i].value), name))
            *ret_holds = true;
    return CRM_OK;
}

static struct str stage_name(const struct schema_entity *stages, const struct value *row) {
    return value_str(row_named(stages, row, "name"));
}

static crm_status check_move(struct prepare *p, struct prepared *c,
                             const struct schema_entity *stages, const struct value *was,
                             const struct value *is, struct err *err) {
    const struct schema_field *f = &c->change.entity->fields[c->change.entity->pipeline.stage_slot];
    bool holds = true, empty = true;
    crm_status status = list_holds(p, stages, was, "allowed_moves", stage_name(stages, is),
                                   row_std_int(stages, is, SCHEMA_STD_ID), &holds, &empty, err);
    if (status != CRM_OK || empty || holds) return status;
    struct err error;
    struct str args[] = {stage_name(stages, was), stage_name(stages, is)};
    err_set_args(&error, CRM_REFUSED, &record_stage_move_not_allowed, args, 2);
    return prepare_error(p, c, f, &error, err);
}

static crm_status check_required(struct prepare *p, struct prepared *c,
                                 const struct schema_entity *stages, const struct value *is,
                                 struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        bool holds = false, none = true;
        status = list_holds(p, stages, is, "required_fields", f->name, 0, &holds, &none, err);
        if (status != CRM_OK || none) return status;
        if (!holds) continue;
        bool empty = false;
        status = prepare_is_empty(p, c, f, &empty, err);
        if (status != CRM_OK || !empty) continue;
        struct err error;
        struct str name = stage_name(stages, is);
        err_set_args(&error, CRM_REFUSED, &record_required_in_stage, &name, 1);
        status = prepare_error(p, c, f, &error, err);
    }
    return status;
}

crm_status prepare_stage_check(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity,
                               *stages = schema_find(p->schema, STR("stage"));
    if (!e->pipeline.present || !c->change.after || !stages) return CRM_OK;
    int32_t slot = e->pipeline.stage_slot, pipeline = e->pipeline.pipeline_slot;
    if (!prepare_changed(c, slot) && !prepare_changed(c, pipeline)) return CRM_OK;
    const struct value *was = NULL, *is = NULL;
    crm_status status = stage_row(p, stages, c->change.before, slot, &was, err);
    if (status == CRM_OK) status = stage_row(p, stages, c->change.after, slot, &is, err);
    if (status != CRM_OK || !is) return status;
    struct value own = row_named(stages, is, "pipeline");
    if (value_is_nil(own) || value_is_nil(c->change.after[pipeline]) ||
        own.integer != c->change.after[pipeline].integer) {
        struct err error;
        struct str name = stage_name(stages, is);
        err_set_args(&error, CRM_REFUSED, &record_stage_of_other_pipeline, &name, 1);
        return prepare_error(p, c, &e->fields[slot], &error, err);
    }
    if (p->changeset->flags & CHANGESET_SEED) return CRM_OK; /* a stage that goes asks nobody */
    if (was && prepare_changed(c, slot)) status = check_move(p, c, stages, was, is, err);
    return status == CRM_OK ? check_required(p, c, stages, is, err) : status;
}
