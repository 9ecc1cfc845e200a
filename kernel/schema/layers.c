/* Whole definitions of one name by several layers - directories, pipelines, views and layouts,
 * reports, what a role may - laid over each other as they are written, before anything is made of
 * them: an administrator who calls a value of a module's directory something else, a plugin that
 * adds a stage.
 *
 * A later layer changes keys, of the definition and of its parts (items by code, stages by name),
 * and adds parts; what it leaves out stays. A part belongs to who declared it first. Each key is
 * noted like the changes of fields (overlay.c), so that layers that meet are asked about in the
 * same words. Of a role a grant on an entity stands for the whole of it. Two definitions of one
 * layer contradict each other. Threads: one at a time; memory is the draft's arena. */
#include "schema/draft.h"
#include "schema/plan.h"
#include "schema/read.h"
#include "schema/read_keys.h"

static const struct schema_shape of_directory = {"items", "code"}, of_pipeline = {"stages", "name"},
                                 of_others = {NULL, NULL};

const struct schema_shape *schema_shape_of(struct str kind) {
    return str_is(kind, "directory")  ? &of_directory
           : str_is(kind, "pipeline") ? &of_pipeline
                                      : &of_others;
}

/* What a later layer says, with what it noted; `o` says where. */
struct saying {
    struct draft *draft;
    const struct schema_shape *shape;
    struct schema_overlay o;
    const struct schema_node *over, *below;
    struct str layer_owner;
};

/* ---- texts ----------------------------------------------------------------------------------- */
static bool is_label(struct str key) { return str_is(key, "label") || str_is(key, "help"); }

static crm_status tidy(struct arena *a, const struct schema_node *n, struct schema_node *ret,
                       struct err *err) {
    crm_status status = CRM_OK;
    *ret = *n;
    if (n->kind == SCHEMA_NODE_LIST) {
        ret->list.items = ARENA_ARRAY(a, n->list.count + 1, struct schema_node);
        if (!ret->list.items) return err_no_memory(err);
        for (size_t i = 0; status == CRM_OK && i < n->list.count; i++)
            status = tidy(a, &n->list.items[i], &ret->list.items[i], err);
    } else if (n->kind == SCHEMA_NODE_MAP) {
        ret->map.entries = ARENA_ARRAY(a, n->map.count + 1, struct schema_node_entry);
        if (!ret->map.entries) return err_no_memory(err);
        for (size_t i = 0; status == CRM_OK && i < n->map.count; i++) {
            ret->map.entries[i].key = n->map.entries[i].key;
            status = tidy(a, &n->map.entries[i].value, &ret->map.entries[i].value, err);
            ret->map.entries[i].value.order = 0;
        }
        schema_node_sort(ret);
    }
    return status;
}

/* Equal sayings as equal texts: keys in their order, a label with its language. */
static crm_status text_of(struct arena *a, struct str key, const struct schema_node *n,
                          struct str *ret, struct err *err) {
    struct schema_node tidied;
    *ret = STR("");
    if (!n || n->kind == SCHEMA_NODE_NIL) return CRM_OK;
    crm_status status = tidy(a, n, &tidied, err);
    struct schema_node_entry english = {STR("en"), tidied};
    const struct schema_node label = {.kind = SCHEMA_NODE_MAP, .map = {&english, 1}};
    if (status != CRM_OK) return status;
    bool wraps = is_label(key) && n->kind == SCHEMA_NODE_TEXT;
    *ret = draft_node_text(a, wraps ? &label : &tidied);
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

/* ---- keys ------------------------------------------------------------------------------------ */
static void put(struct schema_node *map, struct str key, const struct schema_node *value) {
    for (size_t i = 0; i < map->map.count; i++) {
        if (!str_eq(map->map.entries[i].key, key)) continue;
        map->map.entries[i].value = *value;
        return;
    }
    map->map.entries[map->map.count++] = (struct schema_node_entry){key, *value};
}

/* Fields of a directory have been read (read_directory.c). */
static bool is_fields(const struct saying *s, struct str key) {
    return s->shape == &of_directory && !s->o.part.len && str_is(key, "fields");
}

/* Names, and what is seen to elsewhere. */
static bool is_aside(const struct saying *s, struct str key) {
    const char *const aside[] = {"was", s->shape->list, s->shape->id};
    for (size_t i = 0; s->shape->list && i < sizeof aside / sizeof *aside; i++)
        if (str_is(key, aside[i])) return true;
    return is_fields(s, key) || str_is(key, "below");
}

static crm_status lay_key(const struct saying *s, const struct schema_node *under,
                          const struct schema_node_entry *over, bool *ret_stands, struct err *err) {
    struct arena *a = s->draft->arena;
    const struct schema_node *noted = schema_node_find(s->below, over->key);
    struct schema_overlay o = s->o;
    o.key = over->key;
    o.is_noted = noted != NULL;
    crm_status status = text_of(a, over->key, schema_node_find(under, over->key), &o.below, err);
    if (status == CRM_OK) status = text_of(a, over->key, noted, &o.noted, err);
    if (status == CRM_OK) status = text_of(a, over->key, &over->value, &o.above, err);
    return status == CRM_OK ? draft_note(s->draft, o, ret_stands, err) : status;
}

/* `under` may be NULL: nothing below. */
static crm_status lay_keys(const struct saying *s, const struct schema_node *under,
                           struct schema_node *ret, struct err *err) {
    const struct schema_node *over = s->over;
    size_t below = under && under->kind == SCHEMA_NODE_MAP ? under->map.count : 0,
           above = over->kind == SCHEMA_NODE_MAP ? over->map.count : 0;
    struct schema_node laid = {.kind = SCHEMA_NODE_MAP, .line = over->line};
    laid.map.entries = ARENA_ARRAY(s->draft->arena, below + above + 1, struct schema_node_entry);
    if (!laid.map.entries) return err_no_memory(err);
    for (size_t i = 0; i < below; i++)
        if (!is_fields(s, under->map.entries[i].key))
            laid.map.entries[laid.map.count++] = under->map.entries[i];
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < above; i++) {
        const struct schema_node_entry *entry = &over->map.entries[i];
        bool stands = s->shape->list && str_is(entry->key, "was");
        if (!is_aside(s, entry->key)) status = lay_key(s, under, entry, &stands, err);
        if (stands) put(&laid, entry->key, &entry->value);
    }
    *ret = laid;
    return status;
}

/* ---- parts ----------------------------------------------------------------------------------- */
struct parts {
    struct schema_node *items;
    struct str *owners;
    size_t count;
};

static void parts_add(struct parts *to, struct schema_node item, struct str owner) {
    to->items[to->count] = item;
    to->owners[to->count++] = owner;
}

static struct str text_at(const struct schema_node *n, const char *key) {
    const struct schema_node *found = schema_node_get(n, key);
    return found && found->kind == SCHEMA_NODE_TEXT ? found->text : STR_NONE;
}

/* An item may be its code alone. */
static struct str id_of(const struct schema_shape *shape, const struct schema_node *part) {
    return part->kind == SCHEMA_NODE_TEXT ? part->text : text_at(part, shape->id);
}

static crm_status as_map(struct arena *a, const struct schema_shape *shape, struct schema_node *io,
                         struct err *err) {
    if (io->kind != SCHEMA_NODE_TEXT) return CRM_OK;
    struct schema_node_entry *entry = ARENA_ARRAY(a, 1, struct schema_node_entry);
    if (!entry) return err_no_memory(err);
    *entry = (struct schema_node_entry){str_from(shape->id), *io};
    *io = (struct schema_node){.kind = SCHEMA_NODE_MAP, .line = io->line, .map = {entry, 1}};
    return CRM_OK;
}

static size_t find_part(const struct schema_shape *shape, const struct schema_node *items,
                        size_t count, struct str id) {
    for (size_t i = 0; id.len && i < count; i++)
        if (str_eq(id_of(shape, &items[i]), id)) return i;
    return SIZE_MAX;
}

/* The part below that `over` speaks of: of its name, of the one that it was, or one that was called
 * so before; SIZE_MAX: none. */
static size_t match(const struct schema_shape *shape, const struct parts *under,
                    const struct schema_node *over, const struct schema_node *all) {
    struct str id = id_of(shape, over), was = text_at(over, "was");
    size_t at = find_part(shape, under->items, under->count, id);
    bool is_said = find_part(shape, all->list.items, all->list.count, was) != SIZE_MAX;
    if (at == SIZE_MAX && !is_said) at = find_part(shape, under->items, under->count, was);
    for (size_t i = 0; at == SIZE_MAX && id.len && i < under->count; i++)
        if (str_eq(text_at(&under->items[i], "was"), id)) at = i;
    return at;
}

/* What both together are called: who calls it by its former name means the one of now. */
static struct str name_of(const struct schema_shape *shape, const struct schema_node *under,
                          const struct schema_node *over) {
    struct str id = id_of(shape, over);
    bool is_former = under && id.len && str_eq(text_at(under, "was"), id);
    return is_former ? id_of(shape, under) : id;
}

static void name_it(const struct schema_shape *shape, struct str name, struct schema_node *io) {
    const struct schema_node id = {.kind = SCHEMA_NODE_TEXT, .text = name};
    put(io, str_from(shape->id), &id);
}

/* Did a layer below say anything of the part when this was noted? */
static bool was_below(const struct schema_node *noted) {
    for (size_t i = 0; noted && noted->kind == SCHEMA_NODE_MAP && i < noted->map.count; i++)
        if (noted->map.entries[i].value.kind != SCHEMA_NODE_NIL) return true;
    return false;
}

/* *ret NIL: it has gone below, and that is right. */
static crm_status lay_part(const struct saying *s, const struct schema_node *part,
                           const struct schema_node *under, struct schema_node *ret,
                           struct err *err) {
    struct saying own = *s;
    struct schema_node over = *part;
    crm_status status = as_map(s->draft->arena, s->shape, &over, err);
    own.over = &over;
    own.o.part = id_of(s->shape, part);
    own.below = schema_node_find(schema_node_get(s->below, s->shape->list), own.o.part);
    struct str name = name_of(s->shape, under, &over);
    own.o.subject =
        arena_printf(s->draft->arena, "%.*s/%.*s", STR_ARG(s->o.subject), STR_ARG(name));
    own.o.is_gone = !under && was_below(own.below);
    if (status == CRM_OK && !own.o.subject.ptr) status = err_no_memory(err);
    if (status == CRM_OK) status = lay_keys(&own, under, ret, err);
    if (status == CRM_OK) name_it(s->shape, name, ret);
    if (own.o.is_gone && wishes_take(s->draft->wishes, own.o.subject, STR_NONE))
        ret->kind = SCHEMA_NODE_NIL;
    return status;
}

/* A later layer that names every part says the order, too. */
static crm_status lay_parts(const struct saying *s, struct parts *io, struct err *err) {
    const struct schema_node *over = schema_node_get(s->over, s->shape->list);
    size_t count = over && over->kind == SCHEMA_NODE_LIST ? over->list.count : 0, named = 0;
    struct arena *a = s->draft->arena;
    struct parts laid = {.items = ARENA_ARRAY(a, io->count + count + 1, struct schema_node),
                         .owners = ARENA_ARRAY(a, io->count + count + 1, struct str)};
    size_t *places = ARENA_ARRAY(a, count + 1, size_t),
           *spoken = ARENA_ARRAY(a, io->count + 1, size_t);
    struct schema_node *said = ARENA_ARRAY(a, count + 1, struct schema_node);
    crm_status status =
        laid.items && laid.owners && places && spoken && said ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < io->count; i++) {
        spoken[i] = SIZE_MAX;
        status = as_map(a, s->shape, &io->items[i], err);
    }
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        places[i] = match(s->shape, io, &over->list.items[i], over);
        if (places[i] != SIZE_MAX && spoken[places[i]] != SIZE_MAX) places[i] = SIZE_MAX;
        if (places[i] != SIZE_MAX) spoken[places[i]] = i, named++;
        const struct schema_node *under = places[i] == SIZE_MAX ? NULL : &io->items[places[i]];
        status = lay_part(s, &over->list.items[i], under, &said[i], err);
    }
    if (status != CRM_OK) return status;
    for (size_t i = 0; named < io->count && i < io->count; i++)
        parts_add(&laid, spoken[i] == SIZE_MAX ? io->items[i] : said[spoken[i]], io->owners[i]);
    for (size_t i = 0; i < count; i++) {
        bool is_new = places[i] == SIZE_MAX, is_there = said[i].kind != SCHEMA_NODE_NIL;
        if (is_there && (is_new || named == io->count))
            parts_add(&laid, said[i], is_new ? s->layer_owner : io->owners[places[i]]);
    }
    *io = laid;
    return CRM_OK;
}

/* ---- one definition over another ------------------------------------------------------------- */
/* Two nodes into one, and of its parts who declared them. */
static crm_status lay(const struct saying *s, const struct schema_node *under, struct parts *io,
                      struct schema_node *ret, struct err *err) {
    crm_status status = lay_keys(s, under, ret, err);
    if (status == CRM_OK) status = lay_parts(s, io, err);
    if (status != CRM_OK) return status;
    const struct schema_node list = {.kind = SCHEMA_NODE_LIST, .list = {io->items, io->count}};
    put(ret, str_from(s->shape->list), &list);
    return status;
}

static crm_status parts_of(struct arena *a, const struct schema_shape *shape,
                           const struct schema_node *n, struct parts *ret, struct err *err) {
    const struct schema_node *list = schema_node_get(n, shape->list);
    size_t count = list && list->kind == SCHEMA_NODE_LIST ? list->list.count : 0;
    *ret = (struct parts){.items = ARENA_ARRAY(a, count + 1, struct schema_node),
                          .owners = ARENA_ARRAY(a, count + 1, struct str),
                          .count = count};
    if (!ret->items || !ret->owners) return err_no_memory(err);
    for (size_t i = 0; i < count; i++)
        ret->items[i] = list->list.items[i];
    return CRM_OK;
}

/* Errors are told where the later layer was written, what is declared stays with the earlier one.
 */
static struct schema_origin laid_origin(const struct schema_origin *under,
                                        const struct schema_origin *over) {
    struct schema_origin origin = *over;
    origin.owner = under->owner;
    origin.stored = false;
    return origin;
}

static bool may_lie_over(const struct schema_origin *over, const struct schema_node *over_node,
                         const struct schema_origin *under, const struct schema_node *under_node) {
    return over->layer > under->layer && over_node->kind == SCHEMA_NODE_MAP &&
           under_node->kind == SCHEMA_NODE_MAP;
}

static crm_status over_directory(struct draft *d, struct schema_directory_definition *io,
                                 const struct schema_directory_definition *over, struct err *err) {
    const struct saying s = {.draft = d,
                             .shape = &of_directory,
                             .o = {.owner = over->origin.owner,
                                   .kind = STR("directory"),
                                   .name = over->name,
                                   .subject = io->name},
                             .over = &over->node,
                             .below = schema_node_get(&over->node, "below"),
                             .layer_owner = over->origin.owner};
    struct schema_directory_definition laid = {
        .origin = laid_origin(&io->origin, &over->origin), .name = io->name, .was = io->was};
    struct parts parts;
    crm_status status = parts_of(d->arena, s.shape, &io->node, &parts, err);
    for (size_t i = 0; status == CRM_OK && i < parts.count; i++)
        parts.owners[i] = io->items[i].owner;
    if (status == CRM_OK) status = lay(&s, &io->node, &parts, &laid.node, err);
    const struct reader r = {
        .arena = d->arena, .origin = &laid.origin, .subject = laid.name, .node = &laid.node};
    if (status == CRM_OK) status = read_directory(&r, &laid, err);
    struct schema_directory_item *items = (struct schema_directory_item *)(uintptr_t)laid.items;
    for (size_t i = 0; status == CRM_OK && i < laid.item_count; i++)
        items[i].owner = parts.owners[i];
    if (status == CRM_OK) *io = laid;
    return status;
}

static crm_status over_pipeline(struct draft *d, struct schema_pipeline_definition *io,
                                const struct schema_pipeline_definition *over, struct err *err) {
    struct saying s = {.draft = d,
                       .shape = &of_pipeline,
                       .o = {.owner = over->origin.owner,
                             .kind = STR("pipeline"),
                             .name = arena_printf(d->arena, "%.*s/%.*s", STR_ARG(over->entity),
                                                  STR_ARG(over->name)),
                             .subject = arena_printf(d->arena, "%.*s/%.*s", STR_ARG(io->entity),
                                                     STR_ARG(io->name))},
                       .over = &over->node,
                       .below = schema_node_get(&over->node, "below"),
                       .layer_owner = over->origin.owner};
    struct schema_pipeline_definition laid = {.origin = laid_origin(&io->origin, &over->origin),
                                              .entity = io->entity};
    struct parts parts;
    if (!s.o.name.ptr || !s.o.subject.ptr) return err_no_memory(err);
    crm_status status = parts_of(d->arena, s.shape, &io->node, &parts, err);
    for (size_t i = 0; status == CRM_OK && i < parts.count; i++)
        parts.owners[i] = io->stages[i].owner;
    if (status == CRM_OK) status = lay(&s, &io->node, &parts, &laid.node, err);
    if (status == CRM_OK)
        name_it(&of_pipeline, name_of(&of_pipeline, &io->node, &over->node), &laid.node);
    const struct reader r = {
        .arena = d->arena, .origin = &laid.origin, .subject = laid.entity, .node = &laid.node};
    if (status == CRM_OK) status = read_pipeline(&r, &laid, err);
    struct schema_stage *stages = (struct schema_stage *)(uintptr_t)laid.stages;
    for (size_t i = 0; status == CRM_OK && i < laid.stage_count; i++)
        stages[i].owner = parts.owners[i];
    if (status == CRM_OK) *io = laid;
    return status;
}

static crm_status over_extra(struct draft *d, struct schema_extra_definition *io,
                             const struct schema_extra_definition *over, struct err *err) {
    const struct saying s = {
        .draft = d,
        .shape = &of_others,
        .o = {.owner = over->origin.owner,
              .kind = over->kind,
              .name = over->name,
              .subject =
                  arena_printf(d->arena, "%.*s:%.*s", STR_ARG(over->kind), STR_ARG(over->name))},
        .over = &over->node,
        .below = schema_node_get(&over->node, "below")};
    struct schema_extra_definition laid = {
        .origin = laid_origin(&io->origin, &over->origin), .kind = io->kind, .name = io->name};
    if (!s.o.subject.ptr) return err_no_memory(err);
    crm_status status = lay_keys(&s, &io->node, &laid.node, err);
    const struct reader r = {
        .arena = d->arena, .origin = &laid.origin, .subject = laid.name, .node = &laid.node};
    if (status == CRM_OK) status = read_extra(&r, &laid, err);
    if (status == CRM_OK) *io = laid;
    return status;
}

/* ---- lists of definitions -------------------------------------------------------------------- */
static bool is_same_directory(const struct schema_directory_definition *under,
                              const struct schema_directory_definition *over) {
    return str_eq(under->name, over->name) || str_eq(under->was, over->name);
}

static bool is_same_pipeline(const struct schema_pipeline_definition *under,
                             const struct schema_pipeline_definition *over) {
    return str_eq(under->entity, over->entity) &&
           (str_eq(under->name, over->name) || str_eq(under->was, over->name) ||
            str_eq(under->name, over->was));
}

static bool is_same_extra(const struct schema_extra_definition *under,
                          const struct schema_extra_definition *over) {
    return str_eq(under->kind, over->kind) && str_eq(under->name, over->name);
}

/* What has no match below is itself the lowest; two of one layer are both left, to be refused where
 * names are checked. */
#define LAY_LIST(one, many)                                                                        \
    static crm_status lay_##many(struct draft *d, const struct schema_definitions *from,           \
                                 struct schema_definitions *to, struct err *err) {                 \
        to->many = ARENA_ARRAY(d->arena, from->one##_count + 1, struct schema_##one##_definition); \
        to->one##_count = 0;                                                                       \
        if (!to->many) return err_no_memory(err);                                                  \
        crm_status status = CRM_OK;                                                                \
        for (int layer = SCHEMA_LAYER_KERNEL; layer <= SCHEMA_LAYER_ADMIN; layer++)                \
            for (size_t i = 0; status == CRM_OK && i < from->one##_count; i++) {                   \
                const struct schema_##one##_definition *it = &from->many[i];                       \
                if ((int)it->origin.layer != layer) continue;                                      \
                size_t at = 0;                                                                     \
                while (at < to->one##_count &&                                                     \
                       !(is_same_##one(&to->many[at], it) &&                                       \
                         may_lie_over(&it->origin, &it->node, &to->many[at].origin,                \
                                      &to->many[at].node)))                                        \
                    at++;                                                                          \
                if (at < to->one##_count)                                                          \
                    status = over_##one(d, &to->many[at], it, err);                                \
                else                                                                               \
                    to->many[to->one##_count++] = *it;                                             \
            }                                                                                      \
        return status;                                                                             \
    }
LAY_LIST(directory, directories)
LAY_LIST(pipeline, pipelines)
LAY_LIST(extra, extras)
#undef LAY_LIST

/* Views are what their definitions as a whole say. */
static crm_status lay_views(struct draft *d, const struct schema_definitions *from,
                            struct schema_definitions *to, struct err *err) {
    to->views = ARENA_ARRAY(d->arena, from->view_count + to->extra_count + 1,
                            struct schema_view_definition);
    to->view_count = 0;
    if (!to->views) return err_no_memory(err);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < to->extra_count; i++) {
        const struct schema_extra_definition *whole = &to->extras[i];
        const struct schema_view_definition *under = NULL, *last = NULL;
        for (size_t k = 0; str_is(whole->kind, "view") && k < from->view_count; k++) {
            if (!str_eq(from->views[k].name, whole->name)) continue;
            if (!under || from->views[k].origin.layer < under->origin.layer)
                under = &from->views[k];
            if (!last || from->views[k].origin.layer > last->origin.layer) last = &from->views[k];
        }
        if (!str_is(whole->kind, "view") || !read_is_view(&whole->node)) continue;
        struct schema_view_definition view = {.origin = whole->origin, .under = under};
        const struct reader r = {.arena = d->arena,
                                 .origin = &whole->origin,
                                 .subject = whole->name,
                                 .node = &whole->node};
        if (under && under == last && under->origin.layer == whole->origin.layer) {
            view = *under; /* as it was read */
        } else {
            struct schema_node said;
            status = schema_node_without(d->arena, &whole->node, "below", &said, err);
            struct reader own = r;
            own.node = &said;
            if (status == CRM_OK) status = read_view(&own, &view, err);
        }
        if (status == CRM_OK) to->views[to->view_count++] = view;
    }
    return status;
}

/* ---- roles ----------------------------------------------------------------------------------- */
/* What the layers below a role's definition grant on the entity; NULL: nothing. *ret_speaks: they
 * speak of the role at all. */
static const struct schema_node *grant_below(const struct schema_definitions *d,
                                             const struct schema_role_definition *over,
                                             struct str entity, bool *ret_speaks) {
    const struct schema_role_definition *best = NULL;
    *ret_speaks = false;
    for (size_t i = 0; i < d->role_count; i++) {
        const struct schema_role_definition *it = &d->roles[i];
        if (!str_eq(it->name, over->name) || it->origin.layer >= over->origin.layer) continue;
        *ret_speaks = true;
        if (schema_node_find(schema_node_get(&it->node, "entities"), entity) &&
            (!best || it->origin.layer > best->origin.layer))
            best = it;
    }
    return best ? schema_node_find(schema_node_get(&best->node, "entities"), entity) : NULL;
}

/* A grant stands for the whole of it: which of two is right is asked of the grant, never of a part
 * of it, and one that says the same as below still says it. */
static crm_status lay_grant(struct draft *d, const struct schema_role_definition *role,
                            const struct schema_node_entry *grant, bool *ret_stands,
                            struct err *err) {
    bool speaks = false;
    struct str name = str_is(role->name, "*") ? STR("everyone") : role->name;
    const struct schema_node *under = grant_below(d->declared, role, grant->key, &speaks);
    const struct schema_node *below = schema_node_get(&role->node, "below");
    struct schema_node_entry entry = {grant->key, under ? *under : (struct schema_node){0}};
    const struct schema_node map = {.kind = SCHEMA_NODE_MAP, .map = {&entry, under ? 1u : 0u}};
    const struct saying s = {.draft = d,
                             .shape = &of_others,
                             .o = {.owner = role->origin.owner,
                                   .kind = STR("role"),
                                   .name = name,
                                   .part = STR("entities"),
                                   .subject = arena_printf(d->arena, "role:%.*s/%.*s",
                                                           STR_ARG(name), STR_ARG(grant->key))},
                             .below = schema_node_get(below, "entities")};
    *ret_stands = true;
    if (!speaks) return CRM_OK;
    return s.o.subject.ptr ? lay_key(&s, &map, grant, ret_stands, err) : err_no_memory(err);
}

static crm_status lay_roles(struct draft *d, const struct schema_definitions *from,
                            struct schema_definitions *to, struct err *err) {
    crm_status status = CRM_OK;
    to->roles = ARENA_ARRAY(d->arena, from->role_count + 1, struct schema_role_definition);
    if (!to->roles) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < from->role_count; i++) {
        const struct schema_role_definition *role = &from->roles[i];
        const struct schema_node *said = schema_node_get(&role->node, "entities");
        struct schema_grant_definition *grants =
            ARENA_ARRAY(d->arena, role->grant_count + 1, struct schema_grant_definition);
        if (!grants) return err_no_memory(err);
        to->roles[i] = *role;
        to->roles[i].grants = grants;
        to->roles[i].grant_count = 0;
        for (size_t k = 0; status == CRM_OK && k < role->grant_count; k++) {
            bool stands = true;
            if (said) status = lay_grant(d, role, &said->map.entries[k], &stands, err);
            if (stands) grants[to->roles[i].grant_count++] = role->grants[k];
        }
    }
    return status;
}

crm_status draft_lay(struct draft *io, struct err *err) {
    const struct schema_definitions *from = io->declared;
    struct schema_definitions *to = ARENA_NEW(io->arena, struct schema_definitions);
    if (!to) return err_no_memory(err);
    *to = *from; /* its arena stays with the definitions: nothing is added to these */
    crm_status status = lay_directories(io, from, to, err);
    if (status == CRM_OK) status = lay_pipelines(io, from, to, err);
    if (status == CRM_OK) status = lay_extras(io, from, to, err);
    if (status == CRM_OK) status = lay_views(io, from, to, err);
    if (status == CRM_OK) status = lay_roles(io, from, to, err);
    if (status == CRM_OK) io->definitions = to;
    return status;
}
