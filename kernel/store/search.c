/* Search across entities: candidates of each entity (search_gather.h), their order, pages,
 * snippets. See query.h.
 *
 * Nothing is ranked by the index: a match can be the whole table. Order: title equal to what was
 * typed, title beginning with it, all words in the title, elsewhere; newest first in each. */
#include <sodium.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "store/messages.h"
#include "store/search_gather.h"

enum {
    HITS_MAX = 200,
    SNIPPET_BYTES = 160,
    SNIPPET_BEFORE = 48,
    CURSOR_BYTES = 18,
    CURSOR_VERSION = 1
};
enum { SCORE_EXACT, SCORE_BEGINS, SCORE_IN_TITLE, SCORE_ELSEWHERE };

struct candidate {
    const struct schema_entity *entity;
    int64_t id;
    uint8_t score;
    struct str title;
};

struct search_run {
    struct store_conn *conn;
    const struct store_search *search;
    struct arena *arena, *scratch;
    struct search_words words;
    struct candidate *found;
    size_t count, capacity;
    bool continues;
    uint8_t after_score;
    int64_t after_id;
};

/* ---- order ------------------------------------------------------------------------------- */
static uint8_t score_of(const struct search_words *w, struct str title) {
    if (title.len == 0) return SCORE_ELSEWHERE;
    if (str_eq(title, w->folded)) return SCORE_EXACT;
    if (str_starts_with(title, w->folded)) return SCORE_BEGINS;
    return search_words_in(w, title, false) == search_words_all(w) ? SCORE_IN_TITLE
                                                                   : SCORE_ELSEWHERE;
}

static bool is_behind(const struct search_run *r, uint8_t score, int64_t id) {
    if (!r->continues || score > r->after_score) return true;
    return score == r->after_score && id < r->after_id;
}

static crm_status add_found(struct search_run *r, const struct schema_entity *e,
                            const struct search_text_row *row, struct err *err) {
    struct str folded = row->title.len ? fold_key_arena(r->scratch, row->title) : STR_NONE;
    if (row->title.len && !folded.ptr) return err_no_memory(err);
    uint8_t score = score_of(&r->words, folded);
    if (!is_behind(r, score, row->id)) return CRM_OK;
    struct candidate *found =
        arena_grow(r->scratch, r->found, r->count, &r->capacity, sizeof *found);
    if (!found) return err_no_memory(err);
    r->found = found;
    found[r->count++] = (struct candidate){e, row->id, score, row->title};
    return CRM_OK;
}

static int newest_first(const void *a, const void *b) {
    const struct search_text_row *left = a, *right = b;
    return (left->id < right->id) - (left->id > right->id);
}

static crm_status search_entity(struct search_run *r, const struct schema_entity *e,
                                struct err *err) {
    struct search_gather g = {.conn = r->conn,
                              .access = r->search->access,
                              .entity = e,
                              .words = &r->words,
                              .arena = r->scratch};
    crm_status status = search_gather(&g, err);
    if (status == CRM_OK && g.count) qsort(g.rows, g.count, sizeof *g.rows, newest_first);
    for (size_t i = 0; status == CRM_OK && i < g.count; i++)
        if (i == 0 || g.rows[i].id != g.rows[i - 1].id) status = add_found(r, e, &g.rows[i], err);
    return status;
}

static crm_status search_all(struct search_run *r, struct err *err) {
    const struct store_search *search = r->search;
    const struct schema *schema = search->access->schema;
    size_t total = search->entities ? search->entity_count : schema->entity_count;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < total; i++) {
        const struct schema_entity *e =
            search->entities ? search->entities[i] : &schema->entities[i];
        if (e->search && access_rows(search->access, SCHEMA_ACTION_READ, e))
            status = search_entity(r, e, err);
    }
    return status;
}

static int by_score(const void *a, const void *b) {
    const struct candidate *left = a, *right = b;
    if (left->score != right->score) return left->score < right->score ? -1 : 1;
    return (left->id < right->id) - (left->id > right->id);
}

/* ---- pages ------------------------------------------------------------------------------- */
static uint64_t shape_of(const struct search_run *r) {
    uint64_t hash = statement_hash(r->words.folded.ptr, r->words.folded.len);
    for (size_t i = 0; r->search->entities && i < r->search->entity_count; i++)
        hash = hash * 31 + (uint64_t)r->search->entities[i]->id;
    return hash;
}

static crm_status take_cursor(struct search_run *r, struct err *err) {
    unsigned char bytes[CURSOR_BYTES] = {0};
    uint64_t shape = shape_of(r), given;
    size_t len = 0;
    r->continues = r->search->after.len > 0;
    if (!r->continues) return CRM_OK;
    bool ok = sodium_base642bin(bytes, sizeof bytes, r->search->after.ptr, r->search->after.len,
                                NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
    memcpy(&given, bytes + 1, sizeof given);
    if (!ok || len != CURSOR_BYTES || bytes[0] != CURSOR_VERSION || given != shape ||
        bytes[9] > SCORE_ELSEWHERE)
        return err_set(err, CRM_INVALID, &store_text_cursor_wrong, NULL);
    r->after_score = bytes[9];
    memcpy(&r->after_id, bytes + 10, sizeof r->after_id);
    return CRM_OK;
}

static struct str format_cursor(struct search_run *r, const struct candidate *last) {
    unsigned char bytes[CURSOR_BYTES];
    uint64_t shape = shape_of(r);
    bytes[0] = CURSOR_VERSION;
    memcpy(bytes + 1, &shape, sizeof shape);
    bytes[9] = last->score;
    memcpy(bytes + 10, &last->id, sizeof last->id);
    size_t capacity =
        sodium_base64_ENCODED_LEN(CURSOR_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(r->arena, capacity);
    if (!text) return STR_NONE;
    sodium_bin2base64(text, capacity, bytes, CURSOR_BYTES,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_from(text);
}

/* ---- snippets ---------------------------------------------------------------------------- */
/* About SNIPPET_BYTES of the text around the word, whole letters. The place is found in the folded
 * text, which is about as long. */
static struct str cut(struct str text, size_t at) {
    size_t begin = at > SNIPPET_BEFORE && text.len > SNIPPET_BYTES ? at - SNIPPET_BEFORE : 0;
    if (begin > text.len) begin = text.len;
    if (text.len - begin < SNIPPET_BYTES && text.len > SNIPPET_BYTES)
        begin = text.len - SNIPPET_BYTES;
    while (begin > 0 && begin < text.len && ((unsigned char)text.ptr[begin] & 0xC0) == 0x80)
        begin--;
    size_t end = text.len - begin > SNIPPET_BYTES ? begin + SNIPPET_BYTES : text.len;
    while (end < text.len && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--;
    return str_make(text.ptr + begin, end - begin);
}

/* The first of the texts that has one of these words, cut around it; *ret stays when none has. What
 * stands in the title as it is adds nothing to it. */
static crm_status snippet_of(struct search_run *r, const struct search_text_row *row,
                             uint32_t words, bool anywhere, struct str *ret, struct err *err) {
    for (size_t i = 0; words && i < row->text_count; i++) {
        struct str folded = fold_text_arena(r->scratch, row->texts[i]);
        if (!folded.ptr) return err_no_memory(err);
        uint32_t here = words & search_words_in(&r->words, folded, anywhere);
        if (!here || str_find(row->title, row->texts[i]) != SIZE_MAX) continue;
        size_t at = str_find(folded, r->words.words[__builtin_ctz(here)]);
        *ret = arena_str(r->arena, cut(row->texts[i], at == SIZE_MAX ? 0 : at));
        return ret->ptr ? CRM_OK : err_no_memory(err);
    }
    return CRM_OK;
}

/* From the field that was met: one with a word that the title lacks, else any other with a word,
 * else the title. */
static crm_status make_snippet(struct search_run *r, const struct search_text_row *row,
                               bool anywhere, struct str *ret, struct err *err) {
    struct str title = fold_text_arena(r->scratch, row->title);
    if (!title.ptr) return err_no_memory(err);
    uint32_t all = search_words_all(&r->words);
    uint32_t missing = all & ~search_words_in(&r->words, title, anywhere);
    crm_status status = snippet_of(r, row, missing, anywhere, ret, err);
    if (status == CRM_OK && !ret->len) status = snippet_of(r, row, all, anywhere, ret, err);
    if (status != CRM_OK || ret->len || !row->title.len) return status;
    *ret = arena_str(r->arena, cut(row->title, 0));
    return ret->ptr ? CRM_OK : err_no_memory(err);
}

/* Texts of the hits of one entity at a time. */
static crm_status add_snippets(struct search_run *r, struct store_hit *hits, size_t count,
                               struct err *err) {
    int64_t ids[HITS_MAX];
    size_t places[HITS_MAX];
    struct search_text_row *rows = ARENA_ARRAY(r->scratch, HITS_MAX, struct search_text_row);
    bool done[HITS_MAX] = {false};
    crm_status status = rows ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        size_t same = 0;
        for (size_t k = i; !done[i] && k < count; k++) {
            if (hits[k].entity != hits[i].entity) continue;
            ids[same] = hits[k].id;
            places[same++] = k;
        }
        if (same)
            status = search_texts_load(r->conn, r->search->access, hits[i].entity, ids, same, true,
                                       r->scratch, rows, err);
        for (size_t k = 0; status == CRM_OK && k < same; k++) {
            done[places[k]] = true;
            status = make_snippet(r, &rows[k], hits[i].entity->substring_search,
                                  &hits[places[k]].snippet, err);
        }
    }
    return status;
}

static crm_status copy_hits(struct search_run *r, struct store_hit **ret_hits, size_t *ret_count,
                            struct str *ret_next, struct err *err) {
    size_t limit = r->search->limit < 1          ? 1
                   : r->search->limit > HITS_MAX ? HITS_MAX
                                                 : (size_t)r->search->limit;
    size_t count = r->count < limit ? r->count : limit;
    struct store_hit *hits = ARENA_ARRAY(r->arena, count + 1, struct store_hit);
    struct str next = STR_NONE;
    if (!hits) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        hits[i] = (struct store_hit){.entity = r->found[i].entity,
                                     .id = r->found[i].id,
                                     .title = arena_str(r->arena, r->found[i].title)};
        if (!hits[i].title.ptr) return err_no_memory(err);
    }
    crm_status status = add_snippets(r, hits, count, err);
    if (status != CRM_OK) return status;
    if (r->count > count && !(next = format_cursor(r, &r->found[count - 1])).ptr)
        return err_no_memory(err);
    *ret_hits = hits;
    *ret_count = count;
    *ret_next = next;
    return CRM_OK;
}

crm_status store_search_run(struct store_conn *c, const struct store_search *s, struct arena *a,
                            struct store_hit **ret_hits, size_t *ret_count, struct str *ret_next,
                            struct err *err) {
    struct search_run r = {.conn = c, .search = s, .arena = a, .scratch = store_scratch_enter(c)};
    crm_status status = search_words_parse(r.scratch, s->text, &r.words, err);
    if (status == CRM_OK) status = take_cursor(&r, err);
    if (status == CRM_OK && r.words.count) status = search_all(&r, err);
    if (status == CRM_OK && r.count) qsort(r.found, r.count, sizeof *r.found, by_score);
    if (status == CRM_OK) status = copy_hits(&r, ret_hits, ret_count, ret_next, err);
    store_scratch_leave(c);
    return status;
}
