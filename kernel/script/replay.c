/* Replays, a stretch of the log at a time. See replay.h. */
#include "script/replay.h"

#include <stdlib.h>

#include "base/json.h"
#include "record/past.h"
#include "script/compare.h"
#include "script/keep.h"
#include "script/messages.h"
#include "store/copy.h"

enum { STRETCH = 100, STRETCH_BYTES = 256 << 20, ANSWER_BYTES = 256 << 20, NOTHING = -1 };

struct replay {
    const struct script_replay *wanted;
    struct store_conn *conn; /* of the copy, where there is one */
    struct script_carry carry, carry_in_force;
    json_t *items; /* runs, or differences */
    json_t *head;  /* the first answer: whose, which version */
    int64_t runs, failed, writes, assignments, effects, differ, assignments_differ, next;
};

static int64_t number(const json_t *answer, const char *key) {
    return json_integer_value(json_object_get(answer, key));
}

/* ---- adding up --------------------------------------------------------------------------------
 */

static bool keep_item(struct replay *p, json_t *item) {
    return json_array_size(p->items) >= p->wanted->items_max ||
           json_array_append(p->items, item) == 0;
}

static bool add_run(struct replay *p, json_t *run) {
    const json_t *changes = json_object_get(run, "changes");
    size_t effects = json_array_size(json_object_get(run, "effects"));
    bool failed = !str_is(json_str(json_object_get(run, "outcome")), "ok");
    p->runs++;
    p->failed += failed;
    p->writes += (int64_t)json_array_size(changes);
    p->effects += (int64_t)effects;
    for (size_t i = 0; i < json_array_size(changes); i++)
        p->assignments +=
            (int64_t)json_object_size(json_object_get(json_array_get(changes, i), "fields"));
    return !(failed || effects || json_array_size(changes)) || keep_item(p, run);
}

static crm_status add_answer(struct replay *p, const json_t *answer, struct err *err) {
    size_t i;
    json_t *it;
    bool kept = true;
    if (!p->head) p->head = json_incref((json_t *)(uintptr_t)answer);
    if (p->wanted->compare) {
        p->runs += number(answer, "runs");
        p->differ += number(answer, "differ");
        p->assignments += number(answer, "assignments");
        p->assignments_differ += number(answer, "assignments_differ");
        json_array_foreach(json_object_get(answer, "differences"), i, it) kept &= keep_item(p, it);
    } else {
        json_array_foreach(json_object_get(answer, "runs"), i, it) kept &= add_run(p, it);
    }
    return kept ? CRM_OK : err_no_memory(err);
}

/* ---- a stretch --------------------------------------------------------------------------------
 */

static crm_status answer_of(struct replay *p, const struct script_trial_wanted *stretch,
                            struct record_view *v, struct err *err) {
    BUF_CLEANUP struct buf text;
    JSON_CLEANUP json_t *answer = NULL;
    struct json_writer out;
    buf_init(&text, ANSWER_BYTES);
    json_writer_init(&out, &text);
    crm_status status = (p->wanted->compare ? script_compare_json : script_trial_json)(
        p->wanted->host, v, stretch, &out, err);
    if (status != CRM_OK) return status;
    if (text.status != CRM_OK) return err_no_memory(err);
    answer = json_loadb(text.ptr, text.len, 0, NULL);
    return answer ? add_answer(p, answer, err) : err_no_memory(err);
}

static crm_status run_stretch(struct replay *p, int64_t from, int64_t to, struct err *err) {
    const struct script_replay *w = p->wanted;
    const struct script_trial_wanted stretch = {.script = w->script,
                                                .text = w->text,
                                                .has_period = true,
                                                .since_ms = w->since_ms,
                                                .from_seq = from,
                                                .to_seq = to,
                                                .limit = SIZE_MAX,
                                                .carry = &p->carry,
                                                .carry_in_force = &p->carry_in_force,
                                                .is_cancelled = w->is_cancelled,
                                                .ctx = w->ctx};
    struct record_view v;
    struct arena a;
    arena_init(&a, STRETCH_BYTES);
    crm_status status = record_view_init(&v, w->engine, p->conn, w->access, &a, err);
    if (status == CRM_OK) {
        status = answer_of(p, &stretch, &v, err);
        record_view_fini(&v);
    }
    arena_fini(&a);
    return status;
}

static crm_status find_end(struct replay *p, int64_t *ret_from, int64_t *ret_to, struct err *err) {
    const struct script_replay *w = p->wanted;
    bool own = !store_in_transaction(p->conn);
    crm_status status = own ? store_begin(p->conn, err) : CRM_OK;
    if (status != CRM_OK) return status;
    status = past_seq_at(p->conn, w->since_ms - 1, ret_from, err);
    if (status == CRM_OK)
        status = past_seq_at(p->conn, w->until_ms ? w->until_ms - 1 : INT64_MAX, ret_to, err);
    if (own) store_rollback(p->conn);
    return status;
}

static crm_status run_all(struct replay *p, struct err *err) {
    const struct script_replay *w = p->wanted;
    int64_t from = 0, to = 0;
    crm_status status = find_end(p, &from, &to, err);
    do { /* at least once: a script that is not there is told */
        if (status != CRM_OK) return status;
        int64_t last = to - from > STRETCH ? from + STRETCH : to;
        if (w->is_cancelled && w->is_cancelled(w->ctx))
            return err_set(err, CRM_CANCELLED, &say_script_stopped, NULL);
        status = run_stretch(p, from + 1, to > from ? last : NOTHING, err);
        from = last;
        if (w->on_progress) w->on_progress(w->ctx, p->runs);
        if (p->runs >= REPLAY_RUNS_MAX && from < to) {
            p->next = from + 1;
            break;
        }
    } while (from < to);
    return status;
}

/* ---- telling ----------------------------------------------------------------------------------
 */

static void put_number(struct json_writer *w, const char *key, int64_t n) {
    json_key(w, str_from(key));
    json_int64(w, n);
}

static crm_status put_items(struct replay *p, struct json_writer *w, struct err *err) {
    char *text = json_dumps(p->items, JSON_COMPACT);
    if (!text) return err_no_memory(err);
    json_key(w, p->wanted->compare ? STR("differences") : STR("items"));
    json_raw(w, str_from(text));
    free(text);
    return CRM_OK;
}

static crm_status put_all(struct replay *p, struct json_writer *w, struct err *err) {
    json_object_open(w);
    json_key_lit(w, "script");
    json_text(w, json_str(json_object_get(p->head, "script")));
    json_key_lit(w, "version");
    json_text(w, json_str(json_object_get(p->head, "version")));
    if (p->wanted->compare) {
        json_key_lit(w, "against");
        json_text(w, json_str(json_object_get(p->head, "against")));
    }
    put_number(w, "runs", p->runs);
    put_number(w, "assignments", p->assignments);
    if (p->wanted->compare) {
        put_number(w, "differ", p->differ);
        put_number(w, "assignments_differ", p->assignments_differ);
    } else {
        put_number(w, "failed", p->failed);
        put_number(w, "writes", p->writes);
        put_number(w, "effects", p->effects);
    }
    crm_status status = put_items(p, w, err);
    json_key_lit(w, "next");
    if (p->next)
        json_int64(w, p->next);
    else
        json_nil(w);
    json_object_shut(w);
    return status;
}

static crm_status open_copy(struct replay *p, struct store_copy *copy, struct err *err) {
    const struct script_replay *w = p->wanted;
    p->conn = w->conn;
    if (store_engine_of(store_of(w->conn)) != STORE_SQLITE) return CRM_OK;
    crm_status status = store_copy_open(w->conn, copy, err);
    if (status == CRM_OK) p->conn = copy->conn;
    return status;
}

crm_status script_replay_json(const struct script_replay *r, struct json_writer *out,
                              struct err *err) {
    struct replay p = {.wanted = r, .items = json_array()};
    struct store_copy copy = {.store = NULL};
    script_carry_init(&p.carry);
    script_carry_init(&p.carry_in_force);
    crm_status status = p.items ? open_copy(&p, &copy, err) : err_no_memory(err);
    if (status == CRM_OK) status = run_all(&p, err);
    if (status == CRM_OK) status = put_all(&p, out, err);
    store_copy_close(&copy);
    script_carry_fini(&p.carry);
    script_carry_fini(&p.carry_in_force);
    json_decref(p.items);
    json_decref(p.head);
    return status;
}
