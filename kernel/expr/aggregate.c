/* Running aggregates of one group: sums in 128 bits, extremes, distinct sets and the values that
 * percentiles need. Money goes by its base amount. Everything lives in the caller's arena. */
#include <stdlib.h>

#include "expr/aggregate_set.h"
#include "expr/eval.h"

struct state {
    const struct expr *node;
    int64_t count; /* records counted; extremes: values seen */
    union {
        struct wide_sum sum;
        struct {
            int64_t number;
            char *text; /* arena, text_capacity bytes, reused by the next extreme */
            size_t text_len, text_capacity;
        } extreme;
        struct aggregate_set distinct;
        struct {
            int64_t *items;
            size_t count, capacity;
        } values;
    };
};

struct expr_group {
    const struct expr *const *measures; /* borrowed */
    size_t measure_count, state_count;
    struct state states[];
};

struct collector {
    const struct expr **nodes;
    size_t count, max;
};

static bool collect(void *ctx, const struct expr *e) {
    struct collector *c = ctx;
    if (e->op != EXPR_AGGREGATE) return true;
    if (c->count < c->max) c->nodes[c->count] = e;
    c->count++;
    return true;
}

size_t expr_group_aggregates(const struct expr *const *measures, size_t count,
                             const struct expr **ret_aggregates, size_t max) {
    struct collector c = {.nodes = ret_aggregates, .max = max};
    for (size_t i = 0; i < count; i++)
        expr_walk(measures[i], collect, &c);
    return c.count;
}

size_t expr_group_bytes(const struct expr *const *measures, size_t count) {
    return sizeof(struct expr_group) +
           expr_group_aggregates(measures, count, NULL, 0) * sizeof(struct state);
}

static bool add_state(void *ctx, const struct expr *e) {
    struct expr_group *g = ctx;
    if (e->op == EXPR_AGGREGATE) g->states[g->state_count++].node = e;
    return true;
}

struct expr_group *expr_group_new(struct arena *a, const struct expr *const *measures,
                                  size_t count) {
    struct expr_group *g = arena_alloc(a, expr_group_bytes(measures, count));
    if (!g) return NULL;
    g->measures = measures;
    g->measure_count = count;
    for (size_t i = 0; i < count; i++)
        expr_walk(measures[i], add_state, g);
    return g;
}

/* The number behind a value; false for nil and money without a base. */
static bool number_of(const struct value *v, int64_t *ret) {
    if (v->type == VALUE_NIL || (v->type == VALUE_MONEY && !v->has_base)) return false;
    if (v->type == VALUE_MONEY)
        *ret = v->base;
    else if (v->type == VALUE_BOOL)
        *ret = v->boolean;
    else
        *ret = v->integer;
    return true;
}

static crm_status keep_text(struct state *s, struct arena *a, struct str text, struct err *err) {
    if (text.len > s->extreme.text_capacity || !s->extreme.text) {
        size_t capacity = text.len < 32 ? 32 : text.len * 2;
        s->extreme.text = arena_alloc(a, capacity);
        if (!s->extreme.text) return err_no_memory(err);
        s->extreme.text_capacity = capacity;
    }
    if (text.len) memcpy(s->extreme.text, text.ptr, text.len);
    s->extreme.text_len = text.len;
    return CRM_OK;
}

static crm_status add_extreme(struct state *s, struct arena *a, const struct value *v,
                              struct err *err) {
    int64_t n = 0;
    int order;
    if (v->type != VALUE_TEXT && !number_of(v, &n)) return CRM_OK;
    if (v->type == VALUE_TEXT)
        order = str_compare(v->text, str_make(s->extreme.text, s->extreme.text_len));
    else
        order = (n > s->extreme.number) - (n < s->extreme.number);
    bool first = s->count++ == 0;
    if (!first && (s->node->call.code == EXPR_AGG_min ? order >= 0 : order <= 0)) return CRM_OK;
    s->extreme.number = n;
    return v->type == VALUE_TEXT ? keep_text(s, a, v->text, err) : CRM_OK;
}

static crm_status add_distinct(struct state *s, struct arena *a, const struct value *v,
                               struct err *err) {
    int64_t n;
    if (v->type == VALUE_TEXT)
        return aggregate_set_add_text(&s->distinct, a, v->text) ? CRM_OK : err_no_memory(err);
    if (!number_of(v, &n)) return CRM_OK;
    return aggregate_set_add(&s->distinct, a, n) ? CRM_OK : err_no_memory(err);
}

static crm_status add_value(struct state *s, struct arena *a, int64_t n, struct err *err) {
    int64_t *grown = arena_grow(a, s->values.items, s->values.count, &s->values.capacity, sizeof n);
    if (!grown) return err_no_memory(err);
    s->values.items = grown;
    s->values.items[s->values.count++] = n;
    return CRM_OK;
}

crm_status expr_group_add(struct expr_group *g, struct arena *a, size_t aggregate,
                          const struct value *value, bool condition, struct err *err) {
    int64_t n;
    if (aggregate >= g->state_count)
        return err_internal(err, "aggregate %zu of %zu", aggregate, g->state_count);
    struct state *s = &g->states[aggregate];
    if (!condition) return CRM_OK;
    switch ((enum expr_aggregate)s->node->call.code) {
    case EXPR_AGG_count:
        s->count++;
        return CRM_OK;
    case EXPR_AGG_count_distinct:
        return add_distinct(s, a, value, err);
    case EXPR_AGG_sum:
    case EXPR_AGG_avg:
        if (number_of(value, &n)) wide_sum_add(&s->sum, n);
        return CRM_OK;
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        return add_extreme(s, a, value, err);
    case EXPR_AGG_median:
    case EXPR_AGG_percentile:
        return number_of(value, &n) ? add_value(s, a, n, err) : CRM_OK;
    case EXPR_AGGREGATE_COUNT:
        break;
    }
    return err_internal(err, "aggregate function %d", s->node->call.code);
}

crm_status expr_group_merge(struct expr_group *g, struct arena *a, size_t aggregate,
                            const struct expr_partial *partial, struct err *err) {
    if (aggregate >= g->state_count)
        return err_internal(err, "aggregate %zu of %zu", aggregate, g->state_count);
    struct state *s = &g->states[aggregate];
    switch ((enum expr_aggregate)s->node->call.code) {
    case EXPR_AGG_count:
        s->count += partial->count;
        return CRM_OK;
    case EXPR_AGG_sum:
    case EXPR_AGG_avg:
        s->sum.total += partial->total;
        s->sum.count += partial->count;
        return CRM_OK;
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        return add_extreme(s, a, &partial->extreme, err);
    default:
        return err_internal(err, "aggregate function %d in parts", s->node->call.code);
    }
}

static struct value result(const struct evaluation *x, const struct expr *e, int64_t n) {
    if (e->type.type == VALUE_MONEY) return eval_base_money(x, n);
    return (struct value){.type = e->type.type, .integer = n};
}

static crm_status get_average(const struct evaluation *x, const struct state *s,
                              struct value *ret) {
    int64_t n, scale = s->node->call.args[0]->type.type == VALUE_INT ? DECIMAL_ONE : 1;
    if (s->sum.count == 0) return CRM_OK;
    if (!wide_sum_average(&s->sum, scale, &n)) return eval_overflow(x, s->node);
    *ret = result(x, s->node, n);
    return CRM_OK;
}

static crm_status get_sum(const struct evaluation *x, const struct state *s, struct value *ret) {
    int64_t n;
    if (!wide_sum_get(&s->sum, &n)) return eval_overflow(x, s->node);
    *ret = result(x, s->node, n);
    return CRM_OK;
}

static void get_extreme(const struct evaluation *x, const struct state *s, struct value *ret) {
    if (s->count == 0) return;
    if (s->node->type.type == VALUE_TEXT)
        *ret = value_text(str_make(s->extreme.text, s->extreme.text_len));
    else
        *ret = result(x, s->node, s->extreme.number);
}

static int by_size(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Between the two values around (count - 1) * share, linearly, as a wide sum over a million. */
static crm_status get_percentile(const struct evaluation *x, struct state *s, struct value *ret) {
    const struct expr *e = s->node;
    size_t count = s->values.count;
    if (count == 0) return CRM_OK;
    qsort(s->values.items, count, sizeof *s->values.items, by_size);
    int64_t share =
        e->call.code == EXPR_AGG_median ? DECIMAL_ONE / 2 : e->call.args[1]->literal.integer;
    __int128 at = (__int128)(count - 1) * share;
    size_t below = (size_t)(at / DECIMAL_ONE);
    int64_t part = (int64_t)(at % DECIMAL_ONE), low = s->values.items[below], n;
    int64_t high = s->values.items[part ? below + 1 : below];
    struct wide_sum between = {.total =
                                   (__int128)low * (DECIMAL_ONE - part) + (__int128)high * part,
                               .count = DECIMAL_ONE};
    int64_t scale = e->call.args[0]->type.type == VALUE_INT ? DECIMAL_ONE : 1;
    if (!wide_sum_average(&between, scale, &n)) return eval_overflow(x, e);
    *ret = result(x, e, n);
    return CRM_OK;
}

crm_status eval_aggregate(const struct evaluation *x, const struct expr *e, struct value *ret) {
    struct state *s = NULL;
    for (size_t i = 0; x->group && !s && i < x->group->state_count; i++)
        if (x->group->states[i].node == e) s = &x->group->states[i];
    if (!s) return err_internal(x->err, "column %u: an aggregate without a group", e->column);
    *ret = VALUE_OF_NIL;
    switch ((enum expr_aggregate)e->call.code) {
    case EXPR_AGG_count:
        *ret = value_int(s->count);
        return CRM_OK;
    case EXPR_AGG_count_distinct:
        *ret = value_int((int64_t)s->distinct.count);
        return CRM_OK;
    case EXPR_AGG_sum:
        return get_sum(x, s, ret);
    case EXPR_AGG_avg:
        return get_average(x, s, ret);
    case EXPR_AGG_min:
    case EXPR_AGG_max:
        get_extreme(x, s, ret);
        return CRM_OK;
    case EXPR_AGG_median:
    case EXPR_AGG_percentile:
        return get_percentile(x, s, ret);
    case EXPR_AGGREGATE_COUNT:
        break;
    }
    return err_internal(x->err, "aggregate function %d", e->call.code);
}

crm_status expr_group_get(struct expr_group *g, size_t measure, const struct expr_env *env,
                          struct value *ret, struct err *err) {
    struct evaluation x = {.env = env, .err = err, .group = g};
    struct value v;
    if (measure >= g->measure_count)
        return err_internal(err, "measure %zu of %zu", measure, g->measure_count);
    crm_status status = eval_tree(&x, g->measures[measure], &v);
    if (status == CRM_OK) *ret = v;
    return status;
}
