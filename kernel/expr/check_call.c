/* Calls: which arguments each function takes, and what it yields. Meanings: expr.h. */
#include "expr/check.h"

struct signature {
    const char *name;
    uint8_t from, to;
};
static const struct signature functions[] = {
#define CHECK_FUNCTION(name, from, to) {#name, from, to},
    EXPR_FUNCTIONS(CHECK_FUNCTION)
#undef CHECK_FUNCTION
};
static const char *const aggregates[] = {
#define CHECK_AGGREGATE(name) #name,
    EXPR_AGGREGATES(CHECK_AGGREGATE)
#undef CHECK_AGGREGATE
};

const char *expr_function_name(enum expr_function function) { return functions[function].name; }
const char *expr_aggregate_name(enum expr_aggregate aggregate) { return aggregates[aggregate]; }

/* Levenshtein distance of short names, 3 for "far". */
static int distance(struct str a, struct str b) {
    enum { MAX = 24 };
    int row[MAX + 1];
    if (a.len > MAX || b.len > MAX) return 3;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (int)j;
    for (size_t i = 0; i < a.len; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (size_t j = 0; j < b.len; j++) {
            int change = diagonal + (a.ptr[i] != b.ptr[j]);
            diagonal = row[j + 1];
            int skip = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            row[j + 1] = change < skip ? change : skip;
        }
    }
    return row[b.len] < 3 ? row[b.len] : 3;
}

static struct str similar_function(struct str name) {
    struct str best = STR_NONE;
    int closest = 3;
    for (size_t i = 0; i < EXPR_FUNCTION_COUNT + EXPR_AGGREGATE_COUNT; i++) {
        const char *word =
            i < EXPR_FUNCTION_COUNT ? functions[i].name : aggregates[i - EXPR_FUNCTION_COUNT];
        int far = distance(name, str_from(word));
        if (far >= closest) continue;
        closest = far;
        best = str_from(word);
    }
    return best;
}

static crm_status unknown_function(struct checker *c, const struct check_name *name) {
    struct expr_symbol symbol;
    if (c->scope->resolve(c->scope->ctx, c->scope->root_entity, name->text, &symbol))
        return EXPR_FAIL(c->err, CRM_INVALID, expr_field_called, name->column, name->text);
    struct str similar = similar_function(name->text);
    if (similar.len == 0)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_unknown_function, name->column, name->text);
    return EXPR_FAIL(c->err, CRM_INVALID, expr_similar_function, name->column, name->text, similar);
}

crm_status check_callee_find(struct checker *c, struct check_name name, struct check_callee *ret) {
    *ret = (struct check_callee){.name = name};
    for (size_t f = 0; f < EXPR_FUNCTION_COUNT; f++) {
        if (!str_is(name.text, functions[f].name)) continue;
        ret->code = (uint8_t)f;
        return CRM_OK;
    }
    uint8_t i = 0;
    while (i < EXPR_AGGREGATE_COUNT && !str_is(name.text, aggregates[i]))
        i++;
    if (i == EXPR_AGGREGATE_COUNT) return unknown_function(c, &name);
    if (c->mode == EXPR_MODE_ROW)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_aggregate_row, name.column, name.text);
    if (c->in_aggregate)
        return EXPR_FAIL(c->err, CRM_INVALID, expr_aggregate_nested, name.column, name.text);
    ret->aggregate = true;
    ret->code = i;
    return CRM_OK;
}

crm_status check_argument_count(struct checker *c, const struct check_callee *callee, size_t count,
                                size_t from, size_t to) {
    char least[24], most[24], found[24], range[56];
    if (count >= from && count <= to) return CRM_OK;
    struct str wanted = expr_number_word(from, least), last = expr_number_word(to, most);
    size_t len = wanted.len;
    memcpy(range, wanted.ptr, len);
    if (to == 255) {
        range[len++] = '+';
    } else if (to > from) {
        range[len++] = '-';
        memcpy(range + len, last.ptr, last.len);
        len += last.len;
    }
    return EXPR_FAIL(c->err, CRM_INVALID, expr_argument_count, callee->name.column,
                     callee->name.text, str_make(range, len), expr_number_word(count, found));
}

static crm_status refuse_argument(struct checker *c, const struct check_callee *callee,
                                  const struct expr *arg, const char *wanted) {
    return EXPR_FAIL(c->err, CRM_INVALID, expr_argument_type, arg->column, callee->name.text,
                     str_from(wanted), expr_type_word(arg->type.type));
}

/* A call under construction. */
struct call {
    struct checker *checker;
    const struct check_callee *callee;
    const struct expr **args;
    size_t count;
    struct expr *node;
};

static crm_status yields(struct call *call, enum value_type type, bool never_nil) {
    call->node->type.type = type;
    call->node->never_nil = never_nil;
    return CRM_OK;
}

static crm_status wants(struct call *call, size_t index, bool fits, const char *wanted) {
    return fits ? CRM_OK : refuse_argument(call->checker, call->callee, call->args[index], wanted);
}

static crm_status check_one_of(struct call *call) {
    for (int pass = 0; pass < 2; pass++) { /* the first argument may become a moment on the way */
        for (size_t i = 1; i < call->count; i++) {
            struct check_pair pair = {call->args[0], call->args[i]};
            crm_status status = check_comparable(call->checker, EXPR_EQ, pair.right->column, &pair);
            if (status != CRM_OK) return status;
            call->args[0] = pair.left;
            call->args[i] = pair.right;
        }
    }
    return yields(call, VALUE_BOOL, true);
}

static bool is_texts(const struct expr *e) {
    return e->type.type == VALUE_TEXT || (e->type.type == VALUE_LIST && e->type.item == VALUE_TEXT);
}

static crm_status check_contains(struct call *call) {
    crm_status status = wants(call, 0, is_texts(call->args[0]), "text");
    if (status == CRM_OK) status = wants(call, 1, call->args[1]->type.type == VALUE_TEXT, "text");
    return status == CRM_OK ? yields(call, VALUE_BOOL, true) : status;
}

static crm_status check_len(struct call *call) {
    enum value_type type = call->args[0]->type.type;
    crm_status status = wants(call, 0, type == VALUE_TEXT || type == VALUE_LIST, "text, list");
    if (status != CRM_OK) return status;
    return yields(call, VALUE_INT, type == VALUE_LIST || call->args[0]->never_nil);
}

static crm_status check_rounding(struct call *call) {
    const struct expr *arg = call->args[0];
    enum value_type type = arg->type.type;
    crm_status status =
        wants(call, 0, check_is_number(type) || type == VALUE_MONEY, "integer, decimal, money");
    if (status != CRM_OK) return status;
    if (call->count == 2) {
        const struct expr *places = call->args[1];
        if (places->op != EXPR_LITERAL || places->type.type != VALUE_INT ||
            places->literal.integer < 0 || places->literal.integer > 6)
            return EXPR_FAIL(call->checker->err, CRM_INVALID, expr_argument_places, places->column,
                             STR_NONE);
    }
    bool whole = type == VALUE_DECIMAL && call->count == 1 && call->callee->code != EXPR_FN_abs;
    return yields(call, whole ? VALUE_INT : type, arg->never_nil);
}

static crm_status unify_from(struct call *call, size_t first, struct check_unified *ret) {
    crm_status status = check_unify(call->checker, call->args + first, call->count - first, ret);
    if (status != CRM_OK || !ret->mixed) return status;
    return EXPR_FAIL(call->checker->err, CRM_INVALID, expr_argument_mixed,
                     call->callee->name.column, call->callee->name.text, expr_type_word(ret->one),
                     expr_type_word(ret->other));
}

/* How many of the arguments from `first` on are never nil. */
static size_t never_nil_from(const struct call *call, size_t first) {
    size_t count = 0;
    for (size_t i = first; i < call->count; i++)
        count += call->args[i]->never_nil;
    return count;
}

static crm_status check_extreme(struct call *call) {
    struct check_unified unified;
    crm_status status = unify_from(call, 0, &unified);
    if (status != CRM_OK) return status;
    enum value_type type = unified.type.type;
    bool ordered = type != VALUE_BOOL && type != VALUE_ID && type != VALUE_NIL;
    status = wants(call, 0, ordered, "integer, decimal, money, text, date, time");
    return status == CRM_OK ? yields(call, type, never_nil_from(call, 0) > 0) : status;
}

static crm_status check_choice(struct call *call, size_t first) {
    struct check_unified unified;
    crm_status status = unify_from(call, first, &unified);
    if (status != CRM_OK) return status;
    size_t known = never_nil_from(call, first);
    call->node->type = unified.type;
    call->node->never_nil = first == 0 ? known > 0 : known == call->count - first;
    return CRM_OK;
}

static crm_status check_period(struct call *call) {
    crm_status status = check_adapt_text(call->checker, VALUE_DATE, &call->args[0]);
    if (status != CRM_OK) return status;
    enum value_type type = call->args[0]->type.type;
    status = wants(call, 0, type == VALUE_DATE || type == VALUE_TIME, "date, time");
    return status == CRM_OK ? yields(call, VALUE_DATE, call->args[0]->never_nil) : status;
}

static bool is_unit(const struct expr *e) {
    if (e->op != EXPR_LITERAL || e->type.type != VALUE_TEXT) return false;
    for (int code = EXPR_FN_day; code <= EXPR_FN_year; code++)
        if (str_is(e->literal.text, functions[code].name)) return true;
    return false;
}

static crm_status check_date_add(struct call *call) {
    crm_status status = check_adapt_text(call->checker, VALUE_DATE, &call->args[0]);
    if (status == CRM_OK) status = wants(call, 0, call->args[0]->type.type == VALUE_DATE, "date");
    if (status == CRM_OK) status = wants(call, 1, call->args[1]->type.type == VALUE_INT, "integer");
    if (status != CRM_OK) return status;
    if (!is_unit(call->args[2]))
        return EXPR_FAIL(call->checker->err, CRM_INVALID, expr_argument_unit, call->args[2]->column,
                         STR_NONE);
    return yields(call, VALUE_DATE, call->args[0]->never_nil && call->args[1]->never_nil);
}

static crm_status check_days(struct call *call) {
    crm_status status =
        wants(call, 0, check_is_number(call->args[0]->type.type), "integer, decimal");
    return status == CRM_OK ? yields(call, VALUE_INT, call->args[0]->never_nil) : status;
}

static crm_status check_lower(struct call *call) {
    crm_status status = wants(call, 0, call->args[0]->type.type == VALUE_TEXT, "text");
    return status == CRM_OK ? yields(call, VALUE_TEXT, call->args[0]->never_nil) : status;
}

static crm_status check_tree(struct call *call) {
    call->node->type = (struct expr_type){.type = VALUE_LIST, .item = VALUE_ID};
    return CRM_OK;
}

static crm_status check_arguments(struct call *call) {
    switch ((enum expr_function)call->callee->code) {
    case EXPR_FN_today:
        return yields(call, VALUE_DATE, true);
    case EXPR_FN_now:
        return yields(call, VALUE_TIME, true);
    case EXPR_FN_me:
    case EXPR_FN_my_team:
        return yields(call, VALUE_ID, false);
    case EXPR_FN_my_tree:
        return check_tree(call);
    case EXPR_FN_one_of:
        return check_one_of(call);
    case EXPR_FN_contains:
    case EXPR_FN_starts_with:
        return check_contains(call);
    case EXPR_FN_lower:
        return check_lower(call);
    case EXPR_FN_len:
        return check_len(call);
    case EXPR_FN_abs:
    case EXPR_FN_round:
    case EXPR_FN_floor:
        return check_rounding(call);
    case EXPR_FN_min_of:
    case EXPR_FN_max_of:
        return check_extreme(call);
    case EXPR_FN_coalesce:
        return check_choice(call, 0);
    case EXPR_FN_if_else:
        return check_choice(call, 1);
    case EXPR_FN_day:
    case EXPR_FN_week:
    case EXPR_FN_month:
    case EXPR_FN_quarter:
    case EXPR_FN_year:
        return check_period(call);
    case EXPR_FN_date_add:
        return check_date_add(call);
    case EXPR_FN_days:
        return check_days(call);
    case EXPR_FUNCTION_COUNT:
        break;
    }
    return err_internal(call->checker->err, "expression function %d", call->callee->code);
}

crm_status check_call(struct checker *c, const struct check_callee *callee,
                      const struct expr **args, size_t count, const struct expr **ret) {
    const struct signature *signature = &functions[callee->code];
    struct call call = {.checker = c, .callee = callee, .args = args, .count = count};
    crm_status status = check_argument_count(c, callee, count, signature->from, signature->to);
    if (status == CRM_OK) status = check_node(c, EXPR_CALL, callee->name.column, &call.node);
    if (status == CRM_OK) status = check_arguments(&call);
    if (status != CRM_OK) return status;
    call.node->call.code = callee->code;
    call.node->call.count = (uint16_t)count;
    call.node->call.args = args;
    *ret = call.node;
    return CRM_OK;
}
