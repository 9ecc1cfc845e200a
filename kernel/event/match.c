#include "event/match.h"

#include "event/messages.h"

static const struct {
    const char *word;
    enum record_verb verb;
} verbs[] = {{"created", RECORD_CREATE},
             {"updated", RECORD_UPDATE},
             {"deleted", RECORD_DELETE},
             {"restored", RECORD_RESTORE},
             {"purged", RECORD_PURGE}};

static const char *past_word(enum record_verb verb) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (verbs[i].verb == verb) return verbs[i].word;
    return "changed";
}

static bool compile_rest(const struct schema_entity *e, struct str rest, struct match *ret) {
    struct str name, tail = rest;
    if (str_is(rest, "*")) return ret->kind = MATCH_ANY, true;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!str_is(rest, verbs[i].word)) continue;
        ret->kind = MATCH_VERB;
        ret->verb = verbs[i].verb;
        return true;
    }
    if (!str_split(&tail, '.', &name) || !str_is(tail, "changed")) return false;
    const struct schema_field *f = schema_field_find(e, name);
    if (str_is(name, "stage") && e->pipeline.present)
        f = schema_field_at(e, e->pipeline.stage_slot);
    if (!f) return false;
    ret->kind = MATCH_FIELD;
    ret->field = f->id;
    return true;
}

crm_status match_compile(const struct schema *s, struct str event, struct str when, bool declared,
                         struct arena *a, struct match *ret, struct err *err) {
    struct match m = {.kind = MATCH_EMITTED};
    struct str name, rest = event;
    const struct str args[] = {event};
    bool dotted = str_split(&rest, '.', &name);
    m.entity = dotted && s ? schema_find(s, name) : NULL;
    bool known = m.entity ? compile_rest(m.entity, rest, &m) : declared;
    if (!known && declared) {
        m = (struct match){.kind = MATCH_EMITTED};
        known = true;
    }
    if (!known) return err_set_args(err, CRM_INVALID, &event_event_unknown, args, 1);
    if (m.entity && str_trim(when).len) {
        struct schema_scope scope = {.schema = s, .entity = m.entity};
        struct expr_scope names = schema_expr_scope(&scope);
        crm_status status = expr_parse(a, when, &names, EXPR_MODE_ROW, &m.when, err);
        if (status != CRM_OK) return status;
    }
    *ret = m;
    return CRM_OK;
}

bool match_change(const struct match *m, int32_t entity, enum record_verb verb,
                  const struct image_field *fields, size_t count) {
    if (!m->entity || m->entity->id != entity) return false;
    if (m->kind == MATCH_ANY) return true;
    if (m->kind == MATCH_VERB) return m->verb == verb;
    for (size_t i = 0; verb == RECORD_UPDATE && i < count; i++)
        if (fields[i].field == m->field) return true;
    return false;
}

crm_status match_condition(const struct match *m, const struct record_view *v,
                           const struct log_change *c, struct arena *a, bool *ret,
                           struct err *err) {
    struct past past = {0};
    struct slot_set slots = {0};
    *ret = true;
    if (!m->when) return CRM_OK;
    read_expr_slots(m->when, m->entity, &slots);
    crm_status status = past_load_slots(v->conn, m->entity, c->record, &slots, a, &past, err);
    past.resident = v->resident;
    past.company = v->company;
    if (status == CRM_OK)
        status = c->verb == RECORD_PURGE
                     ? past_back_to(v->conn, &past, c->seq, c->position - 1, a, err)
                     : past_back_to_change(v->conn, &past, c, a, err);
    if (status != CRM_OK) return status;
    struct read_row row = {.view = (struct record_view *)(uintptr_t)v,
                           .entity = m->entity,
                           .id = c->record,
                           .row = past.row,
                           .items = past.items};
    struct expr_env env;
    struct value value = VALUE_OF_NIL;
    struct err problem;
    read_row_env(&row, &env);
    status = expr_eval(m->when, &env, &value, &problem);
    *ret = status == CRM_OK &&
           value_truthy(&value); /* a condition that cannot be reckoned does not hold */
    return CRM_OK;
}

struct str match_name(const struct match *m, struct str event, enum record_verb verb,
                      struct arena *a) {
    if (m->kind != MATCH_ANY) return event;
    return arena_printf(a, "%.*s.%s", STR_ARG(m->entity->name), past_word(verb));
}
