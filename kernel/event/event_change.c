/* A subscriber's job, read back: the change it is about with both rows. */
#include "event/subscribe.h"

#include "base/json.h"
#include "event/messages.h"
#include "record/past.h"

static struct str text_at(struct arena *a, const json_t *payload, const char *key) {
    const json_t *value = json_object_get(payload, key);
    return json_is_string(value) ? arena_str(a, json_str(value)) : STR_NONE;
}

static int64_t id_at(const json_t *payload, const char *key) {
    int64_t id = 0;
    (void)str_to_int64(json_str(json_object_get(payload, key)), &id);
    return id;
}

static int64_t number_at(const json_t *payload, const char *key) {
    return json_integer_value(json_object_get(payload, key));
}

struct load {
    struct store_conn *conn;
    struct arena *arena;
    const struct schema *schema;
    struct event_change *change;
    bool found;
    crm_status status;
    struct err *err;
};

static bool take(void *ctx, const struct log_change *c) {
    struct load *l = ctx;
    struct image_field *fields = NULL;
    l->found = c->position == l->change->position;
    if (!l->found) return false;
    l->change->verb = c->verb;
    l->change->entity = c->entity;
    l->change->record = c->record;
    l->change->version = c->version;
    l->status =
        image_decode(l->arena, c->images, c->entity, &fields, &l->change->field_count, l->err);
    l->change->fields = fields;
    return false;
}

/* After: the present taken back to this change; before: one change further back. */
static crm_status load_rows(struct load *l) {
    struct event_change *c = l->change;
    struct past past;
    crm_status status = past_load(l->conn, c->entity, c->record, l->arena, &past, l->err);
    if (status == CRM_OK)
        status = past_back_to(l->conn, &past, c->seq, c->position, l->arena, l->err);
    if (status != CRM_OK) return status;
    if (past.exists) {
        struct value *after = ARENA_ARRAY(l->arena, c->entity->field_count, struct value);
        if (!after) return err_no_memory(l->err);
        memcpy(after, past.row, c->entity->field_count * sizeof *after);
        c->after = after;
    }
    status = past_revert(&past, c->verb, c->version, c->fields, c->field_count, l->arena, l->err);
    if (status == CRM_OK && past.exists) c->before = past.row;
    return status;
}

static crm_status load_change(struct load *l) {
    struct event_change *c = l->change;
    crm_status status =
        log_each_change(l->conn, l->schema, c->seq, c->position, 1, l->arena, take, l, l->err);
    if (status == CRM_OK) status = l->status;
    if (status == CRM_OK && !l->found)
        status = err_set(l->err, CRM_NOT_FOUND, &event_payload_bad, NULL);
    return status == CRM_OK && c->entity ? load_rows(l) : status;
}

static crm_status load_logged(struct load *l) {
    crm_status status = store_begin(l->conn, l->err);
    if (status != CRM_OK) return status;
    status = load_change(l);
    store_rollback(l->conn);
    return status;
}

static crm_status parse(struct load *l, const json_t *payload) {
    struct event_change *c = l->change;
    struct arena *a = l->arena;
    c->event = text_at(a, payload, "event");
    c->subscriber = text_at(a, payload, "subscriber");
    if (!c->event.ptr || !c->subscriber.ptr)
        return err_set(l->err, CRM_INVALID, &event_payload_bad, NULL);
    const json_t *data = json_object_get(payload, "data");
    if (data) {
        char *text = json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY);
        c->data = text ? arena_str(a, str_from(text)) : STR_NONE;
        free(text);
        return c->data.ptr ? CRM_OK : err_no_memory(l->err);
    }
    c->entity = schema_find(l->schema, json_str(json_object_get(payload, "entity")));
    c->record = id_at(payload, "id");
    c->version = number_at(payload, "version");
    c->seq = number_at(payload, "seq");
    c->position = number_at(payload, "position");
    c->changeset = id_at(payload, "changeset");
    c->actor = id_at(payload, "actor");
    c->at_ms = number_at(payload, "at");
    return load_logged(l);
}

crm_status event_change_load(struct event_job_run *run, const struct schema *schema,
                             struct event_change *ret, struct err *err) {
    JSON_CLEANUP json_t *payload = NULL;
    struct event_change change = {0};
    struct load l = {
        .conn = run->reader, .arena = run->arena, .schema = schema, .change = &change, .err = err};
    crm_status status = json_parse(run->job->payload, &json_limits_default, &payload, err);
    if (status == CRM_OK) status = parse(&l, payload);
    if (status == CRM_OK) *ret = change;
    return status;
}

crm_status event_change_get(struct store_conn *c, const struct schema *schema, int64_t seq,
                            int64_t position, struct arena *a, struct event_change *ret,
                            struct err *err) {
    struct event_change change = {.seq = seq, .position = position};
    struct log_changeset of;
    struct load l = {.conn = c, .arena = a, .schema = schema, .change = &change, .err = err};
    bool found = false;
    crm_status status = past_changeset(c, seq, a, &of, &found, err);
    if (status == CRM_OK && !found) status = err_set(err, CRM_NOT_FOUND, &event_payload_bad, NULL);
    if (status == CRM_OK) status = load_change(&l);
    if (status != CRM_OK) return status;
    change.changeset = of.id;
    change.actor = of.actor;
    change.at_ms = of.at_ms;
    *ret = change;
    return CRM_OK;
}
