/* Why a field is what it is: its changes in the log, each with the handler that made it or had a
 * hand in it, that handler's version, the line, and the run. See runs.h.
 *
 * An after-handler's changeset has a run, whose effects tell the line of each write; a
 * before-handler's place stands in the cause itself. */
#include "base/json.h"
#include "record/log.h"
#include "script/messages.h"
#include "script/runs.h"
#include "store/sys_tables.h"

struct why {
    struct record_view *view;
    const struct schema_field *field;
    int64_t record;
};

struct culprit {
    struct str name, version, place; /* place: "file:line" */
    int64_t run;
};

/* ---- who it was ---------------------------------------------------------------------------------
 */

/* The line of the last write of this run to the record and field; its own line where there is only
 * one write, for created records are new each time. */
static struct str effect_place(struct arena *a, struct str effects, int64_t record,
                               struct str field) {
    json_t *list = NULL, *effect;
    size_t i;
    struct err err;
    struct str found = STR_NONE;
    struct json_limits limits = json_limits_default;
    if (json_parse(effects, &limits, &list, &err) != CRM_OK) return STR_NONE;
    json_array_foreach(list, i, effect) {
        int64_t id = 0;
        const json_t *fields = json_object_get(effect, "detail");
        bool is_it = str_to_int64(json_str(json_object_get(effect, "id")), &id) && id == record;
        const char *key = arena_cstr(a, field);
        if (!is_it || !key || (fields && !json_object_get(fields, key))) continue;
        found = arena_str(a, json_str(json_object_get(effect, "at")));
    }
    json_decref(list);
    return found;
}

static crm_status find_run(const struct why *w, int64_t changeset, struct culprit *ret,
                           struct err *err) {
    const struct store_condition where = {SYS_RUN_CHANGESET, STORE_EQ, store_int(changeset)};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_RUN), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(w->view->conn, &select, w->view->arena, &row, err);
    if (status != CRM_OK || !row) return status;
    ret->run = row[SYS_RUN_ID].integer;
    ret->name = row[SYS_RUN_SCRIPT].bytes;
    ret->version = row[SYS_RUN_VERSION].bytes;
    if (row[SYS_RUN_EFFECTS].type == STORE_TEXT)
        ret->place =
            effect_place(w->view->arena, row[SYS_RUN_EFFECTS].bytes, w->record, w->field->name);
    return CRM_OK;
}

static struct str without_prefix(struct str s, struct str prefix) {
    return str_make(s.ptr + prefix.len, s.len - prefix.len);
}

/* false: no script had a hand in it. */
static crm_status find_culprit(const struct why *w, const struct log_changeset *of,
                               struct culprit *ret, bool *ret_found, struct err *err) {
    static const struct str before = {"before ", 7}, script = {"script ", 7};
    *ret = (struct culprit){.version = of->script_version};
    *ret_found = true;
    if (str_starts_with(of->cause, before)) {
        ret->place = without_prefix(of->cause, before);
        return CRM_OK;
    }
    *ret_found = str_starts_with(of->cause, script);
    ret->name = of->cause; /* where the run is not kept any more */
    return *ret_found ? find_run(w, of->id, ret, err) : CRM_OK;
}

static void put_place(struct json_writer *out, struct str place) {
    size_t colon = place.len;
    int64_t line = 0;
    while (colon > 0 && place.ptr[colon - 1] != ':')
        colon--;
    bool known = colon > 1 && str_to_int64(str_make(place.ptr + colon, place.len - colon), &line);
    json_key_lit(out, "file");
    json_text_or_nil(out, known ? str_make(place.ptr, colon - 1) : STR_NONE);
    json_key_lit(out, "line");
    if (known) {
        json_int64(out, line);
    } else {
        json_nil(out);
    }
}

static crm_status put_script(void *ctx, const struct log_changeset *of, struct json_writer *out,
                             struct err *err) {
    const struct why *w = ctx;
    struct culprit who;
    bool found = false;
    crm_status status = find_culprit(w, of, &who, &found, err);
    json_key_lit(out, "script");
    if (status != CRM_OK || !found) {
        json_nil(out);
        return status;
    }
    json_object_open(out);
    json_key_lit(out, "name");
    json_text_or_nil(out, who.name);
    json_key_lit(out, "version");
    json_text_or_nil(out, who.version);
    put_place(out, who.place);
    json_key_lit(out, "run");
    if (who.run) {
        json_id(out, who.run);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    return CRM_OK;
}

crm_status script_why_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                           struct str field, int64_t limit, struct json_writer *out,
                           struct err *err) {
    const struct schema_field *f = schema_field_find(e, field);
    if (!f || !access_field_visible(v->access, e, f)) {
        const struct str args[] = {field, e->name};
        return err_set_args(err, CRM_INVALID, &say_script_no_field, args, 2);
    }
    struct why w = {v, f, id};
    const struct record_why about = {e, f, id, limit};
    const struct record_remark remark = {put_script, &w};
    return record_why_json(v, &about, &remark, out, err);
}
