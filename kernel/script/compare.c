/* Comparing two versions. See compare.h. */
#include "script/compare.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRIAL_BYTES = 256 << 20, KEY_BYTES = 512 };

struct compared {
    json_t *now, *then; /* answers of script_trial_json */
    json_t *by_key;     /* runs of `now` by what they are about; borrowed values */
    int64_t next;       /* runs from here on are left out; 0 = none */
    int64_t runs, differ, assignments, assignments_differ;
    struct json_writer *out;
};

static crm_status try_one(struct script_host *h, struct record_view *asker,
                          const struct script_trial_wanted *wanted, json_t **ret, struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer out;
    buf_init(&text, TRIAL_BYTES);
    json_writer_init(&out, &text);
    crm_status status = script_trial_json(h, asker, wanted, &out, err);
    if (status != CRM_OK) return status;
    if (text.status != CRM_OK) return err_no_memory(err);
    *ret = json_loadb(text.ptr, text.len, 0, NULL);
    return *ret ? CRM_OK : err_no_memory(err);
}

/* The handler and the change that a run is about; empty for one that does not fit. */
static const char *key_of(const json_t *run, char key[KEY_BYTES]) {
    const json_t *event = json_object_get(run, "event");
    int len =
        snprintf(key, KEY_BYTES, "%s %lld %lld", json_string_value(json_object_get(run, "handler")),
                 (long long)json_integer_value(json_object_get(event, "seq")),
                 (long long)json_integer_value(json_object_get(event, "position")));
    return len < KEY_BYTES ? key : "";
}

static bool is_beyond(const struct compared *c, const json_t *run) {
    const json_t *seq = json_object_get(json_object_get(run, "event"), "seq");
    return c->next && json_integer_value(seq) >= c->next;
}

/* ---- what is the same ---------------------------------------------------------------------- */

static bool is_create(const json_t *change) {
    return str_is(json_str(json_object_get(change, "op")), "create");
}

static bool is_same_change(const json_t *a, const json_t *b) {
    return json_equal(json_object_get(a, "op"), json_object_get(b, "op")) &&
           json_equal(json_object_get(a, "entity"), json_object_get(b, "entity")) &&
           (is_create(a) || json_equal(json_object_get(a, "id"), json_object_get(b, "id"))) &&
           json_equal(json_object_get(a, "fields"), json_object_get(b, "fields"));
}

static const json_t *fields_of(const json_t *run, size_t change) {
    return json_object_get(json_array_get(json_object_get(run, "changes"), change), "fields");
}

static bool is_same_target(const json_t *a, const json_t *b, size_t change) {
    const json_t *x = json_array_get(json_object_get(a, "changes"), change),
                 *y = json_array_get(json_object_get(b, "changes"), change);
    return x && y && json_equal(json_object_get(x, "op"), json_object_get(y, "op")) &&
           json_equal(json_object_get(x, "entity"), json_object_get(y, "entity")) &&
           (is_create(x) || json_equal(json_object_get(x, "id"), json_object_get(y, "id")));
}

/* Fields of `a` that `b` does not set alike; with `only_absent` those that it does not set at all.
 */
static int64_t count_fields(const json_t *a, const json_t *b, bool only_absent,
                            int64_t *ret_differ) {
    int64_t count = 0;
    const char *name;
    json_t *image;
    for (size_t i = 0; i < json_array_size(json_object_get(a, "changes")); i++) {
        const json_t *other = is_same_target(a, b, i) ? fields_of(b, i) : NULL;
        json_object_foreach((json_t *)(uintptr_t)fields_of(a, i), name, image) {
            const json_t *theirs = json_object_get(other, name);
            if (theirs && only_absent) continue;
            count++;
            *ret_differ += !theirs || !json_equal(json_object_get(image, "after"),
                                                  json_object_get(theirs, "after"));
        }
    }
    return count;
}

static bool is_same(const json_t *a, const json_t *b) {
    const json_t *x = json_object_get(a, "changes"), *y = json_object_get(b, "changes");
    if (!a || !b || json_array_size(x) != json_array_size(y) ||
        !json_equal(json_object_get(a, "outcome"), json_object_get(b, "outcome")) ||
        !json_equal(json_object_get(a, "message"), json_object_get(b, "message")))
        return false;
    for (size_t i = 0; i < json_array_size(x); i++)
        if (!is_same_change(json_array_get(x, i), json_array_get(y, i))) return false;
    return true;
}

/* ---- telling ------------------------------------------------------------------------------- */

static crm_status put_json(struct json_writer *w, const json_t *value, struct err *err) {
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (value && !text) return err_no_memory(err);
    json_raw(w, text ? str_from(text) : STR("null"));
    free(text);
    return CRM_OK;
}

static crm_status put_side(struct json_writer *w, const char *key, const json_t *run,
                           struct err *err) {
    static const char *const keys[] = {"outcome", "message", "changes"};
    crm_status status = CRM_OK;
    json_key(w, str_from(key));
    if (!run) {
        json_nil(w);
        return CRM_OK;
    }
    json_object_open(w);
    for (size_t i = 0; status == CRM_OK && i < sizeof keys / sizeof *keys; i++) {
        json_key(w, str_from(keys[i]));
        status = put_json(w, json_object_get(run, keys[i]), err);
    }
    json_object_shut(w);
    return status;
}

static crm_status compare(struct compared *c, const json_t *now, const json_t *then,
                          struct err *err) {
    const json_t *any = then ? then : now;
    int64_t differ = 0;
    if (is_beyond(c, any)) return CRM_OK;
    c->runs++;
    c->assignments += count_fields(then, now, false, &differ);
    c->assignments += count_fields(now, then, true, &differ);
    c->assignments_differ += differ;
    if (is_same(now, then)) return CRM_OK;
    c->differ++;
    struct json_writer *w = c->out;
    json_object_open(w);
    json_key_lit(w, "handler");
    json_text(w, json_str(json_object_get(any, "handler")));
    json_key_lit(w, "event");
    crm_status status = put_json(w, json_object_get(any, "event"), err);
    if (status == CRM_OK) status = put_side(w, "now", now, err);
    if (status == CRM_OK) status = put_side(w, "then", then, err);
    json_object_shut(w);
    return status;
}

/* In the order of the text's runs, then those that only the version in force has. */
static crm_status put_differences(struct compared *c, struct err *err) {
    char key[KEY_BYTES];
    size_t i;
    json_t *run;
    crm_status status = CRM_OK;
    json_array_foreach(json_object_get(c->now, "runs"), i, run) {
        if (json_object_set(c->by_key, key_of(run, key), run) != 0) return err_no_memory(err);
    }
    json_array_foreach(json_object_get(c->then, "runs"), i, run) {
        if (status == CRM_OK)
            status = compare(c, json_object_get(c->by_key, key_of(run, key)), run, err);
        (void)json_object_del(c->by_key, key);
    }
    json_array_foreach(json_object_get(c->now, "runs"), i, run) {
        if (status == CRM_OK && json_object_get(c->by_key, key_of(run, key)))
            status = compare(c, run, NULL, err);
    }
    return status;
}

static void put_number(struct json_writer *w, const char *key, int64_t value) {
    json_key(w, str_from(key));
    json_int64(w, value);
}

static crm_status put_all(struct compared *c, struct err *err) {
    struct json_writer *w = c->out;
    json_object_open(w);
    json_key_lit(w, "script");
    json_text(w, json_str(json_object_get(c->then, "script")));
    json_key_lit(w, "version");
    json_text(w, json_str(json_object_get(c->now, "version")));
    json_key_lit(w, "against");
    json_text(w, json_str(json_object_get(c->then, "version")));
    json_key_lit(w, "differences");
    json_array_open(w);
    crm_status status = put_differences(c, err);
    json_array_shut(w);
    put_number(w, "runs", c->runs);
    put_number(w, "differ", c->differ);
    put_number(w, "assignments", c->assignments);
    put_number(w, "assignments_differ", c->assignments_differ);
    json_key_lit(w, "next");
    if (c->next) {
        json_int64(w, c->next);
    } else {
        json_nil(w);
    }
    json_object_shut(w);
    return status;
}

static void stop_at(struct compared *c, const json_t *answer) {
    int64_t next = json_integer_value(json_object_get(answer, "next"));
    if (next && (!c->next || next < c->next)) c->next = next;
}

crm_status script_compare_json(struct script_host *h, struct record_view *asker,
                               const struct script_trial_wanted *wanted, struct json_writer *out,
                               struct err *err) {
    struct script_trial_wanted in_force = *wanted;
    struct compared c = {.out = out, .by_key = json_object()};
    in_force.text = STR_NONE;
    in_force.carry = wanted->carry_in_force;
    bool began = !store_in_transaction(asker->conn); /* one snapshot for both */
    crm_status status = c.by_key ? CRM_OK : err_no_memory(err);
    if (status == CRM_OK && began) status = store_begin(asker->conn, err);
    if (status == CRM_OK) status = try_one(h, asker, wanted, &c.then, err);
    if (status == CRM_OK) status = try_one(h, asker, &in_force, &c.now, err);
    if (began && store_in_transaction(asker->conn)) store_rollback(asker->conn);
    stop_at(&c, c.now);
    stop_at(&c, c.then);
    if (status == CRM_OK) status = put_all(&c, err);
    json_decref(c.by_key);
    json_decref(c.now);
    json_decref(c.then);
    return status;
}
