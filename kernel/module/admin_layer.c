/* See living_schema.h. */
#include "module/messages.h"
#include "module/living_schema.h"
#include "schema/read.h"
#include "schema/write.h"
#include "store/sys_tables.h"

struct loading {
    struct arena *arena;
    struct admin_definition *items;
    size_t count, capacity;
    bool no_memory;
};

static struct str keep(struct loading *l, struct store_value v) {
    struct str copy = v.type == STORE_TEXT ? arena_str(l->arena, v.bytes) : STR_NONE;
    l->no_memory |= v.type == STORE_TEXT && !copy.ptr;
    return copy;
}

/* A draft lies beside what is in force, under a kind of its own: "entity draft". */
static const struct str draft_mark = {" draft", 6};

static struct str kind_stored(struct arena *a, const struct admin_definition *it) {
    return it->state == ADMIN_DRAFT
               ? arena_printf(a, "%.*s%.*s", STR_ARG(it->kind), STR_ARG(draft_mark))
               : it->kind;
}

static struct str kind_shown(struct str stored) {
    return str_ends_with(stored, draft_mark) ? str_make(stored.ptr, stored.len - draft_mark.len)
                                             : stored;
}

static bool load_row(void *ctx, const struct store_value *row) {
    struct loading *l = ctx;
    if (str_is(kind_shown(row[SYS_DEFINITION_KIND].bytes), "script")) return true; /* made.h */
    struct admin_definition *items =
        arena_grow(l->arena, l->items, l->count, &l->capacity, sizeof *items);
    if (!items) return !(l->no_memory = true);
    l->items = items;
    items[l->count++] = (struct admin_definition){
        .kind = kind_shown(keep(l, row[SYS_DEFINITION_KIND])),
        .name = keep(l, row[SYS_DEFINITION_NAME]),
        .text = keep(l, row[SYS_DEFINITION_TEXT]),
        .note = keep(l, row[SYS_DEFINITION_NOTE]),
        .state = (enum admin_state)row[SYS_DEFINITION_STATE].integer,
        .author = row[SYS_DEFINITION_AUTHOR].integer,
        .at = row[SYS_DEFINITION_AT].integer,
    };
    return !l->no_memory;
}

crm_status admin_layer_load(struct store_conn *c, struct arena *a, struct admin_definition **ret,
                            size_t *ret_count, struct err *err) {
    static const int8_t order[] = {SYS_DEFINITION_KIND + 1, SYS_DEFINITION_NAME + 1};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_DEFINITION), .order = order, .order_count = 2};
    struct loading l = {.arena = a};
    crm_status status = store_each(c, &select, load_row, &l, err);
    if (status != CRM_OK) return status;
    if (l.no_memory) return err_no_memory(err);
    *ret = l.items;
    *ret_count = l.count;
    return CRM_OK;
}

static struct str part_behind(struct str name, char sep) {
    const char *at = memchr(name.ptr, sep, name.len);
    if (!at) return STR_NONE;
    size_t head = (size_t)(at - name.ptr) + 1;
    return str_make(name.ptr + head, name.len - head);
}

crm_status admin_layer_read(struct schema_definitions *d, const struct admin_definition *it,
                            bool stored, struct err *err) {
    struct arena *a = schema_definitions_arena(d);
    struct schema_node *n = ARENA_NEW(a, struct schema_node);
    const struct schema_origin origin = {
        .layer = SCHEMA_LAYER_ADMIN,
        .owner = STR("admin"),
        .stored = stored,
        .file = arena_printf(a, "%.*s %.*s", STR_ARG(it->kind), STR_ARG(it->name))};
    struct str name = arena_str(a, it->name);
    if (!n || !origin.file.ptr || !name.ptr) return err_no_memory(err);
    crm_status status = schema_node_parse(a, it->text, n, err);
    if (status != CRM_OK) return status;
    if (str_is(it->kind, "entity")) return schema_read_entity(d, &origin, name, false, n, err);
    if (str_is(it->kind, "extend")) return schema_read_entity(d, &origin, name, true, n, err);
    if (str_is(it->kind, "directory")) return schema_read_directory(d, &origin, name, n, err);
    if (str_is(it->kind, "role")) return schema_read_role(d, &origin, name, n, err);
    if (str_is(it->kind, "pipeline")) { /* "entity/Name": several of one entity */
        struct str behind = part_behind(name, '/');
        size_t len = behind.len ? name.len - behind.len - 1 : name.len;
        return schema_read_pipeline(d, &origin, str_make(name.ptr, len), n, err);
    }
    return schema_read_extra(d, &origin, arena_cstr(a, it->kind), name, n, err);
}

bool admin_layer_same(const struct admin_definition *one, const struct admin_definition *other) {
    return str_eq(one->kind, other->kind) && str_eq(one->name, other->name) &&
           one->state == other->state;
}

crm_status admin_layer_merge(struct arena *a, const struct admin_definition *stored, size_t count,
                             const struct admin_definition *newer, size_t newer_count,
                             struct admin_definition **ret, size_t *ret_count, struct err *err) {
    struct admin_definition *all = ARENA_ARRAY(a, count + newer_count + 1, struct admin_definition);
    size_t at = 0;
    if (!all) return err_no_memory(err);
    for (size_t i = 0; i < newer_count; i++)
        all[at++] = newer[i];
    for (size_t i = 0; i < count; i++) {
        bool is_replaced = false;
        for (size_t k = 0; k < newer_count; k++)
            is_replaced |= admin_layer_same(&newer[k], &stored[i]);
        if (!is_replaced) all[at++] = stored[i];
    }
    *ret = all;
    *ret_count = at;
    return CRM_OK;
}

/* Under the kind itself, with the state: where programs kept a draft that knew no other place. */
static crm_status put_row(struct store_conn *c, const struct admin_definition *it, struct str kind,
                          struct err *err) {
    const struct store_table *t = sys_table(SYS_TABLE_DEFINITION);
    const struct store_condition where[] = {{SYS_DEFINITION_KIND, STORE_EQ, store_text(it->kind)},
                                            {SYS_DEFINITION_NAME, STORE_EQ, store_text(it->name)},
                                            {SYS_DEFINITION_STATE, STORE_EQ, store_int(it->state)}};
    const struct store_condition place[] = {{SYS_DEFINITION_KIND, STORE_EQ, store_text(kind)},
                                            where[1]};
    const struct store_value row[SYS_DEFINITION_COUNT] = {
        [SYS_DEFINITION_KIND] = store_text(kind),
        [SYS_DEFINITION_NAME] = store_text(it->name),
        [SYS_DEFINITION_TEXT] = store_text(it->text),
        [SYS_DEFINITION_STATE] = store_int(it->state),
        [SYS_DEFINITION_AUTHOR] = store_int(it->author),
        [SYS_DEFINITION_AT] = store_int(it->at),
        [SYS_DEFINITION_NOTE] = store_text(it->note),
    };
    crm_status status = store_delete(c, t, where, 3, NULL, err);
    if (status == CRM_OK) status = store_delete(c, t, place, 2, NULL, err);
    return status == CRM_OK && it->text.len ? store_insert(c, t, row, err) : status;
}

crm_status admin_layer_put(struct store_conn *c, const struct admin_definition *it,
                           struct err *err) {
    struct arena a;
    arena_init(&a, 1 << 12);
    struct str kind = kind_stored(&a, it);
    crm_status status = kind.ptr ? put_row(c, it, kind, err) : err_no_memory(err);
    arena_fini(&a);
    return status;
}
