/* See figures_key.h. */
#include "record/figures_key.h"

#include "base/buf.h"

enum { FORMULA_DEPTH_MAX = 8 };

/* A key being made. `ok` false: it will be none. */
struct making {
    const struct access *access;
    struct figures_key *key;
    struct buf bytes;
    int depth; /* of formulas in each other */
    bool ok, asks_today;
};

/* An expression is walked twice: for its words and for what it rests on. */
struct walking {
    struct making *m;
    const struct schema_entity *root;
};

static void add_int(struct making *m, int64_t n) { buf_add(&m->bytes, &n, sizeof n); }
static void add_text(struct making *m, struct str s) {
    add_int(m, (int64_t)s.len);
    buf_add_str(&m->bytes, s);
}

/* ---- words ------------------------------------------------------------------------------- */
static void add_literal(struct making *m, const struct value *v) {
    add_int(m, v->type);
    add_int(m, v->entity);
    if (v->type == VALUE_LIST) m->ok = false;
    if (v->type == VALUE_TEXT) add_text(m, v->text);
    if (v->type == VALUE_MONEY) buf_add(&m->bytes, v->currency.code, sizeof v->currency.code);
    if (v->type == VALUE_BOOL)
        add_int(m, v->boolean);
    else if (v->type != VALUE_NIL && v->type != VALUE_TEXT && v->type != VALUE_LIST)
        add_int(m, v->integer);
}

/* Parents come first and say how many follow, so that no two trees have the same words. */
static bool add_node(void *ctx, const struct expr *e) {
    struct making *m = ctx;
    add_int(m, e->op);
    add_int(m, e->type.type);
    if (e->op == EXPR_LITERAL) add_literal(m, &e->literal);
    if (e->op == EXPR_CALL || e->op == EXPR_AGGREGATE) {
        add_int(m, e->call.code);
        add_int(m, e->call.count);
        add_int(m, e->call.condition != NULL);
    }
    if (e->op == EXPR_PATH) add_int(m, e->path.length);
    for (uint8_t i = 0; e->op == EXPR_PATH && i < e->path.length; i++) {
        add_int(m, e->path.step[i].field);
        add_int(m, e->path.step[i].narrowed);
    }
    return m->ok;
}

static void add_expr(struct making *m, const struct expr *e) {
    add_int(m, e != NULL);
    if (e) (void)expr_walk(e, add_node, m);
}

/* ---- what it rests on -------------------------------------------------------------------- */
static void rest_on(struct making *m, const struct schema_entity *e);
static void rest_on_expr(struct making *m, const struct schema_entity *root, const struct expr *e);

static bool rests_on(const struct making *m, int32_t entity) {
    for (size_t i = 0; i < m->key->entity_count; i++)
        if (m->key->entities[i] == entity) return true;
    return false;
}

/* Computed values change with what they are computed from, without a word in the log. */
static void rest_on_field(struct making *m, const struct schema_entity *e,
                          const struct schema_field *f) {
    const struct schema *schema = m->access->schema;
    const struct schema_entity *to = f->type == SCHEMA_FIELD_ROLLUP
                                         ? schema_entity_by_id(schema, f->rollup_entity)
                                     : f->ref_entity ? schema_entity_by_id(schema, f->ref_entity)
                                                     : NULL;
    if (to) rest_on(m, to);
    if (!f->formula && !f->rollup) return;
    if (++m->depth > FORMULA_DEPTH_MAX) m->ok = false;
    if (m->ok && f->formula) rest_on_expr(m, e, f->formula);
    if (m->ok && f->rollup && to) rest_on_expr(m, to, f->rollup);
    m->depth--;
}

static void rest_on_path(struct making *m, const struct schema_entity *root, const struct expr *e) {
    const struct schema_entity *at = root;
    for (uint8_t i = 0; m->ok && at && i < e->path.length; i++) {
        const struct expr_symbol *step = &e->path.step[i];
        const struct schema_field *f = schema_field_by_id(at, step->field);
        if (!f) m->ok = false;
        if (f) rest_on_field(m, at, f);
        int32_t next = step->narrowed ? step->narrowed : step->type.entity;
        at = next ? schema_entity_by_id(m->access->schema, next) : NULL;
        if (at) rest_on(m, at);
        if (!at && i + 1 < e->path.length) m->ok = false;
    }
}

static bool rest_on_node(void *ctx, const struct expr *e) {
    struct walking *w = ctx;
    if (e->op == EXPR_PATH) rest_on_path(w->m, w->root, e);
    if (e->op == EXPR_CALL && e->call.code == EXPR_FN_now) w->m->ok = false;
    if (e->op == EXPR_CALL && e->call.code == EXPR_FN_today) w->m->asks_today = true;
    return w->m->ok;
}

static void rest_on_expr(struct making *m, const struct schema_entity *root, const struct expr *e) {
    struct walking w = {m, root};
    if (e) (void)expr_walk(e, rest_on_node, &w);
}

/* Its records, whom they are shown to, and what they are called. */
static void rest_on(struct making *m, const struct schema_entity *e) {
    const struct schema *schema = m->access->schema;
    if (!m->ok || rests_on(m, e->id)) return;
    if (m->key->entity_count == FIGURES_ENTITIES_MAX) {
        m->ok = false;
        return;
    }
    m->key->entities[m->key->entity_count++] = e->id;
    const struct schema_entity *parent =
        e->is_child ? schema_entity_by_id(schema, e->parent_entity) : NULL;
    const struct schema_field *title = schema_field_at(e, e->title_slot);
    if (parent) rest_on(m, parent);
    if (title) rest_on_field(m, e, title);
    rest_on_expr(m, e, access_rows(m->access, SCHEMA_ACTION_READ, e));
    /* Moves are written beside the record that moves. */
    for (size_t i = 0; e->no_log && i < schema->entity_count; i++)
        if (schema->entities[i].pipeline.present) rest_on(m, &schema->entities[i]);
}

/* ---- the question ------------------------------------------------------------------------ */
static void add_viewer(struct making *m, const struct record_view *v) {
    const struct actor *actor = &m->access->actor;
    const struct store_company *company = &v->company->store;
    add_int(m, m->access->schema->generation);
    add_int(m, actor->user);
    add_int(m, actor->system);
    add_int(m, actor->team);
    add_int(m, actor->language);
    add_text(m, m->access->role ? m->access->role->name : STR_NONE);
    add_int(m, (int64_t)actor->tree_count);
    for (size_t i = 0; i < actor->tree_count; i++)
        add_int(m, actor->tree[i].integer);
    add_text(m, v->company->zone_name);
    buf_add(&m->bytes, company->base_currency.code, sizeof company->base_currency.code);
    add_int(m, company->base_digits);
    add_int(m, company->week_start);
    add_int(m, company->fiscal_month);
}

static void add_question(struct making *m, const struct store_figures *f) {
    const struct store_query *q = &f->query;
    const struct expr *rows = access_rows(q->access, q->action, q->from);
    add_int(m, q->from->id);
    add_int(m, q->action);
    add_int(m, q->trash);
    add_int(m, f->limit);
    add_int(m, (int64_t)f->group_count);
    add_int(m, (int64_t)f->measure_count);
    add_int(m, (int64_t)f->sort_count);
    for (size_t i = 0; i < f->sort_count; i++)
        add_int(m, f->sort[i]);
    add_expr(m, q->where);
    rest_on(m, q->from);
    rest_on_expr(m, q->from, rows);
    rest_on_expr(m, q->from, q->where);
    for (size_t i = 0; i < f->group_count; i++) {
        add_expr(m, f->group[i]);
        rest_on_expr(m, q->from, f->group[i]);
    }
    for (size_t i = 0; i < f->measure_count; i++) {
        add_expr(m, f->measures[i]);
        rest_on_expr(m, q->from, f->measures[i]);
    }
}

bool figures_key_make(const struct record_view *v, const struct store_figures *f,
                      struct figures_key *ret) {
    struct making m = {.access = f->query.access, .key = ret, .ok = true};
    ret->entity_count = 0;
    buf_init(&m.bytes, FIGURES_KEY_MAX_BYTES);
    add_viewer(&m, v);
    add_question(&m, f);
    if (m.asks_today) add_int(&m, zone_date(v->company->store.zone, f->query.now_ms));
    struct str bytes = buf_str(&m.bytes);
    if (m.ok && m.bytes.status == CRM_OK) ret->bytes = arena_str(v->arena, bytes);
    m.ok = m.ok && m.bytes.status == CRM_OK && ret->bytes.ptr;
    buf_fini(&m.bytes);
    return m.ok;
}
