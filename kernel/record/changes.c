/* History of one record: what changed, from what to what, who did it, through which door and why.
 */
#include "record/changes.h"

#include "record/image.h"
#include "record/json_out.h"
#include "record/merge.h"
#include "record/read_list.h"

enum { CHANGES_LIMIT = 50, CHANGES_LIMIT_MAX = 1000 };

static crm_status put_side(struct record_view *v, struct json_writer *out,
                           const struct schema_field *f, const struct image_field *image,
                           bool after, struct err *err) {
    json_key_lit(out, after ? "after" : "before");
    if (image->is_items) {
        struct read_items items = {.known = true,
                                   .list = after ? image->items_after : image->items_before,
                                   .count = after ? image->items_after_count
                                                  : image->items_before_count};
        return json_out_items(v, out, f, &items, NULL, err);
    }
    return json_out_value(v, out, f, after ? &image->after : &image->before, (struct json_title){0},
                          err);
}

static bool is_wanted(const struct read_select *only, const struct schema_field *f) {
    if (!only || only->everything) return true;
    for (size_t i = 0; i < only->count; i++)
        if (only->paths[i].field[0] == f) return true;
    return false;
}

static const struct schema_field *shown_field(struct record_view *v, const struct schema_entity *e,
                                              const struct read_select *only,
                                              const struct image_field *image) {
    const struct schema_field *f = schema_field_by_id(e, image->field);
    bool fits = f && image->is_items == (schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS);
    return fits && is_wanted(only, f) && access_field_visible(v->access, e, f) ? f : NULL;
}

static crm_status put_fields(struct record_view *v, struct json_writer *out,
                             const struct schema_entity *e, const struct read_select *only,
                             const struct image_field *fields, size_t count, struct err *err) {
    json_key_lit(out, "fields");
    json_object_open(out);
    for (size_t i = 0; i < count; i++) {
        const struct schema_field *f = shown_field(v, e, only, &fields[i]);
        if (!f) continue;
        json_key(out, f->name);
        json_object_open(out);
        crm_status status = put_side(v, out, f, &fields[i], false, err);
        if (status == CRM_OK) status = put_side(v, out, f, &fields[i], true, err);
        if (status != CRM_OK) return status;
        if (fields[i].before_lost || fields[i].after_lost) { /* to the type that it has by now */
            json_key_lit(out, "does_not_convert");
            json_bool(out, true);
        }
        json_object_shut(out);
    }
    json_object_shut(out);
    return CRM_OK;
}

crm_status change_put_fields(struct record_view *v, struct json_writer *out,
                             const struct schema_entity *e, const struct image_field *fields,
                             size_t count, struct err *err) {
    return put_fields(v, out, e, NULL, fields, count, err);
}

static crm_status put_head(struct record_view *v, struct json_writer *out,
                           const struct past_change *change, const struct log_changeset *of,
                           struct err *err) {
    json_key_lit(out, "seq");
    json_int64(out, change->seq);
    json_key_lit(out, "changeset");
    json_id(out, of->id);
    json_key_lit(out, "at");
    json_time(out, of->at_ms);
    json_key_lit(out, "actor");
    crm_status status = read_put_ref(v, out, read_entity(v, "user"), of->actor, err);
    if (status != CRM_OK) return status;
    json_key_lit(out, "door");
    json_cstr(out, access_door_word(of->door));
    json_key_lit(out, "cause");
    json_text_or_nil(out, of->cause);
    json_key_lit(out, "note");
    json_text_or_nil(out, of->note);
    json_key_lit(out, "op");
    json_cstr(out, record_verb_word(change->verb));
    json_key_lit(out, "version");
    json_int64(out, change->version);
    return CRM_OK;
}

crm_status change_put(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                      const struct past_change *change, const struct read_select *only,
                      bool *ret_shown, struct err *err) {
    const struct change_wanted wanted = {e, change, only};
    struct log_changeset of;
    return change_put_of(v, out, &wanted, ret_shown, &of, err);
}

/* Of a merge the history tells also where the record that stayed changed in nothing else. */
static bool is_survivor(const struct read_select *only, const struct past_change *change,
                        const struct log_changeset *of) {
    return (!only || only->count == 0 || only->everything) &&
           record_merge_of(of->cause) == change->record;
}

crm_status change_put_of(struct record_view *v, struct json_writer *out,
                         const struct change_wanted *wanted, bool *ret_shown,
                         struct log_changeset *ret_of, struct err *err) {
    const struct schema_entity *e = wanted->entity;
    const struct past_change *change = wanted->change;
    const struct read_select *only = wanted->only;
    struct image_field *fields = NULL;
    size_t count = 0, visible = 0;
    struct log_changeset of = {0};
    bool found = false;
    crm_status status = image_decode(v->arena, change->images, e, &fields, &count, err);
    const struct image_scope scope = {v->arena, e, v->resident, v->company};
    if (status == CRM_OK) image_today(&scope, fields, count);
    if (status == CRM_OK) status = past_changeset(v->conn, change->seq, v->arena, &of, &found, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < count; i++)
        visible += shown_field(v, e, only, &fields[i]) != NULL;
    *ret_shown =
        found && (visible > 0 || change->verb != RECORD_UPDATE || is_survivor(only, change, &of));
    *ret_of = of;
    if (!*ret_shown) return CRM_OK;
    status = put_head(v, out, change, &of, err);
    return status == CRM_OK ? put_fields(v, out, e, only, fields, count, err) : status;
}

struct asked {
    const struct schema_entity *entity;
    int64_t id;
    struct read_select only; /* fields */
};

/* Writes up to `limit` changes that have something to show; *cursor is where to go on. */
static crm_status put_page(struct record_view *v, struct json_writer *out, const struct asked *of,
                           int64_t limit, int64_t cursor[2], bool *ret_more, struct err *err) {
    *ret_more = true;
    const struct schema_entity *e = of->entity;
    for (int64_t written = 0; written < limit;) {
        struct past_change *list = NULL;
        size_t count = 0, batch = (size_t)limit + 1;
        crm_status status = past_changes(v->conn, e->id, of->id, cursor[0], cursor[1], batch,
                                         v->arena, &list, &count, err);
        for (size_t i = 0; i < count && status == CRM_OK; i++) {
            bool shown = false;
            cursor[0] = list[i].seq;
            cursor[1] = list[i].position;
            if (written == limit) return CRM_OK;
            struct json_writer before = *out;
            size_t mark = out->out->len;
            json_object_open(out);
            status = change_put(v, out, e, &list[i], &of->only, &shown, err);
            json_object_shut(out);
            if (status == CRM_OK && !shown) { /* as if it had never been */
                out->out->len = mark;
                *out = before;
            }
            written += shown;
            cursor[1]--;
        }
        if (status != CRM_OK) return status;
        if (count < batch) {
            *ret_more = false;
            return CRM_OK;
        }
    }
    return CRM_OK;
}

static crm_status changes(struct record_view *v, const struct schema_entity *e, int64_t id,
                          const struct record_history_options *o, struct json_writer *out,
                          struct err *err) {
    struct asked of = {.entity = e, .id = id};
    int64_t cursor[2];
    bool more = false;
    struct slot_set slots = {0};
    struct read_row row;
    slot_add(&slots, 0);
    crm_status status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_OK) status = read_limit_check(o->limit, CHANGES_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_select_parse(v, e, o->fields, &of.only, err);
    if (status == CRM_OK) status = read_cursor_parse(o->after, cursor, 2, err);
    if (status != CRM_OK) return status;
    json_object_open(out);
    json_key_lit(out, "records");
    json_array_open(out);
    status = put_page(v, out, &of, o->limit ? o->limit : CHANGES_LIMIT, cursor, &more, err);
    json_array_shut(out);
    json_key_lit(out, "next");
    if (more) {
        read_cursor_put(out, cursor, 2);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    return status;
}

crm_status record_changes_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                               const struct record_history_options *o, struct json_writer *out,
                               struct err *err) {
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = changes(v, e, id, o, out, err);
    read_end(v, began);
    return status;
}
