/* The functions. Their arguments are checked (check_call.c), so types are not asked again. */
#include "base/time.h"
#include "base/unicode.h"
#include "expr/eval.h"

static const enum period periods[] = {PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_QUARTER,
                                      PERIOD_YEAR};
/* Nobody counts further than the calendar is long. */
#define DATE_STEPS_MAX (EXPR_DATE_MAX - EXPR_DATE_MIN)

static int64_t local_date(const struct evaluation *x, int64_t ms) {
    if (x->env->zone) return zone_date(x->env->zone, ms);
    return ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
}

static crm_status argument(const struct evaluation *x, const struct expr *e, size_t index,
                           struct value *ret) {
    return eval_tree(x, e->call.args[index], ret);
}

static struct value id_or_nil(int64_t id) { return id ? value_id(id) : VALUE_OF_NIL; }

static struct value my_tree(const struct evaluation *x) {
    if (x->env->my_tree_count == 0) return VALUE_OF_NIL;
    return (struct value){.type = VALUE_LIST, .list = {x->env->my_tree, x->env->my_tree_count}};
}

/* What one_of compares: the items of a list, or the value itself. */
static const struct value *items_of(const struct expr *e, const struct value *v,
                                    size_t *ret_count) {
    if (e->type.type != VALUE_LIST) {
        *ret_count = 1;
        return v;
    }
    *ret_count = v->type == VALUE_LIST ? v->list.count : 0;
    return v->type == VALUE_LIST ? v->list.items : NULL;
}

static crm_status call_one_of(const struct evaluation *x, const struct expr *e, struct value *ret) {
    struct value asked, member;
    size_t asked_count, member_count;
    crm_status status = argument(x, e, 0, &asked);
    const struct value *asked_items = items_of(e->call.args[0], &asked, &asked_count);
    bool found = false;
    for (size_t i = 1; status == CRM_OK && !found && i < e->call.count; i++) {
        if ((status = argument(x, e, i, &member)) != CRM_OK) break;
        const struct value *items = items_of(e->call.args[i], &member, &member_count);
        for (size_t m = 0; m < member_count; m++)
            for (size_t a = 0; !found && a < asked_count; a++)
                found = eval_equal(x, &asked_items[a], &items[m]);
    }
    if (status == CRM_OK) *ret = value_bool(found);
    return status;
}

static crm_status call_contains(const struct evaluation *x, const struct expr *e,
                                struct value *ret) {
    struct value in, part;
    crm_status status = argument(x, e, 0, &in);
    if (status == CRM_OK) status = argument(x, e, 1, &part);
    return status == CRM_OK ? eval_contains(x, e, &in, &part, ret) : status;
}

static crm_status call_len(const struct evaluation *x, const struct expr *e, struct value *ret) {
    struct value v;
    crm_status status = argument(x, e, 0, &v);
    if (status != CRM_OK) return status;
    if (v.type == VALUE_TEXT)
        *ret = value_int((int64_t)utf8_length(v.text));
    else if (v.type == VALUE_LIST)
        *ret = value_int((int64_t)v.list.count);
    else
        *ret = e->call.args[0]->type.type == VALUE_LIST ? value_int(0) : VALUE_OF_NIL;
    return CRM_OK;
}

static crm_status call_extreme(const struct evaluation *x, const struct expr *e,
                               struct value *ret) {
    struct value best = VALUE_OF_NIL, v;
    for (size_t i = 0; i < e->call.count; i++) {
        crm_status status = argument(x, e, i, &v);
        if (status != CRM_OK) return status;
        if (v.type == VALUE_NIL) continue;
        int order = best.type == VALUE_NIL ? 0 : eval_order(x, &v, &best);
        if (best.type == VALUE_NIL || (e->call.code == EXPR_FN_min_of ? order < 0 : order > 0))
            best = v;
    }
    *ret = best;
    return CRM_OK;
}

static crm_status call_coalesce(const struct evaluation *x, const struct expr *e,
                                struct value *ret) {
    *ret = VALUE_OF_NIL;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && ret->type == VALUE_NIL && i < e->call.count; i++)
        status = argument(x, e, i, ret);
    return status;
}

static crm_status call_if_else(const struct evaluation *x, const struct expr *e,
                               struct value *ret) {
    struct value condition;
    crm_status status = argument(x, e, 0, &condition);
    return status == CRM_OK ? argument(x, e, value_truthy(&condition) ? 1 : 2, ret) : status;
}

static crm_status call_period(const struct evaluation *x, const struct expr *e,
                              const struct value *at, struct value *ret) {
    int64_t days = at->type == VALUE_TIME ? local_date(x, at->integer) : at->integer;
    int64_t first = date_period_start(days, periods[e->call.code - EXPR_FN_day], x->env->week_start,
                                      x->env->fiscal_month);
    return eval_date(x, e, first, ret);
}

static enum period unit_of(const struct expr *e) {
    for (int code = EXPR_FN_day; code < EXPR_FN_year; code++)
        if (str_is(e->literal.text, expr_function_name((enum expr_function)code)))
            return periods[code - EXPR_FN_day];
    return PERIOD_YEAR;
}

static crm_status call_date_add(const struct evaluation *x, const struct expr *e,
                                const struct value *date, struct value *ret) {
    struct value count;
    crm_status status = argument(x, e, 1, &count);
    if (status != CRM_OK) return status;
    *ret = VALUE_OF_NIL;
    if (count.type == VALUE_NIL) return CRM_OK;
    int64_t steps = count.integer;
    if (steps > DATE_STEPS_MAX || steps < -DATE_STEPS_MAX) return eval_date(x, e, INT64_MAX, ret);
    return eval_date(x, e, date_add(date->integer, unit_of(e->call.args[2]), steps), ret);
}

static crm_status call_days(const struct value *v, struct value *ret) {
    int64_t whole = v->integer;
    if (v->type == VALUE_DECIMAL) int64_mul_div(v->integer, 1, DECIMAL_ONE, ROUND_FLOOR, &whole);
    *ret = value_int(whole);
    return CRM_OK;
}

/* Functions of one value that yield nil for nil. */
static crm_status call_of_value(const struct evaluation *x, const struct expr *e,
                                struct value *ret) {
    struct value v;
    crm_status status = argument(x, e, 0, &v);
    if (status != CRM_OK) return status;
    *ret = VALUE_OF_NIL;
    if (v.type == VALUE_NIL) return CRM_OK;
    switch (e->call.code) {
    case EXPR_FN_lower:
        return eval_lower(x, &v, ret);
    case EXPR_FN_abs:
    case EXPR_FN_round:
    case EXPR_FN_floor:
        return eval_rounding(x, e, &v, ret);
    case EXPR_FN_date_add:
        return call_date_add(x, e, &v, ret);
    case EXPR_FN_days:
        return call_days(&v, ret);
    default:
        return call_period(x, e, &v, ret);
    }
}

crm_status eval_call(const struct evaluation *x, const struct expr *e, struct value *ret) {
    switch ((enum expr_function)e->call.code) {
    case EXPR_FN_today:
        *ret = value_date(local_date(x, x->env->now_ms));
        return CRM_OK;
    case EXPR_FN_now:
        *ret = value_time(x->env->now_ms);
        return CRM_OK;
    case EXPR_FN_me:
        *ret = id_or_nil(x->env->me);
        return CRM_OK;
    case EXPR_FN_my_team:
        *ret = id_or_nil(x->env->my_team);
        return CRM_OK;
    case EXPR_FN_my_tree:
        *ret = my_tree(x);
        return CRM_OK;
    case EXPR_FN_one_of:
        return call_one_of(x, e, ret);
    case EXPR_FN_contains:
    case EXPR_FN_starts_with:
        return call_contains(x, e, ret);
    case EXPR_FN_len:
        return call_len(x, e, ret);
    case EXPR_FN_min_of:
    case EXPR_FN_max_of:
        return call_extreme(x, e, ret);
    case EXPR_FN_coalesce:
        return call_coalesce(x, e, ret);
    case EXPR_FN_if_else:
        return call_if_else(x, e, ret);
    default:
        return call_of_value(x, e, ret);
    }
}
