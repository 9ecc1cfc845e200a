/* A waiting change as the text of its row, JSON:
 *
 *   {"state","author","at","decided_by","decided_at","note","reason","lossy",
 *    "definitions":[{"kind","name","note","draft","text","base"}],"drop":[],"recycle":[],"keep":[],"take":[]}
 *
 * Threads: any. */
#include "module/schema_waiting.h"

enum { TEXT_MAX_BYTES = 16 << 20, TEXT_ITEMS_MAX = 100000 };

static const char *const state_words[] = {
#define WAITING_WORD(name, word) word,
    WAITING_STATES(WAITING_WORD)
#undef WAITING_WORD
};

const char *waiting_state_word(enum waiting_state state) { return state_words[state]; }

static void put_text(struct json_writer *w, const char *key, struct str text) {
    json_key(w, str_from(key));
    json_text_or_nil(w, text);
}

static void put_number(struct json_writer *w, const char *key, int64_t number) {
    json_key(w, str_from(key));
    json_int64(w, number);
}

static void put_names(struct json_writer *w, const struct schema_wishes *wishes) {
    struct schema_wishes copy = *wishes;
    struct schema_wish_list lists[SCHEMA_WISH_LISTS];
    schema_wish_lists(&copy, lists);
    for (size_t i = 0; i < SCHEMA_WISH_LISTS; i++) {
        json_key(w, str_from(lists[i].word));
        json_array_open(w);
        for (size_t n = 0; n < *lists[i].count; n++)
            json_text(w, (*lists[i].names)[n]);
        json_array_shut(w);
    }
}

/* The text as the row keeps it, with what it was made of; or as people read it. */
static void put_definition(struct json_writer *w, const struct admin_definition *d,
                           const struct str *base) {
    json_object_open(w);
    put_text(w, "kind", d->kind);
    put_text(w, "name", d->name);
    put_text(w, "note", d->note);
    json_key_lit(w, "draft");
    json_bool(w, d->state == ADMIN_DRAFT);
    if (base) {
        put_text(w, "text", d->text);
        put_text(w, "base", *base);
    } else {
        json_key_lit(w, "definition");
        json_raw(w, d->text.len ? d->text : STR("null"));
    }
    json_object_shut(w);
}

static void put_definitions(struct json_writer *w, const struct waiting_change *it, bool kept) {
    json_key_lit(w, "definitions");
    json_array_open(w);
    for (size_t i = 0; i < it->change.admin_count; i++)
        put_definition(w, &it->change.admin[i], kept ? &it->bases[i] : NULL);
    json_array_shut(w);
    put_names(w, &it->change.wishes);
    json_key_lit(w, "lossy");
    json_bool(w, it->change.lossy);
}

crm_status waiting_write(const struct waiting_change *it, struct arena *a, struct str *ret,
                         struct err *err) {
    BUF_CLEANUP struct buf text;
    struct json_writer w;
    buf_init(&text, TEXT_MAX_BYTES);
    json_writer_init(&w, &text);
    json_object_open(&w);
    put_text(&w, "state", str_from(state_words[it->state]));
    put_number(&w, "author", it->author);
    put_number(&w, "at", it->at);
    put_number(&w, "decided_by", it->decided_by);
    put_number(&w, "decided_at", it->decided_at);
    put_text(&w, "note", it->note);
    put_text(&w, "reason", it->reason);
    put_definitions(&w, it, true);
    json_object_shut(&w);
    struct str kept = text.status == CRM_OK ? arena_str(a, buf_str(&text)) : STR_NONE;
    if (!kept.ptr) return err_no_memory(err);
    *ret = kept;
    return CRM_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */
struct reading {
    struct arena *arena;
    bool no_memory;
};

static struct str text_of(struct reading *r, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    struct str copy = json_is_string(value) ? arena_str(r->arena, json_str(value)) : STR_NONE;
    r->no_memory |= json_is_string(value) && !copy.ptr;
    return copy;
}

static int64_t number_of(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

static enum waiting_state state_of(struct str word) {
    for (int i = 0; i < WAITING_STATE_COUNT; i++)
        if (str_is(word, state_words[i])) return (enum waiting_state)i;
    return WAITING_REFUSED;
}

static void read_names(struct reading *r, const json_t *whole, struct schema_wishes *ret) {
    struct schema_wish_list lists[SCHEMA_WISH_LISTS];
    schema_wish_lists(ret, lists);
    for (size_t i = 0; i < SCHEMA_WISH_LISTS; i++) {
        const json_t *list = json_object_get(whole, lists[i].word);
        size_t count = json_array_size(list);
        struct str *names = ARENA_ARRAY(r->arena, count + 1, struct str);
        r->no_memory |= !names;
        for (size_t n = 0; names && n < count; n++) {
            names[n] = arena_str(r->arena, json_str(json_array_get(list, n)));
            r->no_memory |= !names[n].ptr;
        }
        *lists[i].names = names;
        *lists[i].count = names ? count : 0;
    }
}

static void read_definitions(struct reading *r, const json_t *whole, struct waiting_change *ret) {
    const json_t *list = json_object_get(whole, "definitions");
    size_t count = json_array_size(list);
    struct admin_definition *items = ARENA_ARRAY(r->arena, count + 1, struct admin_definition);
    struct str *bases = ARENA_ARRAY(r->arena, count + 1, struct str);
    r->no_memory |= !items || !bases;
    for (size_t i = 0; !r->no_memory && i < count; i++) {
        const json_t *it = json_array_get(list, i);
        items[i] = (struct admin_definition){
            .kind = text_of(r, it, "kind"),
            .name = text_of(r, it, "name"),
            .text = text_of(r, it, "text"),
            .note = text_of(r, it, "note"),
            .state = json_is_true(json_object_get(it, "draft")) ? ADMIN_DRAFT : ADMIN_APPROVED,
            .author = ret->author,
            .at = ret->at};
        bases[i] = text_of(r, it, "base");
    }
    ret->change.admin = items;
    ret->change.admin_count = count;
    ret->bases = bases;
}

crm_status waiting_read(struct str text, struct arena *a, struct waiting_change *ret,
                        struct err *err) {
    JSON_CLEANUP json_t *whole = NULL;
    struct reading r = {.arena = a};
    const struct json_limits limits = {
        .max_bytes = TEXT_MAX_BYTES, .max_depth = 8, .max_elements = TEXT_ITEMS_MAX};
    crm_status status = json_parse(text, &limits, &whole, err);
    if (status != CRM_OK) return status;
    *ret = (struct waiting_change){.id = ret->id, .text = text};
    ret->state = state_of(json_str(json_object_get(whole, "state")));
    ret->author = number_of(whole, "author");
    ret->at = number_of(whole, "at");
    ret->decided_by = number_of(whole, "decided_by");
    ret->decided_at = number_of(whole, "decided_at");
    ret->note = text_of(&r, whole, "note");
    ret->reason = text_of(&r, whole, "reason");
    ret->change.lossy = json_is_true(json_object_get(whole, "lossy"));
    ret->change.author = ret->author;
    read_definitions(&r, whole, ret);
    read_names(&r, whole, &ret->change.wishes);
    return r.no_memory ? err_no_memory(err) : CRM_OK;
}

/* ---- shown ----------------------------------------------------------------------------------- */
static void put_moment(struct json_writer *w, const char *key, int64_t at) {
    json_key(w, str_from(key));
    if (at)
        json_time(w, at);
    else
        json_nil(w);
}

static void put_person(struct json_writer *w, const char *key, int64_t id) {
    json_key(w, str_from(key));
    if (id)
        json_id(w, id);
    else
        json_nil(w);
}

void waiting_json(struct json_writer *w, const struct waiting_change *it) {
    json_object_open(w);
    put_person(w, "id", it->id);
    put_text(w, "state", str_from(state_words[it->state]));
    put_person(w, "author", it->author);
    put_moment(w, "at", it->at);
    put_text(w, "note", it->note);
    put_person(w, "decided_by", it->decided_by);
    put_moment(w, "decided_at", it->decided_at);
    put_text(w, "reason", it->reason);
    put_definitions(w, it, false);
}
