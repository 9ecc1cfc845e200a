/* Routes of the living schema: plans, applying, what runs, and definitions made by people. Only for
 * those with the permission "schema". See living_schema.h.
 *
 * A definition is JSON with the keys of definition files; a field has its constructor under "type".
 * Every PUT and DELETE is planned and put into force at once; with ?dry=1 it is only planned. */
#include "module/schema_rest.h"

#include "base/time.h"
#include "http/describe.h"
#include "http/request.h"
#include "module/living_schema.h"
#include "module/messages.h"
#include "module/schema_waiting.h"

enum { NAMES_MAX = 200, DEFINITIONS_MAX = 500 };

crm_status schema_rest_permitted(struct http_request *r, struct err *err) {
    return schema_change_allowed(http_access(r), &(const struct schema_change){0}, err);
}

static crm_status wrong_kind(const char *key, const char *wanted, struct err *err) {
    return err_set(err, CRM_INVALID, &module_body_key, key, wanted, NULL);
}

crm_status schema_rest_text(const json_t *body, const char *key, struct str *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    if (body && !json_is_object(body)) return wrong_kind("body", "an object", err);
    if (value && !json_is_string(value)) return wrong_kind(key, "a text", err);
    *ret = json_str(value);
    return CRM_OK;
}

crm_status schema_rest_flag(const json_t *body, const char *key, bool *ret, struct err *err) {
    const json_t *value = json_object_get(body, key);
    if (value && !json_is_boolean(value)) return wrong_kind(key, "true or false", err);
    *ret = json_is_true(value);
    return CRM_OK;
}

static bool flag(struct http_request *r, const char *name) {
    struct str text = http_query(r, name);
    return str_is(text, "1") || str_is(text, "true");
}

/* ---- planned, put into force, or left to somebody else ----------------------------------------
 */
struct manner {
    bool dry, recycle, lossy;
    struct str note;   /* what it is for */
    struct str digest; /* only when the plan is still that one; empty: whatever it is */
};

static crm_status submit(struct http_request *r, struct kernel *k,
                         const struct schema_change *change, struct str note, struct err *err) {
    struct schema_plan plan = {0};
    int64_t id = 0;
    crm_status status = waiting_submit(k, change, note, http_arena(r), &plan, &id, err);
    if (status != CRM_OK) return status;
    http_status(r, 202);
    status = schema_put_plan(r, &plan, id, err);
    schema_plan_fini(&plan);
    return status;
}

static crm_status carry_out(struct http_request *r, struct kernel *k, struct schema_change *change,
                            const struct manner *manner, struct err *err) {
    struct schema_plan plan = {0};
    crm_status status = schema_change_allowed(http_access(r), change, err);
    if (status != CRM_OK) return status;
    change->author = http_access(r)->actor.user;
    if (!manner->dry && schema_change_waits(k, http_access(r)))
        return submit(r, k, change, manner->note, err);
    status = manner->dry
                 ? kernel_schema_look(k, change, http_arena(r), &plan, err)
                 : kernel_schema_change(k, change, manner->digest, http_arena(r), &plan, err);
    if (status != CRM_OK) return status;
    status = schema_put_plan(r, &plan, 0, err);
    schema_plan_fini(&plan);
    return status;
}

static crm_status read_name_list(struct http_request *r, const json_t *list, const char *key,
                                 const struct str **ret, size_t *ret_count, struct err *err) {
    if (!list) return CRM_OK;
    size_t count = json_array_size(list);
    struct str *names = ARENA_ARRAY(http_arena(r), count + 1, struct str);
    if (!json_is_array(list) || count > NAMES_MAX) return wrong_kind(key, "a list", err);
    if (!names) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        names[i] = json_str(json_array_get(list, i));
        if (names[i].len == 0) return wrong_kind(key, "a list of names", err);
    }
    *ret = names;
    *ret_count = count;
    return CRM_OK;
}

static crm_status read_wishes(struct http_request *r, const json_t *body, struct schema_wishes *ret,
                              struct err *err) {
    struct schema_wish_list lists[SCHEMA_WISH_LISTS];
    crm_status status = CRM_OK;
    schema_wish_lists(ret, lists);
    for (size_t i = 0; status == CRM_OK && i < SCHEMA_WISH_LISTS; i++)
        status = read_name_list(r, json_object_get(body, lists[i].word), lists[i].word,
                                lists[i].names, lists[i].count, err);
    return status;
}

static struct str dump(struct http_request *r, const json_t *json) {
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    struct str kept = text ? arena_str(http_arena(r), str_from(text)) : STR_NONE;
    free(text);
    return kept;
}

static crm_status read_definition(struct http_request *r, const json_t *json,
                                  struct admin_definition *ret, struct err *err) {
    static const char *const kinds[] = {"entity", "extend",    "directory", "pipeline",
                                        "role",   "layout",    "view",      "report",
                                        "metric", "dimension", "dashboard"};
    struct str kind = json_str(json_object_get(json, "kind"));
    const json_t *body = json_object_get(json, "definition");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(kind, kinds[i])) ret->kind = str_from(kinds[i]);
    if (ret->kind.len == 0)
        return err_set(err, CRM_INVALID, &module_definition_kind, arena_cstr(http_arena(r), kind),
                       "entity, extend, directory, pipeline, role, layout, view, report, metric, "
                       "dimension, dashboard",
                       NULL);
    ret->name = json_str(json_object_get(json, "name"));
    if (ret->name.len == 0) return wrong_kind("name", "a text", err);
    if (body && !json_is_null(body) && !json_is_object(body))
        return wrong_kind("definition", "an object, or null to take it away", err);
    bool is_draft = false;
    crm_status status = schema_rest_text(json, "note", &ret->note, err);
    if (status == CRM_OK) status = schema_rest_flag(json, "draft", &is_draft, err);
    if (status != CRM_OK) return status;
    ret->state = is_draft ? ADMIN_DRAFT : ADMIN_APPROVED;
    ret->at = clock_now_ms();
    ret->author = http_access(r)->actor.user;
    if (json_is_object(body)) ret->text = dump(r, body);
    return json_is_object(body) && !ret->text.ptr ? err_no_memory(err) : CRM_OK;
}

/* {"definitions":[{"kind","name","definition","note","draft"}],"drop":[],"recycle":[],"keep":[],"take":[],
 * "move":[],"leave":[],
 * "lossy"} */
static crm_status read_change(struct http_request *r, const json_t *body, struct schema_change *ret,
                              struct err *err) {
    const json_t *list = json_object_get(body, "definitions");
    size_t count = json_array_size(list);
    struct admin_definition *items = ARENA_ARRAY(http_arena(r), count + 1, struct admin_definition);
    if (list && (!json_is_array(list) || count > DEFINITIONS_MAX))
        return wrong_kind("definitions", "a list", err);
    if (!items) return err_no_memory(err);
    crm_status status = read_wishes(r, body, &ret->wishes, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = read_definition(r, json_array_get(list, i), &items[i], err);
    ret->admin = items;
    ret->admin_count = count;
    return status == CRM_OK ? schema_rest_flag(body, "lossy", &ret->lossy, err) : status;
}

static crm_status plan_or_apply(struct http_request *r, struct kernel *k, bool dry,
                                struct err *err) {
    json_t *body = NULL;
    struct schema_change change = {0};
    struct manner manner = {.dry = dry};
    crm_status status = schema_rest_permitted(r, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    if (status == CRM_OK && !json_is_object(body)) status = wrong_kind("body", "an object", err);
    if (status == CRM_OK) status = read_change(r, body, &change, err);
    if (status == CRM_OK) status = schema_rest_text(body, "note", &manner.note, err);
    if (status == CRM_OK) status = schema_rest_text(body, "digest", &manner.digest, err);
    return status == CRM_OK ? carry_out(r, k, &change, &manner, err) : status;
}

static crm_status post_plan(struct http_request *r, void *ctx, struct err *err) {
    return plan_or_apply(r, ctx, true, err);
}
static crm_status post_apply(struct http_request *r, void *ctx, struct err *err) {
    return plan_or_apply(r, ctx, false, err);
}

/* ---- one definition, one field --------------------------------------------------------------- */
static crm_status manner_of(struct http_request *r, struct manner *ret, struct err *err) {
    *ret = (struct manner){.dry = flag(r, "dry"),
                           .recycle = flag(r, "recycle"),
                           .lossy = flag(r, "lossy"),
                           .note = http_query(r, "note")};
    return http_query_only(r, err, "dry", "recycle", "lossy", "note", NULL);
}

static bool is_own(struct http_request *r, struct str entity) {
    const struct schema_entity *e = schema_find(http_schema(r), entity);
    return !e || str_is(e->owner, "admin");
}

/* What is in force; drafts are left aside. */
static crm_status stored(struct http_request *r, struct str kind, struct str name,
                         struct admin_definition *ret, bool *ret_found, struct err *err) {
    struct admin_definition *all = NULL;
    size_t count = 0;
    crm_status status = admin_layer_load(http_reader(r), http_arena(r), &all, &count, err);
    *ret_found = false;
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        const struct admin_definition wanted = {.kind = kind, .name = name};
        if (!admin_layer_same(&all[i], &wanted)) continue;
        *ret = all[i];
        *ret_found = true;
    }
    return status;
}

/* A pipeline or directory that nobody else defines goes with its definition. */
static bool is_own_list(struct http_request *r, struct str kind, struct str name) {
    const struct schema *s = http_schema(r);
    bool is_there = false, is_own = true;
    for (size_t i = 0; str_is(kind, "directory") && i < s->directory_count; i++) {
        if (!str_eq(s->directories[i].name, name)) continue;
        is_there = true;
        is_own &= str_is(s->directories[i].owner, "admin");
    }
    for (size_t i = 0; str_is(kind, "pipeline") && i < s->pipeline_count; i++) {
        struct str whole = arena_printf(http_arena(r), "%.*s/%.*s", STR_ARG(s->pipelines[i].entity),
                                        STR_ARG(s->pipelines[i].name));
        if (!str_eq(whole, name)) continue;
        is_there = true;
        is_own &= str_is(s->pipelines[i].owner, "admin");
    }
    return is_there && is_own;
}

/* What was renamed is stored under its new name alone. */
static crm_status without_former(struct http_request *r, struct admin_definition items[2],
                                 const json_t *body, size_t *ret_count, struct err *err) {
    struct str was = json_str(json_object_get(body, "was")), kind = items[0].kind;
    struct str name = items[0].name;
    const char *slash = memchr(name.ptr, '/', name.len);
    bool is_list = str_is(kind, "pipeline") || str_is(kind, "directory"), found = false;
    if (!is_list || !was.len) return CRM_OK;
    if (slash)
        was = arena_printf(http_arena(r), "%.*s/%.*s", (int)(slash - name.ptr), name.ptr,
                           STR_ARG(was));
    if (str_eq(was, name)) return CRM_OK;
    crm_status status = stored(r, kind, was, &items[1], &found, err);
    if (status != CRM_OK || !found) return status;
    items[1].text = STR_NONE;
    *ret_count = 2;
    return CRM_OK;
}

/* PUT and DELETE of a whole definition. `body` NULL: taken away. */
static crm_status put_whole(struct http_request *r, struct kernel *k, struct str kind,
                            struct str name, const json_t *body, struct err *err) {
    struct manner manner;
    bool found = false;
    struct admin_definition items[2] = {
        {.kind = kind, .name = name, .at = clock_now_ms(), .author = http_access(r)->actor.user}};
    struct admin_definition known;
    struct schema_change change = {.admin = items, .admin_count = 1};
    crm_status status = manner_of(r, &manner, err);
    if (status == CRM_OK) status = stored(r, kind, name, &known, &found, err);
    if (status == CRM_OK && !body && !found)
        status = err_set(err, CRM_NOT_FOUND, &module_definition_unknown,
                         arena_cstr(http_arena(r), kind), arena_cstr(http_arena(r), name), NULL);
    if (status != CRM_OK) return status;
    items[0].note = manner.note.len || !found ? manner.note : known.note;
    if (body) items[0].text = dump(r, body);
    if (body && !items[0].text.ptr) return err_no_memory(err);
    if (!body && (str_is(kind, "entity") || is_own_list(r, kind, name))) {
        change.wishes.drop = &items[0].name;
        change.wishes.drop_count = 1;
    }
    status = without_former(r, items, body, &change.admin_count, err);
    if (status != CRM_OK) return status;
    change.lossy = manner.lossy;
    return carry_out(r, k, &change, &manner, err);
}

static crm_status put_entity(struct http_request *r, void *ctx, struct err *err) {
    json_t *body = NULL;
    struct str name = http_param(r, "entity");
    crm_status status = schema_rest_permitted(r, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    return status == CRM_OK
               ? put_whole(r, ctx, is_own(r, name) ? STR("entity") : STR("extend"), name, body, err)
               : status;
}

static crm_status delete_entity(struct http_request *r, void *ctx, struct err *err) {
    struct str name = http_param(r, "entity");
    crm_status status = schema_rest_permitted(r, err);
    return status == CRM_OK
               ? put_whole(r, ctx, is_own(r, name) ? STR("entity") : STR("extend"), name, NULL, err)
               : status;
}

/* "directories" -> "directory" */
static struct str kind_of(struct http_request *r) {
    static const char *const words[][2] = {
        {"directories", "directory"}, {"roles", "role"},           {"pipelines", "pipeline"},
        {"layouts", "layout"},        {"views", "view"},           {"reports", "report"},
        {"metrics", "metric"},        {"dimensions", "dimension"}, {"dashboards", "dashboard"}};
    struct str many = http_param(r, "kind");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(many, words[i][0])) return str_from(words[i][1]);
    return STR_NONE;
}

static crm_status change_other(struct http_request *r, struct kernel *k, bool removal,
                               struct err *err) {
    json_t *body = NULL;
    struct str kind = kind_of(r), name = http_param(r, "name");
    crm_status status = schema_rest_permitted(r, err);
    if (status == CRM_OK && kind.len == 0)
        return err_set(err, CRM_NOT_FOUND, &module_definition_kind,
                       arena_cstr(http_arena(r), http_param(r, "kind")),
                       "directories, roles, pipelines, layouts, views, reports, metrics, "
                       "dimensions, dashboards",
                       NULL);
    if (status == CRM_OK && !removal) status = http_body_json(r, &body, err);
    return status == CRM_OK ? put_whole(r, k, kind, name, body, err) : status;
}

static crm_status put_other(struct http_request *r, void *ctx, struct err *err) {
    return change_other(r, ctx, false, err);
}
static crm_status delete_other(struct http_request *r, void *ctx, struct err *err) {
    return change_other(r, ctx, true, err);
}

/* A field in force that somebody else declares is changed, one's own is declared. */
static crm_status place_of(struct http_request *r, struct str entity, struct str field,
                           const char **ret, struct err *err) {
    struct schema_registry registry = {0};
    const struct schema_entity *e = schema_find(http_schema(r), entity);
    crm_status status = engine_registry(http_engine(r), http_arena(r), &registry, err);
    *ret = e && schema_field_find(e, field) ? "change" : "fields";
    for (size_t i = 0; status == CRM_OK && e && i < registry.field_count; i++) {
        const struct schema_registry_field *f = &registry.fields[i];
        if (f->entity == e->id && str_eq(f->name, field) && str_is(f->owner, "admin"))
            *ret = "fields";
    }
    return status;
}

static json_t *object_in(json_t *whole, const char *key) {
    json_t *found = json_object_get(whole, key);
    if (json_is_object(found)) return found;
    json_t *made = json_object();
    return json_object_set_new(whole, key, made) == 0 ? made : NULL;
}

/* The definition of an entity with one field set in `place` (NULL: without it). */
static crm_status with_field(struct http_request *r, struct admin_definition *it, const char *place,
                             struct str field, json_t *body, struct err *err) {
    JSON_CLEANUP json_t *whole = NULL;
    const char *name = arena_cstr(http_arena(r), field);
    crm_status status = CRM_OK;
    if (it->text.len)
        status = json_parse(it->text, &json_limits_default, &whole, err);
    else
        whole = json_object();
    if (status != CRM_OK) return status;
    json_t *fields = object_in(whole, place);
    const char *was = json_string_value(json_object_get(body, "was"));
    if (!name || !fields) return err_no_memory(err);
    if (was) (void)json_object_del(fields, was);
    int failed = body ? json_object_set(fields, name, body) : json_object_del(fields, name);
    if (failed && !body)
        return err_set(err, CRM_NOT_FOUND, &module_definition_unknown, "field", name, NULL);
    it->text = dump(r, whole);
    return failed || !it->text.ptr ? err_no_memory(err) : CRM_OK;
}

static crm_status change_field(struct http_request *r, struct kernel *k, json_t *body,
                               struct err *err) {
    struct manner manner;
    bool found = false;
    struct str entity = http_param(r, "entity"), field = http_param(r, "field");
    struct admin_definition it = {.kind = is_own(r, entity) ? STR("entity") : STR("extend"),
                                  .name = entity};
    struct str subject = arena_printf(http_arena(r), "%.*s.%.*s", STR_ARG(entity), STR_ARG(field));
    const char *place = "fields";
    struct schema_change change = {.admin = &it, .admin_count = 1};
    if (!schema_find(http_schema(r), entity))
        return err_set(err, CRM_NOT_FOUND, &module_definition_unknown, "entity",
                       arena_cstr(http_arena(r), entity), NULL);
    crm_status status = manner_of(r, &manner, err);
    if (status == CRM_OK) status = place_of(r, entity, field, &place, err);
    if (status == CRM_OK) status = stored(r, it.kind, entity, &it, &found, err);
    if (status == CRM_OK) status = with_field(r, &it, place, field, body, err);
    if (status != CRM_OK) return status;
    if (manner.note.len) it.note = manner.note;
    it.at = clock_now_ms();
    it.author = http_access(r)->actor.user;
    bool goes = !body && strcmp(place, "fields") == 0; /* else only the change of it does */
    if (goes && manner.recycle) {
        change.wishes.recycle = &subject;
        change.wishes.recycle_count = 1;
    } else if (goes) {
        change.wishes.drop = &subject;
        change.wishes.drop_count = 1;
    }
    change.lossy = manner.lossy;
    return carry_out(r, k, &change, &manner, err);
}

static crm_status put_field(struct http_request *r, void *ctx, struct err *err) {
    json_t *body = NULL;
    crm_status status = schema_rest_permitted(r, err);
    if (status == CRM_OK) status = http_body_json(r, &body, err);
    return status == CRM_OK ? change_field(r, ctx, body, err) : status;
}

static crm_status delete_field(struct http_request *r, void *ctx, struct err *err) {
    crm_status status = schema_rest_permitted(r, err);
    return status == CRM_OK ? change_field(r, ctx, NULL, err) : status;
}

/* ---- the table --------------------------------------------------------------------------------
 */
#define PLAN                                                                                       \
    DESCRIBE_OBJECT("\"digest\":" DESCRIBE_TEXT ",\"steps\":" DESCRIBE_LIST(                       \
        DESCRIBE_ANY_OBJECT) ",\"waiting\":" DESCRIBE_TEXT)
#define NAMES(key) "\"" key "\":" DESCRIBE_LIST(DESCRIBE_TEXT)
#define CHANGE                                                                                          \
    DESCRIBE_OBJECT("\"definitions\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT) "," NAMES("drop") "," NAMES(  \
        "recycl"                                                                                        \
        "e") "," NAMES("keep") "," NAMES("take") "," NAMES("move") "," NAMES("leave") ",\"lossy\""      \
                                                                                      ":{"              \
                                                                                      "\"type\":"       \
                                                                                      "\"boolean"       \
                                                                                      "\"},"            \
                                                                                      "\"digest\""      \
                                                                                      ":" DESCRIBE_TEXT \
                                                                                      ",\"note\""       \
                                                                                      ":" DESCRIBE_TEXT)
#define MANNER                                                                                             \
    DESCRIBE_QUERY("dry", DESCRIBE_FLAG, "Plan without doing")                                             \
    "," DESCRIBE_QUERY("recycle", DESCRIBE_FLAG, "Taken away for ever: its values go") "," DESCRIBE_QUERY( \
        "note", DESCRIBE_TEXT,                                                                             \
        "What it is for") "," DESCRIBE_QUERY("lossy", DESCRIBE_FLAG,                                       \
                                             "Values that do not convert may "                             \
                                             "go")
#define ROUTE(verb, path, function, words)                                                         \
    .method = verb, .pattern = "/api/v1/schema/" path, .lane = HTTP_LANE_READER,                   \
    .handle = function, .ctx = k, .summary = words, .tag = "schema"
#define SHOWS(path, function, words, shown)                                                        \
    { ROUTE("GET", path, function, words), .answer_schema = shown }
#define CHANGES(path, function, words)                                                             \
    { ROUTE("POST", path, function, words), .body_schema = CHANGE, .answer_schema = PLAN }
#define PUTS(path, function, words)                                                                \
    {                                                                                              \
        ROUTE("PUT", path, function, words),                                                       \
            .query_schema = MANNER, .body_schema = DESCRIBE_ANY_OBJECT, .answer_schema = PLAN      \
    }
#define TAKES(path, function, words)                                                               \
    { ROUTE("DELETE", path, function, words), .query_schema = MANNER, .answer_schema = PLAN }
#define LISTED(key) DESCRIBE_OBJECT("\"" key "\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT))

crm_status schema_rest_register(struct kernel *k, struct http_server *s, struct err *err) {
    const struct http_route routes[] = {
        CHANGES("plan", post_plan, "What a change of definitions would do"),
        CHANGES("apply", post_apply, "Do it, if the plan is still that one"),
        SHOWS("migrations", schema_get_migrations, "Steps that were done, run or wait",
              LISTED("migrations")),
        {ROUTE("DELETE", "migrations/{id}", schema_delete_migration, "Cancel a step")},
        SHOWS("definitions", schema_get_definitions, "Definitions made by people",
              LISTED("definitions")),
        {ROUTE("GET", "changes", schema_get_changes,
               "Changes that wait for approval, and what became of others"),
         .query_schema = DESCRIBE_PAGE("100"),
         .answer_schema =
             DESCRIBE_OBJECT("\"changes\":" DESCRIBE_LIST(DESCRIBE_ANY_OBJECT) "," DESCRIBE_NEXT)},
        {ROUTE("POST", "changes/{id}/approve", schema_approve_change,
               "Put another's change into force"),
         .body_schema = DESCRIBE_OBJECT("\"digest\":" DESCRIBE_TEXT), .answer_schema = PLAN},
        {ROUTE("POST", "changes/{id}/refuse", schema_refuse_change,
               "Refuse a change, or take one's own back"),
         .body_schema = DESCRIBE_OBJECT("\"reason\":" DESCRIBE_TEXT)},
        SHOWS("roles", schema_get_roles, "What each role may, layers merged", LISTED("roles")),
        SHOWS("entities", schema_get_entities, "Every entity, hidden ones too", LISTED("entities")),
        SHOWS("entities/{entity}", schema_get_entity, "An entity with its fields in force",
              DESCRIBE_ANY_OBJECT),
        PUTS("entities/{entity}", put_entity, "Make or change an entity"),
        TAKES("entities/{entity}", delete_entity, "Take an entity out of use"),
        PUTS("entities/{entity}/fields/{field}", put_field, "Make, change or rename a field"),
        TAKES("entities/{entity}/fields/{field}", delete_field,
              "Take a field out of use; with recycle=1 for ever"),
        PUTS("{kind}/{name*}", put_other,
             "Make or change a directory, role, pipeline, layout, view, report, metric, "
             "dimension or dashboard"),
        TAKES("{kind}/{name*}", delete_other, "Take it away"),
    };
    return http_routes_add(s, STR("kernel"), routes, sizeof routes / sizeof *routes, err);
}
