/* Stored formulas of a row, values of fields that take over from another one, and fitting a
 * computed value into a field.
 *
 * A formula may use another formula of the same record; they are computed in the order they need
 * each other (the schema has refused circles). A formula with a path is not stored and never comes
 * here. */
#include "base/number.h"
#include "record/convert.h"
#include "record/prepare.h"

/* Number in whole units of the base currency to money. */
static bool money_of(int64_t micro, const struct company *company, struct value *v) {
    int64_t minor, unit = DECIMAL_ONE;
    for (int i = 0; i < company->store.base_digits; i++)
        unit /= 10;
    if (!int64_mul_div(micro, 1, unit, ROUND_HALF_AWAY, &minor)) return false;
    *v = (struct value){.type = VALUE_MONEY,
                        .integer = minor,
                        .currency = company->store.base_currency,
                        .has_base = true,
                        .base = minor};
    return true;
}

bool value_coerce(const struct schema_field *f, const struct company *company, struct value *v) {
    enum value_type wanted = schema_field_value_type(f->type);
    if (f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP)
        wanted = f->value_type.type;
    if (f->type == SCHEMA_FIELD_CHOICES) wanted = VALUE_TEXT;
    if (f->type == SCHEMA_FIELD_LABELLED) wanted = VALUE_TEXT;
    if (f->type == SCHEMA_FIELD_LINKS) wanted = VALUE_ID;
    if (v->type == VALUE_NIL || v->type == wanted) return true;
    int64_t micro = 0;
    if (v->type == VALUE_DECIMAL)
        micro = v->integer;
    else if (v->type != VALUE_INT || !decimal_from_int(v->integer, &micro))
        return false;
    if (wanted == VALUE_DECIMAL)
        *v = value_decimal(micro);
    else if (wanted == VALUE_INT && micro % DECIMAL_ONE == 0)
        *v = value_int(micro / DECIMAL_ONE);
    else if (wanted != VALUE_MONEY || !money_of(micro, company, v))
        return false;
    return true;
}

struct formula_pass {
    struct row_eval *x;
    const struct schema_entity *entity;
    struct value *row;
    const struct company *company;
    struct slot_set done;
    struct err *err;
    crm_status status;
    int depth;
};

static void formula_run(struct formula_pass *pass, const struct schema_field *f);

/* Computes the formulas that this one reads. */
static bool formula_need(void *ctx, const struct expr *e) {
    struct formula_pass *pass = ctx;
    if (e->op != EXPR_PATH) return true;
    const struct schema_field *f = schema_field_by_id(pass->entity, e->path.step[0].field);
    if (f && f->type == SCHEMA_FIELD_FORMULA && f->stored) formula_run(pass, f);
    return pass->status == CRM_OK;
}

static void formula_run(struct formula_pass *pass, const struct schema_field *f) {
    if (slot_has(&pass->done, f->slot) || pass->status != CRM_OK) return;
    slot_add(&pass->done, f->slot);
    expr_walk(f->formula, formula_need, pass);
    if (pass->status != CRM_OK) return;
    struct value v = VALUE_OF_NIL;
    pass->status = row_eval_run(pass->x, pass->entity, pass->row, f->formula, &v, pass->err);
    if (pass->status != CRM_OK) {
        err_at_field(pass->err, f->name);
        return;
    }
    if (!value_coerce(f, pass->company, &v)) v = VALUE_OF_NIL;
    pass->row[f->slot] = v;
}

static bool is_computed(const struct schema_field *f) {
    return f->type == SCHEMA_FIELD_FORMULA || f->type == SCHEMA_FIELD_ROLLUP;
}

crm_status formulas_store(struct row_eval *x, const struct schema_entity *e, struct value *row,
                          const struct company *company, struct err *err) {
    struct formula_pass pass = {.x = x, .entity = e, .row = row, .company = company, .err = err};
    for (size_t i = 0; i < e->field_count && pass.status == CRM_OK; i++)
        if (e->fields[i].type == SCHEMA_FIELD_FORMULA && e->fields[i].stored)
            formula_run(&pass, &e->fields[i]);
    for (size_t i = 0; e->building && i < e->field_count && pass.status == CRM_OK; i++) {
        const struct schema_field *f = &e->fields[i];
        if (!f->building || f->converts < 0 || is_computed(f)) continue;
        (void)convert_value(x, company, &e->fields[f->converts], f, &row[f->converts], &row[i]);
    }
    return pass.status;
}
