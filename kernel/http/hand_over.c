/* Rules into bulk writes, entity by entity. See hand_over.h. */
#include "http/hand_over.h"

#include <stdio.h>

#include "http/messages.h"

/* ---- whose, and what of it ------------------------------------------------------------------- */

/* What is somebody's to work on: records with an owner that people see. */
static bool is_work(const struct schema_entity *e) {
    return !e->system && !e->is_child && schema_standard(e, SCHEMA_STD_OWNER);
}

static struct str open_of(const struct hand_over *h, const struct schema_entity *e) {
    if (e->open.len) return e->open;
    if (!e->pipeline.present) return STR_NONE;
    struct str stage = e->fields[e->pipeline.stage_slot].name;
    return arena_printf(h->arena, "%.*s == nil or one_of(%.*s.kind, \"open\", \"hold\")",
                        STR_ARG(stage), STR_ARG(stage));
}

/* field == person [and (one)] [and (other)] */
static struct str theirs(const struct hand_over *h, const char *field, struct str one,
                         struct str other) {
    return arena_printf(h->arena, "%s == \"%lld\"%s%.*s%s%s%.*s%s", field, (long long)h->user,
                        one.len ? " and (" : "", STR_ARG(one), one.len ? ")" : "",
                        other.len ? " and (" : "", STR_ARG(other), other.len ? ")" : "");
}

static struct bulk bulk_of(const struct hand_over *h, const struct schema_entity *e,
                           const json_t *body) {
    return (struct bulk){.engine = h->engine,
                         .reader = h->reader,
                         .access = h->access,
                         .arena = h->arena,
                         .entity = e,
                         .body = body,
                         .cause = h->cause,
                         .parent = h->parent,
                         .is_cancelled = h->is_cancelled,
                         .ctx = h->ctx};
}

static crm_status count(const struct hand_over *h, const struct schema_entity *e, struct str where,
                        int64_t *ret, struct err *err) {
    if (!where.ptr) return err_no_memory(err);
    JSON_CLEANUP json_t *body = json_pack("{s:s#,s:{}}", "where", where.ptr, (int)where.len, "set");
    if (!body) return err_no_memory(err);
    struct bulk b = bulk_of(h, e, body);
    return bulk_count(&b, ret, err);
}

/* ---- the body -------------------------------------------------------------------------------- */

static crm_status form(struct err *err, const char *field) {
    err_set(err, CRM_INVALID, &http_hand_over_form, NULL);
    err_at_field(err, str_from(field));
    return CRM_INVALID;
}

/* Somebody else who signs in. */
static crm_status check_person(const struct hand_over *h, const json_t *it, struct err *err) {
    const struct schema_entity *users = schema_find(h->access->schema, STR("user"));
    int64_t id = 0, found = 0;
    struct str text = json_str(it);
    if (!users || !json_is_string(it) || !id_parse(text, &id)) return form(err, "to");
    crm_status status = count(
        h, users, arena_printf(h->arena, "id == \"%lld\" and active", (long long)id), &found, err);
    if (status != CRM_OK || (found && id != h->user)) return status;
    err_set_args(err, CRM_REFUSED, &http_hand_over_person, &text, 1);
    err_at_field(err, STR("to"));
    return CRM_REFUSED;
}

static crm_status check_people(const struct hand_over *h, const json_t *to, struct err *err) {
    size_t count = json_array_size(to);
    crm_status status = CRM_OK;
    if (!json_is_array(to) || count == 0 || count > HAND_OVER_PEOPLE_MAX) return form(err, "to");
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = check_person(h, json_array_get(to, i), err);
    return status;
}

static crm_status check_rule(const struct hand_over *h, const json_t *rule, struct err *err) {
    const json_t *entity = json_object_get(rule, "entity"), *where = json_object_get(rule, "where");
    if (!json_is_object(rule) || !json_is_string(entity) || (where && !json_is_string(where)))
        return form(err, "rules");
    struct str name = json_str(entity);
    const struct schema_entity *e = schema_find(h->access->schema, name);
    if (!e || !is_work(e)) {
        err_set_args(err, CRM_REFUSED, &http_hand_over_entity, &name, 1);
        err_at_field(err, STR("rules"));
        return CRM_REFUSED;
    }
    int64_t ignored;
    crm_status status = check_people(h, json_object_get(rule, "to"), err);
    return status == CRM_OK
               ? count(h, e, theirs(h, "owner", json_str(where), STR_NONE), &ignored, err)
               : status;
}

static crm_status check(const struct hand_over *h, struct err *err) {
    const json_t *rules = json_object_get(h->body, "rules"), *to = json_object_get(h->body, "to");
    static const char *const flags[] = {"closed", "disable", "dry"};
    crm_status status = CRM_OK;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const json_t *flag = json_object_get(h->body, flags[i]);
        if (flag && !json_is_boolean(flag)) return form(err, flags[i]);
    }
    if (rules && (!json_is_array(rules) || json_array_size(rules) > HAND_OVER_RULES_MAX))
        return form(err, "rules");
    if (to) status = check_people(h, to, err);
    for (size_t i = 0; status == CRM_OK && i < json_array_size(rules); i++)
        status = check_rule(h, json_array_get(rules, i), err);
    return status;
}

/* ---- the plan -------------------------------------------------------------------------------- */

static bool takes_closed(const struct hand_over *h) {
    return json_is_true(json_object_get(h->body, "closed"));
}

static struct str wanted_of(const struct hand_over *h, const struct schema_entity *e) {
    return takes_closed(h) ? STR_NONE : open_of(h, e);
}

static crm_status add_part(struct hand_over *h, const struct schema_entity *e, struct err *err) {
    struct hand_over_part part = {.entity = e};
    crm_status status = count(h, e, theirs(h, "owner", STR_NONE, STR_NONE), &part.all, err);
    if (status != CRM_OK || part.all == 0) return status;
    status = count(h, e, theirs(h, "owner", open_of(h, e), STR_NONE), &part.open, err);
    if (status != CRM_OK) return status;
    if (h->part_count == HAND_OVER_ENTITIES_MAX) return err_internal(err, "too many entities");
    h->total += takes_closed(h) ? part.all : part.open;
    h->parts[h->part_count++] = part;
    return CRM_OK;
}

crm_status hand_over_plan(struct hand_over *h, struct err *err) {
    const struct schema *schema = h->access->schema;
    crm_status status = check(h, err);
    h->parts = ARENA_ARRAY(h->arena, HAND_OVER_ENTITIES_MAX, struct hand_over_part);
    h->failures = ARENA_ARRAY(h->arena, BULK_FAILURES_SHOWN, struct bulk_failure);
    if (status == CRM_OK && (!h->parts || !h->failures)) status = err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < schema->entity_count; i++)
        if (is_work(&schema->entities[i])) status = add_part(h, &schema->entities[i], err);
    if (status != CRM_OK || json_is_true(json_object_get(h->body, "dry"))) return status;
    if (h->total == 0 || json_object_get(h->body, "to")) return CRM_OK;
    err_set(err, CRM_REFUSED, &http_hand_over_nobody,
            NULL); /* a rule leaves some, or none is there */
    err_at_field(err, STR("to"));
    return CRM_REFUSED;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void keep_failures(struct hand_over *h, const struct bulk *b) {
    for (size_t i = 0; i < b->failure_count && h->failure_count < BULK_FAILURES_SHOWN; i++)
        h->failures[h->failure_count++] = b->failures[i];
    if (b->changeset) h->changeset = h->parent;
}

/* {"field":person} for each of them; owned by `ret_list`. */
static crm_status turns_of(const struct hand_over *h, const char *field, const json_t *to,
                           json_t **ret_list, const json_t *const **ret, struct err *err) {
    size_t n = json_array_size(to);
    const json_t **turns = ARENA_ARRAY(h->arena, n, const json_t *);
    *ret_list = json_array();
    for (size_t i = 0; turns && i < n; i++) {
        json_t *set = json_pack("{s:O}", field, json_array_get(to, i));
        if (json_array_append_new(*ret_list, set) != 0) return err_no_memory(err);
        turns[i] = set;
    }
    *ret = turns;
    return turns && *ret_list ? CRM_OK : err_no_memory(err);
}

struct giving {
    const struct schema_entity *entity;
    const char *field;
    struct str where;
    const json_t *to;
    int64_t moved, failed;
};

static crm_status give(struct hand_over *h, struct giving *g, struct err *err) {
    JSON_CLEANUP json_t *list = NULL;
    const json_t *const *turns = NULL;
    if (!g->where.ptr) return err_no_memory(err);
    JSON_CLEANUP json_t *body =
        json_pack("{s:s#,s:{}}", "where", g->where.ptr, (int)g->where.len, "set");
    if (!body) return err_no_memory(err);
    crm_status status = turns_of(h, g->field, g->to, &list, &turns, err);
    if (status != CRM_OK) return status;
    struct bulk b = bulk_of(h, g->entity, body);
    b.turns = turns;
    b.turn_count = json_array_size(g->to);
    status = bulk_run(&b, err);
    g->moved += b.changed;
    g->failed += b.failed;
    keep_failures(h, &b);
    if (h->on_progress) h->on_progress(h, h->ctx);
    return status;
}

static crm_status give_part(struct hand_over *h, struct hand_over_part *part, struct err *err) {
    const json_t *rules = json_object_get(h->body, "rules"), *to = json_object_get(h->body, "to");
    struct giving g = {.entity = part->entity, .field = "owner"};
    struct str open = wanted_of(h, part->entity);
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        if (!str_eq(json_str(json_object_get(rule, "entity")), part->entity->name)) continue;
        g.where = theirs(h, "owner", open, json_str(json_object_get(rule, "where")));
        g.to = json_object_get(rule, "to");
        status = give(h, &g, err);
        part->moved += g.moved;
        g.moved = g.failed = 0;
    }
    g.where = theirs(h, "owner", open, STR_NONE);
    g.to = to;
    if (status == CRM_OK && to) status = give(h, &g, err);
    part->moved += g.moved;
    part->failed = g.failed;
    return status == CRM_OK ? count(h, part->entity, g.where, &part->left, err) : status;
}

/* Whoever reported to them reports to the first who takes over, teams have that head. */
static crm_status give_people(struct hand_over *h, const char *entity, const char *field,
                              struct err *err) {
    const json_t *to = json_object_get(h->body, "to");
    const struct schema_entity *e = schema_find(h->access->schema, str_from(entity));
    const json_t *first = json_array_get(to, 0);
    if (!first || !e || !schema_field_find(e, str_from(field))) return CRM_OK;
    struct str not_self = arena_printf(h->arena, "id ~= \"%.*s\"", STR_ARG(json_str(first)));
    JSON_CLEANUP json_t *one = json_pack("[O]", first);
    if (!one || !not_self.ptr) return err_no_memory(err);
    struct giving g = {
        .entity = e, .field = field, .where = theirs(h, field, not_self, STR_NONE), .to = one};
    return give(h, &g, err);
}

crm_status hand_over_disable(struct hand_over *h, struct err *err) {
    const struct schema_entity *users = schema_find(h->access->schema, STR("user"));
    if (json_is_false(json_object_get(h->body, "disable"))) return CRM_OK;
    char id[24];
    snprintf(id, sizeof id, "%lld", (long long)h->user);
    JSON_CLEANUP json_t *body = json_pack("{s:[s],s:{s:b}}", "ids", id, "set", "active", 0);
    if (!users || !body) return err_no_memory(err);
    struct bulk b = bulk_of(h, users, body);
    crm_status status = bulk_run(&b, err);
    keep_failures(h, &b);
    if (status != CRM_OK || b.failed == 0) return status;
    err_copy(err, &b.failures[0].err);
    return err->status;
}

crm_status hand_over_run(struct hand_over *h, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < h->part_count; i++)
        status = give_part(h, &h->parts[i], err);
    if (status == CRM_OK) status = give_people(h, "user", "manager", err);
    return status == CRM_OK ? give_people(h, "team", "head", err) : status;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void put_part(const struct hand_over_part *p, struct json_writer *w) {
    const struct {
        const char *key;
        int64_t n;
    } counts[] = {{"open", p->open},
                  {"closed", p->all - p->open},
                  {"moved", p->moved},
                  {"failed", p->failed},
                  {"left", p->left}};
    json_object_open(w);
    json_key_lit(w, "entity");
    json_text(w, p->entity->name);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_key(w, str_from(counts[i].key));
        json_int64(w, counts[i].n);
    }
    json_object_shut(w);
}

void hand_over_json(const struct hand_over *h, enum language language, struct json_writer *w) {
    int64_t moved = 0, left = 0;
    json_object_open(w);
    json_key_lit(w, "entities");
    json_array_open(w);
    for (size_t i = 0; i < h->part_count; i++) {
        put_part(&h->parts[i], w);
        moved += h->parts[i].moved;
        left += h->parts[i].left;
    }
    json_array_shut(w);
    json_key_lit(w, "matched");
    json_int64(w, moved);
    json_key_lit(w, "left");
    json_int64(w, left);
    bulk_failures_json(h->failures, h->failure_count, language, w);
    json_key_lit(w, "changeset");
    if (h->changeset) {
        json_id(w, h->changeset);
    } else {
        json_nil(w);
    }
    json_object_shut(w);
}
