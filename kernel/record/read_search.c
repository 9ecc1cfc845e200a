/* Search across entities, and why the caller may or may not act on a record. */
#include "record/read_list.h"

#include "record/messages.h"

enum { SEARCH_LIMIT = 50, SEARCH_LIMIT_MAX = 1000 };

static crm_status read_entities(struct record_view *v, struct str names,
                                struct store_search *search, struct err *err) {
    struct str rest = names, name;
    if (str_trim(names).len == 0) return CRM_OK;
    const struct schema *s = v->access->schema;
    const struct schema_entity **list =
        ARENA_ARRAY(v->arena, s->entity_count, const struct schema_entity *);
    if (!list) return err_no_memory(err);
    for (bool more = true; more;) {
        more = str_split(&rest, ',', &name);
        name = str_trim(name);
        const struct schema_entity *e = schema_find(s, name);
        const struct str args[] = {name};
        if (!e || !e->search || !access_entity_visible(v->access, e))
            return err_set_args(err, CRM_INVALID, &record_search_entity, args, 1);
        bool twice = false;
        for (size_t i = 0; i < search->entity_count; i++)
            twice |= list[i] == e;
        if (!twice) list[search->entity_count++] = e;
    }
    search->entities = list;
    return CRM_OK;
}

static void write_hits(const struct store_hit *hits, size_t count, struct str next,
                       struct json_writer *out) {
    json_object_open(out);
    json_key_lit(out, "results");
    json_array_open(out);
    for (size_t i = 0; i < count; i++) {
        json_object_open(out);
        json_key_lit(out, "entity");
        json_text(out, hits[i].entity->name);
        json_key_lit(out, "id");
        json_id(out, hits[i].id);
        json_key_lit(out, "title");
        json_text(out, hits[i].title);
        json_key_lit(out, "snippet");
        json_text(out, hits[i].snippet);
        json_object_shut(out);
    }
    json_array_shut(out);
    json_key_lit(out, "next");
    json_text_or_nil(out, next);
    json_object_shut(out);
}

crm_status record_search_json(struct record_view *v, struct str text, struct str entities,
                              int64_t limit, struct str after, struct json_writer *out,
                              struct err *err) {
    struct store_search search = {
        .access = v->access, .text = text, .limit = limit ? limit : SEARCH_LIMIT, .after = after};
    struct store_hit *hits = NULL;
    size_t count = 0;
    struct str next = STR_NONE;
    crm_status status = read_limit_check(limit, SEARCH_LIMIT_MAX, err);
    if (status == CRM_OK) status = read_entities(v, entities, &search, err);
    bool began = false;
    if (status == CRM_OK) status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = store_search_run(v->conn, &search, v->arena, &hits, &count, &next, err);
    read_end(v, began);
    if (status == CRM_OK) write_hits(hits, count, next, out);
    return status;
}

static crm_status write_action(struct read_row *row, enum schema_action action, const char *word,
                               struct json_writer *out, struct err *err) {
    const struct access *a = row->view->access;
    const struct expr *rule = access_rows(a, action, row->entity);
    bool allowed = false;
    crm_status status = read_row_allowed(row, action, &allowed, err);
    if (status != CRM_OK) return status;
    const char *why = "rule";
    if (!rule)
        why = a->role || a->actor.system ? "role" : "no_role";
    else if (access_is_admin(a))
        why = "admin";
    else if (access_is_all(rule))
        why = "all_records";
    json_key_lit(out, word);
    json_object_open(out);
    json_key_lit(out, "allowed");
    json_bool(out, allowed);
    json_key_lit(out,
                 "because"); /* admin, all_records, rule (this row), role (no grant), no_role */
    json_cstr(out, why);
    json_object_shut(out);
    return CRM_OK;
}

static crm_status write_access(struct read_row *row, struct json_writer *out, struct err *err) {
    static const struct {
        enum schema_action action;
        const char *word;
    } actions[] = {{SCHEMA_ACTION_READ, "read"},
                   {SCHEMA_ACTION_UPDATE, "update"},
                   {SCHEMA_ACTION_DELETE, "delete"},
                   {SCHEMA_ACTION_EXPORT, "export"}};
    const struct access *a = row->view->access;
    json_object_open(out);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        crm_status status = write_action(row, actions[i].action, actions[i].word, out, err);
        if (status != CRM_OK) return status;
    }
    json_key_lit(out, "locked"); /* fields that may be read and not written */
    json_array_open(out);
    for (size_t i = 0; i < row->entity->field_count; i++) {
        const struct schema_field *f = &row->entity->fields[i];
        if (access_field_visible(a, row->entity, f) && !access_field_writable(a, row->entity, f))
            json_text(out, f->name);
    }
    json_array_shut(out);
    json_key_lit(out, "role");
    if (a->role) {
        json_text(out, a->role->name);
    } else {
        json_nil(out);
    }
    json_object_shut(out);
    return CRM_OK;
}

crm_status record_access_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                              struct json_writer *out, struct err *err) {
    struct slot_set slots = {0};
    struct read_row row;
    slot_add(&slots, 0);
    for (int action = 0; action < SCHEMA_ACTION_COUNT; action++)
        read_rule_slots(v->access, (enum schema_action)action, e, &slots);
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = read_row_find(v, e, id, &slots, &row, err);
    if (status == CRM_OK) status = write_access(&row, out, err);
    read_end(v, began);
    return status;
}
