/* Which migrations of a plugin have run: rows of sys_state under the owner "plugin", one for each
 * file, keyed NAME/FILE, and one keyed NAME that says that it was here. See plugin.h. */
#include "base/time.h"
#include "module/kernel_state.h"
#include "module/plugin.h"
#include "store/sys_tables.h"

enum { NAMES_MAX = 2000 };

static const struct str state_owner = {"plugin", 6};

struct reading {
    struct arena *arena;
    struct str plugin;
    struct str *names;
    struct plugin_done *done;
    bool no_memory;
};

static bool take_row(void *ctx, const struct store_value *row) {
    struct reading *r = ctx;
    struct str key = row[SYS_STATE_KEY].bytes;
    if (!str_starts_with(key, r->plugin)) return true;
    if (key.len == r->plugin.len) r->done->is_known = true;
    if (key.len <= r->plugin.len || key.ptr[r->plugin.len] != '/') return true;
    if (r->done->count == NAMES_MAX) return !(r->no_memory = true);
    struct str name =
        arena_str(r->arena, str_make(key.ptr + r->plugin.len + 1, key.len - r->plugin.len - 1));
    if (!name.ptr) return !(r->no_memory = true);
    r->names[r->done->count++] = name;
    return true;
}

crm_status plugin_done_read(struct kernel *k, struct str plugin, struct arena *a,
                            struct plugin_done *ret, struct err *err) {
    const struct store_condition where = {SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = &where, .where_count = 1};
    struct store_conn *c = NULL;
    struct reading r = {
        .arena = a, .plugin = plugin, .names = ARENA_ARRAY(a, NAMES_MAX, struct str), .done = ret};
    *ret = (struct plugin_done){.names = r.names};
    if (!r.names) return err_no_memory(err);
    crm_status status = engine_reader_open(k->engine, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) {
        status = store_each(c, &select, take_row, &r, err);
        store_rollback(c);
    }
    store_conn_close(c);
    return status == CRM_OK && r.no_memory ? err_no_memory(err) : status;
}

crm_status plugin_done_put(struct store_conn *writer, struct str plugin, struct str name,
                           struct err *err) {
    BUF_CLEANUP struct buf key, at;
    bool is_new;
    buf_init(&key, 1024);
    buf_init(&at, 32);
    buf_add_str(&key, plugin);
    if (name.len) buf_printf(&key, "/%.*s", STR_ARG(name));
    buf_printf(&at, "%lld", (long long)clock_now_ms());
    if (key.status != CRM_OK || at.status != CRM_OK) return err_no_memory(err);
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(state_owner),
                                                     [SYS_STATE_KEY] = store_text(buf_str(&key)),
                                                     [SYS_STATE_VALUE] = store_text(buf_str(&at)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    return store_insert_new(writer, sys_table(SYS_TABLE_STATE), row, &is_new, err);
}

struct forgetting {
    struct str plugin;
    struct arena arena;
    struct str *keys;
    size_t count;
};

static bool take_key(void *ctx, const struct store_value *row) {
    struct forgetting *f = ctx;
    struct str key = row[SYS_STATE_KEY].bytes;
    bool is_its = str_eq(key, f->plugin) ||
                  (str_starts_with(key, f->plugin) && key.ptr[f->plugin.len] == '/');
    if (is_its && f->count < NAMES_MAX) f->keys[f->count++] = arena_str(&f->arena, key);
    return true;
}

crm_status plugin_done_forget(struct store_conn *writer, struct str plugin, struct err *err) {
    struct store_condition where[2] = {{SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)}};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 1};
    struct forgetting f = {.plugin = plugin};
    arena_init(&f.arena, 1 << 20);
    f.keys = ARENA_ARRAY(&f.arena, NAMES_MAX, struct str);
    crm_status status =
        f.keys ? store_each(writer, &select, take_key, &f, err) : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < f.count; i++) {
        where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(f.keys[i])};
        status = store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    }
    struct str kept = arena_printf(&f.arena, "script %.*s", STR_ARG(plugin)); /* script/keep.h */
    where[0].value = store_text(kept);
    if (status == CRM_OK)
        status = kept.ptr ? store_delete(writer, sys_table(SYS_TABLE_STATE), where, 1, NULL, err)
                          : err_no_memory(err);
    arena_fini(&f.arena);
    return status;
}
