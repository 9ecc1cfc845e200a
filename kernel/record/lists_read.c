/* What the snapshot says of lists, and the note of it. See lists_state.h. */
#include <stdio.h>

#include "base/json.h"
#include "record/lists_state.h"

enum { NOTE_MAX_BYTES = 8 << 20, ITEMS_MAX = 20000 };

const char *const list_key_words[LIST_KEY_COUNT] = {
#define LIST_KEY_WORD(name, field) field,
    LIST_KEYS(LIST_KEY_WORD)
#undef LIST_KEY_WORD
};

struct list *list_find(const struct list_set *set, const struct list *like, struct str name) {
    for (size_t i = 0; name.len && i < set->count; i++) {
        struct list *l = &set->all[i];
        if (l->is_pipeline == like->is_pipeline && str_eq(l->entity, like->entity) &&
            str_eq(l->self.name, name))
            return l;
    }
    return NULL;
}

struct list_item *list_item_find(const struct list *l, struct str name) {
    for (size_t i = 0; name.len && i < l->count; i++)
        if (str_eq(l->items[i].name, name)) return &l->items[i];
    return NULL;
}

bool list_add_item(struct arena *a, struct list *l, const struct list_item *item) {
    struct list_item *items = ARENA_ARRAY(a, l->count + 1, struct list_item);
    if (!items) return false;
    if (l->count) memcpy(items, l->items, l->count * sizeof *items);
    items[l->count++] = *item;
    l->items = items;
    return true;
}

bool list_set_add(struct arena *a, struct list_set *set, const struct list *l) {
    struct list *all = ARENA_ARRAY(a, set->count + 1, struct list);
    if (!all) return false;
    if (set->count) memcpy(all, set->all, set->count * sizeof *all);
    all[set->count++] = *l;
    set->all = all;
    return true;
}

struct str list_own_text(const struct list_item *item, struct str field) {
    for (size_t i = 0; i < item->own_count; i++)
        if (str_eq(item->own[i].field, field)) return item->own[i].text;
    return STR("");
}

/* ---- the snapshot ---------------------------------------------------------------------------- */
static struct str number_text(struct arena *a, int64_t n) {
    return arena_printf(a, "%lld", (long long)n);
}

static bool add_pipeline(struct arena *a, const struct schema_pipeline *p, struct list_set *set) {
    struct list l = {.is_pipeline = true,
                     .entity = p->entity,
                     .self = {.name = p->name,
                              .was = p->was,
                              .owner = p->owner,
                              .values = {[LIST_LABEL_RU] = p->label.text[LANGUAGE_RU]}},
                     .items = ARENA_ARRAY(a, p->stage_count + 1, struct list_item)};
    if (!l.items) return false;
    for (size_t i = 0; i < p->stage_count; i++) {
        const struct schema_stage *s = &p->stages[i];
        l.items[l.count++] = (struct list_item){
            .name = s->name,
            .was = s->was,
            .owner = s->owner,
            .values = {
                [LIST_LABEL_RU] = s->label.text[LANGUAGE_RU],
                [LIST_KIND] = s->kind,
                [LIST_PROBABILITY] = s->probability ? number_text(a, s->probability) : STR_NONE,
                [LIST_LIMIT_DAYS] = s->limit_days ? number_text(a, s->limit_days) : STR_NONE}};
    }
    return list_set_add(a, set, &l);
}

static bool add_own(struct arena *a, const struct schema_directory_item *from,
                    struct list_item *to) {
    to->own = ARENA_ARRAY(a, from->value_count + 1, struct list_own);
    for (size_t i = 0; to->own && i < from->value_count; i++)
        to->own[to->own_count++] = (struct list_own){from->values[i].name, from->values[i].text};
    return to->own != NULL;
}

static bool add_directory(struct arena *a, const struct schema_directory *d, struct list_set *set) {
    struct list l = {.self = {.name = d->name,
                              .was = d->was,
                              .owner = d->owner,
                              .values = {[LIST_LABEL] = d->label.text[LANGUAGE_EN],
                                         [LIST_LABEL_RU] = d->label.text[LANGUAGE_RU]}},
                     .items = ARENA_ARRAY(a, d->item_count + 1, struct list_item)};
    if (!l.items) return false;
    for (size_t i = 0; i < d->item_count; i++) {
        const struct schema_directory_item *item = &d->items[i];
        l.items[l.count++] = (struct list_item){
            .name = item->code,
            .was = item->was,
            .owner = item->owner,
            .values = {[LIST_LABEL] = item->label.text[LANGUAGE_EN],
                       [LIST_LABEL_RU] = item->label.text[LANGUAGE_RU],
                       [LIST_COLOR] = item->color,
                       [LIST_ACTIVE] = item->active ? STR("true") : STR("false")}};
        if (!add_own(a, item, &l.items[i])) return false;
    }
    return list_set_add(a, set, &l);
}

crm_status list_set_read(struct arena *a, const struct schema *s, struct list_set *ret,
                         struct err *err) {
    bool fine = true;
    *ret = (struct list_set){0};
    for (size_t i = 0; fine && i < s->pipeline_count; i++)
        fine = add_pipeline(a, &s->pipelines[i], ret);
    for (size_t i = 0; fine && i < s->directory_count; i++)
        fine = add_directory(a, &s->directories[i], ret);
    return fine ? CRM_OK : err_no_memory(err);
}

/* ---- the note ------------------------------------------------------------------------------ */
static void write_item(struct json_writer *w, const struct list_item *item) {
    json_key_lit(w, "name");
    json_text(w, item->name);
    json_key_lit(w, "owner");
    json_text(w, item->owner);
    for (int k = 0; k < LIST_KEY_COUNT; k++) {
        if (!item->values[k].len) continue;
        json_key(w, str_from(list_key_words[k]));
        json_text(w, item->values[k]);
    }
    if (!item->own_count) return;
    json_key_lit(w, "own");
    json_array_open(w);
    for (size_t i = 0; i < item->own_count; i++) {
        json_text(w, item->own[i].field);
        json_text(w, item->own[i].text);
    }
    json_array_shut(w);
}

struct str list_set_text(struct arena *a, const struct list_set *set) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, NOTE_MAX_BYTES);
    json_writer_init(&w, &text);
    json_array_open(&w);
    for (size_t i = 0; i < set->count; i++) {
        const struct list *l = &set->all[i];
        json_object_open(&w);
        if (l->is_pipeline) {
            json_key_lit(&w, "entity");
            json_text(&w, l->entity);
        }
        write_item(&w, &l->self);
        json_key_lit(&w, "items");
        json_array_open(&w);
        for (size_t k = 0; k < l->count; k++) {
            json_object_open(&w);
            write_item(&w, &l->items[k]);
            json_object_shut(&w);
        }
        json_array_shut(&w);
        json_object_shut(&w);
    }
    json_array_shut(&w);
    return text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
}

static bool read_item(struct arena *a, const json_t *json, struct list_item *ret) {
    const json_t *own = json_object_get(json, "own"); /* field, text, field, text ... */
    size_t count = json_array_size(own) / 2;
    *ret = (struct list_item){.name = arena_str(a, json_str(json_object_get(json, "name"))),
                              .owner = arena_str(a, json_str(json_object_get(json, "owner"))),
                              .own = ARENA_ARRAY(a, count + 1, struct list_own)};
    for (int k = 0; k < LIST_KEY_COUNT; k++) {
        struct str value = json_str(json_object_get(json, list_key_words[k]));
        if (value.len) ret->values[k] = arena_str(a, value);
    }
    for (size_t i = 0; ret->own && i < count; i++)
        ret->own[ret->own_count++] =
            (struct list_own){arena_str(a, json_str(json_array_get(own, 2 * i))),
                              arena_str(a, json_str(json_array_get(own, 2 * i + 1)))};
    return ret->own != NULL;
}

crm_status list_set_parse(struct arena *a, struct str text, struct list_set *ret, struct err *err) {
    JSON_CLEANUP json_t *whole = NULL;
    const struct json_limits limits = {
        .max_bytes = NOTE_MAX_BYTES, .max_depth = 8, .max_elements = ITEMS_MAX * 30};
    crm_status status = json_parse(text, &limits, &whole, err);
    if (status != CRM_OK) return status;
    size_t count = json_array_size(whole);
    ret->all = ARENA_ARRAY(a, count + 1, struct list);
    if (!ret->all) return err_no_memory(err);
    for (ret->count = 0; ret->count < count; ret->count++) {
        const json_t *json = json_array_get(whole, ret->count), *items = NULL;
        struct list *l = &ret->all[ret->count];
        *l = (struct list){.is_pipeline = json_object_get(json, "entity") != NULL};
        if (l->is_pipeline) l->entity = arena_str(a, json_str(json_object_get(json, "entity")));
        if (!read_item(a, json, &l->self)) return err_no_memory(err);
        items = json_object_get(json, "items");
        l->items = ARENA_ARRAY(a, json_array_size(items) + 1, struct list_item);
        if (!l->items) return err_no_memory(err);
        for (size_t i = 0; i < json_array_size(items); i++)
            if (!read_item(a, json_array_get(items, i), &l->items[l->count++]))
                return err_no_memory(err);
    }
    return CRM_OK;
}
