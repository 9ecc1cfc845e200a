/* The parser: precedence climbing over Lua's operators. Nodes are typed as they are made (check.h).
 */
#include "base/unicode.h"
#include "expr/check.h"
#include "expr/lex.h"

struct parser {
    struct lexer lexer;
    struct token token; /* the one at hand */
    struct checker check;
    int depth;
};

struct operator_rule {
    enum token_type token;
    enum expr_op op;
    int binds;  /* tighter is higher */
    bool right; /* associates to the right */
};

enum { BINDS_ANY = 1, BINDS_PREFIX = 7 };
static const struct operator_rule operators[] = {
    {TOKEN_OR, EXPR_OR, 1, false},        {TOKEN_AND, EXPR_AND, 2, false},
    {TOKEN_EQ, EXPR_EQ, 3, false},        {TOKEN_NE, EXPR_NE, 3, false},
    {TOKEN_LT, EXPR_LT, 3, false},        {TOKEN_LE, EXPR_LE, 3, false},
    {TOKEN_GT, EXPR_GT, 3, false},        {TOKEN_GE, EXPR_GE, 3, false},
    {TOKEN_CONCAT, EXPR_CONCAT, 4, true}, {TOKEN_ADD, EXPR_ADD, 5, false},
    {TOKEN_SUB, EXPR_SUB, 5, false},      {TOKEN_MUL, EXPR_MUL, 6, false},
    {TOKEN_DIV, EXPR_DIV, 6, false},
};

static crm_status parse_any(struct parser *p, int binds, const struct expr **ret);

static crm_status next(struct parser *p) { return lexer_next(&p->lexer, &p->token); }

static const struct operator_rule *operator_at(const struct parser *p) {
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (operators[i].token == p->token.type) return &operators[i];
    return NULL;
}

static crm_status enter(struct parser *p) {
    char room[24];
    if (++p->depth <= EXPR_MAX_DEPTH) return CRM_OK;
    return EXPR_FAIL(p->check.err, CRM_INVALID, expr_too_deep, p->token.column,
                     expr_number_word(EXPR_MAX_DEPTH, room));
}

static crm_status close_parenthesis(struct parser *p, uint32_t opened) {
    char room[24];
    if (p->token.type == TOKEN_CLOSE) return next(p);
    if (p->token.type == TOKEN_END)
        return EXPR_FAIL(p->check.err, CRM_INVALID, expr_close_missing, opened, STR_NONE);
    return EXPR_FAIL(p->check.err, CRM_INVALID, expr_close_wanted, p->token.column, p->token.text,
                     expr_number_word(opened, room));
}

static crm_status parse_group(struct parser *p, const struct expr **ret) {
    uint32_t opened = p->token.column;
    crm_status status = enter(p);
    if (status == CRM_OK) status = next(p);
    if (status == CRM_OK) status = parse_any(p, BINDS_ANY, ret);
    if (status == CRM_OK) status = close_parenthesis(p, opened);
    p->depth--;
    return status;
}

/* Behind the opening parenthesis, up to the closing one. */
static crm_status parse_arguments(struct parser *p, const struct expr ***ret_args,
                                  size_t *ret_count) {
    size_t capacity = 0;
    const struct expr **args = NULL;
    *ret_count = 0;
    while (p->token.type != TOKEN_CLOSE || *ret_count > 0) {
        void *grown = arena_grow(p->check.arena, args, *ret_count, &capacity, sizeof *args);
        if (!grown) return err_no_memory(p->check.err);
        args = grown;
        crm_status status = parse_any(p, BINDS_ANY, &args[*ret_count]);
        if (status != CRM_OK) return status;
        ++*ret_count;
        if (p->token.type != TOKEN_COMMA) break;
        if ((status = next(p)) != CRM_OK) return status;
    }
    *ret_args = args;
    return CRM_OK;
}

/* ---- kept conditions ------------------------------------------------------------------------ */

static crm_status parse_to_end(struct parser *p, const struct expr **ret);

/* `text` in place of the call at hand: a parser of its own with the same checker, one level deeper,
 * so that what refers to itself ends at the limits. */
static crm_status parse_kept(struct parser *p, struct check_name name, struct str text,
                             const struct expr **ret) {
    char found[24], most[24];
    if (text.len > EXPR_MAX_BYTES)
        return EXPR_FAIL(p->check.err, CRM_INVALID, expr_too_long, name.column,
                         expr_number_word(text.len, found), expr_number_word(EXPR_MAX_BYTES, most));
    struct parser inner = {
        .lexer = {.arena = p->check.arena, .text = text, .column = 1, .err = p->check.err},
        .check = p->check,
        .depth = p->depth,
    };
    const struct expr *tree, *opposite;
    crm_status status = parse_to_end(&inner, &tree);
    p->check = inner.check;
    if (status != CRM_OK) {
        err_at(p->check.err, "in_segment(\"%.*s\")", STR_ARG(name.text));
        return status;
    }
    if (tree->type.type != VALUE_BOOL || !tree->never_nil) {
        status = check_unary(&p->check, EXPR_NOT, name.column, tree, &opposite);
        if (status == CRM_OK)
            status = check_unary(&p->check, EXPR_NOT, name.column, opposite, &tree);
    }
    if (status == CRM_OK) *ret = tree;
    return status;
}

static crm_status find_kept(struct parser *p, struct check_name name, struct str *ret) {
    const struct expr_scope *scope = p->check.scope;
    struct err *err = p->check.err;
    char room[24];
    if (!scope->kept)
        return EXPR_FAIL(err, CRM_INVALID, expr_kept_elsewhere, name.column, STR_NONE);
    if (++p->check.kept > EXPR_MAX_KEPT)
        return EXPR_FAIL(err, CRM_INVALID, expr_kept_many, name.column,
                         expr_number_word(EXPR_MAX_KEPT, room));
    crm_status status = scope->kept(scope->kept_ctx, p->check.arena, name.text, ret, err);
    if (status == CRM_NOT_FOUND)
        return EXPR_FAIL(err, CRM_INVALID, expr_kept_unknown, name.column, name.text);
    if (status == CRM_CONFLICT)
        return EXPR_FAIL(err, CRM_INVALID, expr_kept_several, name.column, name.text);
    return status;
}

/* in_segment("name"), the opening parenthesis at hand. */
static crm_status parse_in_segment(struct parser *p, const struct expr **ret) {
    uint32_t opened = p->token.column;
    struct str text;
    crm_status status = enter(p);
    if (status == CRM_OK) status = next(p);
    if (status == CRM_OK && (p->token.type != TOKEN_LITERAL || p->token.value.type != VALUE_TEXT))
        status = EXPR_FAIL(p->check.err, CRM_INVALID, expr_kept_name, p->token.column, STR_NONE);
    if (status != CRM_OK) return status;
    struct check_name name = {p->token.value.text, p->token.column};
    if ((status = next(p)) == CRM_OK) status = close_parenthesis(p, opened);
    if (status == CRM_OK) status = find_kept(p, name, &text);
    if (status == CRM_OK) status = parse_kept(p, name, text, ret);
    p->depth--;
    return status;
}

static crm_status parse_call(struct parser *p, struct check_name name, const struct expr **ret) {
    if (str_is(name.text, "in_segment")) return parse_in_segment(p, ret);
    struct check_callee callee;
    const struct expr **args = NULL;
    size_t count = 0;
    uint32_t opened = p->token.column;
    crm_status status = check_callee_find(&p->check, name, &callee);
    if (status == CRM_OK) status = enter(p);
    if (status == CRM_OK) status = next(p);
    if (status != CRM_OK) return status;
    p->check.in_aggregate |= callee.aggregate;
    status = parse_arguments(p, &args, &count);
    if (callee.aggregate) p->check.in_aggregate = false;
    if (status == CRM_OK) status = close_parenthesis(p, opened);
    p->depth--;
    if (status != CRM_OK) return status;
    return callee.aggregate ? check_aggregate(&p->check, &callee, args, count, ret)
                            : check_call(&p->check, &callee, args, count, ret);
}

static crm_status parse_name(struct parser *p, const struct expr **ret) {
    struct check_name names[EXPR_PATH_MAX] = {{p->token.text, p->token.column}};
    size_t count = 1;
    char room[24];
    crm_status status = next(p);
    if (status == CRM_OK && p->token.type == TOKEN_OPEN) return parse_call(p, names[0], ret);
    while (status == CRM_OK && p->token.type == TOKEN_POINT) {
        if ((status = next(p)) != CRM_OK) break;
        if (p->token.type == TOKEN_END)
            return EXPR_FAIL(p->check.err, CRM_INVALID, expr_ended, p->token.column, STR_NONE);
        if (p->token.type != TOKEN_NAME)
            return EXPR_FAIL(p->check.err, CRM_INVALID, expr_name_wanted, p->token.column,
                             p->token.text);
        if (count == EXPR_PATH_MAX)
            return EXPR_FAIL(p->check.err, CRM_INVALID, expr_path_long, names[0].column,
                             expr_number_word(EXPR_PATH_MAX, room));
        names[count++] = (struct check_name){p->token.text, p->token.column};
        status = next(p);
    }
    return status == CRM_OK ? check_path(&p->check, names, count, ret) : status;
}

static crm_status parse_value(struct parser *p, const struct expr **ret) {
    struct token at = p->token;
    crm_status status;
    switch (at.type) {
    case TOKEN_LITERAL:
        status = next(p);
        return status == CRM_OK ? check_literal(&p->check, at.value, at.column, ret) : status;
    case TOKEN_NAME:
        return parse_name(p, ret);
    case TOKEN_OPEN:
        return parse_group(p, ret);
    case TOKEN_END:
        return EXPR_FAIL(p->check.err, CRM_INVALID, expr_ended, at.column, STR_NONE);
    default:
        return EXPR_FAIL(p->check.err, CRM_INVALID, expr_value_wanted, at.column, at.text);
    }
}

static crm_status parse_prefix(struct parser *p, const struct expr **ret) {
    if (p->token.type != TOKEN_NOT && p->token.type != TOKEN_SUB) return parse_value(p, ret);
    enum expr_op op = p->token.type == TOKEN_NOT ? EXPR_NOT : EXPR_NEGATE;
    uint32_t column = p->token.column;
    const struct expr *operand;
    crm_status status = enter(p);
    if (status == CRM_OK) status = next(p);
    if (status == CRM_OK) status = parse_any(p, BINDS_PREFIX, &operand);
    p->depth--;
    return status == CRM_OK ? check_unary(&p->check, op, column, operand, ret) : status;
}

static crm_status parse_any(struct parser *p, int binds, const struct expr **ret) {
    struct check_pair pair;
    crm_status status = parse_prefix(p, &pair.left);
    const struct operator_rule *rule;
    while (status == CRM_OK && (rule = operator_at(p)) != NULL && rule->binds >= binds) {
        uint32_t column = p->token.column;
        if ((status = next(p)) != CRM_OK) return status;
        status = parse_any(p, rule->right ? rule->binds : rule->binds + 1, &pair.right);
        if (status == CRM_OK) status = check_binary(&p->check, rule->op, column, pair, &pair.left);
    }
    if (status == CRM_OK) *ret = pair.left;
    return status;
}

static crm_status parse_to_end(struct parser *p, const struct expr **ret) {
    crm_status status = next(p);
    if (status != CRM_OK) return status;
    if (p->token.type == TOKEN_END)
        return EXPR_FAIL(p->check.err, CRM_INVALID, expr_empty, 1, STR_NONE);
    status = parse_any(p, BINDS_ANY, ret);
    if (status == CRM_OK && p->token.type != TOKEN_END)
        return EXPR_FAIL(p->check.err, CRM_INVALID, expr_operator_wanted, p->token.column,
                         p->token.text);
    return status;
}

crm_status expr_parse(struct arena *a, struct str text, const struct expr_scope *scope,
                      enum expr_mode mode, const struct expr **ret, struct err *err) {
    char found[24], most[24];
    if (text.len > EXPR_MAX_BYTES)
        return EXPR_FAIL(err, CRM_INVALID, expr_too_long, 1, expr_number_word(text.len, found),
                         expr_number_word(EXPR_MAX_BYTES, most));
    if (!utf8_valid(text)) return EXPR_FAIL(err, CRM_INVALID, expr_not_utf8, 1, STR_NONE);
    struct str copy = arena_str(a, text);
    if (!copy.ptr) return err_no_memory(err);
    struct parser p = {
        .lexer = {.arena = a, .text = copy, .column = 1, .err = err},
        .check = {.arena = a, .scope = scope, .mode = mode, .err = err},
    };
    const struct expr *tree;
    crm_status status = parse_to_end(&p, &tree);
    if (status == CRM_OK) *ret = tree;
    return status;
}
