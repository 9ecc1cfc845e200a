/* Rows of scripts made by people. See made.h. */
#include "module/made.h"

#include "base/json.h"
#include "module/kernel_state.h"
#include "module/loader.h"
#include "module/messages.h"
#include "store/sys_tables.h"

enum { WRITE_BYTES = 8 << 20 };
static const struct str kind_in_force = {"script", 6}, kind_draft = {"script draft", 12},
                        version_owner = {"script version", 14};
static const struct json_limits row_limits = {8 << 20, 4, 100};

bool made_name(struct str owner, struct str *ret_name) {
    static const struct str prefix = {"scripts/", 8};
    if (!str_starts_with(owner, prefix)) return false;
    *ret_name = str_make(owner.ptr + prefix.len, owner.len - prefix.len);
    return module_name_is_valid(*ret_name);
}

struct str made_version_of(struct arena *a, struct str name, struct str text) {
    const struct script_source source = {arena_printf(a, "scripts/%.*s.lua", STR_ARG(name)), text};
    return source.name.ptr ? script_sources_version(a, &source, 1) : STR_NONE;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

struct loading {
    struct arena *arena;
    void *items; /* struct made_text or struct made_version */
    size_t count, capacity;
    struct str name; /* of versions */
    crm_status status;
    struct err *err;
};

static struct str kept(struct loading *l, struct str text) {
    struct str copy = arena_str(l->arena, text);
    if (!copy.ptr && l->status == CRM_OK) l->status = err_no_memory(l->err);
    return copy;
}

static json_t *row_json(struct loading *l, const struct store_value *v) {
    json_t *tree = NULL;
    l->status =
        json_parse(v->type == STORE_TEXT ? v->bytes : STR("{}"), &row_limits, &tree, l->err);
    return tree;
}

static bool load_text(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    struct made_text *items = arena_grow(l->arena, l->items, l->count, &l->capacity, sizeof *items);
    if (!items) l->status = err_no_memory(l->err);
    JSON_CLEANUP json_t *tree = items ? row_json(l, &row[SYS_DEFINITION_TEXT]) : NULL;
    if (l->status != CRM_OK) return false;
    const json_t *problem = json_object_get(tree, "problem");
    l->items = items;
    items[l->count++] = (struct made_text){
        .name = kept(l, row[SYS_DEFINITION_NAME].bytes),
        .text = kept(l, json_str(json_object_get(tree, "text"))),
        .who = kept(l, json_str(json_object_get(tree, "who"))),
        .note = kept(l, row[SYS_DEFINITION_NOTE].type == STORE_TEXT ? row[SYS_DEFINITION_NOTE].bytes
                                                                    : STR("")),
        .problem = {kept(l, json_str(json_object_get(problem, "en"))),
                    kept(l, json_str(json_object_get(problem, "ru")))},
        .where = kept(l, json_str(json_object_get(problem, "where"))),
        .author = row[SYS_DEFINITION_AUTHOR].integer,
        .at_ms = row[SYS_DEFINITION_AT].integer,
        .is_draft = str_eq(row[SYS_DEFINITION_KIND].bytes, kind_draft)};
    return l->status == CRM_OK;
}

static crm_status load_kind(struct store_conn *c, struct str kind, struct loading *l,
                            struct err *err) {
    static const int8_t order[] = {SYS_DEFINITION_NAME + 1};
    const struct store_condition where = {SYS_DEFINITION_KIND, STORE_EQ, store_text(kind)};
    const struct store_select select = {.table = sys_table(SYS_TABLE_DEFINITION),
                                        .where = &where,
                                        .where_count = 1,
                                        .order = order,
                                        .order_count = 1};
    crm_status status = store_each(c, &select, load_text, l, err);
    return status == CRM_OK ? l->status : status;
}

crm_status made_load(struct store_conn *c, struct arena *a, struct made_texts *ret,
                     struct err *err) {
    struct loading l = {.arena = a, .err = err};
    crm_status status = load_kind(c, kind_in_force, &l, err);
    if (status == CRM_OK) status = load_kind(c, kind_draft, &l, err);
    if (status == CRM_OK) *ret = (struct made_texts){l.items, l.count};
    return status;
}

const struct made_text *made_find(const struct made_texts *all, struct str name, bool is_draft) {
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].is_draft == is_draft && str_eq(all->items[i].name, name))
            return &all->items[i];
    return NULL;
}

static bool load_version(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    struct made_version *items =
        arena_grow(l->arena, l->items, l->count, &l->capacity, sizeof *items);
    if (!items) l->status = err_no_memory(l->err);
    JSON_CLEANUP json_t *tree = items ? row_json(l, &row[SYS_STATE_VALUE]) : NULL;
    if (l->status != CRM_OK) return false;
    struct str key = row[SYS_STATE_KEY].bytes;
    struct made_version *v = &items[l->count];
    l->items = items;
    *v = (struct made_version){.text = kept(l, json_str(json_object_get(tree, "text"))),
                               .note = kept(l, json_str(json_object_get(tree, "note"))),
                               .who = kept(l, json_str(json_object_get(tree, "who"))),
                               .at_ms = json_integer_value(json_object_get(tree, "at")),
                               .is_removal = json_is_true(json_object_get(tree, "removed"))};
    (void)str_to_int64(str_make(key.ptr + l->name.len + 1, key.len - l->name.len - 1), &v->number);
    if (l->status == CRM_OK) v->version = made_version_of(l->arena, l->name, v->text);
    if (!v->version.ptr && l->status == CRM_OK) l->status = err_no_memory(l->err);
    l->count++;
    return l->status == CRM_OK;
}

/* "NAME/0001234": from "NAME/" to the character behind the slash. */
static crm_status version_range(struct arena *a, struct str name, struct store_condition where[3],
                                struct err *err) {
    struct str from = arena_printf(a, "%.*s/", STR_ARG(name)),
               to = arena_printf(a, "%.*s0", STR_ARG(name));
    where[0] = (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(version_owner)};
    where[1] = (struct store_condition){SYS_STATE_KEY, STORE_GE, store_text(from)};
    where[2] = (struct store_condition){SYS_STATE_KEY, STORE_LT, store_text(to)};
    return from.ptr && to.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status each_version(struct store_conn *c, struct str name, struct loading *l,
                               store_row_fn fn, struct err *err) {
    static const int8_t order[] = {-(SYS_STATE_KEY + 1)};
    struct store_condition where[3];
    const struct store_select select = {.table = sys_table(SYS_TABLE_STATE),
                                        .where = where,
                                        .where_count = 3,
                                        .order = order,
                                        .order_count = 1};
    crm_status status = version_range(l->arena, name, where, err);
    if (status == CRM_OK) status = store_each(c, &select, fn, l, err);
    return status == CRM_OK ? l->status : status;
}

crm_status made_versions(struct store_conn *c, struct str name, struct arena *a,
                         struct made_version **ret, size_t *ret_count, struct err *err) {
    struct loading l = {.arena = a, .name = name, .err = err};
    crm_status status = each_version(c, name, &l, load_version, err);
    if (status != CRM_OK) return status;
    *ret = l.items;
    *ret_count = l.count;
    return CRM_OK;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

static struct str number_key(struct arena *a, struct str name, int64_t number) {
    return arena_printf(a, "%.*s/%020lld", STR_ARG(name), (long long)number);
}

static void put_pair(struct json_writer *w, const char *key, struct str text) {
    json_key_lit(w, key);
    json_text(w, text);
}

static crm_status put_text(struct store_conn *c, struct str kind, struct str name,
                           const struct made_text *it, struct err *err) {
    const struct store_table *t = sys_table(SYS_TABLE_DEFINITION);
    const struct store_condition where[] = {{SYS_DEFINITION_KIND, STORE_EQ, store_text(kind)},
                                            {SYS_DEFINITION_NAME, STORE_EQ, store_text(name)}};
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, WRITE_BYTES);
    crm_status status = store_delete(c, t, where, 2, NULL, err);
    if (status != CRM_OK || !it) return status;
    json_writer_init(&w, &text);
    json_object_open(&w);
    put_pair(&w, "text", it->text);
    put_pair(&w, "who", it->who);
    if (it->problem[LANGUAGE_EN].len) {
        json_key_lit(&w, "problem");
        json_object_open(&w);
        put_pair(&w, "en", it->problem[LANGUAGE_EN]);
        put_pair(&w, "ru", it->problem[LANGUAGE_RU]);
        put_pair(&w, "where", it->where);
        json_object_shut(&w);
    }
    json_object_shut(&w);
    const struct store_value row[SYS_DEFINITION_COUNT] = {
        [SYS_DEFINITION_KIND] = where[0].value,
        [SYS_DEFINITION_NAME] = where[1].value,
        [SYS_DEFINITION_TEXT] = store_text(buf_str(&text)),
        [SYS_DEFINITION_STATE] = store_int(it->is_draft ? ADMIN_DRAFT : ADMIN_APPROVED),
        [SYS_DEFINITION_AUTHOR] = store_int(it->author),
        [SYS_DEFINITION_AT] = store_int(it->at_ms),
        [SYS_DEFINITION_NOTE] = store_text(it->note)};
    return text.status == CRM_OK ? store_insert(c, t, row, err) : err_no_memory(err);
}

static crm_status put_version(struct store_conn *c, struct arena *a, struct str name,
                              const struct made_version *v, struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    struct str key = number_key(a, name, v->number);
    buf_init(&text, WRITE_BYTES);
    json_writer_init(&w, &text);
    json_object_open(&w);
    put_pair(&w, "text", v->text);
    put_pair(&w, "note", v->note);
    put_pair(&w, "who", v->who);
    json_key_lit(&w, "at");
    json_int64(&w, v->at_ms);
    json_key_lit(&w, "removed");
    json_bool(&w, v->is_removal);
    json_object_shut(&w);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(version_owner),
                                                     [SYS_STATE_KEY] = store_text(key),
                                                     [SYS_STATE_VALUE] = store_text(buf_str(&text)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    if (!key.ptr || text.status != CRM_OK) return err_no_memory(err);
    return store_insert(c, sys_table(SYS_TABLE_STATE), row, err);
}

static crm_status drop_version(struct store_conn *c, struct str key, enum store_compare op,
                               struct str name, struct arena *a, struct err *err) {
    struct store_condition where[3];
    crm_status status = version_range(a, name, where, err);
    if (op == STORE_LE)
        where[2] = (struct store_condition){SYS_STATE_KEY, STORE_LE, store_text(key)};
    else
        where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(key)};
    return status == CRM_OK ? store_delete(c, sys_table(SYS_TABLE_STATE), where, 3, NULL, err)
                            : status;
}

static bool find_edge(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    if (++l->count <= MADE_KEPT) return true;
    l->name = kept(l, row[SYS_STATE_KEY].bytes);
    return false;
}

static crm_status forget_oldest(struct store_conn *c, struct arena *a, struct str name,
                                struct err *err) {
    struct loading l = {.arena = a, .err = err};
    crm_status status = each_version(c, name, &l, find_edge, err);
    return status == CRM_OK && l.name.len ? drop_version(c, l.name, STORE_LE, name, a, err)
                                          : status;
}

static crm_status write_rows(const struct made_write *w, struct store_conn *c, struct arena *a,
                             struct err *err) {
    crm_status status = CRM_OK;
    if (w->in_force || w->is_removal)
        status = put_text(c, kind_in_force, w->name, w->in_force, err);
    if (status == CRM_OK) status = put_text(c, kind_draft, w->name, w->draft, err);
    if (status == CRM_OK && w->forget) {
        struct str key = number_key(a, w->name, w->forget);
        status = key.ptr ? drop_version(c, key, STORE_EQ, w->name, a, err) : err_no_memory(err);
    }
    if (status != CRM_OK || !w->version) return status;
    status = put_version(c, a, w->name, w->version, err);
    return status == CRM_OK ? forget_oldest(c, a, w->name, err) : status;
}

static crm_status write_all(void *ctx, struct store_conn *c, struct err *err) {
    struct arena a;
    arena_init(&a, WRITE_BYTES);
    crm_status status = write_rows(ctx, c, &a, err);
    arena_fini(&a);
    return status;
}

crm_status made_put(struct kernel *k, const struct made_write *w, struct err *err) {
    void *ctx = (void *)(uintptr_t)w;
    return w->in_force || w->is_removal
               ? engine_write_news(k->engine, STORE_NEWS_SCRIPTS, write_all, ctx, err)
               : engine_write(k->engine, write_all, ctx, err);
}

/* ---- as extensions ----------------------------------------------------------------------------
 */

static crm_status add(struct arena *a, struct extensions *all, const struct made_text *m,
                      struct err *err) {
    struct script_source *source = ARENA_NEW(a, struct script_source);
    struct extension it = {.is_script = true,
                           .is_made = true,
                           .author = m->author,
                           .name = m->name,
                           .owner = arena_printf(a, "scripts/%.*s", STR_ARG(m->name)),
                           .shown = arena_printf(a, "scripts/%.*s.lua", STR_ARG(m->name)),
                           .sources = source,
                           .source_count = 1};
    if (!source || !it.owner.ptr || !it.shown.ptr) return err_no_memory(err);
    *source = (struct script_source){it.shown, m->text};
    it.digest = script_sources_version(a, source, 1);
    if (!it.digest.ptr) return err_no_memory(err);
    struct extension *file = (struct extension *)(uintptr_t)extension_find(all, m->name, true);
    if (!file) return extensions_append(a, all, &it, err);
    it.reason = file->reason;
    *file = it;
    return CRM_OK;
}

crm_status made_extensions(struct kernel *k, struct arena *a, struct extensions *all,
                           struct err *err) {
    struct store_conn *c = NULL;
    struct made_texts made = {0};
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = made_load(c, a, &made, err);
        store_rollback(c);
    }
    store_conn_close(c);
    for (size_t i = 0; status == CRM_OK && i < made.count; i++)
        if (!made.items[i].is_draft) status = add(a, all, &made.items[i], err);
    if (status == CRM_OK) extensions_order(all);
    return status;
}
