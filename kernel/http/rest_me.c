/* What a person has chosen for themselves - how things look, which columns, where they were: one
 * JSON object a user, of which the server knows only its size. A change is merged into what stands
 * (RFC 7396), inside the writer, so that two windows never lose each other's keys.
 *
 * Kept in sys_state, apart from the log: nothing of it is a record. Threads: a reader's. */
#include <stdlib.h>

#include "base/time.h"
#include "http/describe.h"
#include "http/exchange.h"
#include "http/messages.h"
#include "http/rest.h"
#include "record/engine.h"
#include "store/sys_tables.h"

enum { OWN_MAX_BYTES = 64 * 1024, OWN_DEPTH = 8, OWN_ELEMENTS = 4000 };

static const struct json_limits own_limits = {
    .max_bytes = OWN_MAX_BYTES, .max_depth = OWN_DEPTH, .max_elements = OWN_ELEMENTS};

struct own {
    struct arena *arena;
    struct str key;
    json_t *patch;   /* borrowed */
    struct str text; /* what stands in the end, arena */
};

static struct str key_of(struct http_request *r) {
    return arena_printf(http_arena(r), "settings/%lld", (long long)http_access(r)->actor.user);
}

static void row_of(const struct own *o, struct store_condition where[2]) {
    where[0] = (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(STR("user"))};
    where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(o->key)};
}

/* *ret is "{}" where nothing was chosen yet. */
static crm_status read_own(struct store_conn *c, const struct own *o, struct str *ret,
                           struct err *err) {
    struct store_condition where[2];
    const struct store_value *row = NULL;
    row_of(o, where);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    crm_status status = store_first(c, &select, o->arena, &row, err);
    if (status != CRM_OK) return status;
    *ret = row && row[SYS_STATE_VALUE].type == STORE_TEXT ? row[SYS_STATE_VALUE].bytes : STR("{}");
    return CRM_OK;
}

/* RFC 7396, section 2; both are objects. False without memory. */
static bool merge_into(json_t *target, json_t *patch) {
    const char *key;
    json_t *value;
    json_object_foreach(patch, key, value) {
        json_t *inner = json_object_get(target, key);
        if (json_is_null(value)) {
            (void)json_object_del(target, key);
            continue;
        }
        if (!json_is_object(value)) {
            if (json_object_set(target, key, value) != 0) return false;
            continue;
        }
        if (!json_is_object(inner)) {
            inner = json_object();
            if (json_object_set_new(target, key, inner) != 0) return false;
        }
        if (!merge_into(inner, value)) return false;
    }
    return true;
}

static crm_status put_own(struct store_conn *writer, const struct own *o, struct err *err) {
    struct store_condition where[2];
    row_of(o, where);
    crm_status status = store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    if (status != CRM_OK) return status;
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(STR("user")),
                                                     [SYS_STATE_KEY] = store_text(o->key),
                                                     [SYS_STATE_VALUE] = store_text(o->text),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    return store_insert(writer, sys_table(SYS_TABLE_STATE), row, err);
}

static crm_status merge_write(void *ctx, struct store_conn *writer, struct err *err) {
    struct own *o = ctx;
    JSON_CLEANUP json_t *whole = NULL;
    struct str text;
    crm_status status = read_own(writer, o, &text, err);
    if (status == CRM_OK) status = json_parse(text, &own_limits, &whole, err);
    if (status != CRM_OK) return status;
    if (!json_is_object(whole)) return err_internal(err, "settings of a user are no object");
    char *merged = merge_into(whole, o->patch) ? json_dumps(whole, JSON_COMPACT) : NULL;
    o->text = merged ? arena_str(o->arena, str_from(merged)) : STR_NONE;
    free(merged);
    if (!o->text.ptr) return err_no_memory(err);
    json_t *again = NULL; /* what is kept must be readable tomorrow: within the same limits */
    status = json_parse(o->text, &own_limits, &again, err);
    json_decref(again);
    return status == CRM_OK ? put_own(writer, o, err) : status;
}

static crm_status show(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct own own = {.arena = http_arena(r), .key = key_of(r)};
    struct str text = STR_NONE;
    struct store_conn *reader = http_reader(r);
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK && !reader) status = err_set(err, CRM_UNAVAILABLE, &http_queue_full, NULL);
    if (status == CRM_OK && !own.key.ptr) status = err_no_memory(err);
    if (status == CRM_OK) status = read_own(reader, &own, &text, err);
    if (status == CRM_OK) json_raw(http_json(r), text);
    return status;
}

static crm_status change(struct http_request *r, void *ctx, struct err *err) {
    (void)ctx;
    struct own own = {.arena = http_arena(r), .key = key_of(r)};
    crm_status status = http_query_only(r, err, NULL);
    if (status == CRM_OK && !own.key.ptr) status = err_no_memory(err);
    if (status == CRM_OK) status = http_body_json(r, &own.patch, err);
    if (status == CRM_OK && !json_is_object(own.patch))
        status = err_set(err, CRM_INVALID, &http_body_not_object, NULL);
    if (status == CRM_OK) status = engine_write(http_engine(r), merge_write, &own, err);
    if (status == CRM_OK) json_raw(http_json(r), own.text);
    return status;
}

static const struct http_route routes[] = {
    {.method = "GET",
     .pattern = HTTP_API "/me/settings",
     .lane = HTTP_LANE_INLINE,
     .handle = show,
     .summary = "What the caller has chosen for themselves",
     .tag = "settings",
     .answer_schema = DESCRIBE_ANY_OBJECT},
    {.method = "PATCH",
     .pattern = HTTP_API "/me/settings",
     .lane = HTTP_LANE_READER,
     .body_limit = OWN_MAX_BYTES,
     .handle = change,
     .summary = "Merge into what the caller has chosen (RFC 7396)",
     .tag = "settings",
     .body_schema = DESCRIBE_ANY_OBJECT,
     .answer_schema = DESCRIBE_ANY_OBJECT},
};

crm_status http_rest_me(struct http_server *s, struct err *err) {
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
