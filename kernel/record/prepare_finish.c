/* The second phase of one change: stage facts, roll-ups, hooks, money, formulas, requirements,
 * rules, references, unique keys, rights on the row after. */
#include "base/number.h"
#include "record/messages.h"
#include "record/prepare.h"

/* ---- requirements -----------------------------------------------------------------------------
 */
static crm_status holds(struct prepare *p, const struct prepared *c, const struct expr *condition,
                        bool without, bool *ret, struct err *err) {
    *ret = without;
    return condition
               ? row_eval_truth(&p->eval, c->change.entity, c->change.after, condition, ret, err)
               : CRM_OK;
}

/* An update is asked about what it touched: a record from before the rule may still be changed. */
static crm_status require_field(struct prepare *p, struct prepared *c, const struct schema_field *f,
                                struct err *err) {
    bool required = false, visible = true, empty = false;
    bool touched = c->change.verb == RECORD_CREATE || slot_has(&c->written, f->slot) ||
                   prepare_changed(c, f->slot);
    crm_status status = CRM_OK;
    if (f->required && touched)
        required = true;
    else if (f->required_when)
        status = holds(p, c, f->required_when, false, &required, err);
    if (status == CRM_OK && required) status = holds(p, c, f->visible_when, true, &visible, err);
    if (status == CRM_OK && required && visible) status = prepare_is_empty(p, c, f, &empty, err);
    if (status != CRM_OK || !empty) return status;
    return prepare_field_error(p, c, f, CRM_REFUSED, &record_required, err);
}

/* Has this op said something of the field already? What others said is theirs. */
static bool has_error(const struct prepare *p, const struct schema_field *f) {
    for (size_t i = p->error_count, left = p->op_errors; i-- > 0 && left-- > 0;)
        if (str_eq(str_from(p->errors[i].field), f->name)) return true;
    return false;
}

static crm_status require(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = CRM_OK;
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if ((!f->required && !f->required_when) || f->type == SCHEMA_FIELD_CHILDREN ||
            f->type == SCHEMA_FIELD_SERIES)
            continue;
        if (p->error_count == 0 || !has_error(p, f)) status = require_field(p, c, f, err);
    }
    return status;
}

static crm_status rules(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    for (size_t i = 0; i < e->rule_count; i++) {
        const struct schema_rule *r = &e->rules[i];
        bool refused = false;
        crm_status status =
            r->flag_only ? CRM_OK
                         : row_eval_truth(&p->eval, e, c->change.after, r->when, &refused, err);
        if (status != CRM_OK) return status;
        if (!refused) continue;
        struct err error;
        if (r->message.text[LANGUAGE_EN].len || r->message.text[LANGUAGE_RU].len)
            err_set_dynamic(&error, CRM_REFUSED, r->code, r->message.text);
        else
            err_set(&error, CRM_REFUSED, &record_rule, NULL);
        status = prepare_error(
            p, c, r->refuse_slot >= 0 ? schema_field_at(e, r->refuse_slot) : NULL, &error, err);
        if (status != CRM_OK) return status;
    }
    return CRM_OK;
}

/* ---- derived values -----------------------------------------------------------------------------
 */
/* The base amount of new money: the rate of the day the field names, else of today. Without a rate
 * it stays unknown; what is stored is never valued anew. */
static void money_base(struct prepare *p, struct prepared *c, const struct schema_field *f) {
    struct value v = c->change.after[f->slot];
    if (v.type != VALUE_MONEY || v.has_base) return;
    int64_t day = p->today, rate = 0;
    if (f->rate_on >= 0 && c->change.after[f->rate_on].type == VALUE_DATE)
        day = c->change.after[f->rate_on].integer;
    const struct store_company *company = &p->company->store;
    if (!resident_rate(p->resident, v.currency, company->base_currency, day, &rate)) return;
    v.has_base =
        money_convert(v.integer, currency_digits(v.currency), rate, company->base_digits, &v.base);
    prepare_put(c, f, v);
}

static void money(struct prepare *p, struct prepared *c) {
    const struct schema_entity *e = c->change.entity;
    for (size_t i = 0; i < e->field_count; i++)
        if (e->fields[i].type == SCHEMA_FIELD_MONEY && prepare_changed(c, e->fields[i].slot))
            money_base(p, c, &e->fields[i]);
}

/* An amount that is the total of children follows it; without any it is what was typed. */
static void totals(struct prepared *c) {
    const struct schema_entity *e = c->change.entity;
    for (size_t i = 0; i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (f->type != SCHEMA_FIELD_MONEY || f->total_of < 0) continue;
        struct value total = c->change.after[f->total_of];
        if (total.type == VALUE_MONEY && total.has_base && total.base != 0)
            prepare_put(c, f, total);
    }
}

static crm_status formulas(struct prepare *p, struct prepared *c, struct err *err) {
    const struct schema_entity *e = c->change.entity;
    crm_status status = formulas_store(&p->eval, e, c->change.after, p->company, err);
    for (size_t i = 0; i < e->field_count && status == CRM_OK; i++)
        if ((e->fields[i].type == SCHEMA_FIELD_FORMULA && e->fields[i].stored) ||
            e->fields[i].building)
            prepare_put(c, &e->fields[i], c->change.after[e->fields[i].slot]);
    return status;
}

static crm_status hooks(struct prepare *p, struct prepared *c, struct err *err) {
    bool asked = c->change.entity->has_before || p->changeset->hooks;
    if (!asked || !p->hooks.before || c->in_hook) return CRM_OK;
    struct record_hook_context h = {.engine = p->engine,
                                    .conn = p->conn,
                                    .plan = p->plan,
                                    .change = &c->change,
                                    .access = &p->access,
                                    .env = &p->eval.env,
                                    .prepare = p,
                                    .in_writer = p->in_writer};
    row_eval_env(&p->eval, c->change.entity, c->change.after);
    c->in_hook = true;
    crm_status status = p->hooks.before(p->hooks.ctx, &h, err);
    if (status != CRM_OK) {
        err_at_entity(err, c->change.entity->name);
        return status;
    }
    return prepare_stage(p, c, err); /* a hook may have moved the record */
}

/* ---- rights ---------------------------------------------------------------------------------- */
static crm_status rights_after(struct prepare *p, struct prepared *c, struct err *err) {
    if (c->by_system || c->nested ||
        (c->change.verb != RECORD_CREATE && c->change.verb != RECORD_UPDATE))
        return CRM_OK;
    bool create = c->change.verb == RECORD_CREATE, allowed = false;
    crm_status status = prepare_allows(p, create ? SCHEMA_ACTION_CREATE : SCHEMA_ACTION_UPDATE,
                                       c->change.entity, c->change.after, &allowed, err);
    if (status != CRM_OK || allowed) return status;
    if (create)
        err_set(err, CRM_FORBIDDEN, &record_action_forbidden, record_verb_word(RECORD_CREATE),
                NULL);
    else
        err_set(err, CRM_FORBIDDEN, &record_row_after_forbidden, NULL);
    err_at_entity(err, c->change.entity->name);
    return CRM_FORBIDDEN;
}

static crm_status derive(struct prepare *p, struct prepared *c, struct err *err) {
    crm_status status = prepare_stage(p, c, err);
    if (status == CRM_OK) status = rollups_preview(p, c, err);
    if (status == CRM_OK && !c->quiet) {
        totals(c);
        money(p, c);
        status = formulas(p, c, err);
    }
    if (status == CRM_OK && !c->quiet) status = hooks(p, c, err);
    if (status != CRM_OK) return status;
    if (!c->quiet) {
        totals(c);
        money(p, c);
    }
    return formulas(p, c, err);
}

static crm_status check(struct prepare *p, struct prepared *c, struct err *err) {
    bool written = c->change.verb == RECORD_CREATE || c->change.verb == RECORD_UPDATE;
    crm_status status = CRM_OK;
    if (written && !c->quiet && !(c->by_system && !c->touched)) {
        status = require(p, c, err);
        if (status == CRM_OK) status = prepare_stage_check(p, c, err);
        if (status == CRM_OK) status = prepare_list_entered(p, c, err);
        if (status == CRM_OK) status = rules(p, c, err);
    }
    if (status == CRM_OK && written && !c->quiet) status = prepare_refs(p, c, err);
    if (status == CRM_OK) status = prepare_unique(p, c, err);
    if (status == CRM_OK && p->op_errors == 0) status = rights_after(p, c, err);
    if (status == CRM_OK && p->op_errors == 0) status = prepare_grant(p, c, err);
    return status;
}

crm_status prepare_finish(struct prepare *p, struct prepared *c, struct err *err) {
    crm_status list = prepare_list_free(p, c, err);
    if (list != CRM_OK || !c->change.after) return list;
    bool lost = p->error_count > 0 && !(p->changeset->flags & CHANGESET_KEEP_GOING);
    if (lost) return c->change.verb == RECORD_CREATE && !c->quiet ? require(p, c, err) : CRM_OK;
    crm_status status = derive(p, c, err);
    return status == CRM_OK ? check(p, c, err) : status;
}
