/* Lists as they are: their records, and the records that stand in them. See lists_state.h. */
#include "base/number.h"
#include "base/time.h"
#include "record/lists_state.h"
#include "record/prepare.h"
#include "store/query.h"

const struct schema_entity *list_entity(const struct lists *l, bool is_pipeline, bool is_item) {
    return schema_find(l->now, is_pipeline ? (is_item ? STR("stage") : STR("pipeline"))
                                           : (is_item ? STR("directory_item") : STR("directory")));
}

const char *list_parent_field(bool is_pipeline) { return is_pipeline ? "pipeline" : "directory"; }
const char *list_name_field(bool is_pipeline, bool is_item) {
    return is_item && !is_pipeline ? "code" : "name";
}

struct str list_seed_key(struct arena *a, const struct list *list, struct str list_name,
                         struct str item) {
    const char *what =
        list->is_pipeline ? (item.len ? "stage" : "pipeline") : (item.len ? "item" : "directory");
    struct str of = list->is_pipeline
                        ? arena_printf(a, "%.*s:%.*s", STR_ARG(list->entity), STR_ARG(list_name))
                        : list_name;
    return item.len ? arena_printf(a, "seed:%s:%.*s:%.*s", what, STR_ARG(of), STR_ARG(item))
                    : arena_printf(a, "seed:%s:%.*s", what, STR_ARG(of));
}

struct str list_subject(struct arena *a, const struct list *list, struct str name,
                        struct str item) {
    struct str of = list->is_pipeline
                        ? arena_printf(a, "%.*s/%.*s", STR_ARG(list->entity), STR_ARG(name))
                        : name;
    return item.len ? arena_printf(a, "%.*s/%.*s", STR_ARG(of), STR_ARG(item)) : of;
}

static struct str formatted(struct arena *a, struct value v) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 64);
    if (v.type == VALUE_DECIMAL) decimal_format(v.integer, 6, &text);
    if (v.type == VALUE_DATE) date_format(v.integer, &text);
    if (v.type == VALUE_TIME) time_format(v.integer, &text);
    return arena_str(a, buf_str(&text));
}

struct str list_value_text(struct arena *a, const struct schema_entity *e, const struct value *row,
                           struct str field) {
    const struct schema_field *f = schema_field_find(e, field);
    struct value v = f ? row[f->slot] : VALUE_OF_NIL;
    switch (v.type) {
    case VALUE_TEXT:
        return v.text;
    case VALUE_BOOL:
        return v.boolean ? STR("true") : STR("false");
    case VALUE_INT:
        if (!v.integer && str_is(f->owner, "kernel")) return STR_NONE; /* as not said */
        return arena_printf(a, "%lld", (long long)v.integer);
    case VALUE_DECIMAL:
    case VALUE_DATE:
    case VALUE_TIME:
        return formatted(a, v);
    default:
        return STR_NONE;
    }
}

struct value list_value_of(const struct schema_entity *e, struct str field, struct str text) {
    const struct schema_field *f = schema_field_find(e, field);
    int64_t n = 0;
    switch (f ? f->value_type.type : VALUE_TEXT) {
    case VALUE_BOOL:
        return value_bool(str_is(text, "true"));
    case VALUE_INT:
        return str_to_int64(text, &n) ? value_int(n) : VALUE_OF_NIL;
    case VALUE_DECIMAL:
        return decimal_parse(text, &n) ? value_decimal(n) : VALUE_OF_NIL;
    case VALUE_DATE:
        return date_parse(text, &n) ? value_date(n) : VALUE_OF_NIL;
    case VALUE_TIME:
        return time_parse(text, &n) ? value_time(n) : VALUE_OF_NIL;
    default:
        return value_text(text);
    }
}

/* By the key it was made with, else by its name. */
static const struct value *find(const struct lists *l, const struct schema_entity *e,
                                const struct list *list, const struct value *parent, struct str key,
                                struct str name) {
    const struct value *found = NULL;
    const char *field = list_name_field(list->is_pipeline, parent != NULL);
    int64_t of =
        parent ? row_std_int(list_entity(l, list->is_pipeline, false), parent, SCHEMA_STD_ID) : 0;
    for (size_t i = 0; e && name.len && i < resident_count(l->resident, e); i++) {
        const struct value *row = resident_at(l->resident, e, i);
        if (parent && row_named(e, row, list_parent_field(list->is_pipeline)).integer != of)
            continue;
        if (!parent && list->is_pipeline &&
            !str_eq(value_str(row_named(e, row, "entity")), list->entity))
            continue;
        if (str_eq(value_str(row_std(e, row, SCHEMA_STD_EXTERNAL_ID)), key)) return row;
        if (!found && str_eq(value_str(row_named(e, row, field)), name)) found = row;
    }
    return found;
}

const struct value *list_row(const struct lists *l, const struct list *list, struct str name) {
    return find(l, list_entity(l, list->is_pipeline, false), list, NULL,
                list_seed_key(l->arena, list, name, STR_NONE), name);
}

const struct value *list_item_row(const struct lists *l, const struct list *list,
                                  const struct value *parent, struct str name) {
    return find(l, list_entity(l, list->is_pipeline, true), list, parent,
                list_seed_key(l->arena, list, list->self.name, name), name);
}

/* ---- the records in it ----------------------------------------------------------------------- */
static struct str quoted(struct arena *a, struct str text) {
    char *out = arena_alloc(a, text.len * 2 + 3);
    size_t at = 0;
    if (!out) return STR_NONE;
    out[at++] = '"';
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') out[at++] = '\\';
        out[at++] = text.ptr[i];
    }
    out[at++] = '"';
    return str_make(out, at);
}

static struct str where_of(struct arena *a, const struct schema_field *f, struct str value) {
    bool is_set = f->type == SCHEMA_FIELD_CHOICES;
    return arena_printf(a, is_set ? "one_of(%.*s, %.*s)" : "%.*s == %.*s", STR_ARG(f->name),
                        STR_ARG(quoted(a, value)));
}

static bool use_pipeline(const struct lists *l, const struct list_step *s, size_t n,
                         struct list_use *ret) {
    const struct schema_entity *e = schema_find(l->now, s->list->entity);
    if (n > 0 || !e || !e->pipeline.present) return false;
    bool is_stage = s->item != NULL;
    ret->entity = e;
    ret->field = &e->fields[is_stage ? e->pipeline.stage_slot : e->pipeline.pipeline_slot];
    ret->where =
        where_of(l->arena, ret->field, arena_printf(l->arena, "%lld", (long long)s->record));
    return true;
}

bool list_use(const struct lists *l, const struct list_step *s, size_t n, struct list_use *ret) {
    if (s->list->is_pipeline) return use_pipeline(l, s, n, ret);
    struct str directory = s->renamed ? s->renamed->self.name : s->list->self.name;
    for (size_t i = 0; s->item && i < l->now->entity_count; i++) {
        const struct schema_entity *e = &l->now->entities[i];
        for (size_t k = 0; k < e->field_count; k++) {
            const struct schema_field *f = &e->fields[k];
            bool chooses = f->type == SCHEMA_FIELD_CHOICE || f->type == SCHEMA_FIELD_CHOICES;
            if (!chooses || !str_eq(f->directory, directory) || n-- > 0) continue;
            *ret = (struct list_use){e, f, where_of(l->arena, f, s->name)};
            return true;
        }
    }
    return false;
}

bool list_is_entity(const struct schema_entity *e) {
    static const char *const all[] = {"stage", "pipeline", "directory_item", "directory"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (str_is(e->name, all[i])) return true;
    return false;
}

bool list_step_of(const struct lists *l, const struct schema_entity *e, const struct value *row,
                  struct list_step *ret) {
    bool is_pipeline = str_is(e->name, "stage") || str_is(e->name, "pipeline"),
         is_item = str_is(e->name, "stage") || str_is(e->name, "directory_item");
    if (!list_is_entity(e)) return false;
    const struct schema_entity *lists = list_entity(l, is_pipeline, false);
    const struct value *of =
        is_item ? resident_row(l->resident, lists,
                               row_named(e, row, list_parent_field(is_pipeline)).integer)
                : row;
    struct list *list = ARENA_NEW(l->arena, struct list);
    struct list_item *item = ARENA_NEW(l->arena, struct list_item);
    if (!of || !list || !item) return false;
    list->is_pipeline = is_pipeline;
    list->self.name = value_str(row_named(lists, of, "name"));
    if (is_pipeline) list->entity = value_str(row_named(lists, of, "entity"));
    item->name = value_str(row_named(e, row, list_name_field(is_pipeline, is_item)));
    *ret = (struct list_step){.list = list,
                              .item = is_item ? item : NULL,
                              .record = row_std_int(e, row, SCHEMA_STD_ID),
                              .name = item->name,
                              .step.subject = list_subject(l->arena, list, list->self.name,
                                                           is_item ? item->name : STR_NONE)};
    return ret->step.subject.ptr != NULL;
}

bool list_field_of(const struct lists *l, struct str directory, struct str *ret) {
    for (size_t i = 0; i < l->wanted->entity_count; i++) {
        const struct schema_entity *e = &l->wanted->entities[i];
        for (size_t k = 0; k < e->field_count; k++) {
            if (!str_eq(e->fields[k].directory, directory)) continue;
            *ret =
                arena_printf(l->arena, "%.*s.%.*s", STR_ARG(e->name), STR_ARG(e->fields[k].name));
            return true;
        }
    }
    return false;
}

crm_status list_use_query(struct lists *l, const struct list_use *use, struct store_query *ret,
                          struct arena *a, struct err *err) {
    struct access_scope storage;
    struct expr_scope scope = access_expr_scope(&storage, &l->access, use->entity);
    *ret = (struct store_query){.access = &l->access,
                                .from = use->entity,
                                .now_ms = clock_now_ms(),
                                .action = SCHEMA_ACTION_UPDATE,
                                .trash = STORE_LIVING};
    if (!use->where.ptr) return err_no_memory(err);
    return expr_parse(a, use->where, &scope, EXPR_MODE_ROW, &ret->where, err);
}

crm_status list_use_living(struct lists *l, const struct list_use *use, int64_t *ret,
                           struct err *err) {
    struct store_query query;
    bool exact = true;
    *ret = 0;
    crm_status status = list_use_query(l, use, &query, l->arena, err);
    return status == CRM_OK ? store_count_run(l->conn, &query, STORE_COUNT_EXACT, ret, &exact, err)
                            : status;
}

crm_status list_use_count(struct lists *l, const struct list_step *s, int64_t *ret,
                          struct err *err) {
    struct list_use use;
    crm_status status = CRM_OK;
    *ret = 0;
    for (size_t n = 0; status == CRM_OK && list_use(l, s, n, &use); n++) {
        int64_t count = 0;
        status = list_use_living(l, &use, &count, err);
        if (status != CRM_OK && l->early) { /* a column that is yet to be made: nothing uses it */
            store_rollback(l->conn);
            status = store_begin(l->conn, err);
        }
        *ret += count;
    }
    return status;
}
