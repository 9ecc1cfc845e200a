/* The course of a background step: begun or taken up, batch by batch, looked at, settled. See
 * rebuild.h. */
#include "record/rebuild.h"

#include <stdio.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "record/apply.h"
#include "record/figures_kept.h"
#include "record/lists.h"
#include "record/messages.h"
#include "record/rebuild_state.h"
#include "record/writer.h"
#include "store/migrate.h"
#include "store/shadow.h"

enum { STEP_ARENA_BYTES = 16 << 20, DETAIL_MAX_BYTES = 8192, PAUSE_MAX_NS = 500000000 };

/* ---- beginning --------------------------------------------------------------------------- */
static crm_status on_reader(struct rebuild *r,
                            crm_status (*fn)(struct rebuild *, struct store_conn *, struct err *),
                            struct err *err) {
    struct store_conn *c = NULL;
    crm_status status = engine_reader_open(r->engine, &c, err);
    if (status != CRM_OK) return status;
    status = store_begin(c, err);
    if (status == CRM_OK) status = fn(r, c, err);
    store_rollback(c);
    store_conn_close(c);
    return status;
}

/* Whether there is one to be taken up, and how much there is to do. */
static crm_status look(struct rebuild *r, struct store_conn *c, struct err *err) {
    struct store_migration known;
    bool found = false;
    struct str kind = str_from(schema_step_word(r->step->kind));
    crm_status status =
        store_migration_find(c, kind, r->step->subject, &r->arena, &known, &found, err);
    if (status != CRM_OK) return status;
    if (found && known.state == STORE_MIGRATION_RUNNING && !str_eq(known.detail, REBUILD_SETTLED))
        r->migration = known;
    if (found && known.state == STORE_MIGRATION_QUEUED) {
        r->migration = known;
        r->migration.state = STORE_MIGRATION_RUNNING;
        r->migration.at = clock_now_ms();
    }
    r->is_lossy = r->options->lossy || str_eq(r->migration.detail, REBUILD_LOSSY);
    bool is_begun = r->migration.id && r->migration.cursor;
    if (!r->migration.id)
        r->migration = (struct store_migration){.at = clock_now_ms(),
                                                .kind = kind,
                                                .subject = r->step->subject,
                                                .state = STORE_MIGRATION_RUNNING,
                                                .author = r->options->author};
    if (!r->migration.total)
        status = store_reshape_rows(c, r->entity->table, 0, &r->migration.total, err);
    if (status == CRM_OK) status = rebuild_index_look(r, c, err);
    return status == CRM_OK && !is_begun ? rebuild_budget(r, c, err) : status;
}

static crm_status begin(void *ctx, struct store_conn *c, struct err *err) {
    struct rebuild *r = ctx;
    crm_status status = CRM_OK;
    if (r->step->kind == SCHEMA_STEP_FILL_SEARCH) {
        status = search_fill_begin(c, r->entity, &r->fill, err);
        r->migration.cursor = r->fill.renewed;
    }
    if (status == CRM_OK) status = rebuild_index_begin(r, c, err);
    if (status != CRM_OK) return status;
    if (r->migration.id) return store_migration_put(c, &r->migration, err);
    return store_migration_add(c, &r->migration, err);
}

/* ---- walking ----------------------------------------------------------------------------- */
crm_status rebuild_not_cancelled(struct rebuild *r, struct store_conn *c, struct err *err) {
    struct store_migration now;
    bool found = false;
    struct arena a;
    arena_init(&a, DETAIL_MAX_BYTES * 4);
    crm_status status =
        store_migration_find(c, r->migration.kind, r->migration.subject, &a, &now, &found, err);
    if (status == CRM_OK && found && now.state == STORE_MIGRATION_CANCELLED) {
        const struct str args[] = {r->step->subject};
        status = err_set_args(err, CRM_CANCELLED, &record_rebuild_cancelled, args, 1);
    }
    arena_fini(&a);
    return status;
}

/* In the writer, which the schema belongs to. */
static crm_status still_wanted(struct rebuild *r, struct store_conn *c, struct err *err) {
    return r->engine->schema == r->plan->schema
               ? rebuild_not_cancelled(r, c, err)
               : err_set(err, CRM_STALE, &record_rebuild_overtaken, NULL);
}

/* What this thread has worked, however busy the machine is. */
static int64_t worked_ns(void) {
    struct timespec t;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0
               ? (int64_t)t.tv_sec * 1000000000 + t.tv_nsec
               : 0;
}

static crm_status batch(void *ctx, struct store_conn *c, struct err *err) {
    struct rebuild *r = ctx;
    int64_t from = worked_ns();
    r->migration = r->before; /* the writer may run it more than once */
    r->is_last = false;
    crm_status status = still_wanted(r, c, err);
    if (status == CRM_OK) status = rebuild_rows(r, c, err);
    if (status == CRM_OK) status = store_migration_put(c, &r->migration, err);
    int64_t took = worked_ns() - from;
    if (took > r->batch_ns) r->batch_ns = took;
    return status;
}

void rebuild_rest(const struct rebuild_options *options, int64_t began_ns) {
    int64_t ns = clock_monotonic_ns() - began_ns;
    if (ns > PAUSE_MAX_NS) ns = PAUSE_MAX_NS;
    const struct timespec pause = {.tv_nsec = (long)ns};
    if (!options->pauses) return;
    (void)nanosleep(&pause, NULL);
}

static crm_status walk(struct rebuild *r, struct err *err) {
    crm_status status = CRM_OK;
    while (status == CRM_OK && !r->is_last) {
        int64_t began = clock_monotonic_ns();
        r->before = r->migration;
        status = engine_write(r->engine, batch, r, err);
        if (status != CRM_OK) r->migration = r->before;
        if (status == CRM_OK && r->options->progress &&
            !r->options->progress(r->options->ctx, &r->migration)) {
            const struct str args[] = {r->step->subject};
            status = err_set_args(err, CRM_CANCELLED, &record_rebuild_cancelled, args, 1);
            r->is_suspended = true;
        }
        if (status == CRM_OK && !r->is_last) rebuild_rest(r->options, began);
    }
    return status;
}

/* ---- looking ----------------------------------------------------------------------------- */
static enum store_reshape_finding finding_of(const struct rebuild *r) {
    return r->step->kind == SCHEMA_STEP_MAKE_UNIQUE     ? STORE_RESHAPE_DUPLICATE
           : r->step->kind == SCHEMA_STEP_MAKE_REQUIRED ? STORE_RESHAPE_EMPTY
                                                        : STORE_RESHAPE_LOST;
}

crm_status rebuild_found(struct rebuild *r, const struct store_reshape_answer *answer,
                         struct err *err) {
    static const struct err_text *const texts[] = {[STORE_RESHAPE_EMPTY] = &record_rebuild_empty,
                                                   [STORE_RESHAPE_LOST] = &record_rebuild_lost,
                                                   [STORE_RESHAPE_DUPLICATE] =
                                                       &record_rebuild_duplicates};
    BUF_CLEANUP struct buf list, detail;
    struct json_writer w;
    char number[24];
    buf_init(&list, DETAIL_MAX_BYTES);
    buf_init(&detail, DETAIL_MAX_BYTES);
    json_writer_init(&w, &detail);
    json_object_open(&w);
    json_key_lit(&w, "count");
    json_int64(&w, answer->count);
    json_key_lit(&w, "ids");
    json_array_open(&w);
    for (size_t i = 0; i < answer->id_count; i++) {
        json_id(&w, answer->ids[i]);
        if (i < 10) buf_printf(&list, "%s%lld", i ? ", " : "", (long long)answer->ids[i]);
    }
    json_array_shut(&w);
    json_object_shut(&w);
    (void)snprintf(number, sizeof number, "%lld", (long long)answer->count);
    r->migration.detail = arena_str(&r->arena, buf_str(&detail));
    const struct str args[] = {r->step->subject, str_from(number), buf_str(&list)};
    return err_set_args(err, CRM_REFUSED, texts[finding_of(r)], args, 3);
}

static crm_status check(struct rebuild *r, struct store_conn *c, struct err *err) {
    const struct schema_field *from =
        r->field && r->field->converts >= 0 ? &r->entity->fields[r->field->converts] : NULL;
    struct store_reshape_answer answer;
    struct store_reshape_question question = {.entity = r->entity,
                                              .what = finding_of(r),
                                              .field = r->field,
                                              .from = from,
                                              .limit = REBUILD_FOUND_MAX};
    bool computed = r->field && (r->field->type == SCHEMA_FIELD_FORMULA ||
                                 r->field->type == SCHEMA_FIELD_ROLLUP);
    bool looks = r->step->kind == SCHEMA_STEP_MAKE_UNIQUE ||
                 r->step->kind == SCHEMA_STEP_MAKE_REQUIRED ||
                 (r->step->kind == SCHEMA_STEP_FILL_FIELD && from && !computed);
    if (!looks || schema_storage_of(r->field) == SCHEMA_STORAGE_LINKS) return CRM_OK;
    if (r->by_shadow) question.shadow = store_shadow_name(&r->arena, r->index->name);
    if (r->by_shadow && !question.shadow.ptr) return err_no_memory(err);
    crm_status status = store_reshape_find(c, &question, &r->arena, &answer, err);
    if (status != CRM_OK) return status;
    bool stops = answer.count > 0 && (!r->is_lossy || r->step->kind == SCHEMA_STEP_MAKE_UNIQUE);
    return stops ? rebuild_found(r, &answer, err) : CRM_OK;
}

/* ---- the end ------------------------------------------------------------------------------- */
/* Records that were made behind the last batch; those to come are of the new kind. */
static crm_status fill_rest(struct rebuild *r, struct store_conn *c, struct err *err) {
    crm_status status = store_begin(c, err);
    if (status != CRM_OK) return status;
    for (r->is_last = false; status == CRM_OK && !r->is_last;)
        status = rebuild_rows(r, c, err);
    if (status == CRM_OK) status = search_fill_whole(c, r->entity, err);
    if (status == CRM_OK) return store_commit(c, err);
    store_rollback(c);
    return status;
}

static crm_status finish(void *ctx, struct store_conn *c, struct err *err) {
    struct rebuild *r = ctx;
    crm_status status = still_wanted(r, c, err);
    if (status == CRM_OK) status = rebuild_index_finish(r, c, err);
    if (status != CRM_OK) return status;
    if (status == CRM_OK && r->step->kind == SCHEMA_STEP_FILL_SEARCH) status = fill_rest(r, c, err);
    r->migration.detail = REBUILD_SETTLED;
    r->migration.finished = clock_now_ms();
    return status == CRM_OK ? store_plan_settle(c, r->plan, r->at, &r->migration, err) : status;
}

static crm_status finish_timed(void *ctx, struct store_conn *c, struct err *err) {
    struct rebuild *r = ctx;
    int64_t from = worked_ns();
    crm_status status = finish(ctx, c, err);
    r->end_ns = worked_ns() - from;
    return status;
}

static void tell(const struct rebuild *r) {
    BUF_CLEANUP struct buf step, rows, ms, batch_us, end_us;
    struct buf *const all[] = {&step, &rows, &ms, &batch_us, &end_us};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buf_init(all[i], DETAIL_MAX_BYTES);
    buf_printf(&step, "%.*s %.*s", STR_ARG(r->migration.kind), STR_ARG(r->migration.subject));
    buf_add_int64(&rows, r->migration.done);
    buf_add_int64(&ms, (clock_monotonic_ns() - r->began_ns) / 1000000);
    buf_add_int64(&batch_us, r->batch_ns / 1000);
    buf_add_int64(&end_us, r->end_ns / 1000);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->status != CRM_OK) return;
    log_event(LOG_INFO, "schema_step", "step", step.ptr, "rows", rows.ptr, "ms", ms.ptr,
              "longest_batch_us", batch_us.ptr, "end_us", end_us.ptr, NULL);
}

static crm_status put(void *ctx, struct store_conn *c, struct err *err) {
    return store_migration_put(c, &((struct rebuild *)ctx)->migration, err);
}

/* What stopped it stands in its row; a step that was overtaken or suspended is taken up again. */
static void note_failure(struct rebuild *r, crm_status status, const struct err *why) {
    BUF_CLEANUP struct buf text = {0};
    if (status == CRM_STALE || status == CRM_UNAVAILABLE || r->is_suspended || !r->migration.id)
        return;
    buf_init(&text, DETAIL_MAX_BYTES);
    if ((!r->migration.detail.len || str_eq(r->migration.detail, REBUILD_LOSSY)) && why) {
        struct json_writer w;
        BUF_CLEANUP struct buf words;
        buf_init(&words, DETAIL_MAX_BYTES);
        err_format(why, LANGUAGE_EN, &words);
        json_writer_init(&w, &text);
        json_object_open(&w);
        json_key_lit(&w, "message");
        json_text(&w, buf_str(&words));
        json_object_shut(&w);
        r->migration.detail = arena_str(&r->arena, buf_str(&text));
    }
    r->migration.state =
        status == CRM_CANCELLED ? STORE_MIGRATION_CANCELLED : STORE_MIGRATION_FAILED;
    r->migration.finished = clock_now_ms();
    (void)engine_write(r->engine, put, r, NULL);
}

static crm_status run(struct rebuild *r, struct err *err) {
    crm_status status = on_reader(r, look, err);
    if (status == CRM_OK) status = engine_write(r->engine, begin, r, err);
    if (status == CRM_OK) status = walk(r, err);
    if (status == CRM_OK) status = on_reader(r, check, err);
    if (status == CRM_OK) status = rebuild_index_apart(r, err);
    if (status == CRM_OK) {
        status = writer_exclusive(r->engine->writer, finish_timed, r, err);
        if (status == CRM_CANCELLED) rebuild_index_leave(r);
    }
    if (status == CRM_OK) tell(r);
    return status == CRM_OK ? rebuild_index_shed(r, err) : status;
}

crm_status rebuild_run(struct engine *e, struct schema_plan *plan, size_t step,
                       const struct rebuild_options *options, struct err *err) {
    struct err own;
    struct rebuild r = {.engine = e,
                        .plan = plan,
                        .at = step,
                        .step = &plan->steps[step],
                        .entity = schema_entity_by_id(plan->schema, plan->steps[step].entity),
                        .options = options,
                        .began_ns = clock_monotonic_ns()};
    if (!err) err = &own;
    if (schema_step_is_list(r.step->kind)) return lists_run(e, plan, step, options, err);
    if (!r.entity) return err_internal(err, "a step of no entity");
    r.field = r.step->field ? schema_field_by_id(r.entity, r.step->field) : NULL;
    for (size_t i = 0; i < plan->registry->field_count; i++)
        if (plan->registry->fields[i].entity == r.entity->id &&
            plan->registry->fields[i].id == r.step->field)
            r.registered = &plan->registry->fields[i];
    arena_init(&r.arena, STEP_ARENA_BYTES);
    crm_status status = run(&r, err);
    figures_kept_clear(e->figures);
    if (status != CRM_OK) note_failure(&r, status, err);
    arena_fini(&r.arena);
    return status;
}
