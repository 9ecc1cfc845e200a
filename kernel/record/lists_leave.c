/* Removals and renames that move many records: a background step whose row of sys_migration says
 * where it has come, in the very transaction of each batch.
 *
 * The row is written together with the mark `leaving` of the stage, pipeline or value, which then
 * takes nothing new; it ends together with the last changeset, or with the mark's end. While it is
 * open the removal is a step of every plan, so that whoever works next takes it up. The record of a
 * renamed value has the new code at once; what still has the old one is, until it is moved, of a
 * value that is on its way out. See lists.h. */
#include "base/json.h"
#include "base/time.h"
#include "record/lists_state.h"
#include "record/messages.h"
#include "record/prepare.h"
#include "record/rebuild_state.h"

#include <stdio.h>

enum { MOVE_DETAIL_MAX = 8192, MOVE_BYTES = 256 << 20, CHUNK_BYTES = 64 << 20 };

static const struct removal {
    enum schema_step_kind step;
    const char *entity;
} removals[] = {{SCHEMA_STEP_REMOVE_STAGE, "stage"},
                {SCHEMA_STEP_REMOVE_PIPELINE, "pipeline"},
                {SCHEMA_STEP_REMOVE_ITEM, "directory_item"},
                {SCHEMA_STEP_RENAME_ITEM, "directory_item"}};

static const struct removal *removal_of(struct str step) {
    for (size_t i = 0; i < sizeof removals / sizeof *removals; i++)
        if (str_is(step, schema_step_word(removals[i].step))) return &removals[i];
    return NULL;
}

static bool is_open(const struct store_migration *m) {
    return m->state == STORE_MIGRATION_QUEUED || m->state == STORE_MIGRATION_RUNNING;
}

bool list_is_move(const struct store_migration *m) { return removal_of(m->kind) != NULL; }

/* ---- the row's detail ------------------------------------------------------------------------ */
static struct str detail_text(struct arena *a, const struct list_move *m) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, MOVE_DETAIL_MAX);
    json_writer_init(&w, &text);
    json_object_open(&w);
    json_key_lit(&w, "record");
    json_id(&w, m->record);
    json_key_lit(&w, "into");
    json_id(&w, m->into);
    json_key_lit(&w, "target");
    json_text(&w, m->target);
    json_key_lit(&w, "changeset");
    json_id(&w, m->parent);
    json_key_lit(&w, "of");
    json_array_open(&w);
    for (size_t i = 0; i < m->of_count; i++)
        json_text(&w, m->of[i]);
    json_array_shut(&w);
    json_object_shut(&w);
    return text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
}

/* False: it says something else. */
static bool detail_read(struct arena *a, const struct store_migration *row, struct list_move *ret) {
    JSON_CLEANUP json_t *detail = NULL;
    *ret = (struct list_move){.row = *row};
    if (json_parse(row->detail, &json_limits_default, &detail, NULL) != CRM_OK) return false;
    ret->target = arena_str(a, json_str(json_object_get(detail, "target")));
    const json_t *of = json_object_get(detail, "of");
    ret->of = ARENA_ARRAY(a, json_array_size(of) + 1, struct str);
    for (size_t i = 0; ret->of && i < json_array_size(of); i++)
        ret->of[ret->of_count++] = arena_str(a, json_str(json_array_get(of, i)));
    return ret->of && ret->target.ptr &&
           id_parse(json_str(json_object_get(detail, "record")), &ret->record) &&
           id_parse(json_str(json_object_get(detail, "into")), &ret->into) &&
           id_parse(json_str(json_object_get(detail, "changeset")), &ret->parent);
}

/* ---- on their way ---------------------------------------------------------------------------- */
crm_status list_is_leaving(const struct lists *l, struct store_conn *c,
                           const struct schema_entity *e, int64_t record, bool *ret,
                           struct err *err) {
    struct lists here = *l;
    int64_t count = 0;
    struct list_use use = {
        .entity = e,
        .where = arena_printf(l->arena, "id == \"%lld\" and leaving", (long long)record)};
    here.conn = c;
    crm_status status = list_use_living(&here, &use, &count, err);
    *ret = count > 0;
    return status;
}

static crm_status read_state(struct lists *l, enum store_migration_state state, struct err *err) {
    struct store_migration *rows = NULL;
    size_t count = 0;
    crm_status status = store_migration_list(l->conn, (int)state, 0, l->arena, &rows, &count, err);
    struct list_move *all = ARENA_ARRAY(l->arena, l->move_count + count + 1, struct list_move);
    if (status == CRM_OK && !all) status = err_no_memory(err);
    if (status != CRM_OK) return status;
    if (l->move_count) memcpy(all, l->moves, l->move_count * sizeof *all);
    l->moves = all;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct removal *is = removal_of(rows[i].kind);
        const struct schema_entity *e = is ? schema_find(l->now, str_from(is->entity)) : NULL;
        struct list_move *m = &all[l->move_count];
        bool is_leaving = false;
        if (!e || !detail_read(l->arena, &rows[i], m)) continue;
        m->step = is->step;
        status = list_is_leaving(l, l->conn, e, m->record, &is_leaving, err);
        l->move_count += is_leaving;
    }
    return status;
}

crm_status list_moves_read(struct lists *l, struct err *err) {
    crm_status status = read_state(l, STORE_MIGRATION_RUNNING, err);
    return status == CRM_OK ? read_state(l, STORE_MIGRATION_QUEUED, err) : status;
}

const struct list_move *list_move_of(const struct lists *l, int64_t record) {
    for (size_t i = 0; i < l->move_count; i++)
        if (l->moves[i].record == record) return &l->moves[i];
    return NULL;
}

/* ---- beginning ------------------------------------------------------------------------------- */
/* What still has the old code is of a value like the renamed one. */
static struct record_op *stand_in(struct list_writing *w, struct changeset *c,
                                  const struct schema_entity *e) {
    const struct value *row = resident_row(w->lists->resident, e, w->step->record);
    struct record_op *op = changeset_create(c, w->lists->engine, e);
    for (size_t i = 0; op && row && i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        bool is_told = f->id >= SCHEMA_FIRST_FIELD_ID && !f->unique &&
                       f->type != SCHEMA_FIELD_FORMULA && f->type != SCHEMA_FIELD_ROLLUP &&
                       schema_storage_of(f) == SCHEMA_STORAGE_COLUMN;
        if (!is_told || value_is_nil(row[f->slot])) continue;
        if (!record_op_set(c, op, f->slot, row[f->slot])) return NULL;
    }
    bool is_named = op && record_op_set(c, op, slot_named(e, "code"), value_text(w->step->name));
    return is_named ? op : NULL;
}

static crm_status fill_leaving(struct list_writing *w, struct changeset *c, void *ctx,
                               struct err *err) {
    const struct list_step *s = w->step;
    const struct schema_entity *e = list_entity(w->lists, s->list->is_pipeline, s->item != NULL);
    struct arena *a = ctx;
    int32_t slot = slot_named(e, "leaving");
    bool is_rename = s->verb == LIST_RENAME;
    crm_status status = is_rename ? list_fill_rename(w, c, NULL, err) : CRM_OK;
    if (status != CRM_OK) return status;
    struct record_op *op =
        is_rename ? stand_in(w, c, e) : changeset_op(c, RECORD_UPDATE, e, s->record);
    if (slot < 0) return err_internal(err, "a list that cannot leave");
    if (!op || !record_op_set(c, op, slot, value_bool(true))) return err_no_memory(err);
    w->move->record = op->id;
    w->move->row.detail = detail_text(a, w->move);
    return w->move->row.detail.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status put_row(void *ctx, struct store_conn *c, struct err *err) {
    struct list_writing *w = ctx;
    struct store_migration row = w->move->row; /* the writer may run it more than once */
    return store_migration_add(c, &row, err);
}

/* More than fit into a row's detail do not belong to one list. */
enum { MOVED_FIELDS_MAX = 32 };

static crm_status name_fields(const struct lists *l, const struct list_step *s, struct arena *a,
                              struct list_move *io, struct err *err) {
    struct list_use use;
    io->of = ARENA_ARRAY(a, 2 * MOVED_FIELDS_MAX, struct str);
    if (!io->of) return err_no_memory(err);
    for (size_t n = 0; n < MOVED_FIELDS_MAX && list_use(l, s, n, &use); n++) {
        struct str name =
            arena_printf(a, "%.*s.%.*s", STR_ARG(use.entity->name), STR_ARG(use.field->name));
        if (!name.ptr) return err_no_memory(err);
        bool is_made = !use.field->owner.len || str_is(use.field->owner, "kernel");
        io->of[io->of_count++] = name;
        io->of[io->of_count++] = is_made ? use.entity->owner : use.field->owner;
    }
    return CRM_OK;
}

crm_status list_leave(struct list_writing *w, struct arena *a, struct err *err) {
    const struct list_step *s = w->step;
    bool is_rename = s->verb == LIST_RENAME;
    if (list_move_of(w->lists, s->record)) return CRM_OK;
    struct list_move move = {.into = is_rename ? s->record : s->into,
                             .target = is_rename ? s->item->name : s->target,
                             .parent = w->parent,
                             .row = {.at = clock_now_ms(),
                                     .kind = str_from(schema_step_word(s->step.kind)),
                                     .subject = s->step.subject,
                                     .state = STORE_MIGRATION_QUEUED,
                                     .total = s->step.rows,
                                     .author = w->author}};
    crm_status status = name_fields(w->lists, s, a, &move, err);
    if (status != CRM_OK) return status;
    w->move = &move;
    w->also = put_row;
    status = list_write(w, a, fill_leaving, a, err);
    w->also = NULL;
    w->move = NULL;
    return status;
}

/* ---- running --------------------------------------------------------------------------------- */
static crm_status cancelled(const struct list_writing *w, struct err *err) {
    return err_set_args(err, CRM_CANCELLED, &record_rebuild_cancelled, &w->step->step.subject, 1);
}

/* Ended by somebody, or undone. */
static crm_status still_wanted(const struct list_writing *w, struct store_conn *c,
                               struct err *err) {
    const struct list_step *s = w->step;
    const struct schema_entity *e = list_entity(w->lists, s->list->is_pipeline, s->item != NULL);
    struct store_migration now;
    bool found = false, is_leaving = false;
    if (w->lists->engine->schema != w->lists->now)
        return err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL);
    crm_status status = store_migration_find(c, w->move->row.kind, w->move->row.subject,
                                             w->lists->arena, &now, &found, err);
    if (status == CRM_OK && (!found || now.id != w->move->row.id || !is_open(&now)))
        return cancelled(w, err);
    if (status == CRM_OK && !w->ends)
        status = list_is_leaving(w->lists, c, e, s->record, &is_leaving, err);
    if (status != CRM_OK || w->ends || is_leaving) return status;
    return err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL);
}

crm_status list_none_left(void *ctx, struct store_conn *c, struct err *err) {
    const struct list_writing *w = ctx;
    struct lists here = *w->lists;
    int64_t count = 0;
    here.conn = c;
    crm_status status = list_use_count(&here, w->step, &count, err);
    if (status != CRM_OK || count == 0) return status;
    return err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL); /* they are moved, too */
}

static crm_status keep_place(void *ctx, struct store_conn *c, struct err *err) {
    struct list_writing *w = ctx;
    struct store_migration now = w->move->row;
    crm_status status = still_wanted(w, c, err);
    if (status == CRM_OK && w->ends) status = list_none_left(w, c, err);
    now.state = w->ends ? STORE_MIGRATION_DONE : STORE_MIGRATION_RUNNING;
    now.done = w->done;
    if (now.total < now.done) now.total = now.done;
    if (w->ends) now.finished = clock_now_ms();
    return status == CRM_OK ? store_migration_put(c, &now, err) : status;
}

static crm_status rest(struct list_writing *w, int64_t began_ns, struct err *err) {
    struct store_migration shown = w->move->row;
    shown.state = STORE_MIGRATION_RUNNING;
    shown.done = w->done;
    if (shown.total < shown.done) shown.total = shown.done;
    if (w->options->progress && !w->options->progress(w->options->ctx, &shown))
        return cancelled(w, err);
    rebuild_rest(w->options, began_ns);
    return CRM_OK;
}

static crm_status run(struct lists *l, const struct schema_step *wanted,
                      const struct rebuild_options *options, struct list_move *ret_move,
                      struct err *err) {
    struct arena a;
    crm_status status = lists_compare(l, err);
    if (l->conn && store_in_transaction(l->conn)) store_rollback(l->conn);
    const struct list_step *s = NULL;
    for (size_t i = 0; status == CRM_OK && i < l->count && !s; i++)
        if (l->steps[i].step.background && l->steps[i].step.kind == wanted->kind &&
            str_eq(l->steps[i].step.subject, wanted->subject))
            s = &l->steps[i];
    const struct list_move *m = s ? list_move_of(l, s->record) : NULL;
    if (status != CRM_OK) return status;
    if (!m) return err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL);
    *ret_move = *m;
    if (!s->into) {
        const struct str args[] = {s->step.subject, STR(""), m->target};
        return err_set_args(err, CRM_REFUSED, &record_list_no_target, args, 3);
    }
    if (m->row.state == STORE_MIGRATION_QUEUED) ret_move->row.at = clock_now_ms();
    struct list_writing w = {.lists = l,
                             .step = s,
                             .parent = m->parent,
                             .author = m->row.author,
                             .done = m->row.done,
                             .also = keep_place,
                             .rests = rest,
                             .move = ret_move,
                             .options = options};
    arena_init(&a, CHUNK_BYTES);
    status = list_remove(&w, &a, err);
    ret_move->row.done = w.done;
    arena_fini(&a);
    return status;
}

/* To be taken up again: it was suspended, or overtaken, or there is no writer now. */
static bool is_final(crm_status status) {
    return status != CRM_OK && status != CRM_STALE && status != CRM_UNAVAILABLE &&
           status != CRM_CANCELLED && status != CRM_NO_MEMORY && status != CRM_TIMEOUT;
}

crm_status lists_run(struct engine *e, struct schema_plan *plan, size_t step,
                     const struct rebuild_options *options, struct err *err) {
    struct arena a;
    struct err own;
    struct list_move move = {0};
    bool found = false;
    if (!err) err = &own;
    arena_init(&a, MOVE_BYTES);
    struct lists l = {.engine = e, .wanted = plan->schema, .arena = &a};
    crm_status status = lists_open(&l, err);
    if (status == CRM_OK && l.now) status = run(&l, &plan->steps[step], options, &move, err);
    lists_close(&l);
    if (is_final(status) && move.row.id) {
        status = lists_release(e, &move.row, STORE_MIGRATION_FAILED, err, &found, NULL);
        if (status == CRM_OK) status = CRM_REFUSED;
    }
    arena_fini(&a);
    return status;
}

/* ---- the end --------------------------------------------------------------------------------- */
struct ending {
    const struct list_move *move;
    enum store_migration_state state;
    const struct err *why;
    bool found;
};

static void put_words(const struct err *e, struct buf *out) {
    if (out->len) buf_add_char(out, ' ');
    err_format(e, LANGUAGE_EN, out);
}

static struct str ending_text(const struct ending *x, const struct store_migration *now,
                              struct arena *a) {
    BUF_CLEANUP struct buf text, words;
    struct json_writer w;
    struct err told;
    char done[24], total[24];
    (void)snprintf(done, sizeof done, "%lld", (long long)now->done);
    (void)snprintf(total, sizeof total, "%lld", (long long)now->total);
    const struct str args[] = {now->subject, str_from(done), str_from(total)};
    err_clear(&told);
    err_set_args(&told, CRM_CANCELLED, &record_list_move_ended, args, 3);
    buf_init(&text, MOVE_DETAIL_MAX);
    buf_init(&words, MOVE_DETAIL_MAX);
    if (x->why) put_words(x->why, &words);
    put_words(&told, &words);
    json_writer_init(&w, &text);
    json_object_open(&w);
    json_key_lit(&w, "message");
    json_text(&w, buf_str(&words));
    json_key_lit(&w, "changeset");
    json_id(&w, x->move->parent);
    json_object_shut(&w);
    return text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
}

static crm_status put_end(void *ctx, struct store_conn *c, struct err *err) {
    struct ending *x = ctx;
    struct store_migration now;
    struct arena a;
    bool found = false;
    arena_init(&a, 1 << 20);
    crm_status status =
        store_migration_find(c, x->move->row.kind, x->move->row.subject, &a, &now, &found, err);
    x->found = status == CRM_OK && found && now.id == x->move->row.id && is_open(&now);
    if (x->found) {
        now.state = x->state;
        now.finished = clock_now_ms();
        now.detail = ending_text(x, &now, &a);
        status = now.detail.ptr ? store_migration_put(c, &now, err) : err_no_memory(err);
    } else if (status == CRM_OK) { /* the mark stays as it is */
        status = err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL);
    }
    arena_fini(&a);
    return status;
}

static crm_status in_use_again(struct engine *e, struct ending *x, struct arena *a,
                               struct err *err) {
    struct changeset c;
    struct changeset_result result = {0};
    struct err_list errors = {0};
    struct actor actor;
    struct schema *schema = engine_schema(e);
    const struct schema_entity *entity =
        schema_find(schema, str_from(removal_of(x->move->row.kind)->entity));
    int32_t slot = entity ? slot_named(entity, "leaving") : -1;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &actor);
    if (x->move->row.author) actor.user = x->move->row.author;
    changeset_init(&c, a, schema, &actor);
    c.flags = CHANGESET_SEED | CHANGESET_NO_AFTER | CHANGESET_TRUSTED;
    c.part_of = x->move->parent;
    c.cause =
        arena_printf(a, "%.*s %.*s", STR_ARG(x->move->row.kind), STR_ARG(x->move->row.subject));
    c.also = put_end;
    c.also_ctx = x;
    struct record_op *op =
        slot >= 0 ? changeset_op(&c, RECORD_UPDATE, entity, x->move->record) : NULL;
    crm_status status = op && c.cause.ptr && record_op_set(&c, op, slot, VALUE_OF_NIL)
                            ? CRM_OK
                            : err_no_memory(err);
    if (status == CRM_OK) status = changeset_commit(e, NULL, &c, &result, &errors, err);
    changeset_fini(&c);
    schema_unref(schema);
    return status;
}

crm_status lists_release(struct engine *e, const struct store_migration *m,
                         enum store_migration_state state, const struct err *why, bool *ret_found,
                         struct err *err) {
    struct arena a;
    struct list_move move;
    struct ending x = {.move = &move, .state = state, .why = why};
    arena_init(&a, CHUNK_BYTES);
    bool is_said = detail_read(&a, m, &move);
    crm_status status = is_said ? in_use_again(e, &x, &a, err) : CRM_NOT_FOUND;
    if (status == CRM_NOT_FOUND || status == CRM_REFUSED) /* there is nothing to mark any more */
        status = engine_write(e, put_end, &x, err);
    *ret_found = x.found;
    arena_fini(&a);
    return status == CRM_STALE && !x.found ? CRM_OK : status;
}
