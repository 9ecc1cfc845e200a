/* Stock records: what the definitions wish for and the database lacks, made by the migration door
 * with keys "seed:...", so that each is made once and one in the trash stays there.
 *
 * Directories and roles come first, since choices are checked against them, then the built-in user,
 * pipelines and stages. All of it goes through the one door and is logged. Threads: the writer's,
 * between batches. */
#include "record/commit.h"
#include "record/lists_state.h"
#include "record/prepare.h"

enum { SEED_MAX_BYTES = 256 * 1024 * 1024, SEED_PLACES = 4096, SEED_PAGE = 1000 };

struct seed_key {
    struct str key;
    int64_t id;
    struct seed_key *next;
};

struct seed {
    struct engine *engine;
    struct schema *schema;
    struct changeset changeset;
    struct arena arena;
    struct seed_key *places[SEED_PLACES];
    bool exhausted;
};

/* ---- keys that are there ------------------------------------------------------------------------
 */
static void key_add(struct seed *s, struct str key, int64_t id) {
    struct seed_key *it = ARENA_NEW(&s->arena, struct seed_key);
    struct str kept = arena_str(&s->arena, key);
    if (!it || !kept.ptr) {
        s->exhausted = true;
        return;
    }
    struct seed_key **place = &s->places[str_hash(key) % SEED_PLACES];
    *it = (struct seed_key){kept, id, *place};
    *place = it;
}

static int64_t key_find(const struct seed *s, struct str key) {
    for (const struct seed_key *it = s->places[str_hash(key) % SEED_PLACES]; it; it = it->next)
        if (str_eq(it->key, key)) return it->id;
    return 0;
}

struct key_walk {
    struct seed *seed;
    const struct schema_entity *entity;
    int64_t last;
    size_t seen;
};

static bool key_row(void *ctx, const struct value *row) {
    struct key_walk *w = ctx;
    struct str key = value_str(row_std(w->entity, row, SCHEMA_STD_EXTERNAL_ID));
    w->last = row_std_int(w->entity, row, SCHEMA_STD_ID);
    w->seen++;
    if (str_starts_with(key, STR("seed:"))) key_add(w->seed, key, w->last);
    return !w->seed->exhausted;
}

static crm_status keys_read(struct seed *s, struct store_conn *c, const char *name,
                            struct err *err) {
    const struct schema_entity *e = schema_find(s->schema, str_from(name));
    if (!e) return CRM_OK;
    struct key_walk walk = {.seed = s, .entity = e};
    struct slot_set slots = {0};
    struct arena page;
    crm_status status;
    slot_add(&slots, std_slot(e, SCHEMA_STD_ID));
    slot_add(&slots, std_slot(e, SCHEMA_STD_EXTERNAL_ID));
    arena_init(&page, SEED_MAX_BYTES);
    do {
        walk.seen = 0;
        arena_reset(&page);
        status =
            store_record_each(c, e, &slots, walk.last, SEED_PAGE, true, &page, key_row, &walk, err);
    } while (status == CRM_OK && walk.seen == SEED_PAGE && !s->exhausted);
    arena_fini(&page);
    return status == CRM_OK && s->exhausted ? err_no_memory(err) : status;
}

/* ---- ops ------------------------------------------------------------------------------------- */
static void put(struct seed *s, struct record_op *op, const char *field, struct value v) {
    int32_t slot = op ? slot_named(op->entity, field) : -1;
    if (slot >= 0 && !value_is_nil(v) && !(v.type == VALUE_TEXT && v.text.len == 0) &&
        !record_op_set(&s->changeset, op, slot, v))
        s->exhausted = true;
}

/* A new record with this key; NULL when it is there already or memory is out. */
static struct record_op *op_new(struct seed *s, const char *entity, struct str key) {
    const struct schema_entity *e = schema_find(s->schema, str_from(entity));
    if (!key.ptr) s->exhausted = true;
    if (!e || s->exhausted || key_find(s, key)) return NULL;
    struct record_op *op = changeset_create(&s->changeset, s->engine, e);
    if (!op) {
        s->exhausted = true;
        return NULL;
    }
    key_add(s, key, op->id);
    put(s, op, "external_id", value_text(key));
    return op;
}

static void put_labels(struct seed *s, struct record_op *op, const struct schema_label *label) {
    put(s, op, "label", value_text(label->text[LANGUAGE_EN]));
    put(s, op, "label_ru", value_text(label->text[LANGUAGE_RU]));
}

/* A record of that name made by hand counts as the stock one. */
static int64_t named(const struct seed *s, const char *entity, struct str name) {
    const struct schema_entity *e = schema_find(s->schema, str_from(entity));
    int64_t id = 0;
    return e && resident_find(s->engine->resident, e, slot_named(e, "name"), name, &id) ? id : 0;
}

static void seed_items(struct seed *s, const struct schema_directory *d, int64_t directory) {
    for (size_t i = 0; i < d->item_count; i++) {
        const struct schema_directory_item *item = &d->items[i];
        if (resident_choice(s->engine->resident, d->name, item->code, NULL) ||
            (item->was.len && resident_choice(s->engine->resident, d->name, item->was, NULL)))
            continue; /* it is there, or is about to be renamed: lists.h */
        struct record_op *op = op_new(
            s, "directory_item",
            arena_printf(&s->arena, "seed:item:%.*s:%.*s", STR_ARG(d->name), STR_ARG(item->code)));
        put(s, op, "directory", value_id(directory));
        put(s, op, "code", value_text(item->code));
        put_labels(s, op, &item->label);
        put(s, op, "color", value_text(item->color));
        put(s, op, "position", value_int((int64_t)i + 1));
        if (!item->active) put(s, op, "active", value_bool(false));
        for (size_t n = 0; op && n < item->value_count; n++) {
            const struct schema_field *f = schema_field_find(op->entity, item->values[n].name);
            struct value v = list_value_of(op->entity, item->values[n].name, item->values[n].text);
            if (f && !record_op_set(&s->changeset, op, f->slot, v)) s->exhausted = true;
        }
    }
}

static void seed_directories(struct seed *s) {
    for (size_t i = 0; i < s->schema->directory_count; i++) {
        const struct schema_directory *d = &s->schema->directories[i];
        struct str key = arena_printf(&s->arena, "seed:directory:%.*s", STR_ARG(d->name));
        int64_t id = named(s, "directory", d->name);
        if (!id && d->was.len && named(s, "directory", d->was)) continue;
        if (!id) {
            struct record_op *op = op_new(s, "directory", key);
            put(s, op, "name", value_text(d->name));
            put_labels(s, op, &d->label);
            id = key_find(s, key);
        }
        if (id) seed_items(s, d, id);
    }
}

static void seed_roles(struct seed *s) {
    for (size_t i = 0; i < s->schema->role_count; i++) {
        const struct schema_role *r = &s->schema->roles[i];
        if (named(s, "role", r->name)) continue;
        struct record_op *op =
            op_new(s, "role", arena_printf(&s->arena, "seed:role:%.*s", STR_ARG(r->name)));
        put(s, op, "name", value_text(r->name));
        put_labels(s, op, &r->label);
    }
}

/* The built-in user: a service that nobody signs in as; it has no role and no password. */
static void seed_system(struct seed *s) {
    const struct schema_entity *users = schema_find(s->schema, STR("user"));
    if (!users || resident_row(s->engine->resident, users, ACTOR_SYSTEM)) return;
    struct record_op *op = op_new(s, "user", STR("seed:user:system"));
    if (!op) return;
    op->id = ACTOR_SYSTEM;
    put(s, op, "login", value_text(STR("system")));
    put(s, op, "name", value_text(STR("System")));
    put(s, op, "kind", value_text(STR("service")));
    put(s, op, "active", value_bool(true));
}

static void seed_stages(struct seed *s, const struct schema_pipeline *p, int64_t pipeline) {
    for (size_t i = 0; i < p->stage_count; i++) {
        const struct schema_stage *stage = &p->stages[i];
        struct str key = arena_printf(&s->arena, "seed:stage:%.*s:%.*s:%.*s", STR_ARG(p->entity),
                                      STR_ARG(p->name), STR_ARG(stage->name));
        if (stage->was.len && !key_find(s, key) &&
            key_find(s, arena_printf(&s->arena, "seed:stage:%.*s:%.*s:%.*s", STR_ARG(p->entity),
                                     STR_ARG(p->name), STR_ARG(stage->was))))
            continue;
        struct record_op *op = op_new(s, "stage", key);
        put(s, op, "pipeline", value_id(pipeline));
        put(s, op, "name", value_text(stage->name));
        put(s, op, "label_ru", value_text(stage->label.text[LANGUAGE_RU]));
        put(s, op, "kind", value_text(stage->kind.len ? stage->kind : STR("open")));
        put(s, op, "position", value_int((int64_t)i + 1));
        put(s, op, "probability", value_int(stage->probability));
        if (stage->limit_days > 0) put(s, op, "limit_days", value_int(stage->limit_days));
    }
}

static void seed_pipelines(struct seed *s) {
    for (size_t i = 0; i < s->schema->pipeline_count; i++) {
        const struct schema_pipeline *p = &s->schema->pipelines[i];
        struct str key = arena_printf(&s->arena, "seed:pipeline:%.*s:%.*s", STR_ARG(p->entity),
                                      STR_ARG(p->name));
        if (p->was.len && !key_find(s, key) &&
            key_find(s, arena_printf(&s->arena, "seed:pipeline:%.*s:%.*s", STR_ARG(p->entity),
                                     STR_ARG(p->was))))
            continue;
        struct record_op *op = op_new(s, "pipeline", key);
        put(s, op, "entity", value_text(p->entity));
        put(s, op, "name", value_text(p->name));
        put(s, op, "label_ru", value_text(p->label.text[LANGUAGE_RU]));
        put(s, op, "position", value_int((int64_t)i + 1));
        int64_t id = key_find(s, key);
        if (id) seed_stages(s, p, id);
    }
}

/* One changeset of what `make` wishes for; none when nothing is missing. */
static crm_status seed_round(struct seed *s, void (*make)(struct seed *s), struct err *err) {
    struct actor system;
    engine_actor_system(ACCESS_DOOR_MIGRATION, &system);
    changeset_init(&s->changeset, &s->arena, s->schema, &system);
    s->changeset.flags = CHANGESET_SEED | CHANGESET_NO_AFTER;
    s->changeset.cause = STR("stock records");
    make(s);
    crm_status status = s->exhausted ? err_no_memory(err) : CRM_OK;
    if (status == CRM_OK && s->changeset.op_count > 0)
        status = changeset_commit_now(s->engine, &s->changeset, err);
    changeset_fini(&s->changeset);
    return status;
}

static void seed_first(struct seed *s) {
    seed_directories(s);
    seed_roles(s);
}

static void seed_second(struct seed *s) {
    seed_system(s);
    seed_pipelines(s);
}

crm_status engine_seed(struct engine *e, struct store_conn *c, struct err *err) {
    static const char *const entities[] = {"directory", "directory_item", "role",
                                           "user",      "pipeline",       "stage"};
    struct seed s = {.engine = e, .schema = engine_schema(e)};
    arena_init(&s.arena, SEED_MAX_BYTES);
    crm_status status = CRM_OK;
    for (size_t i = 0; i < sizeof entities / sizeof entities[0] && status == CRM_OK; i++)
        status = keys_read(&s, c, entities[i], err);
    if (status == CRM_OK) status = seed_round(&s, seed_first, err);
    if (status == CRM_OK) status = seed_round(&s, seed_second, err);
    arena_fini(&s.arena);
    schema_unref(s.schema);
    return status;
}
