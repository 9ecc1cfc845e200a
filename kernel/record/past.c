#include "record/past.h"

#include "record/engine_state.h"
#include "record/image.h"
#include "record/log_write.h"
#include "store/sys_tables.h"

enum { BATCH = 200 };

crm_status past_load_slots(struct store_conn *c, const struct schema_entity *e, int64_t id,
                           const struct slot_set *slots, struct arena *a, struct past *ret,
                           struct err *err) {
    struct past p = {.entity = e, .id = id};
    struct slot_set wanted;
    int32_t version = std_slot(e, SCHEMA_STD_VERSION);
    if (slots) wanted = *slots;
    if (slots && version >= 0) slot_add(&wanted, version);
    crm_status status = store_record_get(c, e, id, slots ? &wanted : NULL, a, &p.row, err);
    if (status != CRM_OK) return status;
    p.exists = p.row != NULL;
    if (!p.row) p.row = ARENA_ARRAY(a, e->field_count, struct value);
    p.items = ARENA_ARRAY(a, e->field_count, struct read_items);
    if (!p.row || !p.items) return err_no_memory(err);
    *ret = p;
    return CRM_OK;
}

crm_status past_load(struct store_conn *c, const struct schema_entity *e, int64_t id,
                     struct arena *a, struct past *ret, struct err *err) {
    return past_load_slots(c, e, id, NULL, a, ret, err);
}

static void set_std(struct past *p, enum schema_standard_field field, struct value v) {
    int32_t slot = std_slot(p->entity, field);
    if (slot >= 0) p->row[slot] = v;
}

/* Roll-ups and bookkeeping stand in no image: what they were is not known. */
static void forget(struct past *p) {
    if (p->moved) return;
    p->moved = true;
    for (size_t i = 0; i < p->entity->field_count; i++)
        if (p->entity->fields[i].type == SCHEMA_FIELD_ROLLUP)
            p->row[p->entity->fields[i].slot] = VALUE_OF_NIL;
    set_std(p, SCHEMA_STD_UPDATED_AT, VALUE_OF_NIL);
    set_std(p, SCHEMA_STD_UPDATED_BY, VALUE_OF_NIL);
}

static void revert_field(struct past *p, const struct image_field *image) {
    const struct schema_field *f = schema_field_by_id(p->entity, image->field);
    if (!f) return; /* dropped since */
    bool links = schema_field_storage(f->type) == SCHEMA_STORAGE_LINKS;
    if (image->is_items && links) {
        p->items[f->slot] = (struct read_items){
            .known = true, .list = image->items_before, .count = image->items_before_count};
    } else if (!image->is_items && !links) {
        p->row[f->slot] = image->before;
    }
}

crm_status past_revert(struct past *p, enum record_verb verb, int64_t version,
                       const struct image_field *fields, size_t count, struct arena *a,
                       struct err *err) {
    forget(p);
    if (verb == RECORD_CREATE) {
        struct value *nothing = ARENA_ARRAY(a, p->entity->field_count, struct value);
        if (!nothing) return err_no_memory(err);
        p->row = nothing;
        for (size_t i = 0; i < p->entity->field_count; i++)
            p->items[i] = (struct read_items){.known = true};
        p->exists = false;
        return CRM_OK;
    }
    if (verb == RECORD_PURGE) {
        p->exists = true;
        set_std(p, SCHEMA_STD_ID, value_id(p->id));
    }
    for (size_t i = 0; i < count; i++)
        revert_field(p, &fields[i]);
    if (verb != RECORD_PURGE) set_std(p, SCHEMA_STD_VERSION, value_int(version - 1));
    return CRM_OK;
}

struct collect {
    struct arena *arena;
    struct past_change *list;
    size_t count, room, limit;
    int64_t seq, position;
    bool failed;
};

static bool collect_change(void *ctx, const struct store_value *row) {
    struct collect *c = ctx;
    struct past_change it = {.record = row[SYS_CHANGE_RECORD].integer,
                             .seq = row[SYS_CHANGE_SEQ].integer,
                             .position = row[SYS_CHANGE_POSITION].integer,
                             .version = row[SYS_CHANGE_VERSION].integer,
                             .verb = (enum record_verb)row[SYS_CHANGE_OP].integer};
    if (it.seq == c->seq && it.position > c->position) return true;
    c->list = arena_grow(c->arena, c->list, c->count, &c->room, sizeof *c->list);
    bool has = row[SYS_CHANGE_IMAGES].type == STORE_BLOB;
    if (has) it.images = arena_str(c->arena, row[SYS_CHANGE_IMAGES].bytes);
    c->failed = !c->list || (has && !it.images.ptr);
    if (c->failed) return false;
    c->list[c->count++] = it;
    return c->count < c->limit;
}

crm_status past_changes(struct store_conn *c, int32_t entity, int64_t record, int64_t seq,
                        int64_t position, size_t limit, struct arena *a, struct past_change **ret,
                        size_t *ret_count, struct err *err) {
    struct store_condition where[] = {{SYS_CHANGE_ENTITY, STORE_EQ, store_int(entity)},
                                      {SYS_CHANGE_RECORD, STORE_EQ, store_int(record)},
                                      {SYS_CHANGE_SEQ, STORE_LE, store_int(seq)}};
    const int8_t order[] = {-(SYS_CHANGE_SEQ + 1), -(SYS_CHANGE_POSITION + 1)};
    struct store_select select = {.table = sys_table(SYS_TABLE_CHANGE),
                                  .where = where,
                                  .where_count = 3,
                                  .order = order,
                                  .order_count = 2};
    struct collect collect = {.arena = a, .limit = limit, .seq = seq, .position = position};
    crm_status status = store_each(c, &select, collect_change, &collect, err);
    if (status == CRM_OK && collect.failed) status = err_no_memory(err);
    if (status != CRM_OK) return status;
    *ret = collect.list;
    *ret_count = collect.count;
    return CRM_OK;
}

static bool is_later(const struct past_change *it, int64_t seq, int64_t position) {
    return it->seq > seq || (it->seq == seq && it->position > position);
}

crm_status past_back_to(struct store_conn *c, struct past *p, int64_t seq, int64_t position,
                        struct arena *a, struct err *err) {
    int64_t from_seq = INT64_MAX, from_position = INT64_MAX;
    for (;;) {
        struct past_change *list = NULL;
        size_t count = 0;
        crm_status status = past_changes(c, p->entity->id, p->id, from_seq, from_position, BATCH, a,
                                         &list, &count, err);
        if (status != CRM_OK) return status;
        for (size_t i = 0; i < count; i++) {
            struct image_field *fields = NULL;
            size_t field_count = 0;
            if (!is_later(&list[i], seq, position)) return CRM_OK;
            status = image_decode(a, list[i].images, p->entity, &fields, &field_count, err);
            const struct image_scope scope = {a, p->entity, p->resident, p->company};
            if (status == CRM_OK) image_today(&scope, fields, field_count);
            if (status == CRM_OK)
                status = past_revert(p, list[i].verb, list[i].version, fields, field_count, a, err);
            if (status != CRM_OK) return status;
        }
        if (count < BATCH) return CRM_OK;
        from_seq = list[count - 1].seq;
        from_position = list[count - 1].position - 1;
    }
}

/* Each logged change gives its record the next version; a child has its parent's. */
static bool is_present(const struct past *p, const struct log_change *change) {
    int32_t version = std_slot(p->entity, SCHEMA_STD_VERSION);
    return p->exists && !p->entity->is_child && version >= 0 &&
           p->row[version].integer == change->version;
}

crm_status past_back_to_change(struct store_conn *c, struct past *p,
                               const struct log_change *change, struct arena *a, struct err *err) {
    return is_present(p, change) ? CRM_OK
                                 : past_back_to(c, p, change->seq, change->position, a, err);
}

crm_status past_changeset(struct store_conn *c, int64_t seq, struct arena *a,
                          struct log_changeset *ret, bool *ret_found, struct err *err) {
    struct store_condition where = {SYS_CHANGESET_SEQ, STORE_EQ, store_int(seq)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .where = &where, .where_count = 1, .limit = 1};
    const struct store_value *row = NULL;
    crm_status status = store_first(c, &select, a, &row, err);
    if (status != CRM_OK) return status;
    *ret_found = row != NULL;
    if (!row) return CRM_OK;
    *ret = log_changeset_of(row);
    return CRM_OK;
}

crm_status past_updated(struct store_conn *c, struct past *p, int64_t seq, struct arena *a,
                        struct err *err) {
    struct past_change *last = NULL;
    size_t count = 0;
    struct log_changeset of = {0};
    bool found = false;
    if (!p->moved || !p->exists) return CRM_OK;
    crm_status status =
        past_changes(c, p->entity->id, p->id, seq, INT64_MAX, 1, a, &last, &count, err);
    if (status == CRM_OK && count) status = past_changeset(c, last[0].seq, a, &of, &found, err);
    if (status != CRM_OK || !found) return status;
    set_std(p, SCHEMA_STD_UPDATED_AT, value_time(of.at_ms));
    set_std(p, SCHEMA_STD_UPDATED_BY, value_id(of.actor));
    return CRM_OK;
}

static bool take_seq(void *ctx, const struct store_value *row) {
    *(int64_t *)ctx = row[SYS_CHANGESET_SEQ].integer;
    return false;
}

static bool take_at(void *ctx, const struct store_value *row) {
    *(int64_t *)ctx = row[SYS_CHANGESET_AT].integer;
    return false;
}

/* Numbers have no gaps and moments rise with them. */
crm_status past_seq_at(struct store_conn *c, int64_t at_ms, int64_t *ret_seq, struct err *err) {
    const int8_t newest[] = {-(SYS_CHANGESET_SEQ + 1)};
    struct store_select select = {
        .table = sys_table(SYS_TABLE_CHANGESET), .order = newest, .order_count = 1, .limit = 1};
    int64_t low = 0, high = 0; /* low: at or before; the answer lies in [low, high] */
    crm_status status = store_each(c, &select, take_seq, &high, err);
    while (status == CRM_OK && low < high) {
        int64_t middle = low + (high - low + 1) / 2, at = INT64_MAX;
        struct store_condition where = {SYS_CHANGESET_SEQ, STORE_EQ, store_int(middle)};
        struct store_select one = {
            .table = select.table, .where = &where, .where_count = 1, .limit = 1};
        status = store_each(c, &one, take_at, &at, err);
        if (at <= at_ms)
            low = middle;
        else
            high = middle - 1;
    }
    if (status == CRM_OK) *ret_seq = low;
    return status;
}
