/* Functions of texts, dates and choices as SQL. */
#include "base/unicode.h"
#include "store/expr_sql_emit.h"

/* "function(" by dialect: ours live in the schema of the store on PostgreSQL. */
static void open_call(struct emit *x, const char *function) {
    emit_either(x, "", "perigee.");
    sql_add(x->sql, function);
    sql_add(x->sql, "(");
}

enum { CONCAT_MAX = 90 };

/* ---- texts -------------------------------------------------------------------------------- */
static crm_status add_folded(struct emit *x, const struct expr *e) {
    if (e->op == EXPR_PATH) return emit_path(x, e, EXPR_SQL_FOLDED);
    open_call(x, "crm_fold");
    crm_status status = emit_value(x, e);
    sql_add(x->sql, ")");
    return status;
}

/* What is looked for: known and folded, or an expression. */
struct needle {
    struct emit *emit;
    const struct expr *expr; /* NULL when known */
    struct str folded;
    bool starts;
    bool plain; /* the text is a column: naming it twice costs nothing */
};

/* The least text above all that begin with `prefix`, in byte order: its last byte one higher. False
 * where that would not be UTF-8. */
static bool next_prefix(struct arena *a, struct str prefix, struct str *ret) {
    unsigned char last = (unsigned char)prefix.ptr[prefix.len - 1];
    if (last == 0x7F || last == 0xBF) return false;
    char *text = arena_cstr(a, prefix);
    if (!text) return false;
    text[prefix.len - 1] = (char)(last + 1);
    *ret = str_make(text, prefix.len);
    return true;
}

static crm_status add_range(struct needle *n, const char *text, struct str past) {
    struct emit *x = n->emit;
    sql_add(x->sql, "(");
    sql_add(x->sql, text);
    emit_either(x, " >= ", " COLLATE \"C\" >= ");
    sql_param(x->sql, store_text(n->folded));
    sql_add(x->sql, " AND ");
    sql_add(x->sql, text);
    emit_either(x, " < ", " COLLATE \"C\" < ");
    sql_param(x->sql, store_text(past));
    sql_add(x->sql, ")");
    return CRM_OK;
}

static crm_status add_needle(struct needle *n) {
    if (n->expr) return add_folded(n->emit, n->expr);
    sql_param(n->emit->sql, store_text(n->folded));
    return CRM_OK;
}

/* The condition on a folded text that stands in SQL as `text`. */
static crm_status find_in(struct needle *n, const char *text) {
    struct emit *x = n->emit;
    struct str past;
    crm_status status;
    if (n->starts && n->plain && !n->expr && n->folded.len &&
        next_prefix(x->sql->arena, n->folded, &past))
        return add_range(n, text, past);
    if (!n->starts) {
        emit_either(x, "(instr(", "(strpos(");
        sql_add(x->sql, text);
        sql_add(x->sql, ", ");
        status = add_needle(n);
        sql_add(x->sql, ") > 0)");
        return status;
    }
    emit_either(x, "crm_starts_with(", "starts_with(");
    sql_add(x->sql, text);
    sql_add(x->sql, ", ");
    status = add_needle(n);
    sql_add(x->sql, ")");
    return status;
}

static crm_status find_in_item(void *ctx, struct sql *s, const char *item_column, struct err *err) {
    (void)s, (void)err;
    return find_in(ctx, item_column);
}

/* The folded text written once, as SQL of its own. */
static crm_status folded_sql(struct emit *x, const struct expr *e, const char **ret) {
    struct buf *text = &x->sql->text;
    size_t before = text->len;
    crm_status status = add_folded(x, e);
    if (status == CRM_OK) status = sql_status(x->sql, x->err);
    if (status != CRM_OK) return status;
    *ret = arena_cstr(x->sql->arena, str_make(text->ptr + before, text->len - before));
    text->len = before;
    text->ptr[before] = '\0';
    return *ret ? CRM_OK : err_no_memory(x->err);
}

static crm_status needle_init(struct emit *x, const struct expr *call, struct needle *ret,
                              bool *ret_nil) {
    struct operand part;
    crm_status status = emit_operand(x, call->call.args[1], &part);
    if (status != CRM_OK) return status;
    *ret = (struct needle){.emit = x,
                           .starts = call->call.code == EXPR_FN_starts_with,
                           .plain = call->call.args[0]->op == EXPR_PATH};
    *ret_nil = part.known && part.value.type == VALUE_NIL;
    if (!part.known) ret->expr = part.expr;
    if (!part.known || *ret_nil) return CRM_OK;
    ret->folded = fold_text_arena(x->sql->arena, part.value.text);
    return ret->folded.ptr ? CRM_OK : err_no_memory(x->err);
}

crm_status emit_finding(struct emit *x, const struct expr *e, enum emit_sureness sureness) {
    const struct expr *in = e->call.args[0];
    const struct expr_sql_context *context = x->context;
    struct needle needle;
    bool nil;
    crm_status status = needle_init(x, e, &needle, &nil);
    if (status != CRM_OK) return status;
    if (nil) {
        sql_add(x->sql, "FALSE");
        return CRM_OK;
    }
    if (in->type.type == VALUE_LIST && in->op == EXPR_PATH)
        return context->many(context->ctx, x->sql, in, EXPR_SQL_FOLDED, find_in_item, &needle,
                             x->err);
    const char *text;
    sql_add(x->sql, "(");
    if ((status = folded_sql(x, in, &text)) == CRM_OK) status = find_in(&needle, text);
    sql_add(x->sql, sureness == EMIT_EXACT ? ") IS TRUE" : ")");
    return status;
}

static crm_status add_text_form(struct emit *x, const struct expr *e) {
    enum value_type type = e->type.type;
    const char *sqlite = type == VALUE_DECIMAL ? "crm_decimal_text("
                         : type == VALUE_DATE  ? "crm_date_text("
                                               : "CAST(";
    const char *postgres = type == VALUE_DECIMAL ? "perigee.crm_decimal_text("
                           : type == VALUE_DATE  ? "perigee.crm_date_text("
                                                 : "(";
    if (type == VALUE_TEXT || type == VALUE_NIL) {
        sql_add(x->sql, "(");
        crm_status status = emit_value(x, e);
        emit_either(x, ")", ")::text");
        return status;
    }
    emit_either(x, sqlite, postgres);
    crm_status status = emit_value(x, e);
    if (type == VALUE_INT)
        emit_either(x, " AS TEXT)", ")::text");
    else
        sql_add(x->sql, ")");
    return status;
}

/* a .. (b .. c) as crm_concat(a, b, c), in calls of as many texts as SQLite takes. */
crm_status emit_concat(struct emit *x, const struct expr *e) {
    const char *between = emit_is_postgres(x) ? " || " : ", ";
    int texts = 1;
    open_call(x, "crm_concat");
    crm_status status = add_text_form(x, e->pair.left);
    for (; status == CRM_OK && texts < CONCAT_MAX && e->pair.right->op == EXPR_CONCAT; texts++) {
        e = e->pair.right;
        sql_add(x->sql, between);
        status = add_text_form(x, e->pair.left);
    }
    sql_add(x->sql, between);
    if (status == CRM_OK) status = add_text_form(x, e->pair.right);
    sql_add(x->sql, ")");
    return status;
}

static crm_status add_len(struct emit *x, const struct expr *e) {
    const struct expr *of = e->call.args[0];
    if (of->type.type == VALUE_LIST)
        return x->context->many_count(x->context->ctx, x->sql, of, x->err);
    emit_either(x, "length(", "char_length(");
    crm_status status = emit_value(x, of);
    emit_either(x, ")", ")::bigint");
    return status;
}

/* ---- dates -------------------------------------------------------------------------------- */
/* The zone's changes as two array parameters; SQLite's functions ask the connection's zone. */
static crm_status add_zone(struct emit *x) {
    struct arena *a = x->sql->arena;
    const struct zone *zone = x->env.zone;
    size_t count = zone ? zone_change_count(zone) : 1;
    BUF_CLEANUP struct buf from;
    BUF_CLEANUP struct buf offsets;
    buf_init(&from, 1 << 18);
    buf_init(&offsets, 1 << 18);
    for (size_t i = 0; i < count; i++) {
        struct zone_change change =
            zone ? zone_change_at(zone, i) : (struct zone_change){.from_ms = INT64_MIN};
        buf_add_char(&from, i ? ',' : '{');
        buf_add_int64(&from, change.from_ms);
        buf_add_char(&offsets, i ? ',' : '{');
        buf_add_int64(&offsets, change.offset_ms);
    }
    buf_add_char(&from, '}');
    buf_add_char(&offsets, '}');
    struct str one = arena_str(a, buf_str(&from)), other = arena_str(a, buf_str(&offsets));
    if (from.status != CRM_OK || offsets.status != CRM_OK || !one.ptr || !other.ptr)
        return err_no_memory(x->err);
    sql_add(x->sql, ", ");
    sql_param(x->sql, store_text(one));
    sql_add(x->sql, "::bigint[], ");
    sql_param(x->sql, store_text(other));
    sql_add(x->sql, "::bigint[]");
    return CRM_OK;
}

crm_status emit_zone_call(struct emit *x, const char *function, const struct expr *argument) {
    open_call(x, function);
    crm_status status = emit_value(x, argument);
    if (status == CRM_OK && emit_is_postgres(x)) status = add_zone(x);
    sql_add(x->sql, ")");
    return status;
}

static crm_status add_period(struct emit *x, const struct expr *e) {
    const struct expr *of = e->call.args[0];
    open_call(x, "crm_period");
    crm_status status =
        of->type.type == VALUE_TIME ? emit_zone_call(x, "crm_local_date", of) : emit_value(x, of);
    sql_printf(x->sql, ", %d, %d, %d)", e->call.code - EXPR_FN_day, x->env.week_start,
               x->env.fiscal_month);
    return status;
}

static int unit_number(const struct expr *e) {
    int code = EXPR_FN_day;
    while (code < EXPR_FN_year &&
           !str_is(e->literal.text, expr_function_name((enum expr_function)code)))
        code++;
    return code - EXPR_FN_day;
}

static crm_status add_date_add(struct emit *x, const struct expr *e) {
    open_call(x, "crm_date_add");
    crm_status status = emit_value(x, e->call.args[0]);
    sql_add(x->sql, ", ");
    if (status == CRM_OK) status = emit_value(x, e->call.args[1]);
    sql_printf(x->sql, ", %d)", unit_number(e->call.args[2]));
    return status;
}

/* ---- choices ------------------------------------------------------------------------------ */
static crm_status add_list(struct emit *x, const char *before, const struct expr *e,
                           const char *collation) {
    crm_status status = CRM_OK;
    sql_add(x->sql, before);
    for (size_t i = 0; status == CRM_OK && i < e->call.count; i++) {
        if (i > 0) sql_add(x->sql, ", ");
        status = emit_value(x, e->call.args[i]);
        sql_add(x->sql, collation);
    }
    sql_add(x->sql, ")");
    return status;
}

static crm_status add_extreme(struct emit *x, const struct expr *e) {
    bool least = e->call.code == EXPR_FN_min_of, postgres = emit_is_postgres(x);
    const char *collation = postgres && e->type.type == VALUE_TEXT ? " COLLATE \"C\"" : "";
    const char *name = postgres ? (least ? "LEAST(" : "GREATEST(")
                       : least  ? "crm_min("
                                : "crm_max(";
    return add_list(x, name, e, collation);
}

static crm_status add_if(struct emit *x, const struct expr *e) {
    crm_status status = CRM_OK;
    sql_add(x->sql, "CASE");
    for (; status == CRM_OK && emit_is_if(e) && expr_has_path(e); e = e->call.args[2]) {
        sql_add(x->sql, " WHEN ");
        status = emit_condition(x, e->call.args[0], EMIT_LOOSE);
        sql_add(x->sql, " THEN ");
        if (status == CRM_OK) status = emit_value(x, e->call.args[1]);
    }
    sql_add(x->sql, " ELSE ");
    if (status == CRM_OK) status = emit_value(x, e);
    sql_add(x->sql, " END");
    return status;
}

crm_status emit_call(struct emit *x, const struct expr *e) {
    switch ((enum expr_function)e->call.code) {
    case EXPR_FN_lower:
        return add_folded(x, e->call.args[0]);
    case EXPR_FN_len:
        return add_len(x, e);
    case EXPR_FN_abs:
    case EXPR_FN_round:
    case EXPR_FN_floor:
        return emit_rounding(x, e);
    case EXPR_FN_min_of:
    case EXPR_FN_max_of:
        return add_extreme(x, e);
    case EXPR_FN_coalesce:
        return add_list(x, "COALESCE(", e, "");
    case EXPR_FN_if_else:
        return add_if(x, e);
    case EXPR_FN_day:
    case EXPR_FN_week:
    case EXPR_FN_month:
    case EXPR_FN_quarter:
    case EXPR_FN_year:
        return add_period(x, e);
    case EXPR_FN_date_add:
        return add_date_add(x, e);
    case EXPR_FN_days:
        return emit_days(x, e);
    default:
        return err_internal(x->err, "column %u: expression function %d in SQL", e->column,
                            e->call.code);
    }
}
