/* Search across entities: candidates from each entity's index, newest first and never more than a
 * cap; then rights, order and snippets. See query.h.
 *
 * Nothing is ranked by the index: a match can be the whole table. The cap cannot hide a record from
 * its owner or team, because a viewer with limited rights gets a second list of candidates, of those
 * marked with him and his teams. Order: title equal to what was typed, title beginning with it, all
 * words in the title, elsewhere; newest first in each. */
#include <sodium.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "store/messages.h"
#include "store/search_table.h"
#include "store/search_texts.h"

enum { CANDIDATES_MAX = 1000, HITS_MAX = 200, SNIPPET_BYTES = 160, SNIPPET_BEFORE = 48, CURSOR_BYTES = 18, CURSOR_VERSION = 1 };
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

/* ---- candidates -------------------------------------------------------------------------------- */
/* FTS5: ("mark" OR "mark") AND "word" * AND ...; tsquery: ('mark'|'mark')&'word':*&... */
struct match_words {
    const char *quote, *prefix, *and, *or;
};
static const struct match_words match_fts5 = {"\"", "\" *", " AND ", " OR "};
static const struct match_words match_tsquery = {"'", "':*", " & ", " | "};

static void add_mark(struct buf *out, const struct match_words *m, char kind, int64_t id, bool *first) {
    if (!*first) buf_add_cstr(out, m->or);
    *first = false;
    buf_add_cstr(out, m->quote);
    search_add_mark(out, kind, id);
    buf_add_cstr(out, m->quote);
}

static struct str match_text(struct search_run *r, const struct match_words *m, bool mine) {
    const struct actor *actor = &r->search->access->actor;
    struct buf out BUF_CLEANUP;
    bool first = true;
    buf_init(&out, 16384);
    if (mine) {
        buf_add_char(&out, '(');
        add_mark(&out, m, 'o', actor->user, &first);
        if (actor->team) add_mark(&out, m, 't', actor->team, &first);
        for (size_t i = 0; i < actor->tree_count && i < SEARCH_TEAMS_MAX; i++)
            if (actor->tree[i].integer != actor->team) add_mark(&out, m, 't', actor->tree[i].integer, &first);
        buf_add_char(&out, ')');
        buf_add_cstr(&out, m->and);
    }
    for (size_t i = 0; i < r->words.count; i++) {
        if (i) buf_add_cstr(&out, m->and);
        buf_add_cstr(&out, m->quote);
        buf_add_str(&out, r->words.words[i]);
        buf_add_cstr(&out, m->prefix);
    }
    return out.status == CRM_OK ? arena_str(r->scratch, buf_str(&out)) : STR_NONE;
}

/* With detail=none the whole table is asked, never its column. */
static void add_match(struct sql *s, const struct schema_entity *e, const char *suffix) {
    sql_name2(s, e->table, suffix);
    sql_add(s, " MATCH ");
}

static crm_status words_query(struct search_run *r, const struct schema_entity *e, bool mine, struct sql *s, struct err *err) {
    bool postgres = s->dialect == SQL_POSTGRES;
    struct str text = match_text(r, postgres ? &match_tsquery : &match_fts5, mine);
    if (!text.ptr) return err_no_memory(err);
    sql_add(s, postgres ? "SELECT id FROM " : "SELECT rowid FROM ");
    sql_search_table(s, e);
    sql_add(s, " WHERE ");
    if (postgres)
        sql_add(s, "words @@ ");
    else
        add_match(s, e, "_search");
    sql_param(s, store_text(text));
    sql_add(s, postgres ? "::tsquery ORDER BY id DESC LIMIT " : " ORDER BY rowid DESC LIMIT ");
    sql_param(s, store_int(CANDIDATES_MAX));
    return CRM_OK;
}

/* The trigrams of all words, as one FTS5 question; empty when a word has none. */
static struct str trigrams(struct search_run *r) {
    struct buf out BUF_CLEANUP;
    buf_init(&out, 32768);
    for (size_t i = 0; i < r->words.count; i++) {
        struct str word = r->words.words[i];
        size_t at[3] = {0, 0, 0}, seen = 0;
        for (size_t k = 0; k <= word.len; k++) {
            bool begins = k == word.len || ((unsigned char)word.ptr[k] & 0xC0) != 0x80;
            if (!begins) continue;
            if (seen >= 3) {
                if (out.len) buf_add_cstr(&out, " AND ");
                buf_add_char(&out, '"');
                buf_add(&out, word.ptr + at[0], k - at[0]);
                buf_add_char(&out, '"');
            }
            at[0] = at[1];
            at[1] = at[2];
            at[2] = k;
            seen++;
        }
        if (seen <= 3) return STR_NONE;
    }
    return out.status == CRM_OK ? arena_str(r->scratch, buf_str(&out)) : STR_NONE;
}

static void add_like(struct search_run *r, struct sql *s, struct str word) {
    struct str pattern = arena_printf(r->scratch, "%%%.*s%%", STR_ARG(word)); /* words have no sign of LIKE */
    sql_add(s, " AND body LIKE ");
    if (pattern.ptr)
        sql_param(s, store_text(pattern));
    else
        s->status = CRM_NO_MEMORY;
}

/* False: the words are too short for this index. */
static bool substring_query(struct search_run *r, const struct schema_entity *e, struct sql *s) {
    bool postgres = s->dialect == SQL_POSTGRES;
    struct str text = trigrams(r);
    if (!text.len) return false;
    sql_add(s, postgres ? "SELECT id FROM " : "SELECT rowid FROM ");
    if (postgres)
        sql_search_table(s, e);
    else
        sql_trigram_table(s, e);
    sql_add(s, postgres ? " WHERE TRUE" : " WHERE ");
    if (!postgres) {
        add_match(s, e, "_trigram");
        sql_param(s, store_text(text));
    }
    for (size_t i = 0; postgres && i < r->words.count; i++) add_like(r, s, r->words.words[i]);
    sql_add(s, postgres ? " ORDER BY id DESC LIMIT " : " ORDER BY rowid DESC LIMIT ");
    sql_param(s, store_int(CANDIDATES_MAX));
    return true;
}

enum candidate_source { FROM_WORDS, FROM_MINE, FROM_SUBSTRING };

/* Ids of one source behind those of earlier ones; the three lists may share ids. */
static crm_status add_candidates(struct search_run *r, const struct schema_entity *e, enum candidate_source source, int64_t *ids, size_t *count, struct err *err) {
    struct sql s SQL_CLEANUP;
    int64_t *found = NULL;
    size_t found_count = 0;
    crm_status status = CRM_OK;
    sql_init(&s, r->conn->driver->dialect, r->scratch);
    if (source == FROM_SUBSTRING && !substring_query(r, e, &s)) return CRM_OK;
    if (source != FROM_SUBSTRING) status = words_query(r, e, source == FROM_MINE, &s, err);
    if (status == CRM_OK) status = store_collect_ids(r->conn, &s, r->scratch, CANDIDATES_MAX, &found, &found_count, err);
    if (status != CRM_OK || found_count == 0) return status;
    memcpy(ids + *count, found, found_count * sizeof *ids);
    *count += found_count;
    return CRM_OK;
}

static int newest_first(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

static size_t without_doubles(int64_t *ids, size_t count) {
    size_t kept = 0;
    qsort(ids, count, sizeof *ids, newest_first);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ids[kept - 1] != ids[i]) ids[kept++] = ids[i];
    return kept;
}

/* ---- order ------------------------------------------------------------------------------------- */
static uint8_t score_of(const struct search_words *w, struct str title) {
    if (title.len == 0) return SCORE_ELSEWHERE;
    if (str_eq(title, w->folded)) return SCORE_EXACT;
    if (str_starts_with(title, w->folded)) return SCORE_BEGINS;
    return search_words_in(w, title, false) == search_words_all(w) ? SCORE_IN_TITLE : SCORE_ELSEWHERE;
}

/* Are all words in what the viewer may see? */
static crm_status is_in_texts(struct search_run *r, const struct search_text_row *row, bool anywhere, bool *ret, struct err *err) {
    uint32_t found = 0;
    for (size_t i = 0; i < row->text_count; i++) {
        struct str folded = fold_text_arena(r->scratch, row->texts[i]);
        if (!folded.ptr) return err_no_memory(err);
        found |= search_words_in(&r->words, folded, anywhere);
    }
    *ret = found == search_words_all(&r->words);
    return CRM_OK;
}

static bool is_behind(const struct search_run *r, uint8_t score, int64_t id) {
    if (!r->continues || score > r->after_score) return true;
    return score == r->after_score && id < r->after_id;
}

static crm_status add_found(struct search_run *r, const struct schema_entity *e, const struct search_text_row *row, struct err *err) {
    struct str folded = row->title.len ? fold_key_arena(r->scratch, row->title) : STR_NONE;
    if (row->title.len && !folded.ptr) return err_no_memory(err);
    uint8_t score = score_of(&r->words, folded);
    if (!is_behind(r, score, row->id)) return CRM_OK;
    struct candidate *found = arena_grow(r->scratch, r->found, r->count, &r->capacity, sizeof *found);
    if (!found) return err_no_memory(err);
    r->found = found;
    found[r->count++] = (struct candidate){e, row->id, score, row->title};
    return CRM_OK;
}

static crm_status search_entity(struct search_run *r, const struct schema_entity *e, struct err *err) {
    const struct access *access = r->search->access;
    int64_t *ids = ARENA_ARRAY(r->scratch, 3 * CANDIDATES_MAX, int64_t);
    size_t count = 0;
    if (!ids) return err_no_memory(err);
    crm_status status = add_candidates(r, e, FROM_WORDS, ids, &count, err);
    if (status == CRM_OK && count == CANDIDATES_MAX && !access_is_all(access_rows(access, SCHEMA_ACTION_READ, e)) && access->actor.user)
        status = add_candidates(r, e, FROM_MINE, ids, &count, err);
    if (status == CRM_OK && e->substring_search) status = add_candidates(r, e, FROM_SUBSTRING, ids, &count, err);
    if (status != CRM_OK || count == 0) return status;
    count = without_doubles(ids, count);
    bool check = e->substring_search || search_has_hidden(access, e);
    struct search_text_row *rows = ARENA_ARRAY(r->scratch, count, struct search_text_row);
    if (!rows) return err_no_memory(err);
    status = search_texts_load(r->conn, access, e, ids, count, check, r->scratch, rows, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++) {
        bool fits = true;
        if (!rows[i].visible) continue;
        if (check) status = is_in_texts(r, &rows[i], e->substring_search, &fits, err);
        if (status == CRM_OK && fits) status = add_found(r, e, &rows[i], err);
    }
    return status;
}

static crm_status search_all(struct search_run *r, struct err *err) {
    const struct store_search *search = r->search;
    const struct schema *schema = search->access->schema;
    size_t total = search->entities ? search->entity_count : schema->entity_count;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < total; i++) {
        const struct schema_entity *e = search->entities ? search->entities[i] : &schema->entities[i];
        if (e->search && access_rows(search->access, SCHEMA_ACTION_READ, e)) status = search_entity(r, e, err);
    }
    return status;
}

static int by_score(const void *a, const void *b) {
    const struct candidate *left = a, *right = b;
    if (left->score != right->score) return left->score < right->score ? -1 : 1;
    return (left->id < right->id) - (left->id > right->id);
}

/* ---- pages ------------------------------------------------------------------------------------- */
static uint64_t shape_of(const struct search_run *r) {
    uint64_t hash = statement_hash(r->words.folded.ptr, r->words.folded.len);
    for (size_t i = 0; r->search->entities && i < r->search->entity_count; i++) hash = hash * 31 + (uint64_t)r->search->entities[i]->id;
    return hash;
}

static crm_status take_cursor(struct search_run *r, struct err *err) {
    unsigned char bytes[CURSOR_BYTES] = {0};
    uint64_t shape = shape_of(r), given;
    size_t len = 0;
    r->continues = r->search->after.len > 0;
    if (!r->continues) return CRM_OK;
    bool ok = sodium_base642bin(bytes, sizeof bytes, r->search->after.ptr, r->search->after.len, NULL, &len, NULL,
                                sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
    memcpy(&given, bytes + 1, sizeof given);
    if (!ok || len != CURSOR_BYTES || bytes[0] != CURSOR_VERSION || given != shape || bytes[9] > SCORE_ELSEWHERE)
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
    size_t capacity = sodium_base64_ENCODED_LEN(CURSOR_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *text = arena_alloc(r->arena, capacity);
    if (!text) return STR_NONE;
    sodium_bin2base64(text, capacity, bytes, CURSOR_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_from(text);
}

/* ---- snippets ---------------------------------------------------------------------------------- */
/* About SNIPPET_BYTES of the text around the word, whole letters. The place is found in the folded
 * text, which is about as long. */
static struct str cut(struct str text, size_t at) {
    size_t begin = at > SNIPPET_BEFORE && text.len > SNIPPET_BYTES ? at - SNIPPET_BEFORE : 0;
    if (begin > text.len) begin = text.len;
    if (text.len - begin < SNIPPET_BYTES && text.len > SNIPPET_BYTES) begin = text.len - SNIPPET_BYTES;
    while (begin > 0 && begin < text.len && ((unsigned char)text.ptr[begin] & 0xC0) == 0x80) begin--;
    size_t end = text.len - begin > SNIPPET_BYTES ? begin + SNIPPET_BYTES : text.len;
    while (end < text.len && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) end--;
    return str_make(text.ptr + begin, end - begin);
}

/* The first text that has a word which the title has not; empty when the title has them all. */
static crm_status make_snippet(struct search_run *r, const struct search_text_row *row, bool anywhere, struct str *ret, struct err *err) {
    struct str title = fold_text_arena(r->scratch, row->title);
    if (!title.ptr) return err_no_memory(err);
    uint32_t missing = search_words_all(&r->words) & ~search_words_in(&r->words, title, anywhere);
    for (size_t i = 0; missing && i < row->text_count; i++) {
        struct str folded = fold_text_arena(r->scratch, row->texts[i]);
        if (!folded.ptr) return err_no_memory(err);
        uint32_t here = missing & search_words_in(&r->words, folded, anywhere);
        if (!here) continue;
        size_t at = str_find(folded, r->words.words[__builtin_ctz(here)]);
        *ret = arena_str(r->arena, cut(row->texts[i], at == SIZE_MAX ? 0 : at));
        return ret->ptr ? CRM_OK : err_no_memory(err);
    }
    return CRM_OK;
}

/* Texts of the hits of one entity at a time. */
static crm_status add_snippets(struct search_run *r, struct store_hit *hits, size_t count, struct err *err) {
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
        if (same) status = search_texts_load(r->conn, r->search->access, hits[i].entity, ids, same, true, r->scratch, rows, err);
        for (size_t k = 0; status == CRM_OK && k < same; k++) {
            done[places[k]] = true;
            status = make_snippet(r, &rows[k], hits[i].entity->substring_search, &hits[places[k]].snippet, err);
        }
    }
    return status;
}

static crm_status copy_hits(struct search_run *r, struct store_hit **ret_hits, size_t *ret_count, struct str *ret_next, struct err *err) {
    size_t limit = r->search->limit < 1 ? 1 : r->search->limit > HITS_MAX ? HITS_MAX : (size_t)r->search->limit;
    size_t count = r->count < limit ? r->count : limit;
    struct store_hit *hits = ARENA_ARRAY(r->arena, count + 1, struct store_hit);
    struct str next = STR_NONE;
    if (!hits) return err_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        hits[i] = (struct store_hit){.entity = r->found[i].entity, .id = r->found[i].id, .title = arena_str(r->arena, r->found[i].title)};
        if (!hits[i].title.ptr) return err_no_memory(err);
    }
    crm_status status = add_snippets(r, hits, count, err);
    if (status != CRM_OK) return status;
    if (r->count > count && !(next = format_cursor(r, &r->found[count - 1])).ptr) return err_no_memory(err);
    *ret_hits = hits;
    *ret_count = count;
    *ret_next = next;
    return CRM_OK;
}

crm_status store_search_run(struct store_conn *c, const struct store_search *s, struct arena *a, struct store_hit **ret_hits, size_t *ret_count, struct str *ret_next, struct err *err) {
    struct search_run r = {.conn = c, .search = s, .arena = a, .scratch = store_scratch_enter(c)};
    crm_status status = search_words_parse(r.scratch, s->text, &r.words, err);
    if (status == CRM_OK) status = take_cursor(&r, err);
    if (status == CRM_OK && r.words.count) status = search_all(&r, err);
    if (status == CRM_OK && r.count) qsort(r.found, r.count, sizeof *r.found, by_score);
    if (status == CRM_OK) status = copy_hits(&r, ret_hits, ret_count, ret_next, err);
    store_scratch_leave(c);
    return status;
}
