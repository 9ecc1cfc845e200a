/* Reading the log: one changeset, changesets after a number, changes of one. See log.h.
 *
 * Rows are handed over while the statement runs, so a callback must not write. Threads: the
 * connection's. */
#include "record/engine_state.h"
#include "record/log_write.h"
#include "record/log.h"
#include "record/messages.h"
#include "store/sys_tables.h"

static int64_t int_of(const struct store_value *v) { return v->type == STORE_INT ? v->integer : 0; }
static struct str text_of(const struct store_value *v) {
    return v->type == STORE_TEXT ? v->bytes : STR_NONE;
}

struct log_changeset log_changeset_of(const struct store_value *row) {
    int64_t flags = int_of(&row[SYS_CHANGESET_FLAGS]);
    return (struct log_changeset){
        .id = int_of(&row[SYS_CHANGESET_ID]),
        .seq = int_of(&row[SYS_CHANGESET_SEQ]),
        .at_ms = int_of(&row[SYS_CHANGESET_AT]),
        .actor = int_of(&row[SYS_CHANGESET_ACTOR]),
        .door = (enum access_door)int_of(&row[SYS_CHANGESET_DOOR]),
        .cause = text_of(&row[SYS_CHANGESET_CAUSE]),
        .script_version = text_of(&row[SYS_CHANGESET_SCRIPT_VERSION]),
        .note = text_of(&row[SYS_CHANGESET_NOTE]),
        .part_of = int_of(&row[SYS_CHANGESET_PART_OF]),
        .reverts = int_of(&row[SYS_CHANGESET_REVERTS]),
        .reverted_by = int_of(&row[SYS_CHANGESET_REVERTED_BY]),
        .changes = int_of(&row[SYS_CHANGESET_CHANGES]),
        .flags = (uint32_t)(flags & LOG_FLAGS_MASK & ~LOG_FLAG_PARENT),
        .depth = (int)(flags >> LOG_DEPTH_SHIFT),
        .is_parent = (flags & LOG_FLAG_PARENT) != 0,
    };
}

crm_status log_changeset_get(struct store_conn *c, int64_t id, struct arena *a,
                             struct log_changeset *ret, struct err *err) {
    struct store_condition where = {SYS_CHANGESET_ID, STORE_EQ, store_int(id)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, a, &row, err);
    if (status != CRM_OK) return status;
    if (!row) return err_set(err, CRM_NOT_FOUND, &record_changeset_not_found, NULL);
    *ret = log_changeset_of(row);
    return CRM_OK;
}

struct changeset_walk {
    log_changeset_fn fn;
    void *ctx;
    struct arena *arena; /* keeps texts when given */
};

static bool changeset_row(void *ctx, const struct store_value *row) {
    struct changeset_walk *w = ctx;
    struct log_changeset c = log_changeset_of(row);
    if (w->arena) {
        c.cause = arena_str(w->arena, c.cause);
        c.script_version = arena_str(w->arena, c.script_version);
        c.note = arena_str(w->arena, c.note);
    }
    return w->fn(w->ctx, &c);
}

crm_status log_each_changeset(struct store_conn *c, int64_t after_seq, int64_t limit,
                              struct arena *a, log_changeset_fn fn, void *ctx, struct err *err) {
    struct store_condition where = {SYS_CHANGESET_SEQ, STORE_GT, store_int(after_seq)};
    const int8_t order = SYS_CHANGESET_SEQ + 1;
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGESET),
                                  .where = &where,
                                  .where_count = 1,
                                  .order = &order,
                                  .order_count = 1,
                                  .limit = limit};
    struct changeset_walk walk = {fn, ctx, a};
    return store_each(c, &select, changeset_row, &walk, err);
}

crm_status log_each_child(struct store_conn *c, int64_t parent, struct arena *a,
                          log_changeset_fn fn, void *ctx, struct err *err) {
    struct store_condition where = {SYS_CHANGESET_PART_OF, STORE_EQ, store_int(parent)};
    const int8_t order = -(SYS_CHANGESET_SEQ + 1);
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGESET),
                                  .where = &where,
                                  .where_count = 1,
                                  .order = &order,
                                  .order_count = 1};
    struct changeset_walk walk = {fn, ctx, a};
    return store_each(c, &select, changeset_row, &walk, err);
}

struct change_walk {
    const struct schema *schema;
    struct arena *arena;
    log_change_fn fn;
    void *ctx;
};

static bool change_row(void *ctx, const struct store_value *row) {
    struct change_walk *w = ctx;
    struct log_change c = {
        .seq = int_of(&row[SYS_CHANGE_SEQ]),
        .position = int_of(&row[SYS_CHANGE_POSITION]),
        .entity_id = (int32_t)int_of(&row[SYS_CHANGE_ENTITY]),
        .record = int_of(&row[SYS_CHANGE_RECORD]),
        .version = int_of(&row[SYS_CHANGE_VERSION]),
        .verb = (enum record_verb)int_of(&row[SYS_CHANGE_OP]),
        .images =
            row[SYS_CHANGE_IMAGES].type == STORE_BLOB ? row[SYS_CHANGE_IMAGES].bytes : STR_NONE,
        .erased = row[SYS_CHANGE_SALT].type != STORE_BLOB,
    };
    c.entity = w->schema ? schema_entity_by_id(w->schema, c.entity_id) : NULL;
    if (w->arena && c.images.len) c.images = arena_str(w->arena, c.images);
    return w->fn(w->ctx, &c);
}

crm_status log_each_change(struct store_conn *c, const struct schema *s, int64_t seq,
                           int64_t from_position, int64_t limit, struct arena *a, log_change_fn fn,
                           void *ctx, struct err *err) {
    struct store_condition where[] = {{SYS_CHANGE_SEQ, STORE_EQ, store_int(seq)},
                                      {SYS_CHANGE_POSITION, STORE_GE, store_int(from_position)}};
    const int8_t order = SYS_CHANGE_POSITION + 1;
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGE),
                                  .where = where,
                                  .where_count = 2,
                                  .order = &order,
                                  .order_count = 1,
                                  .limit = limit};
    struct change_walk walk = {s, a, fn, ctx};
    return store_each(c, &select, change_row, &walk, err);
}

crm_status log_each_of_record(struct store_conn *c, const struct schema *s, int32_t entity,
                              int64_t record, int64_t before_seq, int64_t limit, struct arena *a,
                              log_change_fn fn, void *ctx, struct err *err) {
    struct store_condition where[] = {{SYS_CHANGE_ENTITY, STORE_EQ, store_int(entity)},
                                      {SYS_CHANGE_RECORD, STORE_EQ, store_int(record)},
                                      {SYS_CHANGE_SEQ, STORE_LT, store_int(before_seq)}};
    const int8_t order[] = {-(SYS_CHANGE_SEQ + 1), -(SYS_CHANGE_POSITION + 1)};
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGE),
                                  .where = where,
                                  .where_count = before_seq ? 3 : 2,
                                  .order = order,
                                  .order_count = 2,
                                  .limit = limit};
    struct change_walk walk = {s, a, fn, ctx};
    return store_each(c, &select, change_row, &walk, err);
}
