/* Which records are like one that is being written or stands already. See duplicate.h. */
#include <stdlib.h>
#include <string.h>

#include "record/duplicate_scan.h"
#include "record/messages.h"
#include "record/prepare.h"
#include "record/read_core.h"

enum { FOUND_BY_WORDS = 200, SPELLINGS_MAX = 10 };

uint32_t duplicate_rules(const struct access *access, const struct schema_entity *e) {
    uint32_t rules = 0;
    for (size_t i = 0; i < e->duplicate_count; i++) {
        const struct schema_duplicate *rule = &e->duplicates[i];
        bool visible = true;
        for (size_t k = 0; k < rule->slot_count; k++)
            visible &= access_field_visible(access, e, schema_field_at(e, rule->slots[k]));
        if (visible) rules |= UINT32_C(1) << i;
    }
    return rules;
}

static bool is_used(const struct schema_entity *e, uint32_t rules, int32_t slot) {
    for (size_t i = 0; i < e->duplicate_count; i++)
        for (size_t k = 0; (rules >> i & 1) && k < e->duplicates[i].slot_count; k++)
            if (e->duplicates[i].slots[k] == slot) return true;
    return false;
}

/* ---- records with their keys --------------------------------------------------------------- */

struct loading {
    const struct schema_entity *entity;
    struct schema_path *paths;
    size_t path_count;
    struct value *values;
    struct read_items *items;
};

static bool loading_init(struct loading *l, struct arena *a, const struct schema_entity *e,
                         uint32_t rules) {
    l->entity = e;
    l->paths = ARENA_ARRAY(a, e->field_count, struct schema_path);
    l->values = ARENA_ARRAY(a, e->field_count, struct value);
    l->items = ARENA_ARRAY(a, e->field_count, struct read_items);
    if (!l->paths || !l->values || !l->items) return false;
    memset(l->values, 0, e->field_count * sizeof *l->values);
    memset(l->items, 0, e->field_count * sizeof *l->items);
    for (size_t i = 0; i < e->field_count; i++)
        if (is_used(e, rules, (int32_t)i))
            l->paths[l->path_count++] =
                (struct schema_path){.length = 1, .entity = {e}, .field = {&e->fields[i]}};
    return true;
}

static void take_cells(struct loading *l, const struct store_cell *cells) {
    for (size_t i = 0; i < l->path_count; i++) {
        int32_t slot = l->paths[i].field[0]->slot;
        l->values[slot] = cells[i].value;
        l->items[slot] = (struct read_items){true, cells[i].items, cells[i].item_count};
    }
}

struct wanted {
    uint32_t rules;
    const struct expr *where; /* NULL: all */
    int64_t limit;
    struct str after;
};

static crm_status load(struct record_view *v, const struct schema_entity *e,
                       const struct wanted *wanted, struct duplicate_record **ret,
                       struct store_page *page, struct err *err) {
    struct loading l = {0};
    if (!loading_init(&l, v->arena, e, wanted->rules)) return err_no_memory(err);
    const struct store_list list = {.query = {.access = v->access,
                                              .from = e,
                                              .action = SCHEMA_ACTION_READ,
                                              .where = wanted->where,
                                              .trash = STORE_LIVING,
                                              .now_ms = v->now_ms},
                                    .select = l.paths,
                                    .select_count = l.path_count,
                                    .limit = wanted->limit,
                                    .after = wanted->after,
                                    .no_titles = true};
    crm_status status = store_list_run(v->conn, &list, v->arena, page, err);
    if (status != CRM_OK) return status;
    struct duplicate_record *records =
        ARENA_ARRAY(v->arena, page->count + 1, struct duplicate_record);
    const struct duplicate_source from = {e, l.values, l.items};
    if (!records) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < page->count; i++) {
        take_cells(&l, page->cells + i * l.path_count);
        records[i].id = page->ids[i];
        status = duplicate_keys(&from, wanted->rules, v->arena, &records[i], err);
    }
    if (status == CRM_OK) *ret = records;
    return status;
}

crm_status duplicate_load(struct record_view *v, const struct schema_entity *e, uint32_t rules,
                          const int64_t *ids, size_t count, struct duplicate_record **ret,
                          size_t *ret_count, struct err *err) {
    struct store_page page = {0};
    *ret_count = 0;
    if (count == 0) return CRM_OK;
    const struct wanted wanted = {
        .rules = rules,
        .where = read_one_of(v->arena, schema_standard(e, SCHEMA_STD_ID), ids, count),
        .limit = (int64_t)count};
    crm_status status = wanted.where ? load(v, e, &wanted, ret, &page, err) : err_no_memory(err);
    if (status == CRM_OK) *ret_count = page.count;
    return status;
}

crm_status duplicate_load_page(struct record_view *v, const struct schema_entity *e, int64_t limit,
                               struct str after, struct duplicate_record **ret, size_t *ret_count,
                               struct str *ret_next, struct err *err) {
    struct store_page page = {0};
    const struct wanted wanted = {
        .rules = duplicate_rules(v->access, e), .limit = limit, .after = after};
    crm_status status = load(v, e, &wanted, ret, &page, err);
    if (status != CRM_OK) return status;
    *ret_count = page.count;
    *ret_next = page.next;
    return CRM_OK;
}

/* ---- the record in question ---------------------------------------------------------------- */

struct subject {
    struct record_view *view;
    const struct duplicate_question *question;
    uint32_t rules;
    struct value *values;
    struct read_items *items;
    int64_t *candidates;
    size_t candidate_count, capacity;
};

static crm_status read_stored(struct subject *s, struct err *err) {
    const struct schema_entity *e = s->question->entity;
    struct slot_set slots;
    struct read_row row;
    memset(&slots, 0xff, sizeof slots);
    crm_status status = read_row_find(s->view, e, s->question->id, &slots, &row, err);
    if (status != CRM_OK) return status;
    memcpy(s->values, row.row, e->field_count * sizeof *s->values);
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++)
        if (e->fields[i].type == SCHEMA_FIELD_LABELLED && is_used(e, s->rules, (int32_t)i))
            status = read_row_items(&row, &e->fields[i], &s->items[i], err);
    return status;
}

static crm_status add_items(struct subject *s, const struct record_write *w, struct err *err) {
    struct read_items *items = &s->items[w->slot];
    size_t kept = w->kind == RECORD_ITEMS_ADD ? items->count : 0;
    if (w->kind == RECORD_ITEMS_REMOVE) return CRM_OK;
    struct store_item *all =
        ARENA_ARRAY(s->view->arena, kept + w->item_count + 1, struct store_item);
    if (!all) return err_no_memory(err);
    if (kept) memcpy(all, items->list, kept * sizeof *all);
    if (w->item_count) memcpy(all + kept, w->items, w->item_count * sizeof *all);
    *items = (struct read_items){true, all, kept + w->item_count};
    return CRM_OK;
}

static crm_status compute(struct subject *s, struct err *err) {
    struct record_view *v = s->view;
    struct expr_env env = {0};
    struct row_eval eval = {
        .conn = v->conn, .schema = v->access->schema, .resident = v->resident, .arena = v->arena};
    engine_env(v->engine, &v->access->actor, v->company, v->arena, &env);
    crm_status status = row_eval_init(&eval, &env, err);
    return status == CRM_OK ? formulas_store(&eval, s->question->entity, s->values, v->company, err)
                            : status;
}

static crm_status lay_writes(struct subject *s, struct err_list *errors, struct err *err) {
    struct record_view *v = s->view;
    struct changeset c;
    changeset_init(&c, v->arena, (struct schema *)(uintptr_t)v->access->schema, &v->access->actor);
    struct record_op *op = changeset_op(&c, RECORD_UPDATE, s->question->entity, s->question->id);
    crm_status status = op ? record_op_from_json(v, &c, op, s->question->set, NULL, errors, err)
                           : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < op->write_count; i++) {
        const struct record_write *w = &op->writes[i];
        if (w->kind == RECORD_SET)
            s->values[w->slot] = w->value;
        else if (w->kind != RECORD_CHILDREN)
            status = add_items(s, w, err);
    }
    changeset_fini(&c);
    return status == CRM_OK ? compute(s, err) : status;
}

/* ---- candidates ---------------------------------------------------------------------------- */

static crm_status add_candidate(struct subject *s, int64_t id, struct err *err) {
    if (id == s->question->id || s->candidate_count == DUPLICATE_CANDIDATES_MAX) return CRM_OK;
    for (size_t i = 0; i < s->candidate_count; i++)
        if (s->candidates[i] == id) return CRM_OK;
    int64_t *list =
        arena_grow(s->view->arena, s->candidates, s->candidate_count, &s->capacity, sizeof *list);
    if (!list) return err_no_memory(err);
    s->candidates = list;
    list[s->candidate_count++] = id;
    return CRM_OK;
}

static crm_status add_all(struct subject *s, const int64_t *ids, size_t count, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = add_candidate(s, ids[i], err);
    return status;
}

static crm_status by_items(struct subject *s, const struct schema_field *f, struct err *err) {
    struct record_view *v = s->view;
    const struct read_items *items = &s->items[f->slot];
    crm_status status = CRM_OK;
    for (size_t i = 0; i < items->count && i < DUPLICATE_SHOWN_MAX; i++) {
        struct str forms[SPELLINGS_MAX];
        size_t count =
            duplicate_spellings(f, items->list[i].value.text, v->arena, forms, SPELLINGS_MAX);
        for (size_t k = 0; status == CRM_OK && k < count; k++) {
            int64_t *ids = NULL;
            size_t found = 0;
            if (!forms[k].ptr) return err_no_memory(err);
            status =
                store_links_find(v->conn, f, forms[k], v->arena, FOUND_BY_WORDS, &ids, &found, err);
            if (status == CRM_OK) status = add_all(s, ids, found, err);
        }
    }
    return status;
}

/* What holds all the words, and what is the very same text: among very many that begin alike the
 * former need not have it. */
static crm_status by_words(struct subject *s, const struct schema_field *f,
                           const struct schema_duplicate *rule, struct err *err) {
    struct record_view *v = s->view;
    const struct schema_entity *e = s->question->entity;
    const struct value *value = &s->values[f->slot];
    int64_t *ids = NULL;
    size_t count = 0;
    crm_status status = CRM_OK;
    if (value->type != VALUE_TEXT || value->text.len == 0) return CRM_OK;
    if (f->fold && !f->folding)
        status = store_record_find(v->conn, e, f->slot, value, true, v->arena, FOUND_BY_WORDS, &ids,
                                   &count, err);
    if (status == CRM_OK) status = add_all(s, ids, count, err);
    struct str text = rule->digits ? value->text : duplicate_words(v->arena, value->text, rule);
    if (!text.ptr) return err_no_memory(err);
    if (status != CRM_OK || text.len == 0) return status;
    const struct store_search search = {.access = v->access,
                                        .text = text,
                                        .entities = &e,
                                        .entity_count = 1,
                                        .limit = FOUND_BY_WORDS};
    struct store_hit *hits = NULL;
    struct str next = STR_NONE;
    status = store_search_run(v->conn, &search, v->arena, &hits, &count, &next, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = add_candidate(s, hits[i].id, err);
    return status;
}

/* One field of a rule that has an index is enough: the others are compared afterwards. */
static crm_status by_rule(struct subject *s, const struct schema_duplicate *rule, struct err *err) {
    const struct schema_field *searched = NULL;
    for (size_t i = 0; i < rule->slot_count; i++) {
        const struct schema_field *f = schema_field_at(s->question->entity, rule->slots[i]);
        if (f->type == SCHEMA_FIELD_LABELLED) return by_items(s, f, err);
        if (f->search && !searched) searched = f;
    }
    return searched ? by_words(s, searched, rule, err) : CRM_OK;
}

/* ---- the answer ---------------------------------------------------------------------------- */

struct match {
    int64_t id;
    int32_t score;
    uint32_t rules;
};

static int by_score(const void *a, const void *b) {
    const struct match *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

void duplicate_put_fields(const struct schema_entity *e, uint32_t rules, struct json_writer *out) {
    json_key_lit(out, "fields");
    json_array_open(out);
    for (size_t i = 0; i < e->field_count; i++)
        if (is_used(e, rules, (int32_t)i)) json_text(out, e->fields[i].name);
    json_array_shut(out);
}

crm_status duplicate_put_record(struct record_view *v, const struct schema_entity *e, int64_t id,
                                struct json_writer *out, struct err *err) {
    struct str title = STR_NONE;
    crm_status status = read_title(v, e, id, &title, err);
    if (status != CRM_OK) return status;
    json_key_lit(out, "id");
    json_id(out, id);
    json_key_lit(out, "title");
    json_text_or_nil(out, title);
    return CRM_OK;
}

static crm_status put_matches(struct subject *s, const struct match *list, size_t count,
                              struct json_writer *out, struct err *err) {
    const struct schema_entity *e = s->question->entity;
    crm_status status = CRM_OK;
    json_object_open(out);
    json_key_lit(out, "duplicates");
    json_array_open(out);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        json_object_open(out);
        status = duplicate_put_record(s->view, e, list[i].id, out, err);
        json_key_lit(out, "score");
        json_int64(out, list[i].score);
        duplicate_put_fields(e, list[i].rules, out);
        json_object_shut(out);
    }
    json_array_shut(out);
    json_object_shut(out);
    return status;
}

static crm_status answer(struct subject *s, const struct duplicate_record *own,
                         struct json_writer *out, struct err *err) {
    struct record_view *v = s->view;
    const struct schema_entity *e = s->question->entity;
    struct duplicate_record *records = NULL;
    size_t count = 0, matched = 0;
    crm_status status =
        duplicate_load(v, e, s->rules, s->candidates, s->candidate_count, &records, &count, err);
    struct match *list = ARENA_ARRAY(v->arena, count + 1, struct match);
    if (status == CRM_OK && !list) return err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        uint32_t rules = duplicate_agree(own, &records[i]);
        bool dismissed = false;
        if (rules && own->id)
            status = duplicate_is_dismissed(v->conn, e, own->id, records[i].id, &dismissed, err);
        if (rules && !dismissed)
            list[matched++] = (struct match){records[i].id, duplicate_score(e, rules), rules};
    }
    if (status != CRM_OK) return status;
    qsort(list, matched, sizeof *list, by_score);
    size_t most = (size_t)s->question->limit;
    return put_matches(s, list, matched < most ? matched : most, out, err);
}

static crm_status find(struct subject *s, struct err_list *errors, struct json_writer *out,
                       struct err *err) {
    struct record_view *v = s->view;
    const struct schema_entity *e = s->question->entity;
    struct duplicate_record own = {.id = s->question->id};
    const struct duplicate_source from = {e, s->values, s->items};
    crm_status status = s->question->id ? read_stored(s, err) : CRM_OK;
    if (status == CRM_OK && s->question->set) status = lay_writes(s, errors, err);
    if (status == CRM_OK) status = duplicate_keys(&from, s->rules, v->arena, &own, err);
    for (size_t i = 0; status == CRM_OK && i < e->duplicate_count; i++)
        if (s->rules >> i & 1) status = by_rule(s, &e->duplicates[i], err);
    return status == CRM_OK ? answer(s, &own, out, err) : status;
}

crm_status record_duplicates_json(struct record_view *v, const struct duplicate_question *q,
                                  struct err_list *errors, struct json_writer *out,
                                  struct err *err) {
    struct subject s = {.view = v, .question = q};
    if (!access_rows(v->access, SCHEMA_ACTION_READ, q->entity))
        return err_set(err, CRM_FORBIDDEN, &record_action_forbidden, "read", NULL);
    s.rules = duplicate_rules(v->access, q->entity);
    s.values = ARENA_ARRAY(v->arena, q->entity->field_count, struct value);
    s.items = ARENA_ARRAY(v->arena, q->entity->field_count, struct read_items);
    if (!s.values || !s.items) return err_no_memory(err);
    memset(s.values, 0, q->entity->field_count * sizeof *s.values);
    memset(s.items, 0, q->entity->field_count * sizeof *s.items);
    bool began = false;
    crm_status status = read_begin(v, &began, err);
    if (status != CRM_OK) return status;
    status = find(&s, errors, out, err);
    read_end(v, began);
    return status;
}
